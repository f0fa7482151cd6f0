package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/token"
)

// TestHasForm: every token that is signed has the form, of whichever algorithm and key; a
// text that no key could make good has not.
func TestHasForm(t *testing.T) {
	var signers token.Signers
	good := signWith(t, &signers, token.Ring{Keys: testKeys()[:1]}, claimsAt(start, time.Hour))
	head, body := string(part(t, good, 0)), string(part(t, good, 1))
	parts := strings.Split(good, ".")
	of := func(header string) string { return b64(header) + "." + parts[1] + "." + parts[2] }
	said := func(old, now string) string { return of(strings.Replace(head, old, now, 1)) }
	formed := map[string]string{
		"good": good, "of a stranger": forge(t, testKeys()[1], head, body), "of no claims": parts[0] + ".e30." + parts[2],
		"of a short signature": parts[0] + "." + parts[1] + ".AAAA", "with an unknown text": said("{", `{"x":"y",`),
		"8 KiB": parts[0] + "." + strings.Repeat("A", 8192-len(parts[0])-len(parts[2])-2) + "." + parts[2],
	}
	for _, alg := range token.Algorithms() {
		formed[alg] = said("RS256", alg)
	}
	for name, raw := range formed {
		if !token.HasForm(raw) {
			t.Errorf("%s: has not the form", name)
		}
	}
	for name, raw := range map[string]string{
		"nothing": "", "a word": "x", "dots": "..", "two parts": parts[0] + "." + parts[1], "four parts": good + "." + parts[2],
		"no header": "." + parts[1] + "." + parts[2], "no claims": parts[0] + ".." + parts[2], "no signature": parts[0] + "." + parts[1] + ".",
		"padding": good + "=", "padded claims": parts[0] + "." + parts[1] + "=." + parts[2], "a line break": good + "\n", "a return": good + "\r",
		"over 8 KiB": parts[0] + "." + strings.Repeat("A", 8196-len(parts[0])-len(parts[2])-2) + "." + parts[2],
		"alg none":   said("RS256", "none"), "alg HS256": said("RS256", "HS256"), "no alg": said(`"alg":"RS256",`, ""),
		"no kid": of(`{"alg":"RS256","typ":"at+jwt"}`), "empty kid": of(`{"alg":"RS256","kid":"","typ":"at+jwt"}`),
		"typ JWT": said("at+jwt", "JWT"), "no typ": of(`{"alg":"RS256","kid":"x"}`), "header no JSON": of("x"), "jwk": said("{", `{"jwk":{},`),
	} {
		if token.HasForm(raw) {
			t.Errorf("%s: has the form", name)
		}
	}
}
