package directory

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// NewClient is a client that a program makes. Application, Platform and GrantTypes are
// required; all is checked as in the directory file.
type NewClient struct {
	Application string   // id
	Platform    string   // WebApp, SPA, Native or Service; an application has one client of each
	GrantTypes  []string // as in [Client], and so what follows
	Scopes      []string
	Modules     []string // identity modules whose accounts log in by it; none: VGUser alone
	// Public is true for a client that can keep no secret. All others are given one.
	Public bool

	SpeaksForUsers, Resume, LinkNumber bool
	HoldLinks                          *time.Duration // nil: as long as the link lives
	EnrollmentReturnURIs, CORSOrigins  []string
	AccessTokenLifetime                time.Duration // 0: 30 minutes
	// Introspect tells a WebApp or Service with a secret of the tokens of all clients.
	Introspect bool

	Description                          string
	RedirectURIs, PostLogoutRedirectURIs []string
	RefreshLifetime, RefreshIdle         time.Duration // 0: 30 and 15 days; that of a SPA ends after a day
	TokenProfile, TokenAlgorithm         string        // empty: Published, RS256
	UserInfo                             string        // empty: Published
	Disabled                             bool

	Secret NewSecret // of one that is not public
}

// NewSecret is a secret that is made for a client, but for what it is.
type NewSecret struct {
	Description string
	Expires     time.Time // zero: never
}

// ClientChange says which fields of a client become another. Those that are nil stay as
// they are. A client that is public stays so, and so does one that is not.
type ClientChange struct {
	GrantTypes, Scopes, Modules        *[]string
	SpeaksForUsers, Resume, LinkNumber *bool
	HoldLinks                          *time.Duration // below 0: as long as the link lives
	EnrollmentReturnURIs, CORSOrigins  *[]string
	AccessTokenLifetime                *time.Duration // below 0: the default, 30 minutes
	Disabled                           *bool          // it authenticates no more, and gets no token
	Introspect                         *bool

	Description                            *string
	RedirectURIs, PostLogoutRedirectURIs   *[]string
	RefreshLifetime, RefreshIdle           *time.Duration // below 0: the default
	TokenProfile, TokenAlgorithm, UserInfo *string
}

// Fields lists the fields that become another, as the directory file names them.
func (c *ClientChange) Fields() (names []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"grantTypes", c.GrantTypes != nil}, {"scopes", c.Scopes != nil}, {"modules", c.Modules != nil},
		{"speaksForUsers", c.SpeaksForUsers != nil}, {"resume", c.Resume != nil}, {"linkNumber", c.LinkNumber != nil}, {"introspect", c.Introspect != nil},
		{"holdLinks", c.HoldLinks != nil}, {"enrollmentReturnURIs", c.EnrollmentReturnURIs != nil}, {"corsOrigins", c.CORSOrigins != nil},
		{"accessTokenLifetime", c.AccessTokenLifetime != nil}, {"disabled", c.Disabled != nil},
		{"description", c.Description != nil}, {"redirectURIs", c.RedirectURIs != nil}, {"postLogoutRedirectURIs", c.PostLogoutRedirectURIs != nil},
		{"refreshLifetime", c.RefreshLifetime != nil}, {"refreshIdle", c.RefreshIdle != nil},
		{"tokenProfile", c.TokenProfile != nil}, {"tokenAlgorithm", c.TokenAlgorithm != nil}, {"userInfo", c.UserInfo != nil},
	} {
		if f.set {
			names = append(names, f.name)
		}
	}
	return names
}

// Errors of edits of clients, to be recognised by errors.Is.
var (
	// ErrClientTaken means that the application has a client of that platform.
	ErrClientTaken = errors.New("directory: the application has a client of that platform")

	// ErrNoClient means that no client has the id.
	ErrNoClient = errors.New("directory: no such client")

	// ErrNoSecret means that the client has no secret of that id.
	ErrNoSecret = errors.New("directory: no such secret")

	// ErrLastSecret means that a client would be left without a secret that is good:
	// add one first, or disable the client.
	ErrLastSecret = errors.New("directory: it is the client's last secret: add one first, or disable the client")

	// ErrSecrets means that a client cannot have another secret: it is public, or has
	// ten that have not expired.
	ErrSecrets = errors.New("directory: the client is public, or has ten secrets that have not expired")
)

