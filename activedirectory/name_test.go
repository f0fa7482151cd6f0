package activedirectory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/activedirectory"
)

// All spellings of one account are counted as one, and nobody is asked for it.
func TestCanonical(t *testing.T) {
	dom := newDomain(t)
	d := open(t, config(t, dom.url()))
	dom.take()
	for _, tt := range []struct{ typed, want string }{
		{"bob", "bob@corp.example.com"},
		{" BOB  ", "bob@corp.example.com"},
		{`CORP\bob`, "bob@corp.example.com"},
		{`corp\Bob`, "bob@corp.example.com"},
		{`Corp.Example.Com\bob`, "bob@corp.example.com"},
		{`CORP.EXAMPLE.COM.\bob`, "bob@corp.example.com"},
		{"Bob@corp.example.com", "bob@corp.example.com"},
		{"bob@CORP.EXAMPLE.COM.", "bob@corp.example.com"},
		{"bob  the   builder", "bob the builder@corp.example.com"},
		{"Straße", "strasse@corp.example.com"},
		{"ｂｏｂ", "bob@corp.example.com"},
		{"bob@Example.ORG", "bob@example.org"},
		{"svc$", "svc$@corp.example.com"},
		{"", ""}, {" ", ""}, {"@", ""}, {`\`, ""}, {"@corp.example.com", ""}, {`CORP\`, ""},
		{`OTHER\bob`, ""}, {`CORP\x\bob`, ""}, {`CORP\bob@corp.example.com`, ""}, {`x\bob@example.org`, ""},
		{"bob@corp@example.org", ""}, {"bob@", ""}, {"bob@exa mple.org", ""}, {"bob@example..org", ""}, {"bob@.example.org", ""}, {"bob@exämple.org", ""},
		{"bob*", ""}, {"bob+x", ""}, {"bob,x", ""}, {"bob=x", ""}, {"<GUID=x>", ""}, {"bob/x", ""}, {`bob"x`, ""}, {"bob;x", ""}, {"b[o]b", ""}, {"b|b", ""}, {"b?b", ""}, {"b:b", ""},
		{"bob\x00", ""}, {"b\nob", ""}, {"bob\u0085", ""}, {"\xff", ""}, {"bo\u202eb", ""}, {strings.Repeat("x", 65), ""}, {strings.Repeat("x", 5000), ""},
	} {
		got, ok := d.Canonical(tt.typed)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%.40q: got %q, %v, want %q", tt.typed, got, ok, tt.want)
		}
	}
	if got := dom.take(); len(got) != 0 {
		t.Errorf("asked %q, want nothing", got)
	}
}

// What an account is called is a name of it.
func TestCanonicalOfShown(t *testing.T) {
	for _, dom := range []*domain{newDomain(t), newOpenLDAP(t)} {
		d := open(t, config(t, dom.url()))
		for _, typed := range []string{"BOB", "robert@example.org"} {
			p := check(t, d, typed, "bob's word")
			if got, ok := d.Canonical(p.Name); !ok || got != "bob@corp.example.com" {
				t.Errorf("%q is called %q, whose spelling is %q, %v", typed, p.Name, got, ok)
			}
		}
	}
	dom := newOpenLDAP(t)
	dom.bob().attrs["uid"] = []string{"robert@example.org"}
	d := open(t, config(t, dom.url()))
	if p := check(t, d, "Robert@Example.org", "bob's word"); p == nil || p.Name != "robert@example.org" {
		t.Errorf("got %+v, want the name robert@example.org", p)
	}
	odd := newDomain(t) // found by its other name, and called by none that can be typed
	odd.bob().attrs["sAMAccountName"] = []string{"bob@corp.example.com"}
	if p := check(t, open(t, config(t, odd.url())), "robert@example.org", "bob's word"); p != nil {
		t.Errorf("got %+v, want nobody", p)
	}
	odd.bob().attrs["userPrincipalName"] = []string{"bob@corp.example.com"}
	c := config(t, odd.url())
	c.Attributes = []string{"userPrincipalName"}
	if p := check(t, open(t, c), "bob", "bob's word"); p != nil {
		t.Errorf("got %+v, want nobody, since another account may be called bob", p)
	}
}

