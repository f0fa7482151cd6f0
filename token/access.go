package token

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"
)

// accessType is the typ of an access token (RFC 9068 section 2.1). No other
// kind of token bears it.
const accessType = "at+jwt"

// provider is the value of idp, vgIdentityProviderName and amr.
const provider = "VisualGuard"

// Claims is what an access token says. Times are whole seconds; what is finer
// is cut off when signing, and what [Verify] returns is in UTC.
type Claims struct {
	// Profile is [ProfilePublished] or [ProfileRFC9068].
	Profile string
	// NotBefore is of the published profile.
	NotBefore time.Time
	Expires   time.Time
	IssuedAt  time.Time
	// AuthTime is when the person proved who they are; a refresh keeps it.
	AuthTime time.Time
	Issuer   string
	// Audience is whom the token is for. The published profile has one at most, and
	// none unless the host wants a static one; the other has one at least.
	Audience []string
	ClientID string
	// Subject is the user name, and so is UserID, which is of the published profile.
	Subject string
	UserID  string
	// VGToken names the session; see [SealVGToken]. The profile of RFC 9068 has it as
	// sid.
	VGToken string
	// ID is the jti, 32 upper-case hexadecimal digits from a random source.
	ID     string
	Scopes []string
	// Machine says that the token is a program's own and speaks of no person: it
	// has no Subject, UserID, VGToken or AuthTime, nor what tells who vouched for
	// them, nor what follows.
	Machine bool

	// What follows is of the profile of RFC 9068.

	// Methods are those of the session, which the token says as [AMR] has them.
	Methods []string
	// Roles and Entitlements are names of roles and permissions; nil means that the
	// token does not say them, which is not to have none.
	Roles, Entitlements []string
	// AccountID is the immutable id of the account, Email its proven address; empty:
	// the token does not say it.
	AccountID, Email string
}

var errUnsignable = errors.New("signing access token: claims are incomplete or live too long")

var errClientName = errors.New("signing access token: the user name has the form of a client id, which in this profile is the subject of a program's own token: give the account another name")

// ErrTooLong means that an access token would be longer than [Verify] takes. It is never
// shortened: what is left out would be taken for what is not there.
var ErrTooLong = fmt.Errorf("signing access token: it would have over %d bytes", maxAccessToken)

// Check returns the error by which [Sign] would refuse to sign c, also for the token's
// length, or nil. It does not sign, so that what a token costs need not be spent on one
// that cannot be made.
func Check(s *Signer, c Claims) error {
	if c.Profile == ProfilePublished && c.isShort() {
		return nil // as all are that the engine makes: it has checked what they are made of
	}
	p, err := c.signable()
	if err != nil {
		return err
	}
	room := tokenRooms.Get().(*[3 * tokenBytes]byte)
	defer tokenRooms.Put(room)
	parts := []int{len(s.head), base64.RawURLEncoding.EncodedLen(len(p.appendTo(room[:0:tokenBytes]))), base64.RawURLEncoding.EncodedLen(s.signatureBytes())}
	if parts[0]+1+parts[1]+1+parts[2] > maxAccessToken {
		return ErrTooLong
	}
	return nil
}

// isShort reports whether published claims fit whatever they hold: a character of JSON may
// take six bytes, what is not of these texts has some six hundred, and a third is added in
// base64. So nearly all tokens are put together once.
func (c *Claims) isShort() bool {
	n := len(c.Issuer) + len(c.ClientID) + len(c.Subject) + len(c.UserID) + len(c.VGToken) + len(c.ID)
	for _, list := range [][]string{c.Audience, c.Scopes} {
		for _, s := range list {
			n += len(s) + 3
		}
	}
	return n < 600
}

// signatureBytes is the length of a signature: of ES256 and EdDSA it is the same for all
// keys (RFC 7518 section 3.4, RFC 8037 section 3.1).
func (s *Signer) signatureBytes() int {
	if key, ok := s.public.(*rsa.PublicKey); ok {
		return key.Size()
	}
	return 64
}

// signable returns c as it is written, if [Verify] would take it.
func (c *Claims) signable() (payload, error) {
	p := c.payload()
	if _, isClient := ParseClientID(c.Subject); isClient && c.Profile == ProfileRFC9068 {
		return p, errClientName
	}
	if !p.complete() || p.isMachine() != c.Machine || p.Expires <= p.IssuedAt || c.Expires.Sub(c.IssuedAt) > MaxAccessLife {
		return p, errUnsignable
	}
	return p, nil
}

// Sign writes c as a JWS in compact serialisation (RFC 7515), signed by the
// algorithm of the signer.
// It refuses, as a caller's bug, claims that [Verify] would refuse, also for the
// token's length, and a life of more than [MaxAccessLife].
//
// The token is put together here and signed by the key itself, because the order of
// its keys is part of the contract.
func Sign(s *Signer, c Claims) (string, error) {
	p, err := c.signable()
	if err != nil {
		return "", err
	}
	room := tokenRooms.Get().(*[3 * tokenBytes]byte)
	defer tokenRooms.Put(room)
	body := p.appendTo(room[:0:tokenBytes])
	jws := append(append(room[tokenBytes:tokenBytes], s.head...), '.')
	jws = base64.RawURLEncoding.AppendEncode(jws, body)
	sig, err := s.sign(jws)
	if err != nil {
		return "", fmt.Errorf("signing access token: %w", err)
	}
	if jws = base64.RawURLEncoding.AppendEncode(append(jws, '.'), sig); len(jws) > maxAccessToken {
		return "", ErrTooLong
	}
	return string(jws), nil
}

// tokenBytes is about what a claims set takes; the token is not twice as long.
// Longer ones get a room of their own.
const tokenBytes = 1 << 10

// tokenRooms are those in which tokens are put together.
var tokenRooms = sync.Pool{New: func() any { return new([3 * tokenBytes]byte) }}
