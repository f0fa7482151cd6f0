package token

import (
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// Platform is the second half of a client id: the kind of program the client
// is.
type Platform string

// The platforms, in their canonical spelling.
const (
	WebApp  Platform = "WebApp"
	SPA     Platform = "SPA"
	Native  Platform = "Native"
	Service Platform = "Service"
)

var platforms = []Platform{WebApp, SPA, Native, Service}

// How long an access token lives.
const (
	// DefaultAccessLife is what a client gets that asks for nothing else.
	DefaultAccessLife = 30 * time.Minute
	// MaxAccessLife is the most a client may ask for. Signing keys are kept by
	// this bound (see [Ring.Rotate]), so [Sign] refuses tokens that break it.
	MaxAccessLife = 24 * time.Hour
)

// Bounds of a client secret.
const (
	// MinSecret is how many characters it has at least, unless the issuer is a
	// loopback address.
	MinSecret = 16
	// MaxSecret is how many bytes it has at most.
	MaxSecret = 1024
)

// Identity modules.
const (
	// ModuleVGUser is that of the built-in directory, or of the host's own users.
	ModuleVGUser = "VGUser"
	// ModuleWindows is that of Active Directory, by name and password.
	ModuleWindows = "WindowsByCredential"
	// ModulePasswordless is that of accounts without a password.
	ModulePasswordless = "Passwordless"
)

// Client is a program that may ask for tokens. The zero Client is nobody: it
// authenticates with no secret and is allowed nothing. Values that come out of
// [Clients] are shared and must not be changed.
type Client struct {
	// ID is canonical, as [ParseClientID] gives it.
	ID string
	// Description is for administrators.
	Description string
	// Application is the GUID, in lower case, of the application whose roles
	// and permissions the client's tokens speak of.
	Application string
	Platform    Platform
	// GrantTypes are compared byte by byte, as RFC 6749 has them.
	GrantTypes []string
	// Scopes is all that the client may ask for, and what it gets when it asks
	// for none in particular.
	Scopes  []string
	Secrets []Secret
	// Public declares that the client has no secret. A client that is neither
	// declared public nor has a secret cannot authenticate.
	Public bool
	// Modules are the identity modules whose accounts may log in through the
	// client; empty means VGUser alone.
	Modules []string
	// HoldLinks is how long one call may be held for a link; nil means as long as
	// the link lives, and 0 not at all.
	HoldLinks *time.Duration
	// LinkNumber says that the client shows the number that has to be typed on
	// the page of an e-mailed link.
	LinkNumber bool
	// SpeaksForUsers says that the client, one with a secret, tells the network
	// addresses of its users and is believed.
	SpeaksForUsers bool
	// Resume says that the client, a WebApp with a secret, may go on after a first
	// enrollment by a secret in the place of the password; see [Client.Resumes].
	Resume bool
	// Introspect says that the client, one with a secret, is told of the tokens of all
	// clients; see [Client.MayLookAt].
	Introspect bool
	// ReturnURIs are the addresses that the enrollment page may lead back to. They
	// are compared byte by byte.
	ReturnURIs []string
	// AccessTokenLifetime is in seconds; see [Client.AccessLife].
	AccessTokenLifetime int64
	// RefreshSeconds and IdleSeconds bound a login that is refreshed; see
	// [Client.RefreshLife] and [Client.IdleLife]. 0 is the default.
	RefreshSeconds, IdleSeconds int64
	// Profile and Algorithm say how its access tokens look, and are signed; empty for
	// the published ones. See [Client.TokenProfile] and [Client.TokenAlgorithm].
	Profile, Algorithm string
	// JSONUserInfo says that userinfo answers the client's tokens with lists and
	// booleans in the place of the published texts.
	JSONUserInfo bool
	// RedirectURIs and PostLogoutURIs are kept for the code flow, which there is not
	// yet: nothing reads them.
	RedirectURIs, PostLogoutURIs []string
	// Active is false for a client that is switched off.
	Active bool
	// Origins are those whose pages may read what the client is answered; see
	// [Client.ListsOrigin].
	Origins []string
	// Instance is random, and drawn when the client is made and when its sessions are
	// ended: what was granted to another instance is not this one's, be it of a client of
	// the same id that was deleted before. 0: made by an older program.
	Instance uint64

	Unknown record.Unknown // what a newer program has written
}

// Secret is one of the secrets of a client, of which the store holds a keyed
// digest alone. The zero Expires means never.
type Secret struct {
	Digest      []byte
	Description string
	Expires     time.Time

	Unknown record.Unknown // what a newer program has written
}

// NewInstance draws [Client.Instance].
func NewInstance() uint64 { return rnd.Uint64()>>32 + 1 }

// Clients holds the clients by [ClientKey].
var Clients = store.NewTable[Client]("client", store.TableOptions{Cached: true})

// ClientKey is the record id of a client in [Clients]: a keyed hash of the
// canonical id, since what a caller typed is never pasted into a key.
func ClientKey(idx store.Index, id string) string { return idx.ID("client", id) }

// ParseClientID reads "<application guid>_<platform>", both halves without
// regard to ASCII case, and returns the canonical spelling: the GUID in lower
// case, the platform as declared here.
func ParseClientID(s string) (id string, ok bool) {
	const guid = 36
	if len(s) <= guid || s[guid] != '_' {
		return "", false
	}
	u, ok := rnd.ParseUUID(s[:guid])
	if !ok {
		return "", false
	}
	p, ok := ParsePlatform(s[guid+1:])
	if !ok {
		return "", false
	}
	return rnd.FormatUUID(u) + "_" + string(p), true
}

// Platforms returns a new list of the platforms there are.
func Platforms() []Platform { return slices.Clone(platforms) }

// ParsePlatform reads a platform without regard to ASCII case.
func ParsePlatform(s string) (Platform, bool) {
	i := slices.IndexFunc(platforms, func(p Platform) bool { return ascii.Equal(string(p), s) })
	if i < 0 {
		return "", false
	}
	return platforms[i], true
}

// NewSecret returns the record of a secret of the client with that canonical
// id. The digest is bound to the id, so that equal secrets of two clients do
// not look alike.
func NewSecret(idx store.Index, clientID, secret, description string, expires time.Time) Secret {
	return Secret{Digest: secretDigest(idx, clientID, secret), Description: description, Expires: expires}
}

// ID names the secret among those of its client. It is the beginning of the keyed
// digest, which tells nothing of the secret.
func (s *Secret) ID() string { return hex.EncodeToString(s.Digest[:min(8, len(s.Digest))]) }

// IsGood reports whether the secret has not expired.
func (s *Secret) IsGood(now time.Time) bool { return s.Expires.IsZero() || now.Before(s.Expires) }

func secretDigest(idx store.Index, clientID, secret string) []byte {
	return idx.Digest("client-secret", clientID, secret)
}

// Authenticate reports whether whoever presented secret may act as the client.
// A public client must present none (""), every other one a secret of its own
// that has not expired. A client that is switched off, or declared public and
// given secrets all the same, authenticates never.
//
// The work does not depend on which secret matched, nor on whether the client
// exists: for an unknown client the caller asks the zero Client.
func (c *Client) Authenticate(idx store.Index, secret string, now time.Time) bool {
	given := secretDigest(idx, c.ID, secret)
	match := subtle.ConstantTimeCompare(given, make([]byte, len(given))) // a round for those who have none
	for _, s := range c.Secrets {
		live := 0
		if s.IsGood(now) {
			live = 1
		}
		match |= subtle.ConstantTimeCompare(given, s.Digest) & live
	}
	switch {
	case !c.Active:
		return false
	case c.Public:
		return len(c.Secrets) == 0 && secret == ""
	default:
		return secret != "" && match == 1
	}
}

// Allows reports whether the client may use that grant type.
func (c *Client) Allows(grant string) bool { return slices.Contains(c.GrantTypes, grant) }

// IsServer reports whether the client is a program on a machine of its operator,
// which can keep a secret and has one.
func (c *Client) IsServer() bool {
	return !c.Public && (c.Platform == WebApp || c.Platform == Service)
}

// Resumes reports whether the client may be given a secret that stands for the
// password of a pending login. It keeps the request for its user meanwhile, which
// only a program can whose memory no user has in hand.
func (c *Client) Resumes() bool { return c.Resume && !c.Public && c.Platform == WebApp }

// MayLookAt reports whether the client is told of tokens of the client with that
// canonical id: a program on its operator's machine of its own, and of all others' where
// it is marked for it.
func (c *Client) MayLookAt(client string) bool {
	return c.IsServer() && c.ID != "" && (c.Introspect || client == c.ID)
}

// ActsForItself reports whether the client may have tokens that stand for nobody
// but itself.
func (c *Client) ActsForItself() bool {
	return c.Active && c.IsServer() && c.Allows(GrantClientCredentials)
}

// Keeps returns a new list of those scopes that are still the client's.
func (c *Client) Keeps(scopes []string) []string {
	var out []string
	for _, s := range scopes {
		if slices.ContainsFunc(c.Scopes, func(own string) bool { return ascii.Equal(own, s) }) {
			if out == nil {
				out = make([]string, 0, len(scopes)) // nearly always all
			}
			out = append(out, s)
		}
	}
	return out
}

// AllowsModule reports whether accounts of that identity module may log in
// through the client. Case does not matter.
func (c *Client) AllowsModule(module string) bool {
	if len(c.Modules) == 0 {
		return ascii.Equal(module, ModuleVGUser)
	}
	return slices.ContainsFunc(c.Modules, func(m string) bool { return ascii.Equal(m, module) })
}

// AccessLife is how long the client's access tokens live: what its record
// asks for, [DefaultAccessLife] if that is nothing, never more than
// [MaxAccessLife].
func (c *Client) AccessLife() time.Duration {
	// Bounded before it is multiplied, so that no number in a record overflows.
	s := min(max(c.AccessTokenLifetime, 0), int64(MaxAccessLife/time.Second))
	return accessLife(time.Duration(s) * time.Second)
}

func accessLife(d time.Duration) time.Duration {
	if d <= 0 {
		return DefaultAccessLife
	}
	return min(d, MaxAccessLife)
}