func TestConfig(t *testing.T) {
	good := config(t, nowhere(t))
	good.Timeout = time.Millisecond // nobody has to answer
	for _, tt := range []struct {
		name   string
		change func(*activedirectory.Config)
		want   string // a part of the error; empty: none
	}{
		{"good", func(*activedirectory.Config) {}, ""},
		{"no controllers", func(c *activedirectory.Config) { c.Controllers = nil }, "Controllers"},
		{"http", func(c *activedirectory.Config) { c.Controllers = []string{"http://dc1"} }, "Controllers[0]"},
		{"no scheme", func(c *activedirectory.Config) { c.Controllers = []string{"dc1.corp.example.com"} }, "Controllers[0]"},
		{"no host", func(c *activedirectory.Config) { c.Controllers = []string{"ldaps://:636"} }, "Controllers[0]"},
		{"a password in it", func(c *activedirectory.Config) { c.Controllers = []string{"ldaps://x:secret@dc1"} }, "Controllers[0]"},
		{"a base in it", func(c *activedirectory.Config) { c.Controllers = []string{"ldaps://dc1/" + base} }, "Controllers[0]"},
		{"a query in it", func(c *activedirectory.Config) { c.Controllers = []string{"ldaps://dc1?x=secret"} }, "Controllers[0]"},
		{"the second of two", func(c *activedirectory.Config) { c.Controllers = []string{"ldaps://dc1", "ldapi://x"} }, "Controllers[1]"},
		{"clear text to another host", func(c *activedirectory.Config) {
			c.InsecurePlain, c.Controllers = true, []string{"ldap://dc1.corp.example.com"}
		}, "loopback"},
		{"TLS to another host beside it", func(c *activedirectory.Config) {
			c.InsecurePlain, c.Controllers = true, []string{"ldaps://192.0.2.1:1"}
		}, ""},
		{"no base", func(c *activedirectory.Config) { c.Base = "" }, "Base"},
		{"no DN as base", func(c *activedirectory.Config) { c.Base = "corp.example.com" }, "Base"},
		{"a base with half a part", func(c *activedirectory.Config) { c.Base = "DC=corp,com" }, "Base"},
		{"a base without a domain", func(c *activedirectory.Config) { c.Base = "O=Example" }, "Domain"},
		{"a domain beside it", func(c *activedirectory.Config) { c.Base, c.Domain = "O=Example", "Example.com" }, ""},
		{"a domain that is none", func(c *activedirectory.Config) { c.Domain = "exa mple" }, "Domain"},
		{"the longest domain", func(c *activedirectory.Config) { c.Domain, c.ShortName = strings.Repeat("x", 90), "X" }, ""},
		{"a long domain", func(c *activedirectory.Config) { c.Domain = strings.Repeat("x", 91) }, "Domain"},
		{"a short name that is none", func(c *activedirectory.Config) { c.ShortName = `CORP\` }, "ShortName"},
		{"no reader", func(c *activedirectory.Config) { c.Reader, c.ReaderPassword = "", "" }, "Reader"},
		{"no reader's password", func(c *activedirectory.Config) { c.ReaderPassword = "" }, "ReaderPassword"},
		{"no reader's name", func(c *activedirectory.Config) { c.Reader = "" }, "Reader"},
		{"UserDN alone", func(c *activedirectory.Config) {
			c.Reader, c.ReaderPassword, c.UserDN = "", "", "uid={},"+base
		}, ""},
		{"UserDN without {}", func(c *activedirectory.Config) { c.UserDN = "uid=x," + base }, "UserDN"},
		{"UserDN with two", func(c *activedirectory.Config) { c.UserDN = "uid={}+cn={}," + base }, "UserDN"},
		{"UserDN elsewhere", func(c *activedirectory.Config) { c.UserDN = "uid={},DC=other" }, "UserDN"},
		{"UserDN of any base", func(c *activedirectory.Config) { c.UserDN = "{}" }, "UserDN"},
		{"a group by its short name", func(c *activedirectory.Config) {
			c.Roles = []activedirectory.GroupRole{{Group: "Auditors", Role: "Auditor"}}
		}, "Roles[0].Group"},
		{"a group by its first part", func(c *activedirectory.Config) {
			c.Roles = []activedirectory.GroupRole{{Group: "CN=Auditors", Role: "Auditor"}}
		}, "Roles[0].Group"},
		{"no group", func(c *activedirectory.Config) { c.Roles = []activedirectory.GroupRole{{Role: "Auditor"}} }, "Roles[0].Group"},
		{"a SID that is none", func(c *activedirectory.Config) {
			c.Roles = []activedirectory.GroupRole{{Group: "S-1-5-x", Role: "Auditor"}}
		}, "Roles[0].Group"},
		{"a SID with a zero before", func(c *activedirectory.Config) {
			c.Roles = []activedirectory.GroupRole{{Group: "S-1-5-021", Role: "Auditor"}}
		}, "Roles[0].Group"},
		{"no role", func(c *activedirectory.Config) {
			c.Roles = []activedirectory.GroupRole{{Group: "S-1-5-21-1"}}
		}, "Roles[0].Role"},
		{"too many names", func(c *activedirectory.Config) {
			for i := range 101 {
				c.Roles = append(c.Roles, activedirectory.GroupRole{Group: "CN=G" + strings.Repeat("x", i) + "," + base, Role: "R"})
			}
		}, "Roles"},
		{"as many names as there may be", func(c *activedirectory.Config) {
			for i := range 100 {
				c.Roles = append(c.Roles, activedirectory.GroupRole{Group: "CN=G" + strings.Repeat("x", i) + ",O=x", Role: "R"})
			}
		}, ""},
		{"many names of one", func(c *activedirectory.Config) {
			for range 101 {
				c.Roles = append(c.Roles, activedirectory.GroupRole{Group: "CN=G," + base, Role: "R"})
			}
		}, ""},
		{"the most roles", func(c *activedirectory.Config) {
			c.Roles = slices.Repeat([]activedirectory.GroupRole{{Group: "S-1-5-18", Role: "R"}}, 1000)
		}, ""},
		{"too many roles", func(c *activedirectory.Config) {
			c.Roles = slices.Repeat([]activedirectory.GroupRole{{Group: "S-1-5-18", Role: "R"}}, 1001)
		}, "Roles"},
		{"an attribute that is none", func(c *activedirectory.Config) { c.Attributes = []string{"cn", "a)(b"} }, "Attributes[1]"},
		{"the most attributes", func(c *activedirectory.Config) { c.Attributes = slices.Repeat([]string{"cn"}, 100) }, ""},
		{"too many attributes", func(c *activedirectory.Config) { c.Attributes = slices.Repeat([]string{"cn"}, 101) }, "Attributes"},
		{"a negative time", func(c *activedirectory.Config) { c.Timeout = -1 }, "Timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			_, err := activedirectory.New(t.Context(), c)
			switch {
			case (err == nil) != (tt.want == ""), err != nil && !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %v, want an error about %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "secret"):
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

// However a configuration or a directory is printed, the reader's password is not in it.
func TestPrintsNoPassword(t *testing.T) {
	c := config(t, nowhere(t))
	d := open(t, c)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{c, &c, d, *d} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, readerWord) {
				t.Errorf("%s of %T: got %s", verb, v, got)
			}
		}
	}
}
