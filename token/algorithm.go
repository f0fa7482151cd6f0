package token

// Algorithms by which access tokens are signed (RFC 7518 section 3.1, RFC 8037
// section 3.1).
const (
	RS256 = "RS256" // the published one, and the default
	PS256 = "PS256"
	ES256 = "ES256"
	EdDSA = "EdDSA" // with Ed25519
)

// Algorithms returns a new list of the algorithms there are, the default first.
func Algorithms() []string { return []string{RS256, PS256, ES256, EdDSA} }
