package mfa

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// Of recovery codes.
const (
	DefaultRecoveryCodes = 10 // of a set, unless the policy says otherwise
	MaxRecoveryCodes     = 20 // of a set

	recoveryBytes = 10 // 80 bits
	seedBytes     = 32
	fewRecovery   = 2 // so many left, the owner is told
)

// repeatLife is how long codes are shown again: after the confirming call where no
// browser is bound, and after the grant.
const repeatLife = time.Minute

// RecoveryLeft returns how many recovery codes are good.
func (f *Factors) RecoveryLeft() (n int) {
	for _, r := range f.Recovery {
		if r.Spent.IsZero() {
			n++
		}
	}
	return n
}

// newRecovery draws a set of recovery codes for an authenticator that is being added,
// unless the account has codes that are good: they stand in for any authenticator. The
// request keeps their seed, so that a repeated call shows the same ones, and what becomes
// a factor keeps digests.
func (c *Case) newRecovery(browser string) (codes []string, stored []Recovery) {
	if c.policy.RecoveryCodes == 0 || c.Factors.RecoveryLeft() > 0 {
		return nil, nil
	}
	seed := rnd.Bytes(seedBytes)
	c.Request.Seed = veil(seed, browser)
	codes = recoveryCodes(seed, c.policy.RecoveryCodes)
	return codes, digestsOf(c.index, c.Request.Account, codes)
}

func digestsOf(index store.Index, account string, codes []string) (stored []Recovery) {
	for _, code := range codes {
		stored = append(stored, Recovery{Digest: recoveryDigest(index, account, code)})
	}
	return stored
}

// RenewRecovery draws a new set of so many recovery codes, and returns it. The old ones are
// void from the commit that writes f on. It is a change of factors, as [Factors.Remove] is.
// Digests alone are kept: whoever loses the answer
// draws another set.
func (f *Factors) RenewRecovery(index store.Index, account string, count int, now time.Time) []string {
	codes := recoveryCodes(rnd.Bytes(seedBytes), count)
	f.Recovery, f.RecoveryMade = digestsOf(index, account, codes), now
	f.raise()
	return codes
}

// veil hides a seed under the cookie of the browser that it is kept for, and bares
// it again. Of the cookie the store has a digest alone, so that the record and all
// keys together yield no code. A seed that is kept for no browser stays as it is.
func veil(seed []byte, browser string) []byte {
	if browser == "" {
		return seed
	}
	pad, err := hkdf.Key(sha256.New, []byte(browser), nil, "recovery seed", seedBytes)
	if err != nil {
		panic(err) // the length is within what HKDF can give
	}
	out := make([]byte, seedBytes)
	subtle.XORBytes(out, seed, pad)
	return out
}

// recoveryCodes returns the first codes that come from a seed.
func recoveryCodes(seed []byte, count int) (codes []string) {
	all, err := hkdf.Expand(sha256.New, seed, "recovery codes", count*recoveryBytes)
	if err != nil {
		panic(err) // the length is within what HKDF can give
	}
	for i := range count {
		codes = append(codes, base32.StdEncoding.EncodeToString(all[i*recoveryBytes:][:recoveryBytes]))
	}
	return codes
}

// Recovery returns the codes that the browser of the page, which has this cookie,
// may be shown once more: while the request lives, and a minute after it has
// granted. Later it erases them.
func (c *Case) Recovery(browser string) []string {
	switch {
	case len(c.Request.Seed) != seedBytes:
		return nil
	case c.Answers():
		return recoveryCodes(veil(c.Request.Seed, browser), len(c.Request.Enrollment.Recovery))
	}
	c.Request.Seed = nil
	c.dirtyRequest = true
	return nil
}

// Answers reports whether steps of the enrollment are still answered: the request
// is live, or has granted a moment ago, so that its codes may be shown again.
func (c *Case) Answers() bool { return c.Live() || c.justGranted() }

// justGranted reports whether the request granted at most a minute ago.
func (c *Case) justGranted() bool {
	return c.found && c.Request.State == Granted && c.now.Before(c.Request.Granted.Add(repeatLife))
}

// repeatDevice answers a confirming call that comes again after one that went
// well. The same code is answered alike; a wrong one is charged to the request,
// since whoever guesses the code would be shown the recovery codes.
func (c *Case) repeatDevice(code, browser string, tag []byte) EnrollResult {
	enrollment := &c.Request.Enrollment
	switch {
	case !c.Answers(), enrollment.Misses >= c.policy.tries():
		return EnrollResult{}
	case !sameDigest([]byte(enrollment.Secret.Code(enrollment.Step)), []byte(code)):
		return c.missDevice(tag)
	}
	done := EnrollResult{Status: EnrollDone, Active: enrollment.Active, Repeated: true, Name: enrollment.Name}
	if len(c.Request.Browser) == 0 {
		if enrollment.Repeats >= codeRepeats.Size || !c.now.Before(enrollment.Confirmed.Add(repeatLife)) {
			return done
		}
		enrollment.Repeats++
		c.dirtyRequest = true
	}
	done.Recovery = c.Recovery(browser)
	return done
}

func recoveryDigest(index store.Index, account, code string) []byte {
	return index.Digest("recovery", account, code)
}

// isRecoveryCode reports whether what was typed for an authenticator is a recovery
// code, by its length alone: the codes of an authenticator have six characters.
func isRecoveryCode(code string) bool { return len(code) >= minRecovery }

// checkRecovery judges a recovery code, which was typed as text. All are compared,
// so that the time tells nothing.
func (c *Case) checkRecovery(code, text string) (right rightCode, ok bool) {
	if len(c.Factors.Authenticators) == 0 {
		return rightCode{}, false
	}
	var hit *Recovery
	want := recoveryDigest(c.index, c.Request.Account, code)
	for i := range c.Factors.Recovery {
		if stored := &c.Factors.Recovery[i]; sameDigest(stored.Digest, want) || matchesForeign(stored.Foreign, code, text) {
			hit = stored
		}
	}
	if hit == nil || !hit.Spent.IsZero() {
		return rightCode{}, false
	}
	if c.Request.Purpose == AddFactor {
		right.since = c.now // who has lost the authenticator has nothing younger; it is typed for this alone
	}
	right.spend = func() {
		hit.Spent, c.recovered = c.now, true
		c.spentRecovery()
	}
	return right, true
}

// spentRecovery notes that a recovery code was spent, of which the owner is told where few
// are left.
func (c *Case) spentRecovery() {
	left := c.Factors.RecoveryLeft()
	c.RecoverySpent = true
	switch left {
	case fewRecovery:
		c.tell(Notice{Kind: FewRecoveryCodes, Left: left})
	case 0:
		c.tell(Notice{Kind: NoRecoveryCodes})
	}
}
