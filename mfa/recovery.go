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

const (
	recoveryCount = 10
	recoveryBytes = 10 // 80 bits
	seedBytes     = 32
)

// repeatLife is how long codes are shown again: after the confirming call where no
// browser is bound, and after the grant.
const repeatLife = time.Minute

// newRecovery draws a set of recovery codes. The request keeps their seed, so that
// a repeated call shows the same ones, and what becomes a factor keeps digests.
func (c *Case) newRecovery(browser string) (codes []string, stored []Recovery) {
	seed := rnd.Bytes(seedBytes)
	c.Request.Seed = veil(seed, browser)
	codes = recoveryCodes(seed)
	for _, code := range codes {
		stored = append(stored, Recovery{Digest: recoveryDigest(c.index, c.Request.Account, code)})
	}
	return codes, stored
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

// recoveryCodes returns the codes that come from a seed.
func recoveryCodes(seed []byte) (codes []string) {
	all, err := hkdf.Expand(sha256.New, seed, "recovery codes", recoveryCount*recoveryBytes)
	if err != nil {
		panic(err) // the length is within what HKDF can give
	}
	for i := range recoveryCount {
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
		return recoveryCodes(veil(c.Request.Seed, browser))
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
	done := EnrollResult{Status: EnrollDone, Active: enrollment.Active, Repeated: true}
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
	if c.Factors.Authenticator == nil {
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
	return rightCode{since: c.Factors.Authenticator.Added, spend: func() { hit.Spent, c.recovered = c.now, true }}, true
}
