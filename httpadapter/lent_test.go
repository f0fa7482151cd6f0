package httpadapter_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// lend returns a string that changes with its bytes, as fasthttp's strings do.
func lend(s string) (lent string, overwrite func()) {
	b := []byte(s)
	return unsafe.String(unsafe.SliceData(b), len(b)), func() {
		for i := range b {
			b[i] = 'X'
		}
	}
}

// TestLentStrings writes over the query of a request that has been answered,
// while the outbox still holds the address that stood in it.
func TestLentStrings(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	const address = "new@example.org"
	query, overwrite := lend("requestId=" + h.first(t, "bare").RequestID + "&email=" + address)
	r := request("POST", api+"SendEmailVerification", "")
	r.URL.RawQuery = query
	h.do(r).want(t, 200, "")
	overwrite()
	if got := h.outbox.last(t, "enrolment").To; got != address {
		t.Errorf("got a message to %q, want %q", got, address)
	}
}

// lentContext counts how often it is asked for its end.
type lentContext struct {
	context.Context
	asked atomic.Int64
}

// Done counts.
func (c *lentContext) Done() <-chan struct{} {
	c.asked.Add(1)
	return c.Context.Done()
}

// TestLentContext derives contexts from one that must not be touched by their
// goroutines, which may outlive the call.
func TestLentContext(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	live, end := context.WithCancel(t.Context())
	defer end()
	routes := map[string]http.Handler{"the whole": h.adapter}
	for _, route := range h.adapter.Routes() {
		if route.Path == "/connect/token" {
			routes["a leaf"] = route.Handler
		}
	}
	for name, handler := range routes {
		ctx := &lentContext{Context: live}
		r := request("POST", "/connect/token", login("Username", "plain", "Password", pass), "Content-Type", formType)
		serve(handler, r.WithContext(ctx)).success(t)
		if got := ctx.asked.Load(); got != 1 {
			t.Errorf("%s: the context was asked %d times for its end, want once", name, got)
		}
	}
}

// TestLentContextEnds cancels a call.
func TestLentContextEnds(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	gone, end := context.WithCancel(t.Context())
	end()
	r := request("POST", "/connect/token", login("Username", "plain", "Password", pass), "Content-Type", formType)
	h.do(r.WithContext(gone)).want(t, 503, `{"error":"temporarily_unavailable"}`)
}

// TestLentContextEndsLater cancels a call that waits for its link to be answered:
// it ends at once.
func TestLentContextEndsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
		r := h.first(t, "mail")
		body := login("AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "Link"))
		ctx, end := context.WithCancel(t.Context())
		answers := make(chan *answer, 1)
		go func() {
			answers <- h.do(request("POST", "/connect/token", body, "Content-Type", formType).WithContext(ctx))
		}()
		synctest.Wait()
		if len(answers) > 0 {
			t.Fatalf("got %+v before the call ended", <-answers)
		}
		end()
		synctest.Wait() // no time passes
		if len(answers) == 0 {
			t.Error("the call goes on without its caller")
		}
		h.clock.advance(2 * time.Minute) // the link is over, so that the call ends all the same
		<-answers
	})
}
