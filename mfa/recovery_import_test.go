package mfa_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/mfa"
)

// sha256Of is the digest of a text in the form for digests without a name.
func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "$raw$sha256$password$hex:" + hex.EncodeToString(sum[:])
}

// TestImportRecovery: codes that another system made are each good once, however they
// are typed, given in clear or as digests of the code in its own spelling.
func TestImportRecovery(t *testing.T) {
	for _, tt := range []struct{ name, code, typed string }{
		{"in clear", "ABCDE-FGHJK", "ABCDE-FGHJK"}, {"typed without the hyphen", "ABCDE-FGHJK", "abcdefghjk"}, {"typed with blanks", "abcdefgh", " ABCD EFGH"},
		{"digits, as many as may be guessed", "12345678", "1234-5678"},
		{"digest of what is shown", sha256Of("ab12c-d34ef"), " ab12c-d34ef "}, {"of small letters", sha256Of("ab12cd34ef"), "AB12C-D34EF"}, {"of capitals", sha256Of("AB12CD34EF"), "ab12cd34ef"},
	} {
		h := newHarness(t)
		h.has(withMail())
		h.enrollDevice()
		r, err := mfa.ImportRecovery(h.index, account, tt.code)
		if err != nil {
			t.Fatal(err)
		}
		h.change(func(f *mfa.Factors) { f.Recovery[3] = r })
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, tt.typed+"X", mfa.Wrong)
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, tt.typed, mfa.Passed)
		h.answer(h.begin(), mfa.Authenticator, mfa.OTP, tt.typed, mfa.Wrong)
		if h.factors().Recovery[3].Spent.IsZero() {
			t.Errorf("%s: the code was not spent", tt.name)
		}
	}
}

// TestImportRecoveryRefused: what could be guessed, would cost too much or is no code is
// refused, without any part of it in the error.
func TestImportRecoveryRefused(t *testing.T) {
	h := newHarness(t)
	for code, want := range map[string]string{
		"ABC-DEFG": "want 8 to 64 letters and digits", strings.Repeat("A", 65): "want 8 to 64", "": "want 8", "ABCDEFGÄ": "want 8", "ABCDEFG\x00H": "want 8",
		"$raw$md5$password$hex:00":                                     "want 8",
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy": "a hash that is slow by design",
	} {
		if _, err := mfa.ImportRecovery(h.index, account, code); err == nil || !strings.Contains(err.Error(), want) || code != "" && strings.Contains(err.Error(), code) {
			t.Errorf("%q: got %v, want %q", code, err, want)
		}
	}
	other, err := mfa.ImportRecovery(h.index, "other", "ABCDE-FGHJK")
	if err != nil {
		t.Fatal(err)
	}
	h.has(withMail())
	h.enrollDevice()
	h.change(func(f *mfa.Factors) { f.Recovery[3] = other })
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, "ABCDE-FGHJK", mfa.Wrong) // it is another account's
}
