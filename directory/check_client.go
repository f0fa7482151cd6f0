package directory

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/token"
)

func (c *checker) clients(list []Client) {
	ids := once{}
	for i := range list {
		d, at := &list[i], element("clients", i)
		w, known := c.client(at, d)
		if known {
			ids.check(c, at+".platform", c.want.applications[w.application].at+d.Platform, "application and platform")
		}
		c.want.clients = append(c.want.clients, w)
	}
}

// client checks one client. It reports whether application and platform, which make
// its id, are known.
func (c *checker) client(at string, d *Client) (w wantedClient, known bool) {
	w = wantedClient{at: at, secrets: d.Secrets, version: c.version(at, d.CredentialsVersion)}
	var found bool
	w.application, found = c.application(at+".application", d.Application)
	known = c.oneOf(at+".platform", d.Platform, string(token.WebApp), string(token.SPA), string(token.Native), string(token.Service)) && found
	life := or(d.AccessTokenLifetime, token.DefaultAccessLife)
	c.duration(at+".accessTokenLifetime", life, time.Minute, token.MaxAccessLife)
	if d.HoldLinks != nil {
		c.duration(at+".holdLinks", *d.HoldLinks, 0, maxHold)
	}
	c.servers(at, d)
	c.secrets(at, d)
	w.client = token.Client{
		Platform: token.Platform(d.Platform), GrantTypes: c.grantTypes(at+".grantTypes", d.GrantTypes), Scopes: c.scopes(at+".scopes", d.Scopes),
		Modules: c.modules(at+".modules", d.Modules), Public: d.Public, HoldLinks: d.HoldLinks, LinkNumber: d.LinkNumber, SpeaksForUsers: d.SpeaksForUsers, Introspect: d.Introspect, Resume: d.Resume,
		ReturnURIs:          c.returnURIs(at+".enrollmentReturnURIs", d.EnrollmentReturnURIs),
		AccessTokenLifetime: int64(life / time.Second), Active: !d.Disabled, Origins: c.origins(at+".corsOrigins", d.CORSOrigins),
		Description: d.Description, RedirectURIs: c.redirectURIs(at+".redirectURIs", d.Platform, d.RedirectURIs),
		PostLogoutURIs: c.redirectURIs(at+".postLogoutRedirectURIs", d.Platform, d.PostLogoutRedirectURIs),
		RefreshSeconds: c.refreshLife(at+".refreshLifetime", d.RefreshLifetime, token.DefaultRefreshLife),
		IdleSeconds:    c.refreshLife(at+".refreshIdle", d.RefreshIdle, token.DefaultRefreshIdle),
	}
	c.text(at+".description", d.Description, maxText)
	c.profile(at, d, &w.client)
	return w, known
}

// maxHold is the most that a client may let a call wait for a link: no link lives
// longer.
const maxHold = 4 * time.Minute

// servers refuses what only a program on its operator's machine may be given.
func (c *checker) servers(at string, d *Client) {
	is := token.Client{Platform: token.Platform(d.Platform), Public: d.Public, Resume: d.Resume}
	if d.SpeaksForUsers && !is.IsServer() {
		c.add(at+".speaksForUsers", "only a WebApp or Service with a secret is believed; take it out or give the client a secret")
	}
	if d.Introspect && !is.IsServer() {
		c.add(at+".introspect", "only a WebApp or Service with a secret may look at the tokens of others; take it out or give the client a secret")
	}
	if d.Resume && !is.Resumes() {
		c.add(at+".resume", "only a WebApp with a secret may go on without the password; take it out or give the client a secret")
	}
	if i := slices.Index(d.GrantTypes, token.GrantClientCredentials); i >= 0 && !is.IsServer() {
		c.add(element(at+".grantTypes", i), "only a WebApp or Service with a secret may act for itself; take it out or give the client a secret")
	}
}

// grantTypes checks grant types. Those of the protocol that this version lacks
// are refused by name.
func (c *checker) grantTypes(path string, list []string) []string {
	if len(list) == 0 {
		c.add(path, "missing")
	}
	seen := once{}
	for i, g := range list {
		at := element(path, i)
		switch {
		case g == "authorization_code":
			c.add(at, "%q is not supported by this version", g)
		case c.oneOf(at, g, token.GrantTypes()...):
			seen.check(c, at, g, "grant type")
		}
	}
	return slices.Clone(list)
}

// maxOrigins bounds the origins of one client.
const maxOrigins = 32

// origins checks origins. Whatever no browser would send is refused, since it
// would never match.
func (c *checker) origins(path string, list []string) []string {
	if len(list) > maxOrigins {
		c.add(path, "more than %d origins", maxOrigins)
	}
	seen := once{}
	for i, o := range list {
		at := element(path, i)
		if !token.IsOrigin(o) {
			c.add(at, "%.64q is no origin; want http or https, a host in lower case, and a port unless it is the usual one, such as \"https://app.example.com\"", o)
			continue
		}
		seen.check(c, at, o, "origin")
	}
	return slices.Clone(list)
}

func (c *checker) scopes(path string, list []string) (out []string) {
	if len(list) > token.MaxScopes {
		c.add(path, "more than %d scopes", token.MaxScopes)
	}
	seen := once{}
	for i, s := range list {
		at := element(path, i)
		canonical, err := token.ParseScopes(s, []string{s})
		if err != nil {
			c.add(at, "%.64q is no scope", s)
			continue
		}
		seen.check(c, at, strings.ToLower(canonical[0]), "scope")
		out = append(out, canonical[0])
	}
	return token.SortScopes(out)
}

func (c *checker) secrets(at string, d *Client) {
	switch {
	case d.Public && len(d.Secrets) > 0:
		c.add(at+".public", "a public client has no secrets")
	case !d.Public && len(d.Secrets) == 0:
		c.add(at+".secrets", "missing; a client without secrets must be declared with \"public\": true")
	case len(d.Secrets) > maxSecrets:
		c.add(at+".secrets", "more than %d secrets", maxSecrets)
	}
	seen := once{}
	for i, s := range d.Secrets {
		path := element(at+".secrets", i)
		switch n := utf8.RuneCountInString(s.Value); {
		case s.Value == "":
			c.add(path+".value", "missing")
		case typed.CheckSecret(s.Value) != nil:
			c.add(path+".value", "%w", typed.CheckSecret(s.Value))
		case n < token.MinSecret && !c.shortSecrets:
			c.add(path+".value", "shorter than %d characters, which only an issuer on a loopback address allows", token.MinSecret)
		case len(s.Value) > token.MaxSecret:
			c.add(path+".value", "longer than %d bytes", token.MaxSecret)
		}
		seen.check(c, path+".value", s.Value, "secret")
		c.text(path+".description", s.Description, maxText)
		c.time(path+".expires", s.Expires)
	}
}
