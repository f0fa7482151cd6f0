package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // tells member names apart by case and refuses duplicates

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/token"
)

// oraclePayload is a claims set as go-jose's decoder reads it.
type oraclePayload struct {
	NotBefore    int64       `json:"nbf"`
	Expires      int64       `json:"exp"`
	Issuer       string      `json:"iss"`
	Audience     textOrTexts `json:"aud"`
	ClientID     string      `json:"client_id"`
	Subject      string      `json:"sub"`
	AuthTime     int64       `json:"auth_time"`
	IDP          string      `json:"idp"`
	IDPName      string      `json:"vgIdentityProviderName"`
	VGToken      string      `json:"vgToken"`
	UserID       string      `json:"vgUserId"`
	ID           string      `json:"jti"`
	IssuedAt     int64       `json:"iat"`
	Scopes       textOrTexts `json:"scope"`
	Methods      []string    `json:"amr"`
	SessionID    string      `json:"sid"`
	Roles        []string    `json:"roles"`
	Entitlements []string    `json:"entitlements"`
	AccountID    string      `json:"account_id"`
	Email        string      `json:"email"`
}

// textOrTexts is a text or a list of them.
type textOrTexts struct {
	texts          []string
	isText, isList bool
}

func (x *textOrTexts) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case 'n':
		return nil
	case '[':
		x.isList = true
		return json.Unmarshal(b, &x.texts)
	}
	x.isText, x.texts = true, []string{""}
	return json.Unmarshal(b, &x.texts[0])
}

// isOther reports whether a claims set is of the profile of RFC 9068: it has no nbf.
func (p oraclePayload) isOther() bool { return p.NotBefore == 0 }

// isMachine reports whether it tells of no person.
func (p oraclePayload) isMachine() bool {
	bare := p.AuthTime == 0 && len(p.Methods) == 0
	if p.isOther() {
		return bare && p.Subject == p.ClientID && p.SessionID+p.AccountID+p.Email == "" && p.Roles == nil && p.Entitlements == nil
	}
	return bare && p.Subject+p.UserID+p.VGToken+p.IDP+p.IDPName == ""
}

// isWhole reports whether all is there, and nothing of the other profile.
func (p oraclePayload) isWhole() bool {
	if p.Issuer != issuer || p.ClientID == "" || p.ID == "" || p.Expires <= 0 || p.IssuedAt <= 0 {
		return false
	}
	if !p.isOther() {
		return p.NotBefore > 0 && !p.Scopes.isText && !p.Audience.isList && (p.isMachine() || p.Subject != "" && p.VGToken != "") &&
			p.SessionID+p.AccountID+p.Email == "" && p.Roles == nil && p.Entitlements == nil
	}
	for _, a := range p.Audience.texts {
		if a == "" {
			return false
		}
	}
	for _, s := range p.scopes() {
		if s == "" || strings.Trim(s, scopeChars) != "" {
			return false
		}
	}
	_, isClient := token.ParseClientID(p.Subject)
	return len(p.Audience.texts) > 0 && !p.Scopes.isList && p.IDP+p.IDPName+p.VGToken+p.UserID == "" &&
		(p.isMachine() || p.Subject != "" && !isClient && p.SessionID != "" && p.AuthTime > 0 && len(p.Methods) > 0)
}

// scopeChars are those of RFC 6749 section 3.3.
const scopeChars = "!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"

func (p oraclePayload) scopes() []string {
	switch {
	case !p.Scopes.isText:
		return p.Scopes.texts
	case p.Scopes.texts[0] == "":
		return nil
	}
	return strings.Split(p.Scopes.texts[0], " ")
}

func (p oraclePayload) claims() token.Claims {
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	c := token.Claims{
		Profile: token.ProfilePublished, NotBefore: at(p.NotBefore), Expires: at(p.Expires), IssuedAt: at(p.IssuedAt), AuthTime: at(p.AuthTime), Issuer: p.Issuer,
		Audience: p.Audience.texts, ClientID: p.ClientID, Subject: p.Subject, UserID: p.UserID, VGToken: p.VGToken, ID: p.ID, Scopes: p.scopes(),
		Machine: p.isMachine(),
	}
	if p.Audience.isText && p.Audience.texts[0] == "" {
		c.Audience = nil
	}
	if p.isOther() {
		c.Profile, c.NotBefore, c.UserID, c.VGToken = token.ProfileRFC9068, time.Time{}, "", p.SessionID
		c.Methods, c.Roles, c.Entitlements, c.AccountID, c.Email = p.Methods, p.Roles, p.Entitlements, p.AccountID, p.Email
	}
	if c.Machine {
		c.AuthTime, c.Subject = time.Time{}, ""
	}
	return c
}

