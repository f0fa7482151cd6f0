package typed_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestCheckChosenName(t *testing.T) {
	const email = "Bob@Example.com"
	const plain, wide = "; want letters a to z, digits, '.', '_' and '-'", "; want letters, digits, '.', '_' and '-'"
	const mixed, at = "mixes scripts, so that one letter may pass for another; want those of one", "holds an @ and is not the e-mail address; want that, or a name without an @"
	for _, c := range []struct{ name, plain, wide string }{
		{"ada", "", ""},
		{"Ada.Love_lace-1815", "", ""},
		{"  ada ", "", ""},
		{"123", "", ""},
		{strings.Repeat("a", 32), "", ""},
		{"ad", "has 2 characters, want 3 to 32", "has 2 characters, want 3 to 32"},
		{strings.Repeat("a", 33), "has 33 characters, want 3 to 32", "has 33 characters, want 3 to 32"},
		{"", "missing", "missing"},
		{"ada lovelace", "holds U+0020 ' '" + plain, "holds U+0020 ' '" + wide},
		{"a<b>c", "holds U+003C '<'" + plain, "holds U+003C '<'" + wide},
		{"ad\u200ba", "holds U+200B, which cannot stand there in a user name", "holds U+200B, which cannot stand there in a user name"},
		{"Admin", "is reserved; want another", "is reserved; want another"},
		{"no-reply", "is reserved; want another", "is reserved; want another"},
		{"admins", "", ""},

		{"rémi", "holds U+00E9 'é'" + plain, ""},
		{"ann\u212a", "holds U+212A '\u212a'" + plain, ""},
		{"ａｄａ", "holds U+FF41 'ａ'" + plain, ""},
		{"ａｄｍｉｎ", "holds U+FF41 'ａ'" + plain, "is reserved; want another"},
		{"иван1", "holds U+0438 'и'" + plain, ""},
		{"аda", "holds U+0430 'а'" + plain, mixed}, // the first letter is Cyrillic
		{"\u00b5ada", "holds U+00B5 'µ', which cannot stand there in a user name", "holds U+00B5 'µ', which cannot stand there in a user name"},
		{"日本の山田カ", "holds U+65E5 '日'" + plain, ""},
		{"한국漢", "holds U+D55C '한'" + plain, ""},
		{"かな한", "holds U+304B 'か'" + plain, mixed},
		{strings.Repeat("ß", 17), "holds U+00DF 'ß'" + plain, "has 34 characters, want 3 to 32"},

		{"bob@example.com", "", ""},
		{"BOB@EXAMPLE.COM", "", ""},
		{"bob@example.org", at, at},
		{"bob＠example.com", at, at}, // a wide @ is one
		{"@bob", at, at},
	} {
		for wide, want := range map[bool]string{false: c.plain, true: c.wide} {
			got := ""
			if err := typed.CheckChosenName(c.name, email, wide); err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%q, any script %v: got %q, want %q", c.name, wide, got, want)
			}
		}
	}
}

func TestCheckLanguage(t *testing.T) {
	for tag, good := range map[string]bool{
		"": true, "de": true, "pt-BR": true, "zh-Hant-TW": true, "es-419": true, "a": true,
		"-": false, "de-": false, "4de": false, "d e": false, "de_DE": false, "ü": false, "abcdefghi": false, "de\n": false,
		strings.Repeat("abcdefg-", 4) + "abc": true, strings.Repeat("abcdefg-", 4) + "abcd": false,
	} {
		if err := typed.CheckLanguage(tag); (err == nil) != good {
			t.Errorf("%q: got %v, want good: %v", tag, err, good)
		}
	}
}

// FuzzChosenName reads a name that somebody chooses: one that is good is good in the
// wider alphabet too, stays good in its one spelling, and has an @ only where it is
// the address.
func FuzzChosenName(f *testing.F) {
	for _, s := range []string{"bob＠example.com", "ada", "Ada.Lovelace", "admin", "иван", "аda", "日本の", "bob@example.com", "ß", "\u00b5", "a b", "\xff"} {
		f.Add(s, "bob@example.com")
	}
	f.Fuzz(func(t *testing.T, name, email string) {
		plain, wide := typed.CheckChosenName(name, email, false), typed.CheckChosenName(name, email, true)
		if plain == nil && wide != nil {
			t.Errorf("%q is good, and in the wider alphabet %v", name, wide)
		}
		if wide != nil {
			return
		}
		one := typed.Name(name)
		if err := typed.CheckChosenName(one.Canonical, email, true); err != nil {
			t.Errorf("%q is good, and %q is not: %v", name, one.Canonical, err)
		}
		switch n := utf8.RuneCountInString(one.Canonical); {
		case one.Refused || typed.CheckName(name) != nil:
			t.Errorf("%q is good, and no account can have it", name)
		case strings.Contains(one.Canonical, "@"):
			if !typed.SameEmail(typed.WrittenName(name), email) || !typed.SameEmail(one.Canonical, email) {
				t.Errorf("%q is good beside %q", name, email)
			}
		case n < typed.MinChosenName || n > typed.MaxChosenName:
			t.Errorf("%q is good with %d characters", name, n)
		}
	})
}

// FuzzLanguage reads the tag of a language: one that is good can stand in a mail.
func FuzzLanguage(f *testing.F) {
	for _, s := range []string{"", "de", "pt-BR", "de_DE", "x-", "a\r\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if typed.CheckLanguage(s) == nil && (len(s) > 35 || strings.ContainsAny(s, "\r\n :\"<") || !utf8.ValidString(s)) {
			t.Errorf("%q is good", s)
		}
	})
}

// TestChosenAddress: a name that is an address is that address in the spelling too that
// names are folded to, which goes further than that of addresses.
func TestChosenAddress(t *testing.T) {
	for address, want := range map[string]bool{
		"Bob@Example.com": true, "bob+a@example.com": true, "bob@bücher.example": true, "bob@BÜCHER.example": true, "bücher@example.com": true,
		"bob@straße.example": false, "maß@example.com": false, "\u212aarl@example.com": false, "BÜCHER@example.com": false, "bo\u017f@example.com": false,
	} {
		if err := typed.CheckChosenName(address, address, true); (err == nil) != want {
			t.Errorf("%q: got %v, want it taken: %v", address, err, want)
		}
	}
	if err := typed.CheckChosenName("bob@bücher.example", "bob@xn--bcher-kva.example", false); err != nil {
		t.Errorf("another spelling of the address: got %v", err)
	}
}
