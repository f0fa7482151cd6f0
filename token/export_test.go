package token

// ReadHeader returns the key that a header of an access token names, or nil.
func ReadHeader(keys Verifiers, head string) any {
	if key := keyOf(keys, canonical.AppendEncode(nil, []byte(head))); key != nil {
		return key
	}
	return nil
}

// ReadClaims reads a claims set, whatever it holds.
func ReadClaims(body string) (Claims, bool) {
	p, ok := decode(body)
	return p.claims(), ok
}
