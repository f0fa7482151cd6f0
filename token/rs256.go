package token

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
)

// rs256 is the signature of input (RFC 7518 section 3.3). It stands alone in
// its file so that the benchmarks can build the engine with a free one in its
// place, see bench/testdata/free: what a login costs beside its signature is
// otherwise lost in the noise of the signature.
func (s *Signer) rs256(input []byte) ([]byte, error) {
	sum := sha256.Sum256(input)
	return s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
}
