// Package forgery makes access tokens that must be refused, for the tests and benchmarks of
// whoever judges tokens. Each differs from a good one in one thing, or is a credential of
// another kind. A form that belongs to another algorithm is one more line in a table.
package forgery

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Form is one forged token.
type Form struct {
	Name  string
	Token string
	// Shape says that it is refused by its form alone: no key and no record of the store
	// could make it good.
	Shape bool
	// Expired says that nothing but its time is wrong.
	Expired bool
}

// Key is a key with which tokens are signed: RS256, unless an alg is named.
type Key struct {
	ID          string // kid
	Private     *rsa.PrivateKey
	Certificate []byte // DER
}

// Forger has what forgeries are made from.
type Forger struct {
	Ours   Key    // that of the issuer: what it signs is wrong in its text alone
	Theirs Key    // that of a stranger
	Good   string // a good token, of Ours
	Other  string // another good one, of another person's session
	// Dead are tokens that Ours has signed, by what ended them.
	Dead map[string]string
	// Credentials are good ones of other kinds, by kind.
	Credentials map[string]string
}

// Expired is the name among the dead of one that only its time has ended.
const Expired = "expired"

// Forms returns all of them. A good token that is no JWS of three parts fails the test.
func (f *Forger) Forms(t testing.TB) []Form {
	t.Helper()
	j := f.open(t)
	var list []Form
	for _, part := range [][]Form{
		j.spellings(), j.algorithms(), j.keyIDs(), j.broughtKeys(), j.types(), j.payloads(), j.times(), j.strangers(),
	} {
		list = append(list, part...)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Dead)) {
		token := f.Dead[name]
		list = append(list, Form{Name: name, Token: token, Expired: name == Expired})
	}
	for _, name := range slices.Sorted(maps.Keys(f.Credentials)) {
		list = append(list, Form{Name: name + " in its place", Token: f.Credentials[name], Shape: true})
	}
	return list
}

// Signed is the good token with one claim changed, signed by our own key; "" removes the
// claim.
func (f *Forger) Signed(t testing.TB, claim, value string) string {
	t.Helper()
	j := f.open(t)
	return j.sign(j.Ours, j.head, j.claim(claim, value))
}

// jws is a good token taken apart.
type jws struct {
	*Forger
	t     testing.TB
	parts [3]string // as they stand in it
	head  string
	body  string
}

func (f *Forger) open(t testing.TB) *jws {
	t.Helper()
	j := &jws{Forger: f, t: t}
	if n := copy(j.parts[:], strings.Split(f.Good, ".")); n != 3 {
		t.Fatalf("the good token has %d parts", n)
	}
	j.head, j.body = j.text(j.parts[0]), j.text(j.parts[1])
	return j
}

// text decodes one part of a token.
func (j *jws) text(part string) string {
	j.t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		j.t.Fatal(err)
	}
	return string(raw)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// sign signs any header and payload by RS256, whatever the header says.
func (j *jws) sign(k Key, head, body string) string {
	j.t.Helper()
	input := encode(head) + "." + encode(body)
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, k.Private, crypto.SHA256, sum[:])
	if err != nil {
		j.t.Fatal(err)
	}
	return input + "." + encode(string(sig))
}

// pss signs by PS256, which the header of a token of ours does not say.
func (j *jws) pss(k Key, head, body string) string {
	j.t.Helper()
	input := encode(head) + "." + encode(body)
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPSS(rand.Reader, k.Private, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		j.t.Fatal(err)
	}
	return input + "." + encode(string(sig))
}

// mac is the good token under HS256, keyed by what everybody knows.
func (j *jws) mac(key []byte) string {
	input := encode(j.alg("HS256")) + "." + j.parts[1]
	m := hmac.New(sha256.New, key)
	m.Write([]byte(input))
	return input + "." + encode(string(m.Sum(nil)))
}

// alg is the header with another algorithm.
func (j *jws) alg(name string) string {
	return strings.Replace(j.head, `"alg":"RS256"`, `"alg":"`+name+`"`, 1)
}

// with is a text of JSON with members put before its own.
func with(text, members string) string { return strings.Replace(text, "{", "{"+members+",", 1) }

// claim is the payload with one claim changed; "" removes it.
func (j *jws) claim(name, value string) string {
	j.t.Helper()
	if value == "" {
		return j.without(name)
	}
	claims := j.claims()
	claims[name] = json.RawMessage(value)
	return j.written(claims)
}

// without is the payload without those claims.
func (j *jws) without(names ...string) string {
	j.t.Helper()
	claims := j.claims()
	for _, name := range names {
		delete(claims, name)
	}
	return j.written(claims)
}

func (j *jws) claims() (claims map[string]json.RawMessage) {
	j.t.Helper()
	if err := json.Unmarshal([]byte(j.body), &claims); err != nil {
		j.t.Fatal(err)
	}
	return claims
}

// written is a payload that says this. A claim may be no JSON, which Marshal would refuse.
func (j *jws) written(claims map[string]json.RawMessage) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		parts = append(parts, strconv.Quote(name)+":"+string(claims[name]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// value is a claim of the good token as it stands there.
func (j *jws) value(name string) string {
	j.t.Helper()
	value, ok := j.claims()[name]
	if !ok {
		j.t.Fatalf("the good token has no %s", name)
	}
	return string(value)
}
