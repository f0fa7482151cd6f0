package mfa

import (
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	recoveryCount  = 10
	recoveryLength = 16 // base32 characters: 80 bits each
	base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// newRecovery draws a set of recovery codes and what is stored of them.
func newRecovery(index store.Index, account string) (codes []string, stored []Recovery) {
	for range recoveryCount {
		code := rnd.Text(recoveryLength, base32Alphabet)
		codes = append(codes, code)
		stored = append(stored, Recovery{Digest: recoveryDigest(index, account, code)})
	}
	return codes, stored
}

func recoveryDigest(index store.Index, account, code string) []byte {
	return index.Digest("recovery", account, code)
}

// checkRecovery judges a recovery code. All are compared, so that the time
// tells nothing.
func (c *Case) checkRecovery(code string) (right rightCode, ok bool) {
	if c.Factors.Authenticator == nil {
		return rightCode{}, false
	}
	var hit *Recovery
	want := recoveryDigest(c.index, c.Request.Account, code)
	for i := range c.Factors.Recovery {
		if stored := &c.Factors.Recovery[i]; sameDigest(stored.Digest, want) {
			hit = stored
		}
	}
	if hit == nil || !hit.Spent.IsZero() {
		return rightCode{}, false
	}
	return rightCode{since: c.Factors.Authenticator.Added, spend: func() { hit.Spent = c.now }}, true
}
