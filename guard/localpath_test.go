package guard_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/guard"
)

// foreign are texts by which a browser would be led to another site, or to nothing.
var foreign = []string{
	"", "https://evil.example", "HTTPS://EVIL.EXAMPLE", "http:evil.example", "//evil.example", "///evil.example", "////evil.example", `\\evil.example`,
	`/\evil.example`, `/\/evil.example`, `\/evil.example`, "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "\t//evil.example", " //evil.example",
	" /ok", "/ ok", "/a b", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "blob:x", "file:///etc/passwd",
	"//evil.example/%2f..", "https:/evil.example", "https:///evil.example", "http://localhost:5000@evil.example", "//localhost:5000@evil.example",
	"//evil.example\\@localhost", "evil.example", "evil.example/path", "./x", "../x", "?a=b", "#x", "/x#//evil.example", "/\x00/evil.example", "/\x7f",
	"/\u2028/evil.example", "/\u00a0", "/\u2215\u2215evil.example", "/\uff0f\uff0fevil.example", "/%zz", "/%", "/\x85", "/\xff\xfe", "//%65vil.example", "//[::1]", "//1.1",
	"//evil。example", "https://localhost:5000.evil.example/", "http://localhost:5000", "http://localhost:5000/x", "*", "/" + strings.Repeat("a", 2048),
	"//", "///", `/\`, `\`, "/\v/evil.example", "/\f/evil.example",
}

// TestLocalPath: what may lead to another site leads to the first page of this one; a path
// of this site, with its query, stays as it is.
func TestLocalPath(t *testing.T) {
	if len(foreign) < 60 {
		t.Errorf("only %d ways to lead elsewhere are tried", len(foreign))
	}
	for _, text := range foreign {
		if got := guard.LocalPath(text); got != "/" {
			t.Errorf("%q: got %q", text, got)
		}
	}
	for _, text := range []string{"/", "/in", "/in?a=b&c=%2F%2Fevil.example", "/a/b/../c", "/a//b", "/%2F%2Fevil.example", "/?to=https://evil.example", "/a:b@c"} {
		if got := guard.LocalPath(text); got != text {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

// FuzzLocalPath reads what a browser is to be led back to: it stays on this site.
func FuzzLocalPath(f *testing.F) {
	for _, text := range foreign {
		f.Add(text)
	}
	f.Add("/in?a=b")
	base, _ := url.Parse("https://site.example/sign-in")
	f.Fuzz(func(t *testing.T, text string) {
		got := guard.LocalPath(text)
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.ContainsAny(got, "\\\t\r\n ") || strings.HasPrefix(got, "//") {
			t.Fatalf("%q leads to %v, %v", text, u, err)
		}
	})
}
