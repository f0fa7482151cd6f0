package token_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
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

	"github.com/sallyport-auth/sallyport/token"
)

// keyOf is a key of each algorithm, made once.
var keyOf = sync.OnceValue(func() map[string]token.Key {
	keys := map[string]token.Key{token.RS256: testKeys()[0]}
	for _, algorithm := range token.Algorithms()[1:] {
		k, err := token.NewKey(algorithm, token.DefaultKeyBits, start)
		if err != nil {
			panic(err)
		}
		keys[algorithm] = k
	}
	return keys
})

// private is the private half of a key.
func private(t testing.TB, k token.Key) crypto.Signer {
	t.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.(crypto.Signer)
}

// signature is one by the key for an algorithm, or nil if the key is of another kind.
func signature(t testing.TB, k token.Key, algorithm, input string) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(input))
	message, opts := sum[:], crypto.SignerOpts(crypto.SHA256)
	p := private(t, k)
	switch p.(type) {
	case *rsa.PrivateKey:
		if algorithm == token.PS256 {
			opts = &rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256}
		}
	case ed25519.PrivateKey:
		message, opts = []byte(input), crypto.Hash(0)
	}
	sig, err := p.Sign(rand.Reader, message, opts)
	if err != nil {
		t.Fatal(err)
	}
	if ec, ok := p.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, ec, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return raw(r, s)
	}
	return sig
}

