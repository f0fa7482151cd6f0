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

// spendRecovery marks the code as spent, if it is one that is not. All are
// compared, so that the time tells nothing.
func (c *Case) spendRecovery(code string) bool {
	want, hit := recoveryDigest(c.index, c.Request.Account, code), -1
	for i, r := range c.Factors.Recovery {
		if sameDigest(r.Digest, want) {
			hit = i
		}
	}
	if hit < 0 || !c.Factors.Recovery[hit].Spent.IsZero() {
		return false
	}
	c.Factors.Recovery[hit].Spent = c.now
	c.dirtyFactors = true
	return true
}
