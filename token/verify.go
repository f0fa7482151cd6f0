package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // tells member names apart by case and refuses duplicates

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// maxAccessToken is the most that [Verify] looks at, in bytes. Ours have about
// 1,200; the bound is set before anything is parsed.
const maxAccessToken = 8 << 10

// leeway is how far ahead nbf and iat may lie, for a node whose clock runs
// behind the one that signed. exp has none.
const leeway = 60 * time.Second

// What is wrong with an access token. Neither says more, for whoever sends a
// forged one learns from every detail.
var (
	// ErrInvalidToken means that the token is not one of ours, or not now.
	ErrInvalidToken = errors.New("token: invalid access token")
	// ErrExpired means that the token is ours and was good until it expired.
	// It wraps [ErrInvalidToken].
	ErrExpired = fmt.Errorf("%w: expired", ErrInvalidToken)
)

// Verify returns what an access token of ours says, or [ErrInvalidToken] or
// [ErrExpired]. The token must be signed by RS256 with one of the given keys,
// be of type at+jwt, name this issuer exactly, and hold iss, exp, iat, nbf,
// client_id, sub, jti and vgToken. Keys that the token brings along (jwk, jku,
// x5c, x5u) are not looked at.
//
// A good token says only what was true when it was signed: whether its session
// and account still live is for the caller to ask of the store.
func Verify(keys Verifiers, issuer, raw string, now time.Time) (Claims, error) {
	body, ok := open(keys, raw)
	if !ok {
		return Claims{}, ErrInvalidToken
	}
	p, ok := decode(body)
	if !ok || !p.complete() || p.Issuer != issuer {
		return Claims{}, ErrInvalidToken
	}
	c := p.claims()
	if latest := now.Add(leeway); c.NotBefore.After(latest) || c.IssuedAt.After(latest) {
		return Claims{}, ErrInvalidToken
	}
	if !now.Before(c.Expires) {
		return Claims{}, ErrExpired
	}
	return c, nil
}

// open checks the form, the header and the signature, and returns the payload.
func open(keys Verifiers, raw string) ([]byte, bool) {
	if len(raw) > maxAccessToken || !isCanonical(raw) {
		return nil, false
	}
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return nil, false
	}
	head := jws.Signatures[0].Protected
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != accessType {
		return nil, false
	}
	key := keys[head.KeyID] // a map look-up is all that a kid can do
	if key == nil {
		return nil, false
	}
	body, err := jws.Verify(key)
	return body, err == nil
}

// isCanonical reports whether raw has three parts of base64url without padding,
// line breaks or stray bits. The decoder inside go-jose passes those, so that
// one token would have many spellings.
func isCanonical(raw string) bool {
	parts := 0
	for p := range strings.SplitSeq(raw, ".") {
		parts++
		if p == "" || strings.ContainsAny(p, "\r\n") {
			return false
		}
		if _, err := base64.RawURLEncoding.Strict().DecodeString(p); err != nil {
			return false
		}
	}
	return parts == 3
}

// claimNames are the names that [payload] knows, by their folded form.
var claimNames = func() map[string]string {
	m := map[string]string{}
	for _, n := range []string{
		"nbf", "exp", "iss", "aud", "client_id", "sub", "auth_time", "idp", "vgIdentityProviderName",
		"vgToken", "vgUserId", "jti", "iat", "scope", "amr",
	} {
		m[ascii.Fold(n)] = n
	}
	return m
}()

// decode reads a claims set. A name that stands twice, or differs from one of
// ours in case alone, is refused: another reader of the same token could take
// the other one. Names we do not know are left alone, so that nodes of two
// versions can work side by side.
func decode(body []byte) (p payload, ok bool) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return p, false
	}
	for name := range members {
		if ours, known := claimNames[ascii.Fold(name)]; known && ours != name {
			return p, false
		}
	}
	return p, json.Unmarshal(body, &p) == nil
}