// raw is the signature of two numbers.
func raw(r, s *big.Int) []byte {
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// TestAlgorithms signs by each algorithm: the header names it and the key, and go-jose
// verifies by the published key set what Sign has made.
func TestAlgorithms(t *testing.T) {
	var ring token.Ring
	for _, algorithm := range token.Algorithms() {
		ring.Keys = append(ring.Keys, keyOf()[algorithm])
	}
	var signers token.Signers
	now, err := token.NewKeyring(ring, &signers).At(start)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := now.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(doc, &set); err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range token.Algorithms() {
		signer, err := now.Signer(algorithm)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := token.Sign(signer, claimsAt(start, time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		print := fmt.Sprintf("%X", sha1.Sum(keyOf()[algorithm].Certificate))
		var head struct{ Alg, Kid, Typ string }
		if err := json.Unmarshal(part(t, signed, 0), &head); err != nil {
			t.Fatal(err)
		}
		if want := print + algorithm; head.Alg != algorithm || head.Kid != want || head.Typ != "at+jwt" || signer.KeyID() != want || signer.Algorithm() != algorithm {
			t.Errorf("%s: header %+v", algorithm, head)
		}
		if _, err := token.Verify(now.Verifiers, issuer, signed, start); err != nil {
			t.Errorf("%s: verified by ourselves: %v", algorithm, err)
		}
		jws, err := jose.ParseSignedCompact(signed, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
		if err != nil {
			t.Fatal(err)
		}
		shown := set.Key(head.Kid)
		if len(shown) != 1 || shown[0].Algorithm != algorithm {
			t.Fatalf("%s: the key set shows %d keys of it", algorithm, len(shown))
		}
		if _, err := jws.Verify(shown[0]); err != nil {
			t.Errorf("%s: verified by go-jose: %v", algorithm, err)
		}
	}
}

// TestJWKSOfAlgorithms: a key of each kind is shown as RFC 7518 section 6 and RFC 8037
// section 2 have it.
func TestJWKSOfAlgorithms(t *testing.T) {
	for algorithm, want := range map[string]struct{ kty, crv, members string }{
		token.RS256: {"RSA", "", "alg e kid kty n use x5c x5t"},
		token.PS256: {"RSA", "", "alg e kid kty n use x5c x5t"},
		token.ES256: {"EC", "P-256", "alg crv kid kty use x x5c x5t y"},
		token.EdDSA: {"OKP", "Ed25519", "alg crv kid kty use x x5c x5t"},
	} {
		doc, err := token.Ring{Keys: []token.Key{keyOf()[algorithm]}}.JWKS(start)
		if err != nil {
			t.Fatal(err)
		}
		var set struct{ Keys []json.RawMessage }
		var key struct{ Kty, Crv, Alg, Use string }
		if err := json.Unmarshal(doc, &set); err != nil || len(set.Keys) != 1 {
			t.Fatalf("%s: %v in %s", algorithm, err, doc)
		}
		if err := json.Unmarshal(set.Keys[0], &key); err != nil {
			t.Fatal(err)
		}
		names := memberNames(t, set.Keys[0])
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want.members || key.Kty != want.kty || key.Crv != want.crv || key.Alg != algorithm || key.Use != "sig" {
			t.Errorf("%s: %+v, members %q", algorithm, key, got)
		}
	}
}

// TestAlgorithmConfusion: the key of each algorithm is offered under the name of every
// other one, by the signature of either: its own alone is taken.
func TestAlgorithmConfusion(t *testing.T) {
	var signers token.Signers
	body := string(part(t, signWith(t, &signers, token.Ring{Keys: testKeys()[:1]}, claimsAt(start, time.Hour)), 1))
	keys, err := signers.Verifiers([]token.Key{keyOf()[token.RS256], keyOf()[token.PS256], keyOf()[token.ES256], keyOf()[token.EdDSA]})
	if err != nil {
		t.Fatal(err)
	}
	names := append(token.Algorithms(), "none", "None", "", "HS256", "RS384", "RS512", "PS384", "ES384", "ES512", "ES256K", "Ed25519", "Ed448")
	for _, algorithm := range token.Algorithms() {
		names = append(names, strings.ToLower(algorithm))
	}
	good := 0
	for own, k := range keyOf() {
		cert, err := x509.ParseCertificate(k.Certificate)
		if err != nil {
			t.Fatal(err)
		}
		spki, err := x509.MarshalPKIXPublicKey(cert.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		for _, named := range names {
			input := b64(`{"alg":"`+named+`","kid":"`+k.ID+`","typ":"at+jwt"}`) + "." + b64(body)
			mac := func(key []byte) []byte {
				m := hmac.New(sha256.New, key)
				m.Write([]byte(input))
				return m.Sum(nil)
			}
			for what, sig := range map[string][]byte{
				"by its own":             signature(t, k, own, input),
				"by the one it names":    signature(t, k, named, input),
				"by another's key":       signature(t, keyOf()[token.ES256], named, input),
				"none":                   nil,
				"HMAC of the public key": mac(spki),
				"HMAC of the PEM body":   mac(k.Certificate),
				"zeros":                  make([]byte, 64),
				"many zeros":             make([]byte, 256),
			} {
				_, err := token.Verify(keys, issuer, input+"."+b64(string(sig)), start)
				if err == nil && named == own {
					good++
					continue
				}
				if !errors.Is(err, token.ErrInvalidToken) {
					t.Errorf("a key of %s, named %q, signed %s: got %v, want %v", own, named, what, err, token.ErrInvalidToken)
				}
			}
		}
	}
	if want := 2*4 + 1; good != want { // the other's key of ES256 is its own
		t.Errorf("%d tokens are good, want %d", good, want)
	}
}

// TestForgedSignatures: forms of a signature that other readers have taken.
func TestForgedSignatures(t *testing.T) {
	var signers token.Signers
	body := string(part(t, signWith(t, &signers, token.Ring{Keys: testKeys()[:1]}, claimsAt(start, time.Hour)), 1))
	verify := func(algorithm string, forge func(input string) []byte) error {
		k := keyOf()[algorithm]
		keys, err := signers.Verifiers([]token.Key{k})
		if err != nil {
			t.Fatal(err)
		}
		input := b64(`{"alg":"`+algorithm+`","kid":"`+k.ID+`","typ":"at+jwt"}`) + "." + b64(body)
		_, err = token.Verify(keys, issuer, input+"."+b64(string(forge(input))), start)
		return err
	}
	good := func(algorithm, input string) []byte { return signature(t, keyOf()[algorithm], algorithm, input) }
	n := elliptic.P256().Params().N
	number := func(v *big.Int) []byte { return v.FillBytes(make([]byte, 32)) }
	zero, one := number(new(big.Int)), number(big.NewInt(1))
	ec := func(change func(sig []byte) []byte) func(string) []byte {
		return func(input string) []byte { return change(good(token.ES256, input)) }
	}
	ed := func(change func(sig []byte) []byte) func(string) []byte {
		return func(input string) []byte { return change(good(token.EdDSA, input)) }
	}
	pss := func(salt int) func(string) []byte {
		return func(input string) []byte {
			sum := sha256.Sum256([]byte(input))
			sig, err := private(t, keyOf()[token.PS256]).Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256})
			if err != nil {
				t.Fatal(err)
			}
			return sig
		}
	}
	fixed := func(parts ...[]byte) func(string) []byte {
		return func(string) []byte { return slices.Concat(parts...) }
	}
	for _, c := range []struct {
		name, algorithm string
		forge           func(string) []byte
		good            bool
	}{
		{"as it is", token.ES256, ec(func(sig []byte) []byte { return sig }), true},
		{"r and s 0", token.ES256, fixed(zero, zero), false},
		{"r 0", token.ES256, fixed(zero, one), false},
		{"s 0", token.ES256, fixed(one, zero), false},
		{"r and s the order", token.ES256, fixed(number(n), number(n)), false},
		{"r and s 1", token.ES256, fixed(one, one), false},
		{"a byte short", token.ES256, ec(func(sig []byte) []byte { return sig[:63] }), false},
		{"a byte more", token.ES256, ec(func(sig []byte) []byte { return append(sig, 0) }), false},
		{"a zero before s", token.ES256, ec(func(sig []byte) []byte { return slices.Concat(sig[:32], []byte{0}, sig[32:]) }), false},
		{"numbers of 48 bytes", token.ES256, ec(func(sig []byte) []byte {
			return slices.Concat(make([]byte, 16), sig[:32], make([]byte, 16), sig[32:])
		}), false},
		{"halves changed", token.ES256, ec(func(sig []byte) []byte { return slices.Concat(sig[32:], sig[:32]) }), false},
		{"in DER", token.ES256, func(input string) []byte {
			sum := sha256.Sum256([]byte(input))
			sig, err := private(t, keyOf()[token.ES256]).Sign(rand.Reader, sum[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			return sig
		}, false},
		{"the other s", token.ES256, ec(func(sig []byte) []byte {
			s := new(big.Int).SetBytes(sig[32:])
			return slices.Concat(sig[:32], number(s.Sub(n, s)))
		}), true},
		{"s above the order", token.ES256, ec(func(sig []byte) []byte {
			s := new(big.Int).SetBytes(sig[32:])
			if s.Add(s, n).BitLen() > 256 {
				return nil // only a small s can be written so
			}
			return slices.Concat(sig[:32], number(s))
		}), false},
		{"as it is", token.EdDSA, ed(func(sig []byte) []byte { return sig }), true},
		{"a byte short", token.EdDSA, ed(func(sig []byte) []byte { return sig[:63] }), false},
		{"a byte more", token.EdDSA, ed(func(sig []byte) []byte { return append(sig, 0) }), false},
		{"zeros", token.EdDSA, fixed(make([]byte, 64)), false},
		{"of the hash", token.EdDSA, func(input string) []byte {
			sum := sha256.Sum256([]byte(input))
			return signature(t, keyOf()[token.EdDSA], token.EdDSA, string(sum[:]))
		}, false},
		{"s above the order", token.EdDSA, ed(func(sig []byte) []byte { sig[63] |= 0xe0; return sig }), false},
		{"salt of 32", token.PS256, pss(32), true},
		{"no salt", token.PS256, pss(0), false},
		{"salt of 20", token.PS256, pss(20), false},
		{"the longest salt", token.PS256, pss(rsa.PSSSaltLengthAuto), false},
		{"zeros", token.PS256, fixed(make([]byte, 256)), false},
		{"1", token.RS256, fixed(make([]byte, 255), []byte{1}), false},
		{"zeros", token.RS256, fixed(make([]byte, 256)), false},
	} {
		if err := verify(c.algorithm, c.forge); (err == nil) != c.good || err != nil && err != token.ErrInvalidToken {
			t.Errorf("%s, %s: got %v, want it good %v", c.algorithm, c.name, err, c.good)
		}
	}
}

// TestRawES256: short numbers are filled up, and what no signer should give is refused.
func TestRawES256(t *testing.T) {
	der := func(r, s *big.Int) []byte {
		out, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	long := new(big.Int).Lsh(big.NewInt(1), 256)
	for _, c := range []struct{ r, s *big.Int }{
		{big.NewInt(1), big.NewInt(255)}, {big.NewInt(128), new(big.Int).Sub(long, big.NewInt(1))}, {new(big.Int).Rsh(long, 1), big.NewInt(1 << 40)},
	} {
		if got, err := token.RawES256(der(c.r, c.s)); err != nil || !slices.Equal(got, raw(c.r, c.s)) {
			t.Errorf("%v, %v: got %x, %v", c.r, c.s, got, err)
		}
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "too long r": der(long, big.NewInt(1)), "too long s": der(big.NewInt(1), long), "below 0": der(big.NewInt(-1), big.NewInt(1)),
		"more behind": append(der(big.NewInt(1), big.NewInt(1)), 0), "raw": make([]byte, 64), "one number": {0x30, 3, 2, 1, 1},
		"zero": der(new(big.Int), big.NewInt(1)), "no second": {0x30, 0},
	} {
		if got, err := token.RawES256(bad); err == nil {
			t.Errorf("%s: got %x, want an error", name, got)
		}
	}
}

// TestNewKeyOfAlgorithms: each kind has one size but RSA, and no other is made.
func TestNewKeyOfAlgorithms(t *testing.T) {
	for _, algorithm := range []string{token.ES256, token.EdDSA} {
		if k, err := token.NewKey(algorithm, 0, start); err != nil || k.SignsBy() != algorithm || !strings.HasSuffix(k.ID, algorithm) {
			t.Errorf("%s without a size: %v, %v", algorithm, k, err)
		}
	}
	for _, algorithm := range []string{"none", "HS256", "rs256", "ES384", "EdDSA ", strings.Repeat("A", 1000)} {
		if _, err := token.NewKey(algorithm, token.DefaultKeyBits, start); err == nil || len(err.Error()) > 200 {
			t.Errorf("%.20q: got %v, want a short error", algorithm, err)
		}
	}
	if _, err := token.NewKey(token.PS256, 1024, start); err == nil {
		t.Error("a key of 1024 bits was made for PS256")
	}
}

// TestKeyOfAnotherAlgorithm: a record whose algorithm is not that of its key, or of its
// id, is damaged.
func TestKeyOfAnotherAlgorithm(t *testing.T) {
	for own, k := range keyOf() {
		for _, other := range append(token.Algorithms(), "none") {
			if other == own {
				continue
			}
			bad := k
			bad.Algorithm = other
			renamed := bad
			renamed.ID = strings.TrimSuffix(k.ID, own) + other
			var s token.Signers
			if got, err := s.Signer(bad); err == nil {
				t.Errorf("%s as %s: got %v, want it refused", own, other, got)
			}
			sameKind := strings.HasPrefix(own, "RS") && other == token.PS256 || strings.HasPrefix(own, "PS") && other == token.RS256
			if _, err := s.Signer(renamed); (err == nil) != sameKind {
				t.Errorf("%s as %s, renamed: got %v, want it refused %v", own, other, err, !sameKind)
			}
		}
	}
}

// TestSuits: a key of another kind suits no algorithm, not even one of ours.
func TestSuits(t *testing.T) {
	for _, algorithm := range append(token.Algorithms(), "", "HS256") {
		for name, public := range map[string]any{"nothing": nil, "a secret": []byte("key"), "X25519": new(ecdh.PublicKey)} {
			if token.Suits(algorithm, public) {
				t.Errorf("%s suits %q", name, algorithm)
			}
		}
	}
}
