package wire

import (
	"bytes"
	"reflect"
)

// Introspection is what an introspection is answered with (RFC 7662 section 2.2). One of
// a token that is not good, or that the client is not told of, has Active alone, which is
// false. An empty field is an absent key.
type Introspection struct {
	Active bool `json:"active"`
	// Scope is the scopes, separated by blanks.
	Scope    string `json:"scope,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	// Username and Subject are both the user name, as in tokens.
	Username string `json:"username,omitempty"`
	// TokenType is "Bearer" of an access token, and "refresh_token" of the other kind,
	// for which RFC 6749 section 5.1 has no word.
	TokenType string `json:"token_type,omitempty"`
	Expires   int64  `json:"exp,omitempty"` // seconds since 1970, as those that follow
	IssuedAt  int64  `json:"iat,omitempty"`
	NotBefore int64  `json:"nbf,omitempty"`
	Subject   string `json:"sub,omitempty"`
	// Audience is whom the token is for.
	Audience Audience `json:"aud,omitempty"`
	Issuer   string   `json:"iss,omitempty"`
	ID       string   `json:"jti,omitempty"`
}

// Audience is one name, which is written as a text, or several, which are a list (RFC 7519
// section 4.1.3).
type Audience []string

// MarshalJSON writes a text where there is one name.
func (a Audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return encode(a[0])
	}
	return encode([]string(a))
}

// UnmarshalJSON reads a text or a list of texts.
func (a *Audience) UnmarshalJSON(data []byte) error {
	if err := check(data); err != nil {
		return err
	}
	data = bytes.TrimSpace(data)
	if one, err := text(data); err == nil {
		*a = Audience{one}
		return nil
	}
	var list []string
	if err := decodeSlice(data, reflect.ValueOf(&list).Elem()); err != nil {
		return err
	}
	*a = list
	return nil
}
