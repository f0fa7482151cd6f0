package typed_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

func TestEmail(t *testing.T) {
	for s, want := range map[string]string{
		"Bob@Example.COM": "Bob@Example.COM", " bob@example.com  ": "bob@example.com", "\u00a0bob@example.com\t\n": "bob@example.com", "bob@example.com\u200b": "bob@example.com\u200b", " \u3000": "",
	} {
		if got := typed.Email(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func TestEmailKey(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Bob@Example.COM", "bob@example.com", true},
		{"bob@bücher.example", "BOB@xn--bcher-kva.example", true},
		{"bob@BÜCHER.example", "bob@bücher.example", true},
		{"bob@example.com.", "bob@example.com", true},
		{"bob@example\u3002com", "bob@example.com", true},
		{"bob@under_score.example", "bob@UNDER_SCORE.example", true},
		{"bob@[192.0.2.1]", "Bob@[192.0.2.1]", true}, // no domain that is looked up

		{"bob@straße.example", "bob@strasse.example", false}, // two registrations
		{"bücher@example.com", "BÜCHER@example.com", false},  // ASCII case alone
		{"\u212aarl@example.com", "karl@example.com", false}, // the Kelvin sign
		{"bob.@example.com", "bob@example.com", false},
		{"bob+a@example.com", "bob@example.com", false},
	} {
		if got := typed.SameEmail(c.a, c.b); got != c.same {
			t.Errorf("%q (%q) and %q (%q): got %v, want %v", c.a, typed.EmailKey(c.a), c.b, typed.EmailKey(c.b), got, c.same)
		}
	}
}

// TestEmailIsDomain: what has no @ is compared as a domain, and no address shares a
// key with one.
func TestEmailIsDomain(t *testing.T) {
	if got := typed.EmailKey("BÜCHER.example."); got != "xn--bcher-kva.example" {
		t.Errorf("got %q", got)
	}
}

func TestCheckEmail(t *testing.T) {
	label := strings.Repeat("d", 63)
	for _, c := range []struct {
		address string
		want    bool
	}{
		{"bob@example.com", true},
		{"bücher@bücher.example", true},
		{strings.Repeat("l", 64) + "@example.com", true},
		{strings.Repeat("l", 65) + "@example.com", false},
		{"b@" + label + ".example", true},
		{"b@d" + label + ".example", false},
		{"b@" + strings.Repeat(label+".", 3) + strings.Repeat("d", 60), true},
		{"b@" + strings.Repeat(label+".", 3) + strings.Repeat("d", 61), false},
		{"", false},
		{"bob", false},
		{"@example.com", false},
		{"bob@", false},
		{"bob@example", false},
		{"bob@example.com.", false},
		{"bob@.example.com", false},
		{"bob@-example.com", false},
		{"bob@example-.com", false},
		{"bob@@example.com", false},
		{".bob@example.com", false},
		{"bob.@example.com", false},
		{"bob..b@example.com", false},
		{"bob b@example.com", false},
		{"Bob <bob@example.com>", false},
		{`"bob"@example.com`, false},
		{"a@example.com,b@example.com", false},
		{"bob@example.com\n", false},
		{"bob\u00a0@example.com", false},
		{"bob\u3000b@example.com", false},
		{"bob\u2028@example.com", false},
		{"bob\u0085@example.com", false},
		{"bob\x7f@example.com", false},
		{"bob\u200b@example.com", false},
		{"\u202ebob@example.com", false},
		{"\u2066bob\u2069@example.com", false},
		{"\ufeffbob@example.com", false},
		{"bob@exam\u00adple.com", false},
		{"bob@example.com\u200e", false},
		{"bob\xff@example.com", false},
	} {
		if got := typed.CheckEmail(c.address); got != c.want {
			t.Errorf("%q: got %v, want %v", c.address, got, c.want)
		}
	}
}

func checkEmail(t interface{ Errorf(string, ...any) }, s string) {
	once := typed.EmailKey(s)
	if twice := typed.EmailKey(once); twice != once {
		t.Errorf("%q has the key %q, and that %q", s, once, twice)
	}
	if e := typed.Email(s); typed.Email(e) != e {
		t.Errorf("%q becomes %q, and that %q", s, e, typed.Email(e))
	}
	if typed.CheckEmail(s) && !typed.SameEmail(s, strings.ToValidUTF8(s, "")) {
		t.Errorf("%q is no text", s)
	}
}

// FuzzEmail reads an e-mail address: its key is its own.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"Bob@Example.COM", "bob@BÜCHER.example.", "bob@xn--bcher-kva.example", "a@x..", "@", "", "\xff@\xff", "a@b@c.d", "a@xn--a", "a@\u00ad.x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkEmail(t, s) })
}
