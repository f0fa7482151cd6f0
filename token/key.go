package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // a name, not a proof: RFC 7515 section 4.1.7 has x5t in SHA-1
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// The sizes of a signing key of RSA, in bits.
const (
	DefaultKeyBits = 2048
	StrongKeyBits  = 3072
)

// certificateYears is longer than any key serves. The certificate only carries
// the public key to clients that want one; [Ring.Rotate] retires keys.
const certificateYears = 10

// Key is a signing key and the moments of its life. It holds the private key
// and must rest sealed. [Ring.Rotate] sets Published, SignFrom and RetireAt.
type Key struct {
	// ID is the kid: the SHA-1 thumbprint of the certificate in upper-case
	// hexadecimal digits, followed by the name of the algorithm.
	ID string
	// Algorithm is the one by which the key signs; empty means [RS256].
	Algorithm string
	// PKCS8 is the private key; empty if Outside.
	PKCS8 []byte
	// Outside says that the private half is not in the store, see [OutsideKey].
	Outside bool
	// Certificate is the X.509 certificate, in DER, self-signed where [NewKey] has made
	// it.
	Certificate []byte
	Created     time.Time
	// Published is when the key set begins to show the key.
	Published time.Time
	// SignFrom is when the key begins to sign.
	SignFrom time.Time
	// RetireAt is when the key stops to be shown and believed; zero while no
	// successor has been made.
	RetireAt time.Time

	Unknown record.Unknown // what a newer program has written
}

// String names the key and keeps the private half out of logs.
func (k Key) String() string { return "key " + k.ID }

// GoString is String, for %#v.
func (k Key) GoString() string { return k.String() }

// SignsBy is the algorithm by which the key signs, one of [Algorithms] unless the
// record is damaged.
func (k Key) SignsBy() string { return algorithmOf(k.Algorithm) }

// NewKey makes a key for an algorithm, empty for [RS256], with a certificate valid from
// now. Of RSA it has [DefaultKeyBits] or [StrongKeyBits], which takes a good part of a
// second: make it outside a transaction. The other algorithms have one size, and bits is
// not looked at.
func NewKey(algorithm string, bits int, now time.Time) (Key, error) {
	algorithm = algorithmOf(algorithm)
	if err := CheckAlgorithm(algorithm); err != nil {
		return Key{}, fmt.Errorf("making signing key: %w", err)
	}
	if isRSA(algorithm) && bits != DefaultKeyBits && bits != StrongKeyBits {
		return Key{}, fmt.Errorf("making signing key: %d bits are not on offer", bits)
	}
	priv, err := generate(algorithm, bits)
	if err != nil {
		return Key{}, fmt.Errorf("making signing key: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return Key{}, fmt.Errorf("encoding signing key: %w", err)
	}
	cert, err := selfSigned(priv, now)
	if err != nil {
		return Key{}, fmt.Errorf("certifying signing key: %w", err)
	}
	id, _ := thumbprint(cert, algorithm)
	return Key{ID: id, Algorithm: recordOf(algorithm), PKCS8: pkcs8, Certificate: cert, Created: now}, nil
}

func generate(algorithm string, bits int) (crypto.Signer, error) {
	switch algorithm {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case EdDSA:
		_, priv, err := ed25519.GenerateKey(rand.Reader)
		return priv, err
	}
	return rsa.GenerateKey(rand.Reader, bits)
}

func selfSigned(priv crypto.Signer, now time.Time) ([]byte, error) {
	// The serial makes the certificate, and with it the kid, the key's own.
	// RFC 5280 section 4.1.2.2 wants it positive and of 20 bytes at most.
	serial := new(big.Int).SetBytes(append([]byte{1}, rnd.Bytes(15)...))
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Sallyport signing key"},
		NotBefore:             now.UTC(),
		NotAfter:              now.UTC().AddDate(certificateYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
	}
	return x509.CreateCertificate(rand.Reader, t, t, priv.Public(), priv)
}

// thumbprint derives the kid and x5t header values from a certificate.
func thumbprint(cert []byte, algorithm string) (kid, x5t string) {
	sum := thumbprintBytes(cert)
	return upperHex(sum) + algorithm, base64.RawURLEncoding.EncodeToString(sum)
}

func thumbprintBytes(cert []byte) []byte {
	sum := sha1.Sum(cert)
	return sum[:]
}

var errDamagedKey = fmt.Errorf("%w: signing key", store.ErrDamaged)

// parse reads the private key and the certificate, and holds all parts of the record to
// each other. Errors carry nothing of what was read. The key of one that is kept outside
// is nil.
func (k Key) parse() (*Signer, error) {
	cert, err := k.certificate()
	if err != nil {
		return nil, err
	}
	s := &Signer{kid: k.ID, algorithm: k.SignsBy(), head: header(k.Certificate, k.SignsBy()), public: cert.PublicKey, outside: k.Outside}
	if k.Outside {
		if len(k.PKCS8) > 0 {
			return nil, errDamagedKey
		}
		return s, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		return nil, errDamagedKey
	}
	priv, ok := parsed.(crypto.Signer)
	if !ok || !samePublic(priv.Public(), cert.PublicKey) {
		return nil, errDamagedKey
	}
	s.key = priv
	return s, nil
}

func samePublic(a, b crypto.PublicKey) bool {
	comparable, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && comparable.Equal(b)
}

// certificate reads the certificate, whose public key must be one for the algorithm.
func (k Key) certificate() (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		return nil, errDamagedKey
	}
	if id, _ := thumbprint(k.Certificate, k.SignsBy()); id != k.ID || !suits(k.SignsBy(), cert.PublicKey) {
		return nil, errDamagedKey
	}
	return cert, nil
}
