package totp_test

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pquerna/otp"
	"github.com/sallyport-auth/sallyport/totp"
)

func TestURI(t *testing.T) {
	got, err := parse(t, rfcSecret).URI("Acme & Söhne", "marie+otp@example.com")
	const want = "otpauth://totp/Acme%20%26%20S%C3%B6hne:marie%2Botp%40example.com" +
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%26%20S%C3%B6hne" +
		"&algorithm=SHA1&digits=6&period=30"
	if got != want || err != nil {
		t.Errorf("URI = %q, %v, want %q", got, err, want)
	}
}

// labels are what a host, or a user, might be called. Account is also read for
// issuer where that is allowed.
var labels = []struct{ name, account, want string }{
	{"plain", "tt29", "tt29"},
	{"address", "marie.sample.deals@gmail.com", "marie.sample.deals@gmail.com"},
	{"ampersand", "a&secret=AAAA&issuer=Evil", "a&secret=AAAA&issuer=Evil"},
	{"plus", "a+b", "a+b"},
	{"space", "Marie Sample", "Marie Sample"},
	{"hash", "a#b", "a#b"},
	{"percent", "100%", "100%"},
	{"escaped already", "a%3Ab%20c", "a%3Ab%20c"},
	{"slash", "DOM/bob", "DOM/bob"},
	{"leading slash", "/bob", "/bob"},
	{"dots", "../../hotp/x", "../../hotp/x"},
	{"backslash", `DOM\bob`, `DOM\bob`},
	{"question mark", "who?period=1", "who?period=1"},
	{"equals", "cn=bob,dc=x", "cn=bob,dc=x"},
	{"quotes", `"O'Neil"<b>`, `"O'Neil"<b>`},
	{"semicolon", "a;b", "a;b"},
	{"brackets", "[x]{y}|z^`", "[x]{y}|z^`"},
	{"unreserved", "AZaz09-._~", "AZaz09-._~"},
	{"accents", "Gérard Ünal", "Gérard Ünal"},
	{"Chinese", "王小明", "王小明"},
	{"right to left", "مرحبا שלום", "مرحبا שלום"},
	{"emoji", "👩‍💻🔑", "👩‍💻🔑"},
	{"combining", "e\u0301", "e\u0301"},

	{"colon", "urn:bob", "urn\uff1abob"},
	{"colons", "::", "\uff1a\uff1a"},
	{"line end", "bob\r\nx", "bob--x"},
	{"zero byte", "bob\x00", "bob-"},
	{"C1 control", "bob\u0085", "bob-"},
	{"bad UTF-8", "bob\xff\xfe", "bob--"},
	{"direction override", "bob\u202egnp.exe", "bob-gnp.exe"},
	{"isolate", "\u2066bob\u2069", "-bob-"},
	{"line separator", "bob\u2028x", "bob-x"},
}

var shape = regexp.MustCompile(`^otpauth://totp/((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+):((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)` +
	`\?secret=([A-Z2-7]+)&issuer=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)&algorithm=SHA1&digits=6&period=30$`)

// checkURI reads uri back with our own eyes, with net/url and with pquerna/otp.
func checkURI(t *testing.T, uri, secret, issuer, account string) {
	t.Helper()
	m := shape.FindStringSubmatch(uri)
	if m == nil {
		t.Fatalf("%q does not have the shape of a key URI", uri)
	}
	if m[1] != m[4] {
		t.Errorf("%q: the two issuers differ", uri)
	}
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+issuer+":"+account || u.Fragment != "" || u.User != nil {
		t.Errorf("net/url reads %+v, want path %q", u, "/"+issuer+":"+account)
	}
	if len(q) != 5 || len(q["secret"]) != 1 || len(q["issuer"]) != 1 ||
		q.Get("secret") != secret || q.Get("issuer") != issuer {
		t.Errorf("net/url reads the query %v, want secret %q, issuer %q", q, secret, issuer)
	}
	k, err := otp.NewKeyFromURL(uri)
	if err != nil {
		t.Fatal(err)
	}
	if k.Type() != "totp" || k.Issuer() != issuer || k.AccountName() != account || k.Secret() != secret ||
		k.Period() != 30 || k.Digits() != otp.DigitsSix || k.Algorithm() != otp.AlgorithmSHA1 {
		t.Errorf("pquerna/otp reads %q, %q, %q, want %q, %q, %q", k.Issuer(), k.AccountName(), k.Secret(), issuer, account, secret)
	}
}

