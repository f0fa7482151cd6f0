package token_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/sallyport-auth/sallyport/token"
)

// claimsAt are the claims of a complete login at now.
func claimsAt(now time.Time, life time.Duration) token.Claims {
	return token.Claims{
		Profile: token.ProfilePublished, NotBefore: now, Expires: now.Add(life), IssuedAt: now, AuthTime: now, Issuer: issuer, ClientID: client,
		Subject: "kunal", UserID: "kunal", VGToken: strings.Repeat("A5", 64), ID: "0603167D4FBFA7F0A5B99A786CC02EB1",
		Scopes: token.KnownScopes(),
	}
}

func signWith(t testing.TB, s *token.Signers, r token.Ring, c token.Claims) string {
	t.Helper()
	k, ok := r.Signer(c.IssuedAt, token.RS256)
	if !ok {
		t.Fatal("no signer")
	}
	signer, err := s.Signer(k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := token.Sign(signer, c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func part(t testing.TB, raw string, i int) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAccessTokenIsPublished makes the published token anew: but for what
// depends on the key, every byte of header and claims must come out.
func TestAccessTokenIsPublished(t *testing.T) {
	var golden struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(readFile(t, "token-success.json"), &golden); err != nil {
		t.Fatal(err)
	}
	wantHead, wantBody := part(t, golden.AccessToken, 0), part(t, golden.AccessToken, 1)

	var v struct{ VGToken string }
	if err := json.Unmarshal(wantBody, &v); err != nil {
		t.Fatal(err)
	}
	c := claimsAt(time.Unix(1707811532, 999), 30*time.Minute)
	c.VGToken = v.VGToken
	var signers token.Signers
	key := testKeys()[0]
	raw := signWith(t, &signers, token.Ring{Keys: []token.Key{key}}, c)
	if got := string(part(t, raw, 1)); got != string(wantBody) {
		t.Errorf("claims\n got %s\nwant %s", got, wantBody)
	}
	if got, want := memberNames(t, part(t, raw, 0)), memberNames(t, wantHead); !slices.Equal(got, want) {
		t.Errorf("header keys %q, want %q", got, want)
	}
	var head struct{ Alg, Kid, Typ, X5t string }
	if err := json.Unmarshal(part(t, raw, 0), &head); err != nil {
		t.Fatal(err)
	}
	x5t, err := base64.RawURLEncoding.DecodeString(head.X5t)
	if err != nil || head.Alg != "RS256" || head.Typ != "at+jwt" || head.Kid != key.ID || head.Kid != strings.ToUpper(hexOf(x5t))+"RS256" {
		t.Errorf("header %+v, %v", head, err)
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

// TestAccessTokenOracles has the signature checked by go-jose, with the key
// from the published key set, and by crypto/rsa, with the key from the
// certificate.
func TestAccessTokenOracles(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	raw := signWith(t, &signers, ring, claimsAt(start, time.Minute))

	jwks, err := ring.JWKS(start)
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var c jwt.Claims
	if err := parsed.Claims(set, &c); err != nil {
		t.Fatalf("go-jose: %v", err)
	}
	if err := c.ValidateWithLeeway(jwt.Expected{Issuer: issuer, Subject: "kunal", Time: start}, 0); err != nil {
		t.Errorf("go-jose: %v", err)
	}

	cert, err := x509.ParseCertificate(ring.Keys[0].Certificate)
	if err != nil {
		t.Fatal(err)
	}
	input, _, _ := strings.Cut(raw, "."+strings.Split(raw, ".")[2])
	sum := sha256.Sum256([]byte(input))
	if err := rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], part(t, raw, 2)); err != nil {
		t.Errorf("crypto/rsa: %v", err)
	}
}

func TestVerifyAnswersWhatWasSigned(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, audience := range []string{"", issuer + "/resources"} {
		want := claimsAt(start.Truncate(time.Second), time.Minute)
		want.Subject, want.UserID = "<Élodie> & \"co\"", "other"
		if audience != "" {
			want.Audience = []string{audience}
		}
		want.AuthTime = want.AuthTime.Add(-time.Hour)
		raw := signWith(t, &signers, ring, want)
		got, err := token.Verify(keys, issuer, raw, start)
		if err != nil {
			t.Fatal(err)
		}
		want.Scopes = token.TokenScopes(want.Scopes)
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		if string(g) != string(w) {
			t.Errorf("got  %s\nwant %s", g, w)
		}
		names := strings.Join(memberNames(t, part(t, raw, 1)), " ")
		if has := strings.Contains(names, "iss aud client_id"); has != (audience != "") {
			t.Errorf("audience %q: members %q", audience, names)
		}
		if strings.Contains(string(part(t, raw, 1)), `\u003c`) {
			t.Error("HTML is escaped")
		}
	}
}

func TestSignRefusesWhatVerifyWould(t *testing.T) {
	var signers token.Signers
	signer, err := signers.Signer(testKeys()[0])
	if err != nil {
		t.Fatal(err)
	}
	spoil := map[string]func(*token.Claims){
		"no issuer":    func(c *token.Claims) { c.Issuer = "" },
		"no client":    func(c *token.Claims) { c.ClientID = "" },
		"no subject":   func(c *token.Claims) { c.Subject = "" },
		"no id":        func(c *token.Claims) { c.ID = "" },
		"no VGToken":   func(c *token.Claims) { c.VGToken = "" },
		"no expiry":    func(c *token.Claims) { c.Expires = time.Time{} },
		"no iat":       func(c *token.Claims) { c.IssuedAt = time.Time{} },
		"no nbf":       func(c *token.Claims) { c.NotBefore = time.Time{} },
		"born expired": func(c *token.Claims) { c.Expires = c.IssuedAt },
		"too long":     func(c *token.Claims) { c.Expires = c.IssuedAt.Add(token.MaxAccessLife + 1) },
	}
	for name, f := range spoil {
		c := claimsAt(start, time.Minute)
		f(&c)
		if raw, err := token.Sign(signer, c); err == nil || raw != "" {
			t.Errorf("%s: signed", name)
		}
	}
	if _, err := token.Sign(signer, claimsAt(start, token.MaxAccessLife)); err != nil {
		t.Errorf("the longest life: %v", err)
	}
}

func TestVerifyTimes(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	signed := time.Unix(1_800_000_000, 0)
	plain := signWith(t, &signers, ring, claimsAt(signed, time.Minute))
	later := claimsAt(signed, 10*time.Minute)
	later.NotBefore = signed.Add(2 * time.Minute)
	notYet := signWith(t, &signers, ring, later)
	tests := map[string]struct {
		raw  string
		at   time.Duration
		want error
	}{
		"at once":           {plain, 0, nil},
		"last moment":       {plain, time.Minute - 1, nil},
		"expired":           {plain, time.Minute, token.ErrExpired},
		"long expired":      {plain, 1000 * time.Hour, token.ErrExpired},
		"slow node":         {plain, -60 * time.Second, nil},
		"too slow a node":   {plain, -60*time.Second - 1, token.ErrInvalidToken},
		"before nbf":        {notYet, 59 * time.Second, token.ErrInvalidToken},
		"nbf within leeway": {notYet, 60 * time.Second, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := token.Verify(keys, issuer, tt.raw, signed.Add(tt.at))
			if !errors.Is(err, tt.want) || (tt.want != token.ErrExpired && errors.Is(err, token.ErrExpired)) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err != nil && !errors.Is(err, token.ErrInvalidToken) {
				t.Errorf("%v is no ErrInvalidToken", err)
			}
		})
	}
}

// TestSignFirstSecond: the second after the epoch is a time, the epoch itself is
// what an absent claim reads as.
func TestSignFirstSecond(t *testing.T) {
	var signers token.Signers
	signer, err := signers.Signer(testKeys()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		notBefore, issued, expires int64
		want                       bool
	}{
		{1, 1, 2, true}, {0, 1, 2, false}, {1, 0, 2, false}, {1, 0, 1, false},
	} {
		claims := claimsAt(start, time.Minute)
		claims.NotBefore, claims.IssuedAt, claims.Expires = time.Unix(c.notBefore, 0), time.Unix(c.issued, 0), time.Unix(c.expires, 0)
		if _, err := token.Sign(signer, claims); (err == nil) != c.want {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

// TestSignLongest: what is signed is taken, and what would be too long is neither
// signed nor shortened; Check says which before it is signed.
func TestSignLongest(t *testing.T) {
	for _, algorithm := range token.Algorithms() {
		t.Run(algorithm, func(t *testing.T) { signLongest(t, keyOf()[algorithm]) })
	}
}

func signLongest(t *testing.T, key token.Key) {
	var signers token.Signers
	keys, err := signers.Verifiers([]token.Key{key})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signers.Signer(key)
	if err != nil {
		t.Fatal(err)
	}
	signed, refused := 0, 0
	for n := 5000; n < 6000; n += 7 {
		c := claimsAt(start, time.Hour)
		c.Scopes = []string{strings.Repeat("s", n)}
		check := token.Check(signer, c)
		raw, err := token.Sign(signer, c)
		if !errors.Is(check, err) || err != nil && !errors.Is(err, token.ErrTooLong) {
			t.Fatalf("with %d: Check says %v, and Sign %v", n, check, err)
		}
		if err != nil {
			refused++
			continue
		}
		signed++
		if _, err := token.Verify(keys, issuer, raw, start); err != nil {
			t.Fatalf("signed with %d bytes, and refused: %v", len(raw), err)
		}
	}
	if signed == 0 || refused == 0 {
		t.Errorf("got %d signed and %d refused, want the bound among them", signed, refused)
	}
}
