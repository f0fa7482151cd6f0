package activedirectory

// The edges of what this package reads, from inside, as in fuzz_test.go.

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func TestSIDText(t *testing.T) {
	sid := func(revision, count byte, authority string, subs ...uint32) string {
		b := append([]byte{revision, count}, authority...)
		for _, s := range subs {
			b = binary.LittleEndian.AppendUint32(b, s)
		}
		return string(b)
	}
	nt, fifteen := "\x00\x00\x00\x00\x00\x05", make([]uint32, 15)
	for _, tt := range []struct{ raw, want string }{
		{sid(1, 1, nt, 18), "S-1-5-18"},
		{sid(1, 2, nt, 32, 544), "S-1-5-32-544"},
		{sid(1, 5, nt, 21, 1<<32-1, 0, 1, 1604), "S-1-5-21-4294967295-0-1-1604"},
		{sid(1, 1, "\x01\x00\x00\x00\x00\x00", 1), "S-1-1099511627776-1"},
		{sid(1, 0, nt), "S-1-5"},
		{sid(1, 15, nt, fifteen...), "S-1-5" + strings.Repeat("-0", 15)},
		{sid(1, 16, nt, append(fifteen, 0)...), ""},
		{sid(2, 1, nt, 18), ""},
		{sid(1, 2, nt, 18), ""},
		{sid(1, 1, nt, 18) + "x", ""},
		{sid(1, 0, nt)[:7], ""},
		{"\x01", ""}, {"", ""},
	} {
		if got, ok := sidText([]byte(tt.raw)); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%x: got %q, %v, want %q", tt.raw, got, ok, tt.want)
		}
	}
}

