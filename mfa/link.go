package mfa

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// LinkRecord returns the record of the request that a link token belongs to,
// or false if it cannot be a token.
func LinkRecord(token string) (record string, ok bool) {
	if len(token) != 64 || token != strings.ToLower(token) {
		return "", false
	}
	if _, err := hex.DecodeString(token); err != nil {
		return "", false
	}
	return token[:32], true
}

// LinkView is what the page of a link shows before anything is decided.
type LinkView struct {
	Name        string
	Application string
	From        string
	Device      string // in words; empty: not known
	Created     time.Time
	Ends        time.Time
	WantsNumber bool        // the client shows a number that has to be typed
	MustWait    bool        // another login of the account waits as well, and no number tells them apart
	Adding      []Transport // what would be added to the account
	Answer      LinkAnswer  // how it ended; Unanswered: it is live
	StepUp      bool        // it is of no login: somebody who is signed in goes on by it
}

// Look returns what a link is about, or false if nothing is known of it. A link
// that has ended is shown with its answer until the request is forgotten.
func (c *Case) Look(token string) (LinkView, bool) {
	v := LinkView{
		Name: c.Request.Name, Application: c.Request.Application, From: c.Request.From, Device: c.Request.Device,
		Created: c.Request.Created, StepUp: c.Request.Purpose == StepUp,
	}
	if option := c.linkOption(token); option != nil {
		v.Ends, v.WantsNumber, v.MustWait = option.Ends, option.Number != "", c.mustWait(option)
		v.Adding = c.Request.Enrollment.staged()
		return v, true
	}
	v.Answer = c.Answered(token)
	return v, v.Answer != Unanswered
}

// Answered returns how a link ended, and Unanswered where it is live or nothing is
// known of it. Of the links of an option the digests of the live one and of the last
// that was answered are kept. Any other token that names the request, as those of its
// links alone do, is of one that is over: late, replaced, given up, or told to have
// failed and delivered all the same.
func (c *Case) Answered(token string) LinkAnswer {
	record, ok := LinkRecord(token)
	if !ok || record != c.record || !c.found || !c.now.Before(c.Request.Expires) || c.linkOption(token) != nil {
		return Unanswered
	}
	want, how := linkDigest(c.index, token), Unanswered
	for i := range c.Request.Options {
		switch option := &c.Request.Options[i]; {
		case option.Method.Mode != Link || option.Sent.IsZero():
		case sameDigest(option.Past, want):
			return option.PastAnswer
		default:
			how = Over
		}
	}
	return how
}

// CloseLate ends the link of that token for good if it is met after its end, and reports
// whether it was: a clock that goes back revives no link of which its page has said that it
// is over. It counts as one that nobody answered.
func (c *Case) CloseLate(token string) bool {
	want := linkDigest(c.index, token)
	for i := range c.Request.Options {
		option := &c.Request.Options[i]
		if c.Live() && option.Method.Mode == Link && sameDigest(option.Digest, want) && !c.now.Before(option.Ends) {
			option.retire(Over)
			c.dirtyRequest = true
			c.ignored()
			return true
		}
	}
	return false
}

// linkOption returns the live link of that token.
func (c *Case) linkOption(token string) *Option {
	if !c.Live() || c.phantom || !c.pending.isLinked(c.record, c.now) {
		return nil
	}
	want := linkDigest(c.index, token)
	for i := range c.Request.Options {
		option := &c.Request.Options[i]
		if option.Method.Mode == Link && sameDigest(option.Digest, want) && c.now.Before(option.Ends) {
			return option
		}
	}
	return nil
}

// MeetRivals forgets the links of other requests of the account that are dead though nobody has
// said so here: the account has changed since, or they began ahead of the clock. They keep no
// other link waiting. It is for the page of a link, and reads those requests in one round.
func (c *Case) MeetRivals(tx *store.Tx) error {
	rival := func(l LiveLink) bool { return l.Record != c.record && c.now.Before(l.Until) }
	others := filter(c.pending.Links, rival)
	if len(others) == 0 || !c.found {
		return nil
	}
	var keys []string
	for _, l := range others {
		keys = append(keys, RequestTable.Key(l.Record))
	}
	if err := tx.Fetch(keys...); err != nil {
		return err
	}
	links := filter(c.pending.Links, func(l LiveLink) bool { return !rival(l) })
	for _, l := range others {
		r, err := FindRecord(tx, l.Record)
		if err != nil {
			return err
		}
		if r != nil && r.Epoch == c.Request.Epoch && c.pending.isOpen(l.Record) && r.hasLiveLink(c.now) {
			links = append(links, l)
		}
	}
	c.pending.Links = links
	return nil
}

// hasLiveLink reports whether a link of the request can be answered.
func (r *Request) hasLiveLink(now time.Time) bool {
	for _, o := range r.Options {
		if o.Method.Mode == Link && o.Digest != nil && now.Before(o.Ends) && !moment.Ahead(o.Sent, now) {
			return r.State == Open && !moment.Ahead(r.Created, now)
		}
	}
	return false
}

func (c *Case) mustWait(option *Option) bool {
	return option.Number == "" && c.pending.rivals(c.record, c.now) > 0
}

// Decision is what the owner of the mailbox said.
type Decision struct {
	Approve bool
	Number  string // as typed, where the page asked for it
	Adding  bool   // what is staged may be added
}

// Outcome is what became of a decision.
type Outcome int

// The outcomes. The zero Outcome is a refusal.
const (
	Gone      Outcome = iota // the link is not live: used, expired, replaced, unknown
	Approval                 // the client that waits will get its tokens
	Refusal                  // the login has ended
	NotYet                   // nothing changed: another login waits as well
	BadNumber                // the number was wrong, which ends the login
)

// Decide approves or denies. It never grants: the client that waits is given
// the outcome.
func (c *Case) Decide(token string, d Decision) Outcome {
	option := c.linkOption(token)
	switch {
	case option == nil:
		return Gone
	case !d.Approve:
		option.retire(Disowned)
		c.deny()
		c.withhold()
		return Refusal
	case c.mustWait(option):
		return NotYet
	case option.Number != "" && !sameDigest(numberDigest(c.index, option.Number), numberDigest(c.index, typed.Code(d.Number))):
		option.retire(WrongNumber)
		c.deny()
		return BadNumber
	}
	how := Approved
	if !d.Adding && len(c.Request.Enrollment.staged()) > 0 {
		how = ApprovedAlone
	}
	option.retire(how)
	option.Answer, option.Adding = Approved, d.Adding
	c.pending.unlink(c.record)
	c.Factors.LinkIgnored = 0
	c.dirtyRequest, c.dirtyPending, c.dirtyFactors = true, true, true
	return Approval
}

// deny ends the request; it repeats the refusal to its client until it dies.
func (c *Case) deny() { c.Finish(Denied) }

func numberDigest(index store.Index, number string) []byte { return index.Digest("number", number) }
