package totp

import (
	"crypto/subtle"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Period is how long a code is shown, and Digits how many digits it has. See
// the package comment for why they are fixed.
const (
	Period = 30 * time.Second
	Digits = 6
)

// CleanCode returns the six digits of a code as typed, without the spaces, no-break
// spaces (U+00A0, U+202F) and hyphens that people and apps put between them; ok is
// false, and code empty, unless exactly six ASCII digits are left. Digits of
// other scripts are no digits here, else one code would have many spellings.
func CleanCode(text string) (code string, ok bool) {
	code = typed.Code(text)
	if len(code) != Digits {
		return "", false
	}
	for _, c := range []byte(code) {
		if c < '0' || c > '9' {
			return "", false
		}
	}
	return code, true
}

// Step returns the number of whole periods between 1970 and t (RFC 6238,
// section 4.2). Times before 1970 have step 0.
func Step(t time.Time) uint64 {
	return uint64(max(0, t.Unix())) / uint64(Period/time.Second)
}

// Code returns the six digits of one step. The zero Secret has "".
func (s Secret) Code(step uint64) string {
	if s.IsZero() {
		return "" // the HMAC of an empty key is a code that anybody can compute
	}
	code, err := hotp.GenerateCodeCustom(s.Base32(), step, hotp.ValidateOpts{
		Digits:    otp.DigitsSix,
		Algorithm: otp.AlgorithmSHA1,
	})
	if err != nil {
		return "" // only for base32 that we did not write; "" verifies nothing
	}
	return code
}

// Verify reports whether code, as [CleanCode] returns it, is that of the step
// of now or of a neighbour, and of a step greater than after: the last step
// that was accepted, or 0 when there was none. It returns the step that
// matched, the newest if there are several, which the caller must store as the
// next after, in the transaction that accepts the code.
//
// All three candidates are always computed and compared in constant time.
func (s Secret) Verify(code string, now time.Time, after uint64) (step uint64, ok bool) {
	current := Step(now)
	for ahead := range uint64(3) {
		candidate := current + ahead - 1 // wraps at step 0; the sum below does not
		same := subtle.ConstantTimeCompare([]byte(code), []byte(s.Code(candidate))) == 1
		if same && code != "" && current+ahead > 0 && candidate > after {
			step, ok = candidate, true
		}
	}
	return step, ok
}