func TestURIReadBack(t *testing.T) {
	s := totp.NewSecret()
	for _, l := range labels {
		t.Run(l.name, func(t *testing.T) {
			uri, err := s.URI("Acme", l.account)
			if err != nil {
				t.Fatal(err)
			}
			checkURI(t, uri, s.Base32(), "Acme", l.want)

			uri, err = s.URI(l.account, "bob")
			if l.account != l.want {
				if !errors.Is(err, totp.ErrLabel) || !errors.Is(totp.CheckLabel(l.account), totp.ErrLabel) {
					t.Errorf("issuer %q: %v, want %v", l.account, err, totp.ErrLabel)
				}
				return
			}
			if err != nil || totp.CheckLabel(l.account) != nil {
				t.Fatalf("issuer %q: %v, %v, want both nil", l.account, err, totp.CheckLabel(l.account))
			}
			checkURI(t, uri, s.Base32(), l.account, "bob")
		})
	}
}

func TestURIRefuses(t *testing.T) {
	s := totp.NewSecret()
	long := strings.Repeat("é", totp.MaxAccount)
	for _, c := range []struct {
		name            string
		secret          totp.Secret
		issuer, account string
		want            error
	}{
		{"longest", s, long[:totp.MaxIssuer], long[:totp.MaxAccount], nil},
		{"longest secret", parse(t, strings.Repeat("A", 103)), "x", "y", nil},
		{"zero secret", totp.Secret{}, "Acme", "bob", totp.ErrSecret},
		{"no issuer", s, "", "bob", totp.ErrLabel},
		{"blank issuer", s, " \u00a0 ", "bob", totp.ErrLabel},
		{"no account", s, "Acme", "", totp.ErrLabel},
		{"blank account", s, "Acme", "  ", totp.ErrLabel},
		{"long issuer", s, long[:totp.MaxIssuer] + "x", "bob", totp.ErrLabel},
		{"colons that grow", s, "Acme", strings.Repeat(":", 85), nil},
		{"colons that grow too long", s, "Acme", strings.Repeat(":", 86), totp.ErrLabel},
		{"long account", s, "Acme", long[:totp.MaxAccount] + "x", totp.ErrLabel},
	} {
		uri, err := c.secret.URI(c.issuer, c.account)
		if !errors.Is(err, c.want) || (uri == "") != (c.want != nil) {
			t.Errorf("%s: URI = %q, %v, want error %v", c.name, uri, err, c.want)
		}
	}
}

// FuzzURI reads the names that go into a key URI: another reader finds there
// what was put in, and nothing more.
func FuzzURI(f *testing.F) {
	for _, l := range labels {
		f.Add("Acme", l.account)
		f.Add(l.account, "bob")
	}
	s := parse(f, rfcSecret)
	f.Fuzz(func(t *testing.T, issuer, account string) {
		uri, err := s.URI(issuer, account)
		if err != nil {
			if !errors.Is(err, totp.ErrLabel) || uri != "" {
				t.Fatalf("URI(%q, %q) = %q, %v", issuer, account, uri, err)
			}
			return
		}
		k, err := otp.NewKeyFromURL(uri)
		if err != nil {
			t.Fatalf("URI(%q, %q) = %q: %v", issuer, account, uri, err)
		}
		// The account as it can be read back: no colon, good UTF-8.
		if read := k.AccountName(); strings.Contains(read, ":") || !utf8.ValidString(read) || len(read) > totp.MaxAccount {
			t.Fatalf("URI(%q, %q) has the account %q", issuer, account, read)
		}
		checkURI(t, uri, rfcSecret, issuer, k.AccountName())
	})
}
