package directory

import (
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

// settleClient settles the fields of a client and returns those that were left as
// stored.
func (a *Applier) settleClient(is, old *token.Client, c *catalogClient) []string {
	f := a.fields(&c.Said)
	is.GrantTypes = settled(f, "grantTypes", is.GrantTypes, old.GrantTypes)
	is.Scopes = settled(f, "scopes", is.Scopes, old.Scopes)
	is.Modules = settled(f, "modules", is.Modules, old.Modules)
	is.HoldLinks = settled(f, "holdLinks", is.HoldLinks, old.HoldLinks)
	is.LinkNumber = settled(f, "linkNumber", is.LinkNumber, old.LinkNumber)
	is.SpeaksForUsers = settled(f, "speaksForUsers", is.SpeaksForUsers, old.SpeaksForUsers)
	is.Introspect = settled(f, "introspect", is.Introspect, old.Introspect)
	is.Resume = settled(f, "resume", is.Resume, old.Resume)
	is.ReturnURIs = settled(f, "enrollmentReturnURIs", is.ReturnURIs, old.ReturnURIs)
	is.Origins = settled(f, "corsOrigins", is.Origins, old.Origins)
	is.AccessTokenLifetime = settled(f, "accessTokenLifetime", is.AccessTokenLifetime, old.AccessTokenLifetime)
	is.Description = settled(f, "description", is.Description, old.Description)
	is.RedirectURIs = settled(f, "redirectURIs", is.RedirectURIs, old.RedirectURIs)
	is.PostLogoutURIs = settled(f, "postLogoutRedirectURIs", is.PostLogoutURIs, old.PostLogoutURIs)
	is.RefreshSeconds = settled(f, "refreshLifetime", is.RefreshSeconds, old.RefreshSeconds)
	is.IdleSeconds = settled(f, "refreshIdle", is.IdleSeconds, old.IdleSeconds)
	is.JSONUserInfo = settled(f, "userInfo", is.JSONUserInfo, old.JSONUserInfo)
	settleTokens(f, is, old)
	f.done()
	var kept bool
	if is.Active, kept = a.settleActive(c, is.Active, old.Active); kept {
		f.kept = append(f.kept, "disabled")
	}
	return f.kept
}

// settleTokens settles profile and algorithm. An algorithm that the profile does not
// take is not left: where a program has set one of the two, and the file the other, what
// is stored of both is kept.
func settleTokens(f *fieldSettler, is, old *token.Client) {
	profile := settled(f, "tokenProfile", is.Profile, old.Profile)
	algorithm := settled(f, "tokenAlgorithm", is.Algorithm, old.Algorithm)
	if algorithm != "" && profile != token.ProfileRFC9068 {
		profile, algorithm = old.Profile, old.Algorithm
		f.kept = append(f.kept, "tokenProfile")
	}
	is.Profile, is.Algorithm = profile, algorithm
}

// settleActive settles whether a client is active. Unlike other fields, of this one the
// catalog notes what the file said whenever that was "disabled": true, so that a client
// which a program has switched off stays off, also one of a time when the file could not
// say it. It reports whether the file wants another than is stored.
func (a *Applier) settleActive(e *catalogClient, want, stored bool) (is, kept bool) {
	_, saidOff := e.Said.last(saidDisabled)
	if want == !saidOff {
		return stored, want != stored
	}
	e.noteActive(want)
	a.written = true
	return want, false
}

// saidDisabled is in [catalogClient].Said exactly where the file last said that the
// client is disabled.
const saidDisabled = "disabled"

// noteActive notes what the file says.
func (e *catalogClient) noteActive(active bool) {
	e.Said = e.Said.without(saidDisabled)
	if !active {
		e.Said = append(e.Said, saidField{Field: saidDisabled, Text: "true"})
	}
}

// setClient makes the fields of a client those of another, as a program does.
func (e *catalogClient) setClient(to, is *token.Client) {
	setField(&e.Said, "grantTypes", &to.GrantTypes, &is.GrantTypes)
	setField(&e.Said, "scopes", &to.Scopes, &is.Scopes)
	setField(&e.Said, "modules", &to.Modules, &is.Modules)
	setField(&e.Said, "holdLinks", &to.HoldLinks, &is.HoldLinks)
	setField(&e.Said, "linkNumber", &to.LinkNumber, &is.LinkNumber)
	setField(&e.Said, "speaksForUsers", &to.SpeaksForUsers, &is.SpeaksForUsers)
	setField(&e.Said, "introspect", &to.Introspect, &is.Introspect)
	setField(&e.Said, "resume", &to.Resume, &is.Resume)
	setField(&e.Said, "enrollmentReturnURIs", &to.ReturnURIs, &is.ReturnURIs)
	setField(&e.Said, "corsOrigins", &to.Origins, &is.Origins)
	setField(&e.Said, "accessTokenLifetime", &to.AccessTokenLifetime, &is.AccessTokenLifetime)
	setField(&e.Said, "description", &to.Description, &is.Description)
	setField(&e.Said, "redirectURIs", &to.RedirectURIs, &is.RedirectURIs)
	setField(&e.Said, "postLogoutRedirectURIs", &to.PostLogoutURIs, &is.PostLogoutURIs)
	setField(&e.Said, "refreshLifetime", &to.RefreshSeconds, &is.RefreshSeconds)
	setField(&e.Said, "refreshIdle", &to.IdleSeconds, &is.IdleSeconds)
	setField(&e.Said, "tokenProfile", &to.Profile, &is.Profile)
	setField(&e.Said, "tokenAlgorithm", &to.Algorithm, &is.Algorithm)
	setField(&e.Said, "userInfo", &to.JSONUserInfo, &is.JSONUserInfo)
}

// bury notes that a program has deleted a client of the file, with what the file last
// said of it: where a program makes it anew, that still holds.
func (e *catalogClient) bury(c *token.Client) {
	e.Gone, e.Said = true, slices.Clone(e.Said)
	remember(&e.Said, "grantTypes", c.GrantTypes)
	remember(&e.Said, "scopes", c.Scopes)
	remember(&e.Said, "modules", c.Modules)
	remember(&e.Said, "holdLinks", c.HoldLinks)
	remember(&e.Said, "linkNumber", c.LinkNumber)
	remember(&e.Said, "speaksForUsers", c.SpeaksForUsers)
	remember(&e.Said, "introspect", c.Introspect)
	remember(&e.Said, "resume", c.Resume)
	remember(&e.Said, "enrollmentReturnURIs", c.ReturnURIs)
	remember(&e.Said, "corsOrigins", c.Origins)
	remember(&e.Said, "accessTokenLifetime", c.AccessTokenLifetime)
	remember(&e.Said, "description", c.Description)
	remember(&e.Said, "redirectURIs", c.RedirectURIs)
	remember(&e.Said, "postLogoutRedirectURIs", c.PostLogoutURIs)
	remember(&e.Said, "refreshLifetime", c.RefreshSeconds)
	remember(&e.Said, "refreshIdle", c.IdleSeconds)
	remember(&e.Said, "tokenProfile", c.Profile)
	remember(&e.Said, "tokenAlgorithm", c.Algorithm)
	remember(&e.Said, "userInfo", c.JSONUserInfo)
}

// remember notes what the file last said of a field, which is what is stored unless
// something else is noted already.
func remember[T any](s *said, field string, stored T) {
	if _, changed := s.last(field); !changed {
		*s = append(*s, saidField{Field: field, Text: saidText(stored)})
	}
}
