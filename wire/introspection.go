package wire

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
	Audience  string `json:"aud,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	ID        string `json:"jti,omitempty"`
}
