package mfa

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// Bounds of recovery codes that another system made. Ours have 16 characters. Fewer
// than eight could be guessed, and would be taken for the code of an authenticator.
const (
	minRecovery = 8
	maxRecovery = 64

	// MaxImportedRecovery is how many of them an account may bring along.
	MaxImportedRecovery = 20
)

// Errors of [ImportRecovery]. Neither has any part of the code in it.
var (
	errRecoveryLength = fmt.Errorf("want %d to %d letters and digits, or a digest as docs/moving.md lists them", minRecovery, maxRecovery)
	errRecoverySlow   = errors.New("a hash that is slow by design: each guess would cost as many as an account has; want the codes in clear, or digests of them")
)

// ImportRecovery returns what is kept of a recovery code that another system made for
// an account: given in clear, with or without hyphens, or as the fast digest that the
// system kept of it, in a form that package password reads. A code is random, so a
// fast digest of it is as good as a slow one.
func ImportRecovery(index store.Index, account, code string) (Recovery, error) {
	if _, err := password.Recognise(code); err == nil {
		if !password.Weak(code) {
			return Recovery{}, errRecoverySlow
		}
		return Recovery{Foreign: code}, nil
	}
	code = typed.Code(code)
	plain := strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
	if !plain || len(code) < minRecovery || len(code) > maxRecovery {
		return Recovery{}, errRecoveryLength
	}
	return Recovery{Digest: recoveryDigest(index, account, code)}, nil
}

// matchesForeign reports whether a digest of another system is of a code. What went
// into it is not known, so it is tried as it was typed, and without what stands
// between its characters in capitals and in small letters.
func matchesForeign(digest, code, text string) (ok bool) {
	if digest == "" {
		return false
	}
	for _, form := range []string{code, strings.ToLower(code), strings.TrimSpace(text)} {
		right, err := password.Verify(digest, form)
		ok = ok || right && err == nil
	}
	return ok
}
