package token

// noSignature has the length of an RS256 signature by a key of 2048 bits.
var noSignature = make([]byte, 256)

// rs256 is no signature at all. The report builds the benchmarks with this file
// in the place of token/rs256.go, by the -overlay flag of the go command, and
// nothing else can.
func (s *Signer) rs256([]byte) ([]byte, error) { return noSignature, nil }
