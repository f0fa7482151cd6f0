package token_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// inPEM is one block.
func inPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// certify makes a certificate of a key, as change has it.
func certify(t testing.TB, key crypto.Signer, change func(*x509.Certificate)) []byte {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "old server"},
		NotBefore: start.Add(-day), NotAfter: start.Add(365 * day),
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// pkcs8 is a private key in PEM.
func pkcs8(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return inPEM("PRIVATE KEY", der)
}

func ellipticKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestImportKey: a key of each kind and form is taken, signs by its algorithm, and has its
// id from the certificate.
func TestImportKey(t *testing.T) {
	rsaKey := private(t, testKeys()[0]).(*rsa.PrivateKey)
	ec, ed := ellipticKey(t, elliptic.P256()), private(t, keyOf()[token.EdDSA])
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	sec1PEM := inPEM("EC PRIVATE KEY", sec1)
	for _, c := range []struct {
		name, algorithm, want string
		key                   crypto.Signer
		private               []byte
	}{
		{"RSA in PKCS #1", "", token.RS256, rsaKey, inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))},
		{"RSA in PKCS #8", token.RS256, token.RS256, rsaKey, pkcs8(t, rsaKey)},
		{"RSA for PS256", token.PS256, token.PS256, rsaKey, pkcs8(t, rsaKey)},
		{"P-256 in SEC 1", "", token.ES256, ec, sec1PEM},
		{"P-256 as openssl writes it", "", token.ES256, ec, append(inPEM("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}), sec1PEM...)},
		{"P-256 in PKCS #8", token.ES256, token.ES256, ec, pkcs8(t, ec)},
		{"Ed25519", "", token.EdDSA, ed, pkcs8(t, ed)},
		{"text around", "", token.EdDSA, ed, append([]byte("Bag Attributes\n    friendlyName: x\n"), append(pkcs8(t, ed), "\n\n"...)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert := certify(t, c.key, nil)
			chain := append(inPEM("CERTIFICATE", cert), inPEM("CERTIFICATE", testKeys()[3].Certificate)...)
			k, err := token.ImportKey(chain, c.private, c.algorithm, start)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("%X%s", sha1.Sum(cert), c.want); k.ID != want || k.SignsBy() != c.want || !bytes.Equal(k.Certificate, cert) || !k.Created.Equal(start) {
				t.Errorf("got %v of %s, want %s", k, k.SignsBy(), want)
			}
			marked := func(file []byte) []byte {
				return append([]byte("\ufeff"), bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n"))...)
			}
			if again, err := token.ImportKey(marked(chain), marked(c.private), c.algorithm, start); err != nil || again.ID != k.ID {
				t.Errorf("as Windows writes the files: got %v, %v, want the same key", again, err)
			}
			var signers token.Signers
			now, err := token.NewKeyring(token.Ring{Keys: []token.Key{k}}, &signers).At(start)
			if err != nil {
				t.Fatal(err)
			}
			signer, err := now.Signer(c.want)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := token.Sign(signer, claimsAt(start, time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := token.Verify(now.Verifiers, issuer, raw, start); err != nil {
				t.Error(err)
			}
			if doc, err := now.JWKS(); err != nil || strings.Count(string(doc), `"kid"`) != 1 {
				t.Errorf("key set %s, %v", doc, err)
			}
		})
	}
}

// TestImportKeyRefuses: what is refused is said in words, and nothing of the files in it.
func TestImportKeyRefuses(t *testing.T) {
	rsaKey := private(t, testKeys()[0])
	good, key := inPEM("CERTIFICATE", certify(t, rsaKey, nil)), pkcs8(t, rsaKey)
	of := func(k crypto.Signer) []byte { return inPEM("CERTIFICATE", certify(t, k, nil)) }
	term := func(from, to time.Duration) []byte {
		return inPEM("CERTIFICATE", certify(t, rsaKey, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = start.Add(from), start.Add(to) }))
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384 := ellipticKey(t, elliptic.P384())
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: start.Add(-day), NotAfter: start.Add(day)}
	weak := *rsaKey.Public().(*rsa.PublicKey)
	weak.E = 3
	exponent, err := x509.CreateCertificate(rand.Reader, template, template, &weak, small)
	if err != nil {
		t.Fatal(err)
	}
	locked := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")})
	for _, c := range []struct {
		name, algorithm      string
		certificate, private []byte
		want                 string
	}{
		{"nothing", "", nil, nil, "no PEM"},
		{"no key", "", good, nil, "no PEM"},
		{"PKCS #12", "", good, []byte("\x30\x82\x0a"), "pkcs12 for a .pfx"},
		{"UTF-16", "", []byte("\xff\xfe-\x00-\x00"), key, "UTF-8"},
		{"half of a certificate", "", good[:len(good)/2], key, "not whole"},
		{"a damaged certificate before its issuer's", "", append(bytes.Replace(good, []byte("\nMII"), []byte("\n!!!"), 1), good...), key, "damaged"},
		{"a damaged key before another", "", good, append(bytes.Replace(key, []byte("\nMII"), []byte("\n!!!"), 1), key...), "damaged"},
		{"the issuer's certificate first", "", append(of(private(t, testKeys()[1])), good...), key, "the first in its file"},
		{"DER", "", certify(t, rsaKey, nil), key, "no PEM"},
		{"another's key", "", good, pkcs8(t, private(t, testKeys()[1])), "not that of the certificate"},
		{"a key of another kind", "", good, pkcs8(t, private(t, keyOf()[token.ES256])), "not that of the certificate"},
		{"files mixed up", "", key, good, "something else"},
		{"the key beside the certificate", "", append(bytes.Clone(good), key...), key, "something else"},
		{"two keys", "", good, append(bytes.Clone(key), key...), "one private key"},
		{"a certificate beside the key", "", good, append(bytes.Clone(key), good...), "one private key"},
		{"expired", "", term(-10*day, -time.Second), key, "expired"},
		{"not good yet", "", term(time.Second*2, day), key, "not good yet"},
		{"1024 bits", "", of(small), pkcs8(t, small), "1024 bits, want 2048 to 4096"},
		{"the exponent 3", "", inPEM("CERTIFICATE", exponent), key, "exponent 3"},
		{"P-384", "", of(p384), pkcs8(t, p384), "P-256"},
		{"another algorithm", token.ES256, good, key, "for RS256, and not for ES256"},
		{"no algorithm of ours", "HS256", good, key, "no algorithm of ours"},
		{"encrypted PKCS #8", "", good, inPEM("ENCRYPTED PRIVATE KEY", []byte("x")), "encrypted"},
		{"encrypted PKCS #1", "", good, locked, "encrypted"},
		{"broken certificate", "", inPEM("CERTIFICATE", []byte("x")), key, "cannot be read"},
		{"broken key", "", good, inPEM("PRIVATE KEY", []byte("x")), "cannot be read"},
		{"a key by another name", "", good, bytes.ReplaceAll(key, []byte("PRIVATE KEY"), []byte("OPENSSH PRIVATE KEY")), "cannot be read"},
		{"a long certificate", "", inPEM("CERTIFICATE", certify(t, rsaKey, func(c *x509.Certificate) { c.DNSNames = []string{strings.Repeat("x", 4000)} })), key, "4096 bytes"},
		{"a long file", "", append(bytes.Clone(good), make([]byte, 64<<10)...), key, "65536 bytes"},
	} {
		k, err := token.ImportKey(c.certificate, c.private, c.algorithm, start)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(k.PKCS8) > 0 || k.ID != "" {
			t.Errorf("%s: got %v, %v, want an error of %q", c.name, k, err, c.want)
		}
		if err != nil && (len(err.Error()) > 250 || strings.Contains(err.Error(), "old server") || strings.Contains(err.Error(), "MII")) {
			t.Errorf("%s: the error repeats what was read: %v", c.name, err)
		}
	}
}

// TestSharedKey: one private key stands in a ring once, whatever certificate or algorithm
// it comes with.
func TestSharedKey(t *testing.T) {
	key := private(t, testKeys()[0])
	imported := func(algorithm string) token.Key {
		k, err := token.ImportKey(inPEM("CERTIFICATE", certify(t, key, nil)), pkcs8(t, key), algorithm, start)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	r := rotate(t, token.Ring{}, start, testKeys()[0])
	for _, algorithm := range []string{token.RS256, token.PS256} {
		if next, err := r.Add(start, token.Rotation{}, imported(algorithm)); err != token.ErrKeyReused || len(next.Keys) != 1 {
			t.Errorf("%s: got %v, %v, want %v", algorithm, ids(next.Keys), err, token.ErrKeyReused)
		}
	}
}

// FuzzImportKey reads the two files of a key from elsewhere: what is taken is one key with
// its own certificate, and is read again as it was written.
func FuzzImportKey(f *testing.F) {
	ed := ed25519.NewKeyFromSeed(make([]byte, 32))
	cert := inPEM("CERTIFICATE", certify(f, ed, nil))
	f.Add(cert, pkcs8(f, ed), "")
	f.Add(cert, pkcs8(f, ed), token.ES256)
	f.Add(append(cert, cert...), append(inPEM("EC PARAMETERS", nil), pkcs8(f, ed)...), token.EdDSA)
	f.Fuzz(func(t *testing.T, certificate, private []byte, algorithm string) {
		k, err := token.ImportKey(certificate, private, algorithm, start)
		if err != nil {
			return
		}
		if algorithm != "" && k.SignsBy() != algorithm {
			t.Fatalf("asked for %q, got a key of %s", algorithm, k.SignsBy())
		}
		var signers token.Signers
		signer, err := signers.Signer(k)
		if err != nil {
			t.Fatalf("what was imported cannot be read: %v", err)
		}
		raw, err := token.Sign(signer, claimsAt(start, time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		keys, err := signers.Verifiers([]token.Key{k})
		if err == nil {
			_, err = token.Verify(keys, issuer, raw, start)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
