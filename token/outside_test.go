package token_test

import (
	"crypto"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// counted is a signer outside, which counts and may be spoilt.
type counted struct {
	crypto.Signer
	calls atomic.Int64
	spoil func(sig []byte) ([]byte, error)
}

func (c *counted) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	c.calls.Add(1)
	sig, err := c.Signer.Sign(random, digest, opts)
	if err == nil && c.spoil != nil {
		return c.spoil(sig)
	}
	return sig, err
}

// TestOutsideKey: a key of each algorithm signs from outside, and what the signer does
// wrong goes nowhere.
func TestOutsideKey(t *testing.T) {
	for _, algorithm := range token.Algorithms() {
		inside := keyOf()[algorithm]
		out := &counted{Signer: private(t, inside)}
		k, err := token.OutsideKey{Certificate: inside.Certificate, Algorithm: algorithm, Signer: out}.Key(start)
		if err != nil {
			t.Fatal(err)
		}
		if k.ID != inside.ID || !k.Outside || k.PKCS8 != nil {
			t.Errorf("%s: got %v, want the id of the certificate and no private half", algorithm, k)
		}
		var signers token.Signers
		signers.Use(k, out)
		signer, err := signers.Signer(k)
		if err != nil || !signer.Outside() || signer.IsMissing() {
			t.Fatalf("%s: %v, %v", algorithm, signer, err)
		}
		keys, err := signers.Verifiers([]token.Key{k})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := token.Sign(signer, claimsAt(start, time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := token.Verify(keys, issuer, raw, start); err != nil || out.calls.Load() != 1 {
			t.Errorf("%s: %v after %d calls, want the token good after one", algorithm, err, out.calls.Load())
		}
		for name, spoil := range map[string]func([]byte) ([]byte, error){
			"fails":            func([]byte) ([]byte, error) { return nil, errors.New("the device is gone") },
			"nothing":          func([]byte) ([]byte, error) { return nil, nil },
			"a bit wrong":      func(sig []byte) ([]byte, error) { sig[len(sig)-1] ^= 1; return sig, nil },
			"a byte more":      func(sig []byte) ([]byte, error) { return append(sig, 0), nil },
			"zeros":            func(sig []byte) ([]byte, error) { return make([]byte, len(sig)), nil },
			"another's":        func([]byte) ([]byte, error) { return signature(t, testKeys()[1], algorithm, "x"), nil },
			"of another input": func([]byte) ([]byte, error) { return signature(t, inside, algorithm, "x"), nil },
		} {
			out.spoil = spoil
			if raw, err := token.Sign(signer, claimsAt(start, time.Hour)); err == nil || raw != "" {
				t.Errorf("%s, %s: got a token", algorithm, name)
			}
		}
	}
}

// TestOutsideKeyMissing: without its signer a key verifies, and signs nothing.
func TestOutsideKeyMissing(t *testing.T) {
	inside := keyOf()[token.ES256]
	k, err := token.OutsideKey{Certificate: inside.Certificate, Signer: private(t, inside)}.Key(start)
	if err != nil {
		t.Fatal(err)
	}
	var here, there token.Signers
	here.Use(k, private(t, inside))
	raw := signWithAlgorithm(t, &here, k)
	now, err := token.NewKeyring(token.Ring{Keys: []token.Key{k}}, &there).At(start)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Verify(now.Verifiers, issuer, raw, start); err != nil {
		t.Errorf("verified without the signer: %v", err)
	}
	signer, err := now.Signer(token.ES256)
	if err != nil || !signer.IsMissing() {
		t.Fatalf("got %v, %v, want a signer that is missing", signer, err)
	}
	if _, err := token.Sign(signer, claimsAt(start, time.Hour)); !errors.Is(err, token.ErrOutsideKey) {
		t.Errorf("signed without it: got %v, want %v", err, token.ErrOutsideKey)
	}
	both := k
	both.PKCS8 = inside.PKCS8
	if _, err := new(token.Signers).Signer(both); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("outside and inside: got %v, want %v", err, store.ErrDamaged)
	}
}

func signWithAlgorithm(t *testing.T, s *token.Signers, k token.Key) string {
	t.Helper()
	signer, err := s.Signer(k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := token.Sign(signer, claimsAt(start, time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestOutsideKeyRefuses: a signer that is not the certificate's, and what no import takes.
func TestOutsideKeyRefuses(t *testing.T) {
	a, b := testKeys()[0], testKeys()[1]
	for _, c := range []struct {
		name string
		key  token.OutsideKey
		want string
	}{
		{"zero", token.OutsideKey{}, "Signer is missing"},
		{"no signer", token.OutsideKey{Certificate: a.Certificate}, "Signer is missing"},
		{"no certificate", token.OutsideKey{Signer: private(t, a)}, "no X.509"},
		{"PEM", token.OutsideKey{Certificate: inPEM("CERTIFICATE", a.Certificate), Signer: private(t, a)}, "in DER"},
		{"another's signer", token.OutsideKey{Certificate: a.Certificate, Signer: private(t, b)}, "another public key"},
		{"another algorithm", token.OutsideKey{Certificate: a.Certificate, Signer: private(t, a), Algorithm: token.EdDSA}, "not for EdDSA"},
	} {
		if k, err := c.key.Key(start); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want an error of %q", c.name, k, err, c.want)
		}
	}
}
