package sallyporttest

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
)

// Held is a call that chose a link and waits for it to be decided.
type Held struct {
	Link string // as it stands in the message

	client *Client
	answer Answer
	done   chan struct{}
}

// WaitLink is call 2 for a link over that transport, "Email" or "SMS": it
// returns once the link is in the outbox and leaves the call waiting. If the
// call is answered without a link having been sent, the test fails.
func (c *Client) WaitLink(a Answer, transport string) *Held {
	c.t().Helper()
	h := &Held{client: c, done: make(chan struct{})}
	n := c.kit.Outbox.Count()
	go func() {
		defer close(h.done)
		h.answer = c.Choose(a, transport, "Link")
	}()
	c.t().Cleanup(func() { <-h.done }) // it must not outlive the test
	m, ok := c.kit.Outbox.next(n, h.done, func(m sallyport.Message) bool { return m.Kind == "link" })
	if !ok {
		c.t().Fatalf("sallyporttest: got %s and no link, want a held call", h.answer)
	}
	h.Link = m.Link
	return h
}

// Answer waits until the call is answered.
func (h *Held) Answer() Answer {
	<-h.done
	return h.answer
}

// Decision is what somebody saw who decided a link.
type Decision struct {
	// HTTP is 200 where the link was decided, now or before, 400 where it has to
	// wait, 410 where nobody decided it in time, and 404 where it is unknown.
	HTTP int
	// Body is the page, or in process the [sallyport.LinkOutcome].
	Body []byte
}

// Approve opens a link and approves, as the owner of the mailbox does.
func (c *Client) Approve(link string) Decision {
	c.t().Helper()
	return c.Decide(link, sallyport.LinkDecision{Approve: true})
}

// Deny opens a link and says "this wasn't me".
func (c *Client) Deny(link string) Decision {
	c.t().Helper()
	return c.Decide(link, sallyport.LinkDecision{})
}

// Decide opens a link and decides as d says, with a number or the box ticked;
// the nonce of the page is filled in.
func (c *Client) Decide(link string, d sallyport.LinkDecision) Decision {
	c.t().Helper()
	if !strings.HasPrefix(link, c.kit.Engine.Issuer()+c.kit.Engine.Pages().Link+"/") {
		c.t().Errorf("sallyporttest: got a link of %d bytes, want one below %s%s/", len(link), c.kit.Engine.Issuer(), c.kit.Engine.Pages().Link)
	}
	ctx, cancel := c.patient()
	defer cancel()
	r := c.way.decide(ctx, link, d)
	if r.err != nil && r.status != http.StatusNotFound {
		c.t().Errorf("sallyporttest: deciding a link: %v", r.err)
	}
	return Decision{HTTP: r.status, Body: r.body}
}
