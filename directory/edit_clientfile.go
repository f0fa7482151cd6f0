package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// over is a client with a change, in the form of the directory file. Its secrets are
// not checked again.
func (c *ClientChange) over(was *token.Client) *Client {
	n := NewClient{
		Platform: string(was.Platform), GrantTypes: or(c.GrantTypes, was.GrantTypes), Scopes: or(c.Scopes, was.Scopes), Public: was.Public,
		SpeaksForUsers: or(c.SpeaksForUsers, was.SpeaksForUsers), Resume: or(c.Resume, was.Resume), LinkNumber: or(c.LinkNumber, was.LinkNumber), Introspect: or(c.Introspect, was.Introspect),
		HoldLinks: was.HoldLinks, EnrollmentReturnURIs: or(c.EnrollmentReturnURIs, was.ReturnURIs), CORSOrigins: or(c.CORSOrigins, was.Origins),
		Description: or(c.Description, was.Description), RedirectURIs: or(c.RedirectURIs, was.RedirectURIs), PostLogoutRedirectURIs: or(c.PostLogoutRedirectURIs, was.PostLogoutURIs),
		RefreshLifetime: or(c.RefreshLifetime, seconds(was.RefreshSeconds)), RefreshIdle: or(c.RefreshIdle, seconds(was.IdleSeconds)),
		TokenProfile: or(c.TokenProfile, was.Profile), TokenAlgorithm: or(c.TokenAlgorithm, was.Algorithm), UserInfo: or(c.UserInfo, was.UserInfoForm()),
	}
	d := n.file("a secret that is there already")
	life := was.AccessLife()
	d.AccessTokenLifetime = &life
	if c.Modules != nil {
		d.Modules = *c.Modules
	}
	if c.AccessTokenLifetime != nil {
		d.AccessTokenLifetime = unlessZero(*c.AccessTokenLifetime)
	}
	switch h := c.HoldLinks; {
	case h != nil && *h < 0:
		d.HoldLinks = nil
	case h != nil:
		d.HoldLinks = h
	}
	return d
}

// seconds is a life as a record has it.
func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
