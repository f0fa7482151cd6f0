package guard

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// Condition is what a caller has to meet. The zero value is met by whoever is signed in.
type Condition struct {
	kind  kind
	value string        // of a role, permission or scope
	since time.Duration // of a factor
}

type kind int

const (
	signedIn kind = iota
	role
	permission
	scope
	factor
	anonymous
)

// Role is met by whoever has that role in the application that the session or token is of.
func Role(name string) Condition { return Condition{kind: role, value: name} }

// Permission is met by whoever has that permission there, by its path, such as
// "/Address/CanReadAddress".
func Permission(path string) Condition { return Condition{kind: permission, value: path} }

// Scope is met by a bearer token that was granted that scope, and by an API key that names it. A session has no scopes: it
// is its user's own, and meets it.
func Scope(name string) Condition { return Condition{kind: scope, value: name} }

// Factor is met by whoever has proven a second factor in this session, within that time; 0
// means at all. A remembered device, and a login by grace, proved none. Whoever is signed in
// and does not meet it proves one anew by [Guard.StepUp].
func Factor(within time.Duration) Condition { return Condition{kind: factor, since: within} }

// Anonymous lets everybody pass. Who is signed in is known all the same.
var Anonymous = Condition{kind: anonymous}

// Met reports whether somebody meets the condition at now; nil is nobody.
func (c Condition) Met(a *sallyport.Access, now time.Time) bool {
	if a == nil {
		return c.kind == anonymous
	}
	switch c.kind {
	case signedIn, anonymous:
		return true
	case role:
		return slices.Contains(a.Roles, c.value)
	case permission:
		return slices.Contains(a.Permissions, c.value)
	case scope:
		return isSession(a) || slices.Contains(a.Scopes, c.value)
	case factor:
		return c.proven(a, now)
	}
	return false
}

// proven reports whether a second factor was proven lately enough. One proven ahead of the
// clock was not.
func (c Condition) proven(a *sallyport.Access, now time.Time) bool {
	second := slices.ContainsFunc(a.Methods, func(m string) bool { return m != "pwd" })
	age := now.Sub(a.AuthTime)
	return second && (c.since <= 0 || age < c.since && age > -time.Minute)
}

// isSession reports whether it is a session of the host's own, which no client began.
func isSession(a *sallyport.Access) bool { return a.ClientID == "host" }

// unmet returns the first of the conditions that is not met.
func unmet(list []Condition, a *sallyport.Access, now time.Time) (Condition, bool) {
	for _, c := range list {
		if !c.Met(a, now) {
			return c, true
		}
	}
	return Condition{}, false
}
