package forgery

import (
	"encoding/json"
	"strconv"
	"strings"
)

// payloads are signed by our own key, and say something that no token of ours says.
func (j *jws) payloads() []Form {
	ours := func(body string) string { return j.sign(j.Ours, j.head, body) }
	claim := func(name, value string) string { return ours(j.claim(name, value)) }
	quote := func(text string) string {
		raw, err := json.Marshal(text)
		if err != nil {
			j.t.Fatal(err)
		}
		return string(raw)
	}
	var issuer string
	if err := json.Unmarshal([]byte(j.value("iss")), &issuer); err != nil {
		j.t.Fatal(err)
	}
	swapped := func(name string) string { return ours(with(j.body, `"`+name+`":`+j.value(name))) }
	list := []Form{
		{Name: "iss of a stranger", Token: claim("iss", `"https://evil.example"`)},
		{Name: "iss in upper case", Token: claim("iss", quote(strings.ToUpper(issuer)))},
		{Name: "iss with a slash behind", Token: claim("iss", quote(issuer+"/"))},
		{Name: "iss with a blank behind", Token: claim("iss", quote(issuer+" "))},
		{Name: "iss absent", Token: claim("iss", "")},
		{Name: "iss a list", Token: claim("iss", "["+quote(issuer)+"]")},
		{Name: "iss by another name", Token: ours(strings.Replace(j.body, `"iss"`, `"ISS"`, 1))},
		{Name: "aud a number", Token: claim("aud", "1")},
		{Name: "aud an object", Token: claim("aud", `{"x":1}`)},
		{Name: "sub absent", Token: claim("sub", "")},
		{Name: "sub empty", Token: claim("sub", `""`)},
		{Name: "sub a number", Token: claim("sub", "1")},
		{Name: "sub twice", Token: swapped("sub")},
		{Name: "sub in upper case beside it", Token: claim("SUB", `"admin"`)},
		{Name: "sub of bad UTF-8", Token: ours(strings.Replace(j.body, `"sub":"`, "\"sub\":\"\xff", 1))},
		{Name: "client_id absent", Token: claim("client_id", "")},
		{Name: "client_id of nobody", Token: claim("client_id", `"00000000-0000-4000-8000-000000000000_Native"`)},
		{Name: "jti absent", Token: claim("jti", "")},
		{Name: "vgToken absent", Token: claim("vgToken", "")},
		{Name: "vgToken of zeros", Token: claim("vgToken", `"`+strings.Repeat("0", 128)+`"`)},
		{Name: "vgToken cut short", Token: claim("vgToken", j.value("vgToken")[:64]+`"`)},
		{Name: "vgToken in lower case", Token: claim("vgToken", strings.ToLower(j.value("vgToken")))},
		{Name: "vgToken with another end", Token: claim("vgToken", flipped(j.value("vgToken")))},
		{Name: "scope twice", Token: swapped("scope")},
		{Name: "exp twice", Token: swapped("exp")},
		{Name: "payload no JSON", Token: ours("ada")},
		{Name: "payload null", Token: ours("null")},
		{Name: "payload a list", Token: ours("[" + j.body + "]")},
		{Name: "payload and more", Token: ours(j.body + "{}")},
		{Name: "payload empty", Token: ours("")},
		{Name: "payload with NUL", Token: ours(j.body + "\x00")},
		{Name: "payload deeply nested", Token: ours(with(j.body, `"x":`+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)))},
		{Name: "a token inside a token", Token: ours(j.Good)},
		{Name: "a token inside a token, quoted", Token: ours(`"` + j.Good + `"`)},
	}
	for _, v := range []string{"true", "{}", "null"} {
		list = append(list, Form{Name: "vgToken " + v, Token: claim("vgToken", v)})
	}
	return list
}

// flipped is a quoted text whose last digit is another.
func flipped(quoted string) string {
	end := len(quoted) - 2
	digit := byte('0')
	if quoted[end] == digit {
		digit = '1'
	}
	return quoted[:end] + string(digit) + `"`
}

// times are signed by our own key for times that no token of ours has.
func (j *jws) times() (list []Form) {
	issued, err := strconv.ParseInt(j.value("iat"), 10, 64)
	if err != nil {
		j.t.Fatal(err)
	}
	ahead, now := strconv.FormatInt(issued+3600, 10), strconv.FormatInt(issued, 10)
	for _, c := range []struct{ name, what, value string }{
		{"exp", "a text", `"4000000000"`}, {"exp", "a fraction", "4000000000.5"}, {"exp", "an exponent", "4e9"},
		{"exp", "huge", "99999999999999999999"}, {"exp", "negative", "-1"}, {"exp", "0", "0"}, {"exp", "null", "null"}, {"exp", "absent", ""},
		{"exp", "when it was issued", now}, {"nbf", "ahead", ahead}, {"nbf", "absent", ""}, {"nbf", "a text", `"` + now + `"`},
		{"iat", "ahead", ahead}, {"iat", "absent", ""}, {"iat", "negative", "-" + now},
	} {
		form := Form{Name: c.name + " " + c.what, Token: j.sign(j.Ours, j.head, j.claim(c.name, c.value))}
		form.Expired = c.name == "exp" && c.value == now
		list = append(list, form)
	}
	return list
}

// strangers are signed by another's key.
func (j *jws) strangers() []Form {
	theirHead := strings.Replace(j.head, j.Ours.ID, j.Theirs.ID, 1)
	return []Form{
		{Name: "another's key under our kid", Token: j.sign(j.Theirs, j.head, j.body)},
		{Name: "another's key under its own kid", Token: j.sign(j.Theirs, theirHead, j.body)},
		{Name: "another's key, a longer life", Token: j.sign(j.Theirs, j.head, j.claim("exp", "4000000000"))},
		{Name: "a machine's token with sub", Token: j.sign(j.Ours, j.head, j.without("vgToken", "vgUserId", "auth_time", "idp", "vgIdentityProviderName", "amr"))},
		{Name: "a user's token made a machine's", Token: j.sign(j.Ours, j.head, j.without("vgToken", "vgUserId", "auth_time", "idp", "vgIdentityProviderName", "amr", "sub"))},
	}
}