// ClientInfo is a client as an administrator sees it. It belongs to the caller.
type ClientInfo struct {
	ID          string // by which it authenticates: application and platform
	Application string // id
	Platform    string
	GrantTypes  []string
	Scopes      []string
	Modules     []string // none: VGUser alone

	Public, Disabled                   bool
	SpeaksForUsers, Resume, LinkNumber bool
	HoldLinks                          *time.Duration
	EnrollmentReturnURIs, CORSOrigins  []string
	AccessTokenLifetime                time.Duration
	Introspect                         bool

	Description                            string
	RedirectURIs, PostLogoutRedirectURIs   []string
	RefreshLifetime, RefreshIdle           time.Duration // as they act: that of a SPA is a day at most
	TokenProfile, TokenAlgorithm, UserInfo string        // never empty

	Secrets []SecretInfo // the oldest first
}

// SecretInfo is a secret of a client as an administrator sees it.
type SecretInfo struct {
	// ID names the secret and opens nothing: it is the beginning of the keyed digest
	// that is stored of it.
	ID          string
	Description string
	Expires     time.Time // zero: never
}

// clientInfo is a client as an administrator sees it.
func clientInfo(c *token.Client) *ClientInfo {
	info := &ClientInfo{
		ID: c.ID, Application: c.Application, Platform: string(c.Platform), GrantTypes: slices.Clone(c.GrantTypes), Scopes: slices.Clone(c.Scopes), Modules: slices.Clone(c.Modules),
		Public: c.Public, Disabled: !c.Active, SpeaksForUsers: c.SpeaksForUsers, Resume: c.Resume, LinkNumber: c.LinkNumber, Introspect: c.Introspect,
		HoldLinks: clonePointer(c.HoldLinks), EnrollmentReturnURIs: slices.Clone(c.ReturnURIs), CORSOrigins: slices.Clone(c.Origins),
		AccessTokenLifetime: c.AccessLife(),
		Description:         c.Description, RedirectURIs: slices.Clone(c.RedirectURIs), PostLogoutRedirectURIs: slices.Clone(c.PostLogoutURIs),
		RefreshLifetime: c.RefreshLife(), RefreshIdle: c.IdleLife(),
		TokenProfile: cmp.Or(c.Profile, published), TokenAlgorithm: c.TokenAlgorithm(), UserInfo: c.UserInfoForm(),
	}
	for i := range c.Secrets {
		s := &c.Secrets[i]
		info.Secrets = append(info.Secrets, SecretInfo{ID: s.ID(), Description: s.Description, Expires: s.Expires})
	}
	return info
}

// file is a client in the form of the directory file, to be checked as one of that.
func (n *NewClient) file(secret string) *Client {
	d := &Client{
		Application: n.Application, Platform: n.Platform, GrantTypes: n.GrantTypes, Scopes: n.Scopes, Modules: n.Modules, Public: n.Public,
		SpeaksForUsers: n.SpeaksForUsers, Resume: n.Resume, LinkNumber: n.LinkNumber, Introspect: n.Introspect, HoldLinks: n.HoldLinks,
		EnrollmentReturnURIs: n.EnrollmentReturnURIs, CORSOrigins: n.CORSOrigins,
		Description: n.Description, RedirectURIs: n.RedirectURIs, PostLogoutRedirectURIs: n.PostLogoutRedirectURIs, Disabled: n.Disabled,
		AccessTokenLifetime: unlessZero(n.AccessTokenLifetime), RefreshLifetime: unlessZero(n.RefreshLifetime), RefreshIdle: unlessZero(n.RefreshIdle),
		TokenProfile: unlessZero(n.TokenProfile), TokenAlgorithm: unlessZero(n.TokenAlgorithm), UserInfo: unlessZero(n.UserInfo),
	}
	if !n.Public {
		d.Secrets = []Secret{{Value: secret, Description: n.Secret.Description, Expires: n.Secret.Expires}}
	}
	return d
}

// unlessZero is what the directory file has of a value whose zero says nothing.
func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
