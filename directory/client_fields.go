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
	f.done()
	if !old.Active {
		f.kept = append(f.kept, "disabled")
	}
	return f.kept
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
}

// remember notes what the file last said of a field, which is what is stored unless
// something else is noted already.
func remember[T any](s *said, field string, stored T) {
	if _, changed := s.last(field); !changed {
		*s = append(*s, saidField{Field: field, Text: saidText(stored)})
	}
}
