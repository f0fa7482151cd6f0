package token_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/token"
)

func TestIsOrigin(t *testing.T) {
	long := strings.Repeat(strings.Repeat("a", 61)+".", 4) + "example"
	tests := map[string]bool{
		"https://app.example.com": true, "http://localhost": true, "http://localhost:5173": true, "https://a_b.example": true,
		"http://127.0.0.1:8080": true, "http://[::1]:3000": true, "https://xn--strae-oqa.example": true, "https://app.example.com:65535": true,
		"https://" + strings.Repeat("a", 63) + ".example": true, "https://" + long: true, "http://app.example.com:443": true,

		"": false, "null": false, "*": false, "app.example.com": false, "//app.example.com": false, "https://": false, "https:app.example.com": false,
		"https://app.example.com/": false, "https://app.example.com?": false, "https://app.example.com#": false, "https://app.example.com/x": false,
		"https://APP.example.com": false, "HTTPS://app.example.com": false, "https://app.example.com:443": false, "http://app.example.com:80": false,
		"https://app.example.com:0443": false, "https://app.example.com:": false, "https://app.example.com:0": false, "https://app.example.com:65536": false,
		"https://user@app.example.com": false, "https://*.example.com": false, "https://straße.example": false, "https://app..example.com": false,
		"https://app.example.com.": false, "https://app.example.com, https://b.example": false, "https://app.example.com https://b.example": false,
		"ftp://app.example.com": false, "file://": false, "app://localhost": false, "http://127.1": false, "http://0x7f.1": false, "http://1.2.3.4.5": false,
		"http://[::0:1]": false, "http://[::ffff:1.2.3.4]": false, "http://[fe80::1%25eth0]": false, "http://[::1": false, " https://a.example": false,
		"https://" + strings.Repeat("a", 64) + ".example": false, "https://" + long + "." + long: false, "https://a.example\x00": false,
	}
	for s, want := range tests {
		if got := token.IsOrigin(s); got != want {
			t.Errorf("IsOrigin(%q) = %v, want %v", s, got, want)
		}
	}
}

// FuzzIsOrigin reads origins: what is one is a scheme and a host in lower case,
// and nothing else.
func FuzzIsOrigin(f *testing.F) {
	for _, s := range []string{"", "null", "https://app.example.com", "http://[::1]:3000", "https://a:443", "http://127.1", "https://a/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !token.IsOrigin(s) {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.String() != s || u.Path != "" || u.User != nil || u.RawQuery != "" || strings.ContainsAny(s, " ,;\"'\\%*@?#<>") {
			t.Errorf("took %q for an origin (%v)", s, err)
		}
		if strings.ToLower(s) != s || len(s) > token.MaxOrigin || u.Port() == "443" && u.Scheme == "https" || u.Port() == "80" && u.Scheme == "http" {
			t.Errorf("took %q, which no browser sends", s)
		}
	})
}

func TestListsOrigin(t *testing.T) {
	c := token.Client{Active: true, Origins: []string{"https://a.example", "https://b.example"}}
	off := c
	off.Active = false
	for _, tt := range []struct {
		name   string
		client token.Client
		origin string
		want   bool
	}{
		{"the first", c, "https://a.example", true},
		{"the last", c, "https://b.example", true},
		{"another", c, "https://c.example", false},
		{"in capitals", c, "https://A.example", false},
		{"none", c, "", false},
		{"switched off", off, "https://a.example", false},
		{"nobody", token.Client{Active: true}, "https://a.example", false},
	} {
		if got := tt.client.ListsOrigin(tt.origin); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
