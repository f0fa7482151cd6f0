package mfa

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/store"
)

// givenAgain is how long the answer that has completed a request is known again: a moment, so
// that what is lost is given again, and nobody takes it for another proof.
const givenAgain = 30 * time.Second

// byBrowser is the schema of the first program that knows that a login may belong to one
// browser. One before it would take its calls from any.
const byBrowser = 4

// narrowed is the schema of the first program that knows that a login may ask for tokens
// that are for one audience. One before it would grant tokens for any.
const narrowed = 5

func holderDigest(index store.Index, record, secret string) []byte {
	return index.Digest("holder", record, secret)
}

// HeldBy reports whether the request is one of the browser with that secret: it was begun
// with it, or with none.
func (c *Case) HeldBy(secret string) bool {
	return len(c.Request.Holder) == 0 || sameDigest(c.Request.Holder, holderDigest(c.index, c.record, secret))
}

// NoteGiven notes the answer that has completed a login: the option, and what was said for
// it, and the session that came of it.
func (c *Case) NoteGiven(option, said, session string) {
	c.Request.Given, c.Request.Opened, c.dirtyRequest = c.missTag(option, said), session, true
}

// GivesAgain reports whether the answer to a login may be given again: it was completed a
// moment ago, and belongs to a browser.
func (c *Case) GivesAgain() bool {
	return len(c.Request.Holder) > 0 && len(c.Request.Given) > 0 && c.isMomentAgo()
}

// IsGiven reports whether that is the answer that has completed a login which [Case.GivesAgain].
func (c *Case) IsGiven(option, said string) bool {
	return c.GivesAgain() && sameDigest(c.Request.Given, c.missTag(option, said))
}

// MissGiven charges a code that is not the one that has completed a login, and reports whether
// it did: the same one a moment later is not charged. With the last wrong code that the
// request may have nothing is given again.
func (c *Case) MissGiven(option, said string) (charged bool) {
	tag := c.missTag(option, said)
	if c.repeated(tag) {
		return false
	}
	c.Request.Tries++
	c.remember(tag)
	if c.Request.Tries >= c.policy.tries() {
		c.Request.Given = nil
	}
	c.dirtyRequest = true
	return true
}

// isMomentAgo reports whether the request was completed so lately that its answer is known
// again.
func (c *Case) isMomentAgo() bool {
	at := c.Request.Granted
	return c.now.Before(at.Add(givenAgain)) && !moment.Ahead(at, c.now)
}