// oracle is [token.Verify] by go-jose alone. It knows no bounds but that of the
// whole token, and lets a header bring keys along.
func oracle(keys token.Verifiers, raw string, now time.Time) (c token.Claims, err error) {
	body, ok := oracleOpen(keys, raw)
	if !ok {
		return c, token.ErrInvalidToken
	}
	p, ok := oracleDecode(body)
	if !ok || !p.isWhole() {
		return c, token.ErrInvalidToken
	}
	c = p.claims()
	switch latest := now.Add(time.Minute); {
	case c.NotBefore.After(latest) || c.IssuedAt.After(latest):
		return token.Claims{}, token.ErrInvalidToken
	case !now.Before(c.Expires):
		return c, token.ErrExpired
	}
	return c, nil
}

func oracleOpen(keys token.Verifiers, raw string) ([]byte, bool) {
	parts := strings.Split(raw, ".")
	for _, p := range parts { // go-jose decodes other spellings too
		if _, err := base64.RawURLEncoding.Strict().DecodeString(p); err != nil || strings.ContainsAny(p, "\r\n") {
			return nil, false
		}
	}
	jws, key := oracleHeader(keys, raw)
	if key == nil || len(parts) != 3 || len(raw) > 8<<10 {
		return nil, false
	}
	body, err := jws.Verify(key)
	return body, err == nil
}

func oracleHeader(keys token.Verifiers, raw string) (*jose.JSONWebSignature, crypto.PublicKey) {
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return nil, nil
	}
	head := jws.Signatures[0].Protected
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); typ != "at+jwt" {
		return nil, nil
	}
	key, ok := keys[head.KeyID]
	if !ok || key.Algorithm != head.Algorithm {
		return nil, nil
	}
	return jws, key.Key
}

func oracleDecode(body []byte) (p oraclePayload, ok bool) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return p, false
	}
	for i := range reflect.TypeFor[oraclePayload]().NumField() {
		ours := reflect.TypeFor[oraclePayload]().Field(i).Tag.Get("json")
		for name := range members {
			if ascii.Equal(name, ours) && name != ours {
				return p, false
			}
		}
	}
	return p, json.Unmarshal(body, &p) == nil
}

// isWithinBounds reports whether a text is an object in UTF-8 of no more members and levels
// than [token.Verify] reads.
func isWithinBounds(text string) bool {
	var members map[string]stdjson.RawMessage
	if !utf8.ValidString(text) || stdjson.Unmarshal([]byte(text), &members) != nil || members == nil || len(members) > 64 {
		return false
	}
	depth := 0
	for d := stdjson.NewDecoder(strings.NewReader(text)); depth <= 16; {
		switch t, err := d.Token(); {
		case err != nil:
			return true
		case t == stdjson.Delim('{') || t == stdjson.Delim('['):
			depth++
		case t == stdjson.Delim('}') || t == stdjson.Delim(']'):
			depth--
		}
	}
	return false
}

// isPlainHeader reports whether a header holds texts alone, and no name that
// brings a key along or changes how a token is read.
func isPlainHeader(text string) bool {
	var members map[string]any
	if stdjson.Unmarshal([]byte(text), &members) != nil || !isWithinBounds(text) {
		return false
	}
	for name, value := range members {
		if _, isText := value.(string); !isText || strings.Contains(" jwk jku x5c x5u crit b64 ", " "+name+" ") {
			return false
		}
	}
	return true
}

