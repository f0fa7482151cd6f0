package token_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sallyport-auth/sallyport/token"
)

// forge signs any header and payload with the private half of k, the way an
// attacker would who had it, or a bug of ours.
func forge(t testing.TB, k token.Key, header, payload string) string {
	t.Helper()
	parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	input := b64(header) + "." + b64(payload)
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, parsed.(*rsa.PrivateKey), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + b64(string(sig))
}

// signedBy has go-jose sign with our own key, kid and typ, and an algorithm
// that is not ours.
func signedBy(t testing.TB, k token.Key, alg jose.SignatureAlgorithm, payload string) string {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	opts := (&jose.SignerOptions{}).WithType("at+jwt")
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: k.ID}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := s.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestForgedTokensAreRefused(t *testing.T) {
	var signers token.Signers
	ours, theirs := testKeys()[0], testKeys()[1]
	ring := token.Ring{Keys: []token.Key{ours}}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	good := signWith(t, &signers, ring, claimsAt(start, time.Hour))
	head, body := string(part(t, good, 0)), string(part(t, good, 1))
	parts := strings.Split(good, ".")
	cert, err := x509.ParseCertificate(ours.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	theirCert, err := x509.ParseCertificate(theirs.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(jose.JSONWebKey{Key: theirCert.PublicKey, KeyID: ours.ID, Algorithm: "RS256"})
	if err != nil {
		t.Fatal(err)
	}
	// kid makes a header that names any kid, signed by our own key, so that
	// nothing but the kid is wrong.
	kid := func(v string) string {
		return forge(t, ours, `{"alg":"RS256","kid":`+v+`,"typ":"at+jwt"}`, body)
	}
	quoted := func(v string) string {
		q, _ := json.Marshal(v)
		return kid(string(q))
	}
	mac := func(key []byte) string {
		input := b64(strings.Replace(head, "RS256", "HS256", 1)) + "." + parts[1]
		m := hmac.New(sha256.New, key)
		m.Write([]byte(input))
		return input + "." + b64(string(m.Sum(nil)))
	}
	other := claimsAt(start, time.Hour)
	other.Issuer = issuer + "/"
	good9068 := signWith(t, &signers, ring, rfc9068Claims(start))
	other9068 := string(part(t, good9068, 1))

	forged := map[string]string{
		"empty":                        "",
		"dots":                         "..",
		"a million dots":               strings.Repeat(".", 1_000_000),
		"no signature":                 parts[0] + "." + parts[1] + ".",
		"no signature part":            parts[0] + "." + parts[1],
		"a part more":                  good + "." + parts[2],
		"alg none":                     b64(strings.Replace(head, `"alg":"RS256"`, `"alg":"none"`, 1)) + "." + parts[1] + ".",
		"alg none, signature kept":     b64(strings.Replace(head, `"alg":"RS256"`, `"alg":"none"`, 1)) + "." + parts[1] + "." + parts[2],
		"alg NONE":                     b64(strings.Replace(head, `"alg":"RS256"`, `"alg":"NONE"`, 1)) + "." + parts[1] + ".",
		"alg PS256, signed so":         signedBy(t, ours, jose.PS256, body),
		"alg RS384, signed so":         signedBy(t, ours, jose.RS384, body),
		"alg RS512, signed so":         signedBy(t, ours, jose.RS512, body),
		"alg PS256":                    forge(t, ours, strings.Replace(head, `"alg":"RS256"`, `"alg":"PS256"`, 1), body),
		"alg RS512":                    forge(t, ours, strings.Replace(head, `"alg":"RS256"`, `"alg":"RS512"`, 1), body),
		"alg twice":                    forge(t, ours, strings.Replace(head, `{`, `{"alg":"none",`, 1), body),
		"no alg":                       forge(t, ours, strings.Replace(head, `"alg":"RS256",`, ``, 1), body),
		"HS256 with the DER key":       mac(spki),
		"HS256 with the certificate":   mac(ours.Certificate),
		"HS256 with the modulus":       mac(cert.PublicKey.(*rsa.PublicKey).N.Bytes()),
		"HS256 with nothing":           mac(nil),
		"another key under our kid":    forge(t, theirs, head, body),
		"another ring":                 signWith(t, &signers, token.Ring{Keys: []token.Key{theirs}}, claimsAt(start, time.Hour)),
		"no kid":                       forge(t, ours, `{"alg":"RS256","typ":"at+jwt"}`, body),
		"empty kid":                    quoted(""),
		"unknown kid":                  quoted(theirs.ID),
		"kid in lower case":            quoted(strings.ToLower(ours.ID)),
		"kid as a path":                quoted("../../../../dev/null"),
		"kid as SQL":                   quoted("' OR '1'='1"),
		"kid of 10 kB":                 quoted(strings.Repeat("A", 10_000)),
		"kid as an array":              kid(`["` + ours.ID + `"]`),
		"kid as null":                  kid(`null`),
		"kid twice":                    kid(`"x","kid":"` + ours.ID + `"`),
		"embedded jwk":                 forge(t, theirs, strings.Replace(head, `{`, `{"jwk":`+string(jwk)+`,`, 1), body),
		"embedded jwk, no kid":         forge(t, theirs, `{"alg":"RS256","typ":"at+jwt","jwk":`+string(jwk)+`}`, body),
		"embedded jku":                 forge(t, theirs, strings.Replace(head, `{`, `{"jku":"https://evil.example/jwks",`, 1), body),
		"embedded x5c":                 forge(t, theirs, strings.Replace(head, `{`, `{"x5c":["`+base64.StdEncoding.EncodeToString(theirs.Certificate)+`"],`, 1), body),
		"embedded x5u":                 forge(t, theirs, strings.Replace(head, `{`, `{"x5u":"https://evil.example/cert",`, 1), body),
		"critical header":              forge(t, ours, strings.Replace(head, `{`, `{"crit":["x"],"x":1,`, 1), body),
		"unencoded payload":            forge(t, ours, strings.Replace(head, `{`, `{"crit":["b64"],"b64":false,`, 1), body),
		"typ JWT":                      forge(t, ours, strings.Replace(head, "at+jwt", "JWT", 1), body),
		"typ in upper case":            forge(t, ours, strings.Replace(head, "at+jwt", "AT+JWT", 1), body),
		"typ application/at+jwt":       forge(t, ours, strings.Replace(head, "at+jwt", "application/at+jwt", 1), body),
		"no typ":                       forge(t, ours, strings.Replace(head, `"typ":"at+jwt",`, "", 1), body),
		"typ as an array":              forge(t, ours, strings.Replace(head, `"at+jwt"`, `["at+jwt"]`, 1), body),
		"typ by another name":          forge(t, ours, strings.Replace(head, `"typ"`, `"Typ"`, 1), body),
		"other issuer":                 signWith(t, &signers, ring, other),
		"payload of another":           parts[0] + "." + b64(strings.Replace(body, "kunal", "admin", 2)) + "." + parts[2],
		"payload no JSON":              forge(t, ours, head, "kunal"),
		"payload null":                 forge(t, ours, head, "null"),
		"payload an array":             forge(t, ours, head, "["+body+"]"),
		"payload and more":             forge(t, ours, head, body+"{}"),
		"payload of 8 KiB":             forge(t, ours, head, strings.Replace(body, "{", `{"x":"`+strings.Repeat("x", 8<<10)+`",`, 1)),
		"claims of the other profile":  parts[0] + "." + b64(other9068) + "." + parts[2],
		"signature of the other":       parts[0] + "." + parts[1] + "." + strings.Split(good9068, ".")[2],
		"both claims in one":           forge(t, ours, head, strings.TrimSuffix(body, "}")+","+strings.TrimPrefix(other9068, "{")),
		"the other and a vgToken":      forge(t, ours, head, strings.Replace(other9068, `"sid"`, `"vgToken"`, 1)),
		"the other without audience":   forge(t, ours, head, strings.Replace(other9068, `"aud":"https://api.example.com",`, ``, 1)),
		"the other, scope a list":      forge(t, ours, head, strings.Replace(other9068, `"scope":"offline_access openid orders.read"`, `"scope":["openid"]`, 1)),
		"the other, aud twice":         forge(t, ours, head, strings.Replace(other9068, `{`, `{"aud":"`+issuer+`",`, 1)),
		"the other, Aud beside aud":    forge(t, ours, head, strings.Replace(other9068, `{`, `{"Aud":"`+issuer+`",`, 1)),
		"the other, a client as sub":   forge(t, ours, head, strings.Replace(other9068, `"sub":"kunal"`, `"sub":"`+client+`"`, 1)),
		"the other, typ JWT":           forge(t, ours, strings.Replace(head, "at+jwt", "JWT", 1), other9068),
		"the other, alg none":          b64(strings.Replace(head, `"alg":"RS256"`, `"alg":"none"`, 1)) + "." + b64(other9068) + ".",
		"padding":                      good + "==",
		"space before":                 " " + good,
		"line break behind":            good + "\n",
		"line break inside":            parts[0] + ".\n" + parts[1] + "." + parts[2],
		"JSON serialisation":           fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		"another spelling of the bits": good[:len(good)-1] + sibling(good[len(good)-1]),
		"Bearer":                       "Bearer " + good,
	}
	for name, raw := range forged {
		t.Run(name, func(t *testing.T) {
			c, err := token.Verify(keys, issuer, raw, start)
			if !errors.Is(err, token.ErrInvalidToken) || errors.Is(err, token.ErrExpired) || c.Subject != "" {
				t.Errorf("Verify = %+v, %v; want ErrInvalidToken", c, err)
			}
		})
	}
	for _, one := range []string{good, good9068} {
		if _, err := token.Verify(keys, issuer, one, start); err != nil {
			t.Errorf("the good token: %v", err)
		}
	}
	if _, err := token.Verify(nil, issuer, good, start); !errors.Is(err, token.ErrInvalidToken) {
		t.Errorf("without keys: %v", err)
	}
	if _, err := token.Verify(keys, "", good, start); !errors.Is(err, token.ErrInvalidToken) {
		t.Errorf("without issuer: %v", err)
	}
	if _, err := token.Verify(keys, issuer, signedBy(t, ours, jose.RS256, body), start); err != nil {
		t.Errorf("signedBy with our algorithm: %v", err)
	}
	if again := forge(t, ours, head, body); again != good {
		t.Error("forge makes other tokens than Sign, so the refusals above prove nothing")
	}
}

// sibling returns another base64url digit that differs from c in the unused
// bits alone: a signature of 256 bytes leaves four of them.
func sibling(c byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(digits[strings.IndexByte(digits, c)^1])
}

// TestClaimsOneByOne signs, with the right key and header, claims in which one
// thing is wrong.
func TestClaimsOneByOne(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	good := signWith(t, &signers, ring, claimsAt(start, time.Hour))
	head, body := string(part(t, good, 0)), string(part(t, good, 1))
	var claims map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &claims); err != nil {
		t.Fatal(err)
	}
	verify := func(payload string) error {
		_, err := token.Verify(keys, issuer, forge(t, ring.Keys[0], head, payload), start)
		return err
	}
	with := func(name, value string) string {
		c := maps.Clone(claims)
		c[name] = json.RawMessage(value)
		if value == "" {
			delete(c, name)
		}
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	refused := func(what, payload string) {
		t.Helper()
		if err := verify(payload); !errors.Is(err, token.ErrInvalidToken) {
			t.Errorf("%s: %v, want ErrInvalidToken", what, err)
		}
	}
	if err := verify(with("unheard_of", `{"a":1}`)); err != nil {
		t.Errorf("a claim of a later version: %v", err)
	}
	for _, name := range []string{"nbf", "exp", "iss", "client_id", "sub", "vgToken", "jti", "iat"} {
		refused(name+" removed", with(name, ""))
		refused(name+" null", with(name, "null"))
		refused(name+" an object", with(name, "{}"))
		refused(name+" true", with(name, "true"))
	}
	for _, name := range []string{"nbf", "exp", "iat"} {
		for _, v := range []string{`0`, `-1`, `1e300`, `1.5`, `"1800000000"`, `99999999999999999999`} {
			refused(name+" "+v, with(name, v))
		}
	}
	for _, name := range []string{"iss", "client_id", "sub", "vgToken", "jti"} {
		refused(name+" empty", with(name, `""`))
		refused(name+" a number", with(name, `1`))
		refused(name+" an array", with(name, `["`+issuer+`"]`))
	}
	for name := range claims {
		value := string(claims[name])
		refused(name+" twice", strings.Replace(body, `{`, `{"`+name+`":`+value+`,`, 1))
		for _, v := range []string{strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
			refused(v+" beside "+name, with(v, value))
			refused(v+" for "+name, strings.Replace(body, `"`+name+`":`, `"`+v+`":`, 1))
		}
	}
	for _, v := range []string{"0", "-1", ""} {
		if err := verify(with("exp", v)); err != token.ErrInvalidToken {
			t.Errorf("exp %q: got %v, want it invalid, not expired", v, err)
		}
	}
	if err := verify(with("exp", "1")); err != token.ErrExpired {
		t.Errorf("exp 1: got %v, want %v", err, token.ErrExpired)
	}
	refused("scope a string", with("scope", `"openid profile"`))
	refused("later nbf", with("nbf", fmt.Sprint(start.Unix()+62)))
	refused("later iat", with("iat", fmt.Sprint(start.Unix()+62)))
	refused("past exp", with("exp", fmt.Sprint(start.Unix())))
}

// TestVerifySize: a token of 8 KiB is read, one byte more is not.
func TestVerifySize(t *testing.T) {
	var signers token.Signers
	ring := token.Ring{Keys: testKeys()[:1]}
	keys, err := signers.Verifiers(ring.Keys)
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf(`{"alg":"RS256","kid":%q,"typ":"at+jwt"}`, ring.Keys[0].ID)
	body := string(part(t, signWith(t, &signers, ring, claimsAt(start, time.Hour)), 1))
	// Base64 has no text of 4n+1 characters, so both halves are padded with
	// spaces, which JSON allows.
	sized := func(size int) string {
		for pad := range 3 {
			payload := body
			for {
				raw := forge(t, ring.Keys[0], strings.Repeat(" ", pad)+head, payload)
				if len(raw) == size {
					return raw
				}
				if len(raw) > size {
					break
				}
				payload += strings.Repeat(" ", max(1, (size-len(raw))*3/4-3))
			}
		}
		t.Fatalf("no token has %d bytes", size)
		return ""
	}
	const most = 8 << 10
	if _, err := token.Verify(keys, issuer, sized(most), start); err != nil {
		t.Errorf("%d bytes: got %v, want it read", most, err)
	}
	if _, err := token.Verify(keys, issuer, sized(most+1), start); err != token.ErrInvalidToken {
		t.Errorf("%d bytes: got %v, want %v", most+1, err, token.ErrInvalidToken)
	}
}
