package password_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password"
)

func TestPolicyCommon(t *testing.T) {
	p := newPolicy(t, password.PolicyConfig{MinLength: 1, Words: []string{"Wêrksaal", "PB Sales"}})
	for pw, want := range map[string]string{
		"password":          "common",
		"PassWord":          "common",
		"ＰＡＳＳＷＯＲＤ":          "common",
		"Password1":         "common",
		"Password1!":        "common",
		"password2026!!":    "common",
		"password-1234567":  "common", // eight characters behind it
		"password-12345678": "",       // nine
		"password 24.12.99": "",       // nine too
		"summer24.12.99":    "common",
		"passworda":         "",
		"password1a":        "",
		"1password":         "common", // stands in the list
		"xpassword":         "",
		"pass word":         "",
		"123456":            "common",
		"123456789!":        "common",
		"пароль1":           "common",
		"Contraseña":        "common",
		"contrasen\u0303a":  "common",
		"wêrksaal":          "common", // one of more
		"WÊRKSAAL99":        "common",
		"werksaal":          "",
		"pb sales!":         "common",
		"!!!":               "",
		"7":                 "",
		"🚀":                 "",
		"":                  "minLength",
	} {
		if got := rules(t, p.Check(pw, password.Context{})); got != want {
			t.Errorf("%q: got %q, want %q", pw, got, want)
		}
	}
}

// TestCommonList holds the list to the form that is looked up: without doubles, and
// without words that another one covers with its endings.
func TestCommonList(t *testing.T) {
	raw, err := os.ReadFile("common.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	if len(words) < 500 {
		t.Errorf("got %d words, want some hundreds", len(words))
	}
	if !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) {
		t.Error("the words are not in order, or one stands twice")
	}
	p := newPolicy(t, password.PolicyConfig{MinLength: 1})
	for _, w := range words {
		if w != strings.TrimSpace(typed.Word(w)) || utf8.RuneCountInString(w) < 4 {
			t.Errorf("%q is not in the form that is looked up, or too short", w)
		}
		if got := rules(t, p.Check(w, password.Context{})); got != "common" {
			t.Errorf("%q: got %q, want common", w, got)
		}
		if last, size := utf8.DecodeLastRuneInString(w); !unicode.IsLetter(last) && rules(t, p.Check(w[:len(w)-size], password.Context{})) == "common" {
			t.Errorf("%q is covered by a shorter word", w)
		}
	}
}

func TestPolicyContext(t *testing.T) {
	p := newPolicy(t, password.PolicyConfig{MinLength: 1})
	for _, c := range []struct {
		name, word, pw, want string
	}{
		{"the name", "marie", "xkMARIEzw", "context"},
		{"four characters", "anna", "xkannazw", "context"},
		{"three characters", "ann", "xkannazw", ""},
		{"four of two bytes", "žofi", "xkŽOFIzw", "context"},
		{"three of two bytes", "žof", "xkŽOFIzw", ""},
		{"a part of a name", "Ada Lovelace", "lovelace-7", "context"},
		{"a short part", "Ada Lovelace", "adaxkvqz", ""},
		{"the whole, of short parts", "Bo Li", "xkbo lizw", "context"},
		{"short parts run together", "Bo Li", "xkBoLizw", "context"},
		{"a part behind a hyphen", "Jean-Paul", "xkpaulzw", "context"},
		{"an accent", "Jos\u00e9e", "xkJOSE\u0301Ezw", "context"},
		{"without the accent", "Josée", "xkjoseezw", ""},
		{"a sharp s", "Strauß", "xkSTRAUSSzw", "context"},
		{"the local part", "marie.sample@gmail.com", "xksamplezw", "context"},
		{"the local part run together", "bo.li@x.com", "xkbolizw", "context"},
		{"the domain", "bo@contoso.com", "xkcontosozw", "context"},
		{"a part of the domain", "bo@mail.contoso.co.uk", "xkcontosozw", "context"},
		{"the top level", "bo@x.info", "xkinfozw", ""},
		{"a domain of one label", "bo@localhost", "xklocalhostzw", "context"},
		{"a number", "+491701234567", "xk491701234567", "context"},
		{"a product", "PB_Salesdemo", "mysalesdemo7", "context"},
		{"half of it", "Salesdemo", "xksaleszw", ""},
		{"no word", "", "xkvqzwpb", ""},
		{"blanks", "      ", "x      z", ""},
		{"punctuation", "......", "x......z", "context"}, // an odd name, and a whole one
		{"Hangul of two characters", "\uae40\ucca0", "xk\uae40\ucca0zw", ""},
	} {
		if got := rules(t, p.Check(c.pw, password.Context{Words: []string{"nothing of it", c.word}})); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
