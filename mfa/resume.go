package mfa

import (
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// NewResume returns a secret for [NewRequest]: 32 bytes in upper-case hexadecimal
// digits. Whoever shows it with the request has proven the password, once, when the
// second factor has been proven; a guess at it is not counted, since nobody guesses
// 256 bits.
func NewResume() string { return rnd.Hex(32) }

func resumeDigest(index store.Index, record, secret string) []byte {
	return index.Digest("resume", record, secret)
}

// Resume judges the secret that stands for the password, and reports whether the
// request may be completed by it, which spends it. It never may before the second
// factor was proven by an earlier call, nor where the caller is gone
// ([Terms.Lapse]): then a right secret is worth what the request's id is, and stays
// good. A wrong one names no request.
func (c *Case) Resume(secret string) (Verdict, bool) {
	v := c.Status()
	switch _, over := c.ended(); {
	case over:
		return v, false
	case !sameDigest(c.Request.Resume, resumeDigest(c.index, c.record, secret)):
		return Dead, false
	case c.Request.Proven.IsZero():
		return v, false
	case c.lapse:
		return Lapsed, false
	}
	return Passed, true
}