func TestIsSID(t *testing.T) {
	for text, want := range map[string]bool{
		"S-1-5-18": true, "S-1-5-21-1-2-3": true, "S-1-0-0": true, "S-1-281474976710655-4294967295": true,
		"S-1-5" + strings.Repeat("-1", 15): true, "S-1-5" + strings.Repeat("-1", 16): false,
		"S-1-281474976710656-1": false, "S-1-5-4294967296": false, "S-1-5": false, "S-1": false, "S": false, "": false,
		"s-1-5-18": false, "S-2-5-18": false, "S-1-05-18": false, "S-1-5-018": false, "S-1-5-+18": false, "S-1-5--18": false, "S-1-5-18-": false, "S-1-0x5-1": false,
	} {
		if got := isSID(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestIsAttribute(t *testing.T) {
	for text, want := range map[string]bool{
		"department": true, "Z": true, "A": true, "a": true, "z9-X": true, "msDS-PrincipalName": true, "a0": true, "a9": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "9a": false, "-a": false, "a_b": false, "a b": false, "a[": false, "a@": false, "a`": false, "a{": false, "a/": false, "a:": false, "a,b": false, "ä": false, "*": false, "1.1": false, "a;binary": false,
	} {
		if got := isAttribute(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestIsDomain(t *testing.T) {
	for text, want := range map[string]bool{
		"corp.example.com": true, "a": true, "z0-9_a": true, "0.9": true, strings.Repeat("x", 255): true,
		"": false, strings.Repeat("x", 256): false, ".a": false, "a.": false, ".": false, "a..b": false, "A": false, "a/b": false, "a:b": false, "a`": false, "a{": false, "ä": false, "a b": false,
	} {
		if got := isDomain(text); got != want {
			t.Errorf("%.20q: got %v, want %v", text, got, want)
		}
	}
}

// A message is read by any form of its length up to four bytes, and no further than its
// bound.
func TestReadMessage(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		body       int
		good       bool
	}{
		{"empty", "\x30\x00", 0, true},
		{"of 127", "\x30\x7f", 127, true},
		{"of 128 in one byte more", "\x30\x81\x80", 128, true},
		{"of 255", "\x30\x81\xff", 255, true},
		{"of 256 in two", "\x30\x82\x01\x00", 256, true},
		{"of 256 in three", "\x30\x83\x00\x01\x00", 256, true},
		{"the longest, in four", "\x30\x84\x00\x00\x10\x00", maxStartTLS, true},
		{"one more", "\x30\x84\x00\x00\x10\x01", maxStartTLS + 1, false},
		{"in five", "\x30\x85\x00\x00\x00\x00\x01", 1, false},
		{"of no length", "\x30\x80", 2, false},
		{"no sequence", "\x31\x00", 0, false},
		{"cut short", "\x30\x05", 4, false},
		{"without a length", "\x30", 0, false},
	} {
		sent := tt.head + strings.Repeat("x", tt.body)
		r := bytes.NewReader([]byte(sent))
		got, err := readMessage(r)
		if (err == nil) != tt.good || tt.good && (string(got) != sent || r.Len() != 0) {
			t.Errorf("%s: got %d bytes, %v, and %d are left of %d", tt.name, len(got), err, r.Len(), len(sent))
		}
	}
}

func TestIsStartTLSDone(t *testing.T) {
	for raw, want := range map[string]bool{
		"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00":                               true,
		"\x30\x24\x02\x01\x01\x78\x1f\x0a\x01\x00\x04\x00\x04\x00\x8a\x161.3.6.1.4.1.1466.20037": true,  // with its name, as slapd may
		"\x30\x0a\x02\x01\x01\x78\x05\x0a\x01\x00\x04\x00":                                       false, // without its text
		"\x30\x0c\x02\x01\x01\x78\x07\x02\x01\x00\x04\x00\x04\x00":                               false, // a number for the result
		"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x01\x04\x00\x04\x00":                               false,
		"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00":                               false,
		"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00":                               false,
		"\x30\x0c\x02\x01\x01\xb8\x07\x0a\x01\x00\x04\x00\x04\x00":                               false, // of another class
		"\x30\x0c\x04\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00":                               false,
		"\x30\x03\x02\x01\x01": false, "\x30\x00": false, "": false, "\x02\x01\x01": false,
	} {
		if got := isStartTLSDone([]byte(raw)); got != want {
			t.Errorf("%x: got %v, want %v", raw, got, want)
		}
	}
}

func TestDNKey(t *testing.T) {
	key := func(text string) string {
		dn, err := ldap.ParseDN(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return dnKey(dn)
	}
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"CN=A,OU=B", "cn=a, ou=b", true},
		{"CN=A+OU=B,DC=x", "ou=b+cn=a,dc=x", true},
		{`CN=A\2CB`, `CN=A\,B`, true},
		{"CN=Ä", "CN=ä", true},
		{"CN=A,OU=B", "CN=A+OU=B", false},
		{"CN=A,OU=B", `CN=AOU\=B`, false},
		{"CN=A,OU=B", `CN=A\,OU=B`, false},
		{"CN=A,OU=B", "OU=B,CN=A", false},
		{"CN=A", "OU=A", false},
	} {
		if got := key(tt.a) == key(tt.b); got != tt.same {
			t.Errorf("%q and %q: got %v, want %v (%q, %q)", tt.a, tt.b, got, tt.same, key(tt.a), key(tt.b))
		}
	}
}

func TestIsBelow(t *testing.T) {
	s := fuzzed(t)
	for text, want := range map[string]bool{
		"CN=Bob,DC=corp,DC=example,DC=com": true, "cn=bob,ou=x,dc=CORP,dc=Example,dc=com": true,
		"DC=corp,DC=example,DC=com": false, "CN=Bob,DC=example,DC=com": false, `CN=Bob\,DC=corp,DC=example,DC=com`: false,
		"CN=Bob,DC=corp,DC=example,DC=com,DC=evil": false, "CN=Bob,DC=corp,DC=example,DC=com,nonsense": false, "": false, "Bob": false,
	} {
		if got := s.isBelow(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
