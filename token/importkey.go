package token

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Bounds of what is imported.
const (
	maxPEM         = 64 << 10 // one file
	maxCertificate = 4 << 10  // of those of the web nearly all have two kilobytes or less
	maxRSABits     = 4096
	leastExponent  = 65537
)

// ImportKey reads a signing key that was made elsewhere: PEM of its certificate, whose
// further ones (a chain) are passed over, and of its private key in PKCS #8, PKCS #1 or
// SEC 1, not encrypted. Of RSA it has 2048 to 4096 bits; the other kinds are P-256 and
// Ed25519. The certificate must be of that key and good at now; who has issued it does
// not matter. The algorithm may be empty: RS256, ES256 or EdDSA, whichever suits the key.
//
// Id and x5t of the key derive from the certificate. Errors repeat nothing of the files.
func ImportKey(certificate, private []byte, algorithm string, now time.Time) (Key, error) {
	cert, err := readCertificate(certificate)
	if err != nil {
		return Key{}, fmt.Errorf("the certificate: %w", err)
	}
	k, err := certified(cert, algorithm, now)
	if err == nil {
		err = k.CheckTerm(now)
	}
	if err != nil {
		return Key{}, fmt.Errorf("the certificate: %w", err)
	}
	signer, err := readPrivate(private)
	if err != nil {
		return Key{}, fmt.Errorf("the private key: %w", err)
	}
	if !samePublic(signer.Public(), cert.PublicKey) {
		return Key{}, errors.New("the private key: it is not that of the certificate, which of several is the first in its file")
	}
	if k.PKCS8, err = x509.MarshalPKCS8PrivateKey(signer); err != nil {
		return Key{}, errors.New("the private key: it has no form in PKCS #8")
	}
	return k, nil
}

// certified returns the record of a key of that certificate, without its private half.
func certified(cert *x509.Certificate, algorithm string, now time.Time) (Key, error) {
	if len(cert.Raw) > maxCertificate {
		return Key{}, fmt.Errorf("it has more than %d bytes", maxCertificate)
	}
	own, err := algorithmFor(cert.PublicKey)
	if err != nil {
		return Key{}, err
	}
	if err := CheckAlgorithm(algorithm); err != nil {
		return Key{}, err
	}
	algorithm = cmp.Or(algorithm, own)
	if !suits(algorithm, cert.PublicKey) {
		return Key{}, fmt.Errorf("its key is one for %s, and not for %s", own, algorithm)
	}
	id, _ := thumbprint(cert.Raw, algorithm)
	return Key{ID: id, Algorithm: recordOf(algorithm), Certificate: bytes.Clone(cert.Raw), Created: now}, nil
}

// CheckTerm returns an error for a key whose certificate is not good at now. It is for a
// key that is to be taken into a ring: one that is there goes on, since what ends it is
// its successor.
func (k Key) CheckTerm(now time.Time) error {
	cert, err := k.certificate()
	switch {
	case err != nil:
		return err
	case now.Before(cert.NotBefore):
		return errors.New("the certificate is not good yet")
	case now.After(cert.NotAfter):
		return errors.New("the certificate has expired")
	}
	return nil
}

// algorithmFor returns the first algorithm that suits a public key, and an error for a
// key that none may use.
func algorithmFor(public crypto.PublicKey) (string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits < DefaultKeyBits || bits > maxRSABits:
			return "", fmt.Errorf("its key has %d bits, want %d to %d", bits, DefaultKeyBits, maxRSABits)
		case k.E < leastExponent:
			return "", fmt.Errorf("its key has the exponent %d, want %d or more", k.E, leastExponent)
		}
		return RS256, nil
	case *ecdsa.PublicKey:
		if suits(ES256, k) {
			return ES256, nil
		}
		return "", errors.New("its key has another curve than P-256")
	case ed25519.PublicKey:
		return EdDSA, nil
	}
	return "", errors.New("its key is neither of RSA nor of P-256 nor of Ed25519")
}

// readCertificate reads the first certificate of a PEM file. A private key in it is
// refused: such a file is not what is handed round as a certificate.
func readCertificate(text []byte) (*x509.Certificate, error) {
	blocks, err := readPEM(text)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		if b.Type != "CERTIFICATE" {
			return nil, errors.New("the file has something else in it than certificates")
		}
	}
	cert, err := x509.ParseCertificate(blocks[0].Bytes)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	return cert, nil
}

// readPrivate reads the one private key of a PEM file.
func readPrivate(text []byte) (crypto.Signer, error) {
	blocks, err := readPEM(text)
	if err != nil {
		return nil, err
	}
	if len(blocks) > 1 && blocks[0].Type == "EC PARAMETERS" { // which OpenSSL writes before a key in SEC 1, where they stand again
		blocks = blocks[1:]
	}
	if len(blocks) != 1 {
		return nil, errors.New("want one private key in the file and nothing else")
	}
	b := blocks[0]
	if b.Type == "ENCRYPTED PRIVATE KEY" || b.Headers["Proc-Type"] != "" || b.Headers["DEK-Info"] != "" {
		return nil, errors.New("it is encrypted: write it without a password first, as openssl pkey does, to a file that you alone can read")
	}
	key, err := parsePrivate(b)
	if err != nil {
		return nil, errors.New("it cannot be read")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("it is not one to sign with")
	}
	if _, err := algorithmFor(signer.Public()); err != nil {
		return nil, err
	}
	return signer, nil
}

func parsePrivate(b *pem.Block) (any, error) {
	switch b.Type {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(b.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(b.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(b.Bytes)
	}
	return nil, errors.New("no private key")
}

// beginPEM is how a block of PEM begins.
var beginPEM = []byte("-----BEGIN ")

// readPEM returns the blocks of a file, one at least. Text between them, which openssl
// writes too, is passed over, and so is a byte order mark. A block that is damaged is
// refused, lest what follows it be taken in its place.
func readPEM(text []byte) (blocks []*pem.Block, err error) {
	if len(text) > maxPEM {
		return nil, fmt.Errorf("the file has more than %d bytes", maxPEM)
	}
	text = typed.File(text)
	begun := bytes.Count(text, beginPEM)
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			break
		}
		blocks = append(blocks, b)
	}
	switch {
	case len(blocks) < begun:
		return nil, errors.New("the file is damaged, or not whole: copy it anew")
	case len(blocks) == 0:
		return nil, errors.New("there is no PEM in the file, which is text in UTF-8 that begins with -----BEGIN: have openssl write it (x509 or pkey; pkcs12 for a .pfx or .p12 file)")
	}
	return blocks, nil
}
