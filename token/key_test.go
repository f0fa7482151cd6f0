package token_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

func TestNewKey(t *testing.T) {
	k := testKeys()[0]
	cert, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(k.Certificate)
	if want := fmt.Sprintf("%XRS256", sum); k.ID != want {
		t.Errorf("kid %q, want %q", k.ID, want)
	}
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		t.Errorf("the certificate is not signed by its own key: %v", err)
	}
	if got, want := cert.NotBefore, start.Truncate(time.Second); !got.Equal(want) {
		t.Errorf("valid from %v, want %v", got, want)
	}
	if want := start.AddDate(10, 0, 0).Truncate(time.Second); !cert.NotAfter.Equal(want) {
		t.Errorf("valid until %v, want %v", cert.NotAfter, want)
	}
	if n := cert.SerialNumber; n.Sign() <= 0 || n.BitLen() != 121 {
		t.Errorf("serial number %v, want 1 followed by 15 random bytes", n)
	}
	if bits := cert.PublicKey.(*rsa.PublicKey).N.BitLen(); bits != 2048 {
		t.Errorf("%d bits, want 2048", bits)
	}
	if k.ID == testKeys()[1].ID {
		t.Error("two keys share a kid")
	}
	for _, bits := range []int{0, 1024, 4096} {
		if _, err := token.NewKey(token.RS256, bits, start); err == nil {
			t.Errorf("a key of %d bits was made", bits)
		}
	}
}

func TestStrongKey(t *testing.T) {
	k, err := token.NewKey(token.RS256, token.StrongKeyBits, start)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if bits := cert.PublicKey.(*rsa.PublicKey).N.BitLen(); bits != 3072 {
		t.Errorf("%d bits, want 3072", bits)
	}
}

func TestKeyPrintsNoSecret(t *testing.T) {
	k := testKeys()[0]
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, token.Ring{Keys: []token.Key{k}}); len(s) > 300 {
			t.Errorf("%s prints %d bytes: %.60s", verb, len(s), s)
		}
	}
}

// TestJWKS looks at the key set as text, and as go-jose reads it.
func TestJWKS(t *testing.T) {
	keys := slices.Clone(testKeys()[:2])
	raw, err := token.Ring{Keys: keys}.JWKS(start)
	if err != nil {
		t.Fatal(err)
	}
	var text struct{ Keys []json.RawMessage }
	var set jose.JSONWebKeySet
	if err := errors.Join(json.Unmarshal(raw, &text), json.Unmarshal(raw, &set)); err != nil {
		t.Fatal(err)
	}
	if len(text.Keys) != 2 || len(set.Keys) != 2 {
		t.Fatalf("%d keys, want 2", len(text.Keys))
	}
	for i, k := range text.Keys {
		names := memberNames(t, k)
		slices.Sort(names)
		if got := strings.Join(names, " "); got != "alg e kid kty n use x5c x5t" {
			t.Errorf("members %q", got)
		}
		var m struct {
			Kty, Use, Kid, Alg, X5t string
			X5c                     []string
		}
		if err := json.Unmarshal(k, &m); err != nil {
			t.Fatal(err)
		}
		sum := sha1.Sum(keys[i].Certificate)
		if m.Kty != "RSA" || m.Use != "sig" || m.Alg != "RS256" || m.Kid != keys[i].ID ||
			m.X5t != base64.RawURLEncoding.EncodeToString(sum[:]) || len(m.X5c) != 1 ||
			m.X5c[0] != base64.StdEncoding.EncodeToString(keys[i].Certificate) {
			t.Errorf("key %d is %+v", i, m)
		}
		if !set.Keys[i].IsPublic() || !set.Keys[i].Valid() {
			t.Errorf("go-jose finds key %d private or invalid", i)
		}
	}
	if none, err := (token.Ring{}).JWKS(start); err != nil || string(none) != `{"keys":[]}` {
		t.Errorf("an empty ring shows %s, %v", none, err)
	}
}

func TestSignersRefuseDamage(t *testing.T) {
	a, b := testKeys()[0], testKeys()[1]
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	elliptic, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string]func(*token.Key){
		"zero":                  func(k *token.Key) { *k = token.Key{} },
		"another kid":           func(k *token.Key) { k.ID = b.ID },
		"another's private key": func(k *token.Key) { k.PKCS8 = b.PKCS8 },
		"another's certificate": func(k *token.Key) { k.Certificate = b.Certificate },
		"cut private key":       func(k *token.Key) { k.PKCS8 = k.PKCS8[:len(k.PKCS8)/2] },
		"no certificate":        func(k *token.Key) { k.Certificate = nil },
		"a key of another kind": func(k *token.Key) { k.PKCS8 = elliptic },
	}
	for name, spoil := range damage {
		k := a
		spoil(&k)
		var s token.Signers
		_, err := s.Signer(k)
		_, verr := s.Verifiers([]token.Key{k})
		if !errors.Is(err, store.ErrDamaged) || !errors.Is(verr, store.ErrDamaged) {
			t.Errorf("%s: %v and %v, want ErrDamaged", name, err, verr)
		}
	}
}

func TestSignersAreShared(t *testing.T) {
	var s token.Signers
	got := make([]*token.Signer, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			signer, err := s.Signer(testKeys()[0])
			if err != nil {
				t.Error(err)
			}
			got[i] = signer
			if _, err := s.Verifiers(testKeys()[:3]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, g := range got {
		if g != got[0] || g.KeyID() != testKeys()[0].ID {
			t.Error("one key was parsed twice")
		}
	}
}

// TestSignersForget: 64 parsed keys are remembered; the 65th begins anew.
func TestSignersForget(t *testing.T) {
	parsed, err := x509.ParsePKCS8PrivateKey(testKeys()[0].PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	private := parsed.(*rsa.PrivateKey)
	var s token.Signers
	signer := func(serial int64) *token.Signer { // one private key, many certificates
		template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: start}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Signer(token.Key{ID: fmt.Sprintf("%XRS256", sha1.Sum(der)), PKCS8: testKeys()[0].PKCS8, Certificate: der})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := signer(1)
	for n := int64(2); n <= 64; n++ {
		signer(n)
	}
	if signer(1) != first {
		t.Error("one of 64 keys was parsed twice")
	}
	signer(65)
	if signer(1) == first {
		t.Error("65 keys are remembered, want 64")
	}
}

func TestRingInStore(t *testing.T) {
	db := newDB()
	first := testKeys()[0]
	err := db.Run(t.Context(), start, func(tx *store.Tx) error {
		r, _, err := token.Keys.Get(tx, token.RingID)
		if err != nil {
			return err
		}
		r, _, err = r.Rotate(start, token.Rotation{}, &first)
		if err != nil {
			return err
		}
		return token.Keys.Put(tx, token.RingID, r, time.Time{})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Run(t.Context(), start, func(tx *store.Tx) error {
		r, ok, err := token.Keys.Get(tx, token.RingID)
		if err != nil || !ok {
			t.Fatalf("ring %v, %v", ok, err)
		}
		k, ok := r.Signer(start, token.RS256)
		if !ok || k.ID != first.ID {
			t.Errorf("signer %v, %v; want %v", k, ok, first)
		}
		var s token.Signers
		_, err = s.Signer(k)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
