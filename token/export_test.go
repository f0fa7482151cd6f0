package token

// ReadHeader returns the key that a header of an access token names, or nil.
func ReadHeader(keys Verifiers, head string) any {
	if key, ok := keyOf(keys, canonical.AppendEncode(nil, []byte(head))); ok {
		return key
	}
	return nil
}

// ReadClaims reads a claims set, whatever it holds.
func ReadClaims(body string) (Claims, bool) {
	p, ok := decode(body)
	return p.claims(), ok
}

// RawES256 makes the signature of a token of one in DER.
func RawES256(der []byte) ([]byte, error) { return rawES256(der) }

// Suits is [suits].
func Suits(algorithm string, public any) bool { return suits(algorithm, public) }
