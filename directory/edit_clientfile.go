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
		TokenProfile: or(c.TokenProfile, was.Profile), TokenAlgorithm: or(c.TokenAlgorithm, was.Algorithm), UserInfo: or(c.UserInfo, was.UserInfoForm()),
	}
	d := n.file("a secret that is there already")
	d.AccessTokenLifetime = changedLife(c.AccessTokenLifetime, was.AccessTokenLifetime)
	d.RefreshLifetime = changedLife(c.RefreshLifetime, was.RefreshSeconds)
	d.RefreshIdle = changedLife(c.RefreshIdle, was.IdleSeconds)
	if c.Modules != nil {
		d.Modules = *c.Modules
	}
	switch h := c.HoldLinks; {
	case h != nil && *h < 0:
		d.HoldLinks = nil
	case h != nil:
		d.HoldLinks = h
	}
	return d
}

// changedLife is what the directory file has of a life: what a change says, of which
// below 0 is the default, or else the seconds of a record.
func changedLife(by *time.Duration, seconds int64) *time.Duration {
	switch {
	case by == nil:
		return unlessZero(time.Duration(seconds) * time.Second)
	case *by < 0:
		return nil
	}
	return by
}
