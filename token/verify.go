package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"
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
// [ErrExpired], with which it says what the token said. The token must be signed with one of
// the given keys, by the algorithm of that key and no other whatever its header names, be
// of type at+jwt, name this issuer exactly, and be whole in one of the two profiles, with
// nothing of the other. Both have iss, exp, iat, client_id and jti, and either all that
// names a person or, with Machine set in what is returned, nothing of one. A token that
// brings keys along (jwk, jku, x5c, x5u) is refused.
//
// Whom the token is for, if it says so, is for the caller to judge.
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
		return c, ErrExpired
	}
	return c, nil
}

// canonical has no padding and no stray bits, so that no token has a second
// spelling.
var canonical = base64.RawURLEncoding.Strict()

// What is usual is read on the stack: a longer token costs more and is judged
// alike.
const (
	usualToken = 2 << 10
	usualPart  = 512 // a header, or a signature by the longest key on offer
)

// open checks the form, the header and the signature, and returns the claims.
func open(keys Verifiers, raw string) (claims string, ok bool) {
	var room, plain [usualToken]byte
	t, ok := takeApart(raw, room[:0])
	if !ok {
		return "", false
	}
	var part [usualPart]byte
	sig, err := canonical.AppendDecode(part[:0], t.signature)
	key, ok := keyOf(keys, t.head)
	if err != nil || !ok || !key.holds(t.signed, sig) {
		return "", false
	}
	text, err := canonical.AppendDecode(plain[:0], t.payload)
	return string(text), err == nil
}

// keyOf returns the key that the header of an access token names, or false. A map
// look-up is all that a kid can do, and alg only says what the key says itself.
func keyOf(keys Verifiers, head []byte) (key Verifier, ok bool) {
	h, ok := readHeader(head)
	if !ok || h.typ != accessType {
		return Verifier{}, false
	}
	key, ok = keys[h.kid]
	return key, ok && h.alg == key.Algorithm
}
