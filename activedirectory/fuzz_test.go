package activedirectory

// The readers and writers of this package, from inside: what they make goes to a server.

import (
	"bytes"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

func fuzzed(t testing.TB) *settings {
	s, err := Config{
		Controllers: []string{"ldaps://dc1.corp.example.com"}, Base: "DC=corp,DC=example,DC=com",
		UserDN: "uid={},OU=People,DC=corp,DC=example,DC=com",
	}.check()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzName reads what people type: the spelling of a name is its own spelling, by every
// way to write it, and what a filter and a distinguished name make of it is one value.
func FuzzName(f *testing.F) {
	s := fuzzed(f)
	for _, seed := range []string{"bob", `CORP\bob`, "bob@corp.example.com", "robert@example.org", "*)(uid=*", "x\\2a", " #x ", "a,b=c+d", "Straße", "b\x00", `a\,b`, "ö\u0308"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, ok := s.parse(text)
		if !ok {
			return
		}
		again := []string{n.String(), n.written + "@" + n.domain, " " + strings.ToUpper(n.domain[:1]) + n.domain[1:] + `\` + n.user}
		if n.domain != s.Domain {
			again = again[:2]
		}
		for _, other := range again {
			if m, ok := s.parse(other); !ok || m.String() != n.String() {
				t.Errorf("%q is %q, and %q is %q, %v", text, n, other, m, ok)
			}
		}
		for _, ad := range []bool{true, false} {
			checkFilter(t, n, n.filter(ad, n.domain == s.Domain))
		}
		checkDN(t, s, n.user)
	})
}

// checkFilter wants a filter in which the name is nothing but a value.
func checkFilter(t *testing.T, n name, filter string) {
	p, err := ldap.CompileFilter(filter)
	if err != nil {
		t.Fatalf("%q: %v", filter, err)
	}
	want := map[string]bool{n.written: true, n.written + "@" + n.domain: true, "805306368": true}
	var walk func(*ber.Packet)
	walk = func(p *ber.Packet) {
		switch p.Tag {
		case ldap.FilterAnd, ldap.FilterOr:
			for _, c := range p.Children {
				walk(c)
			}
		case ldap.FilterEqualityMatch:
			if v := p.Children[1].Data.String(); !want[v] {
				t.Errorf("%q looks for %q", filter, v)
			}
		default:
			t.Errorf("%q has a part of kind %d", filter, p.Tag)
		}
	}
	walk(p)
}

// checkDN wants a distinguished name in which the user is nothing but a value.
func checkDN(t *testing.T, s *settings, user string) {
	dn, err := ldap.ParseDN(s.userDN(user))
	if err != nil {
		t.Fatalf("%q: %v", s.userDN(user), err)
	}
	first := dn.RDNs[0].Attributes
	if len(dn.RDNs) != 5 || len(first) != 1 || first[0].Type != "uid" || first[0].Value != user || !s.below(dn) {
		t.Errorf("of %q came %q, which is read as %v", user, s.userDN(user), dn)
	}
}

// FuzzSubCode reads the text of result 49: only a listed code, in the place where Active
// Directory writes it, is more than a wrong password.
func FuzzSubCode(f *testing.F) {
	for _, seed := range []string{
		"80090308: LdapErr: DSID-0C090449, comment: AcceptSecurityContext error, data 52e, v4563", "AcceptSecurityContext error, data 533, v1", "AcceptSecurityContext error, data 533",
		"data 533,", "AcceptSecurityContext error, data , v1", "AcceptSecurityContext error, data 701,data 52e,",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code := subCode(text)
		if v, ok := subCodes[code]; ok && (v == wrong || v == right || !strings.Contains(strings.ToLower(text), "error, data "+code+",")) {
			t.Errorf("%q: got %q", text, code)
		}
	})
}

// FuzzSID reads the SID and the GUID of an entry: what is written can be configured, and
// two that differ are written differently.
func FuzzSID(f *testing.F) {
	f.Add([]byte("\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"))
	f.Add([]byte("\x01\x00\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("0123456789abcdef"))
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if text, ok := sidText(raw); ok {
			if raw[1] > 0 && !isSID(text) {
				t.Errorf("%x is written %q, which is none", raw, text)
			}
			if strings.Count(text, "-") != 2+int(raw[1]) {
				t.Errorf("%x is written %q", raw, text)
			}
		}
		if text, ok := guidText(raw); ok {
			if !isGUID(text) {
				t.Errorf("%x is written %q, which is none", raw, text)
			}
			if again := swapped(swapped([16]byte(raw))); !bytes.Equal(again[:], raw) {
				t.Errorf("%x swapped twice is %x", raw, again)
			}
		}
	})
}

// FuzzStartTLS reads the answer to StartTLS: to its last byte, and no further.
func FuzzStartTLS(f *testing.F) {
	for _, seed := range []string{
		"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", "\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00",
		"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00", "\x30\x80\x00\x00", "HTTP/1.1 400", "\x30\x82\x10\x01", "\x30\x05\x02\x01\x01\x78\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := bytes.NewReader(append(bytes.Clone(raw), "behind"...))
		var wrote bytes.Buffer
		err := startTLS(readWriter{r, &wrote})
		if !bytes.Equal(wrote.Bytes(), startTLSRequest) {
			t.Errorf("wrote %q", wrote.Bytes())
		}
		if read := len(raw) + len("behind") - r.Len(); read > maxStartTLS+6 {
			t.Errorf("read %d bytes", read)
		} else if err == nil && read <= len(raw) {
			if p, err := ber.DecodePacketErr(raw[:read]); err != nil || p.Children[0].Value != int64(1) {
				t.Errorf("took %x for an answer: %v", raw[:read], err)
			}
		}
	})
}

type readWriter struct {
	*bytes.Reader
	to *bytes.Buffer
}

func (r readWriter) Write(b []byte) (int, error) { return r.to.Write(b) }
