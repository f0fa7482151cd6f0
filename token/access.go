package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/internal/jsonobj"
)

// accessType is the typ of an access token (RFC 9068 section 2.1). No other
// kind of token bears it.
const accessType = "at+jwt"

// provider is the value of idp, vgIdentityProviderName and amr.
const provider = "VisualGuard"

// Claims is what an access token says. Times are whole seconds; what is finer
// is cut off when signing, and what [Verify] returns is in UTC.
type Claims struct {
	NotBefore time.Time
	Expires   time.Time
	IssuedAt  time.Time
	// AuthTime is when the person proved who they are; a refresh keeps it.
	AuthTime time.Time
	Issuer   string
	// Audience is empty unless the host wants a static one: the published
	// tokens have none.
	Audience string
	ClientID string
	// Subject and UserID are both the user name, as published.
	Subject string
	UserID  string
	// VGToken names the session; see [SealVGToken].
	VGToken string
	// ID is the jti, 32 upper-case hexadecimal digits from a random source.
	ID     string
	Scopes []string
	// Machine says that the token is a program's own and speaks of no person: it
	// has no Subject, UserID, VGToken or AuthTime, nor what tells who vouched for
	// them.
	Machine bool
}

// payload is the claims set in the order of the published tokens; aud, which
// they lack, stands after iss.
type payload struct {
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	Issuer    string   `json:"iss"`
	Audience  string   `json:"aud,omitempty"`
	ClientID  string   `json:"client_id"`
	Subject   string   `json:"sub"`
	AuthTime  int64    `json:"auth_time"`
	IDP       string   `json:"idp"`
	IDPName   string   `json:"vgIdentityProviderName"`
	VGToken   string   `json:"vgToken"`
	UserID    string   `json:"vgUserId"`
	ID        string   `json:"jti"`
	IssuedAt  int64    `json:"iat"`
	Scopes    []string `json:"scope"`
	Methods   []string `json:"amr"`
}

var errUnsignable = errors.New("signing access token: claims are incomplete or live too long")

var errTooLong = errors.New("signing access token: it would be longer than is taken")

// Sign writes c as a JWS in compact serialisation (RFC 7515), signed by the
// algorithm of the signer.
// It refuses, as a caller's bug, claims that [Verify] would refuse, also for the
// token's length, and a life of more than [MaxAccessLife].
//
// The token is put together here and signed by the key itself, because the order of
// its keys is part of the contract.
func Sign(s *Signer, c Claims) (string, error) {
	p := c.payload()
	if !p.complete() || p.isMachine() != c.Machine || p.Expires <= p.IssuedAt || c.Expires.Sub(c.IssuedAt) > MaxAccessLife {
		return "", errUnsignable
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
		return "", errTooLong
	}
	return string(jws), nil
}

// tokenBytes is about what a claims set takes; the token is not twice as long.
// Longer ones get a room of their own.
const tokenBytes = 1 << 10

// tokenRooms are those in which tokens are put together.
var tokenRooms = sync.Pool{New: func() any { return new([3 * tokenBytes]byte) }}

// appendTo writes p as encoding/json would.
func (p *payload) appendTo(b []byte) []byte {
	o := jsonobj.Begin(b)
	o.Int("nbf", p.NotBefore)
	o.Int("exp", p.Expires)
	o.String("iss", p.Issuer)
	if p.Audience != "" {
		o.String("aud", p.Audience)
	}
	o.String("client_id", p.ClientID)
	machine := p.isMachine()
	if !machine {
		o.String("sub", p.Subject)
		o.Int("auth_time", p.AuthTime)
		o.String("idp", p.IDP)
		o.String("vgIdentityProviderName", p.IDPName)
		o.String("vgToken", p.VGToken)
		o.String("vgUserId", p.UserID)
	}
	o.String("jti", p.ID)
	o.Int("iat", p.IssuedAt)
	o.Strings("scope", p.Scopes)
	if !machine {
		o.Strings("amr", p.Methods)
	}
	return o.End()
}

func (c Claims) payload() payload {
	p := payload{
		NotBefore: c.NotBefore.Unix(),
		Expires:   c.Expires.Unix(),
		Issuer:    c.Issuer,
		Audience:  c.Audience,
		ClientID:  c.ClientID,
		Subject:   c.Subject,
		VGToken:   c.VGToken,
		UserID:    c.UserID,
		ID:        c.ID,
		IssuedAt:  c.IssuedAt.Unix(),
		Scopes:    TokenScopes(c.Scopes),
	}
	if !c.Machine {
		p.AuthTime, p.IDP, p.IDPName, p.Methods = c.AuthTime.Unix(), provider, provider, []string{provider}
	}
	return p
}

// complete reports whether every required claim is there. A token that says
// something of a person says all of it.
func (p payload) complete() bool {
	if p.Issuer == "" || p.ClientID == "" || p.ID == "" || !p.isMachine() && (p.Subject == "" || p.VGToken == "") {
		return false
	}
	return p.Expires > 0 && p.IssuedAt > 0 && p.NotBefore > 0
}

// isMachine reports whether nothing is said of a person.
func (p payload) isMachine() bool {
	return p.Subject == "" && p.UserID == "" && p.VGToken == "" && p.AuthTime == 0 && p.IDP == "" && p.IDPName == "" && len(p.Methods) == 0
}

func (p payload) claims() Claims {
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	c := Claims{
		NotBefore: at(p.NotBefore),
		Expires:   at(p.Expires),
		IssuedAt:  at(p.IssuedAt),
		Issuer:    p.Issuer,
		Audience:  p.Audience,
		ClientID:  p.ClientID,
		Subject:   p.Subject,
		UserID:    p.UserID,
		VGToken:   p.VGToken,
		ID:        p.ID,
		Scopes:    p.Scopes,
		Machine:   p.isMachine(),
	}
	if !c.Machine {
		c.AuthTime = at(p.AuthTime)
	}
	return c
}
