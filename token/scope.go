package token

import (
	"cmp"
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// The scopes that the engine knows, in their canonical spelling. A client may
// have others; those pass through unchanged and open no claim.
const (
	ScopeOpenID        = "openid"
	ScopeProfile       = "profile"
	ScopeOfflineAccess = "offline_access"
	ScopeAPI           = "IdentityServerApi"
	ScopeVGToken       = "VGToken"
	ScopeApplications  = "VGApplications"
	ScopeRoles         = "VGRoles"
	ScopePermissions   = "VGPermissions"
	ScopeIsApproved    = "VGIsApproved"
	ScopeIsLocked      = "VGIsLocked"
	ScopeActivityDate  = "VGActivityDate"
	ScopeVGProfile     = "VGProfile"
	ScopeDeveloper     = "VGDeveloper"
)

var knownScopes = []string{
	ScopeAPI, ScopeOfflineAccess, ScopeOpenID, ScopeProfile, ScopeActivityDate, ScopeApplications, ScopeDeveloper,
	ScopeIsApproved, ScopeIsLocked, ScopePermissions, ScopeVGProfile, ScopeRoles, ScopeVGToken,
}

// MaxScopes is how many names one request may ask for.
const MaxScopes = 64

// ErrInvalidScope means that a scope list is malformed, too long, or asks for
// what is not on offer. It names no scope: what was asked for is the caller's
// text.
var ErrInvalidScope = errors.New("token: invalid scope")

// KnownScopes returns a new, sorted list of the scopes the engine knows.
func KnownScopes() []string { return SortScopes(knownScopes) }

// CanonicalScope gives a known scope its canonical spelling, whatever its
// ASCII case; any other name comes back as it is.
func CanonicalScope(name string) string {
	for _, k := range knownScopes {
		if ascii.Equal(k, name) {
			return k
		}
	}
	return name
}

// ParseScopes reads a list in the syntax of RFC 6749 section 3.3, whose names may
// have several spaces between and around them, against the list of what is on offer: the client's scopes, or the session's when a
// refresh asks for less. Names compare without regard to ASCII case. The
// result is a new list, canonical, without repeats and sorted as by
// [SortScopes]. An s without a name asks for all that is on offer. The only error is
// [ErrInvalidScope].
func ParseScopes(s string, offered []string) ([]string, error) {
	names := typed.Words(s)
	switch {
	case len(names) > MaxScopes:
		return nil, ErrInvalidScope
	case len(names) == 0:
		names = offered
	}
	got := make([]string, 0, len(names))
	for _, n := range names {
		i := slices.IndexFunc(offered, func(o string) bool { return ascii.Equal(o, n) })
		if i < 0 || !isScopeName(n) {
			return nil, ErrInvalidScope
		}
		got = append(got, CanonicalScope(offered[i]))
	}
	return SortScopes(got), nil
}

// MachineScopes returns a new list of those scopes of a client that a token without
// a person may have: API scopes, ours and the client's own. What tells of a person,
// and offline_access, which keeps a person's login, is left out.
func MachineScopes(scopes []string) []string {
	var out []string
	for _, s := range scopes {
		if canonical := CanonicalScope(s); canonical == ScopeAPI || !slices.Contains(knownScopes, canonical) {
			out = append(out, s)
		}
	}
	return out
}

// HasOwnScopes reports whether one of the scopes is none of the known ones, in whatever case.
func HasOwnScopes(scopes []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(knownScopes, CanonicalScope(s)) })
}

// isScopeName holds s to scope-token: 1*( %x21 / %x23-5B / %x5D-7E ).
func isScopeName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// SortScopes returns a new list in the order of the token answer, which
// disregards ASCII case, without repeats.
func SortScopes(scopes []string) []string {
	out := append(make([]string, 0, len(scopes)), scopes...)
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(ascii.Compare(a, b), cmp.Compare(a, b))
	})
	return slices.Compact(out)
}

// TokenScopes returns a new list in the order of the access token's scope
// claim: that of [SortScopes] with offline_access last.
func TokenScopes(scopes []string) []string {
	out := SortScopes(scopes)
	if i := slices.Index(out, ScopeOfflineAccess); i >= 0 {
		out = append(slices.Delete(out, i, i+1), ScopeOfflineAccess)
	}
	return out
}