// FuzzVerifyOracle reads any header and claims that our own key has signed, and
// go-jose reads them too: what either passes the other passes, and with the same
// claims. Verify may only refuse more where it says so.
func FuzzVerifyOracle(f *testing.F) {
	var signers token.Signers
	key := testKeys()[0]
	keys, err := signers.Verifiers([]token.Key{key})
	if err != nil {
		f.Fatal(err)
	}
	good := signWith(f, &signers, token.Ring{Keys: []token.Key{key}}, claimsAt(start, time.Hour))
	head, body := string(part(f, good, 0)), string(part(f, good, 1))
	f.Add("", body, start.Unix())
	f.Add("", body, start.Add(time.Hour).Unix())
	for _, c := range []token.Claims{rfc9068Claims(start), rfc9068Machine(start)} {
		f.Add("", string(part(f, signWith(f, &signers, token.Ring{Keys: []token.Key{key}}, c), 1)), start.Unix())
	}
	f.Fuzz(func(t *testing.T, header, payload string, at int64) {
		if header == "" {
			header = head // the id of the key differs each time, so no corpus can hold it
		}
		header = strings.ReplaceAll(header, "KID", key.ID)
		raw, now := forge(t, key, header, payload), time.Unix(at, 0)
		got, gotErr := token.Verify(keys, issuer, raw, now)
		want, wantErr := oracle(keys, raw, now)
		if (gotErr == nil || errors.Is(gotErr, token.ErrExpired)) && !token.HasForm(raw) {
			t.Fatalf("header %q, claims %q: Verify returns %v, and HasForm %v", header, payload, gotErr, token.HasForm(raw))
		}
		if gotErr != nil && (!isPlainHeader(header) || !isWithinBounds(payload)) {
			return
		}
		if gotErr != wantErr || !reflect.DeepEqual(got, want) {
			t.Fatalf("header %q, claims %q\n got %+v, %v\nwant %+v, %v", header, payload, got, gotErr, want, wantErr)
		}
	})
}

// FuzzReadOracle reads any header and claims as [FuzzVerifyOracle] does, without
// the signature, which takes a thousand times as long.
func FuzzReadOracle(f *testing.F) {
	keys := token.Verifiers{"KID": {Algorithm: token.RS256, Key: &rsa.PublicKey{}}, "KES": {Algorithm: token.ES256, Key: &ecdsa.PublicKey{}}}
	head := `{"alg":"RS256","kid":"KID","typ":"at+jwt","x5t":"x"}`
	for _, alg := range []string{"RS256", "ES256", "EdDSA", "none", "es256"} {
		f.Add(`{"alg":"`+alg+`","kid":"KES","typ":"at+jwt"}`, `{}`)
	}
	f.Add(head, `{"exp":1,"iss":"x","aud":null,"scope":["a",null],"x":[{"y":-1.5e+3},"\n",true]}`)
	f.Add(` {"\u0061lg" : "RS256", "kid":"KID","typ":"at+jwt"} `, `{"sub":"\u00c9lo\ud83d\ude00\/","nbf":1e3}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		_, want := oracleHeader(keys, b64(header)+"."+b64(payload)+".eA")
		got := token.ReadHeader(keys, header)
		if got != nil && want == nil || got == nil && want != nil && isPlainHeader(header) {
			t.Fatalf("header %q: got %v, want %v", header, got, want)
		}
		p, wantOK := oracleDecode([]byte(payload))
		claims, ok := token.ReadClaims(payload)
		if ok != wantOK && (ok || isWithinBounds(payload)) || ok && !reflect.DeepEqual(claims, p.claims()) {
			t.Fatalf("claims %q: got %+v, %v, want %+v, %v", payload, claims, ok, p.claims(), wantOK)
		}
	})
}

// TestReadBounds: so many members and levels are read, and no more.
func TestReadBounds(t *testing.T) {
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"x%d":""`, i)
		}
		return b.String()
	}
	nested := func(n int) string { return `{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	for _, c := range []struct {
		name, claims string
		want         bool
	}{
		{"64 members", `{"sub":"x"` + members(63) + "}", true},
		{"65 members", `{"sub":"x"` + members(64) + "}", false},
		{"16 levels", nested(15), true},
		{"17 levels", nested(16), false},
		{"16 levels side by side", `{"x":[` + strings.Repeat("[[]],", 20) + "1]}", true},
	} {
		if _, ok := token.ReadClaims(c.claims); ok != c.want {
			t.Errorf("%s: read %v, want %v", c.name, ok, c.want)
		}
	}
	keys := token.Verifiers{"KID": {Algorithm: token.RS256, Key: &rsa.PublicKey{}}}
	const head = `{"alg":"RS256","kid":"KID","typ":"at+jwt"`
	for n, want := range map[int]bool{0: true, 61: true, 62: false} {
		if got := token.ReadHeader(keys, head+members(n)+"}") != nil; got != want {
			t.Errorf("a header with %d more members: read %v, want %v", n, got, want)
		}
	}
}
