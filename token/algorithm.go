package token

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// The algorithms by which access tokens are signed (RFC 7518 section 3.1; EdDSA is that
// of RFC 8037, with Ed25519 alone). In records the empty text stands for RS256, which
// the published tokens have.
const (
	RS256 = "RS256"
	PS256 = "PS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

// Algorithms returns a new list of the algorithms there are, the default first.
func Algorithms() []string { return []string{RS256, PS256, ES256, EdDSA} }

// CheckAlgorithm returns an error for a name that is neither empty nor one of
// [Algorithms]. Letter case counts, as it does in tokens.
func CheckAlgorithm(name string) error {
	if name == "" || slices.Contains(Algorithms(), name) {
		return nil
	}
	return fmt.Errorf("token: %.20q is no algorithm of ours: want RS256, PS256, ES256 or EdDSA", name)
}

// algorithmOf returns the algorithm that a text of a record stands for.
func algorithmOf(name string) string { return cmp.Or(name, RS256) }

// recordOf is the opposite of algorithmOf.
func recordOf(algorithm string) string {
	if algorithm == RS256 {
		return ""
	}
	return algorithm
}

// isRSA reports whether an algorithm has keys of RSA.
func isRSA(algorithm string) bool { return algorithm == RS256 || algorithm == PS256 }

// suits reports whether a public key is one for the algorithm. What an algorithm says
// of itself is never enough: the kind of the key and its curve decide.
func suits(algorithm string, public crypto.PublicKey) bool {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return isRSA(algorithm)
	case *ecdsa.PublicKey:
		return algorithm == ES256 && k.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return algorithm == EdDSA && len(k) == ed25519.PublicKeySize
	}
	return false
}

// sign returns the signature of input, in the form that a token carries.
func (s *Signer) sign(input []byte) ([]byte, error) {
	if s.outside {
		return s.signOutside(input)
	}
	return s.signHere(input)
}

func (s *Signer) signHere(input []byte) ([]byte, error) {
	switch s.algorithm {
	case RS256:
		return s.rs256(input)
	case PS256:
		sum := sha256.Sum256(input)
		return s.key.Sign(rand.Reader, sum[:], pss)
	case ES256:
		sum := sha256.Sum256(input)
		der, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		return rawES256(der)
	case EdDSA:
		return s.key.Sign(rand.Reader, input, crypto.Hash(0))
	}
	return nil, errDamagedKey
}

// pss has the salt as long as the hash (RFC 7518 section 3.5).
var pss = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

// halfES256 is the length of each of the two numbers of a signature by P-256.
const halfES256 = 32

var errForm = errors.New("the signature has a form that no signer should give")

// rawES256 makes of the signature that crypto.Signer gives, which is in DER, the one of
// a token: both numbers side by side, each of 32 bytes (RFC 7518 section 3.4).
func rawES256(der []byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &pair)
	if err != nil || len(rest) > 0 || !fitsES256(pair.R) || !fitsES256(pair.S) {
		return nil, errForm
	}
	out := make([]byte, 2*halfES256)
	pair.R.FillBytes(out[:halfES256])
	pair.S.FillBytes(out[halfES256:])
	return out, nil
}

func fitsES256(n *big.Int) bool { return n.Sign() > 0 && n.BitLen() <= 8*halfES256 }

// Verifier is a public key, with the one algorithm that its tokens may have.
type Verifier struct {
	Algorithm string // one of [Algorithms]
	Key       crypto.PublicKey
}

// holds reports whether sig is the signature of input by the key. The zero Verifier
// believes none.
func (v Verifier) holds(input, sig []byte) bool {
	if !suits(v.Algorithm, v.Key) {
		return false
	}
	if v.Algorithm == EdDSA {
		return ed25519.Verify(v.Key.(ed25519.PublicKey), input, sig) // refuses any other length than 64
	}
	sum := sha256.Sum256(input)
	switch v.Algorithm {
	case RS256:
		return rsa.VerifyPKCS1v15(v.Key.(*rsa.PublicKey), crypto.SHA256, sum[:], sig) == nil
	case PS256:
		return rsa.VerifyPSS(v.Key.(*rsa.PublicKey), crypto.SHA256, sum[:], sig, pss) == nil
	case ES256:
		return holdsES256(v.Key.(*ecdsa.PublicKey), sum[:], sig)
	}
	return false
}

// holdsES256 wants the one form of a signature by ES256. Both numbers must be above 0,
// which ecdsa.Verify sees to: without that 64 zeros were once good under any key
// (CVE-2022-21449). The greater of the two values of s that there are is as good as the
// less, as in every other reader of such tokens (RFC 7515 asks for no more).
func holdsES256(key *ecdsa.PublicKey, sum, sig []byte) bool {
	if len(sig) != 2*halfES256 {
		return false
	}
	r, s := new(big.Int).SetBytes(sig[:halfES256]), new(big.Int).SetBytes(sig[halfES256:])
	return ecdsa.Verify(key, sum, r, s)
}
