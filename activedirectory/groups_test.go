package activedirectory_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
)

// Groups give roles by SID or full distinguished name, in the order of the configuration
// and each once.
func TestRoles(t *testing.T) {
	auditors, admins := "CN=Auditors,OU=Groups,"+base, "CN=Admins,OU=Groups,"+base
	dom := newDomain(t)
	dom.bob().attrs["tokenGroups"] = append(dom.bob().attrs["tokenGroups"], sid(1603), "none")
	dom.entries = append(dom.entries,
		&entry{dn: auditors, attrs: map[string][]string{"objectSid": {sid(1601)}}},
		&entry{dn: "no name," + base, attrs: map[string][]string{"objectSid": {sid(1601)}}},
		&entry{dn: "CN=Many+OU=Office,OU=Groups," + base, attrs: map[string][]string{"objectSid": {sid(1603)}}},
		&entry{dn: admins, attrs: map[string][]string{"objectSid": {sid(1602)}}})
	for _, tt := range []struct {
		name  string
		roles []activedirectory.GroupRole
		want  []sallyport.PrincipalRole
	}{
		{"none are configured", nil, nil},
		{"by SID", []activedirectory.GroupRole{{Group: "S-1-5-21-1-2-1601", Application: "Books", Role: "Auditor"}},
			[]sallyport.PrincipalRole{{Application: "Books", Role: "Auditor"}}},
		{"by another SID", []activedirectory.GroupRole{{Group: "S-1-5-21-1-2-1602", Role: "Admin"}}, nil},
		{"by a SID that begins alike", []activedirectory.GroupRole{{Group: "S-1-5-21-1-2-16", Role: "Admin"}}, nil},
		{"by name", []activedirectory.GroupRole{{Group: "cn=auditors, ou=groups, dc=corp, dc=example, dc=com", Role: "Auditor"}},
			[]sallyport.PrincipalRole{{Role: "Auditor"}}},
		{"by a name of several parts", []activedirectory.GroupRole{{Group: "OU=Office+CN=Many,OU=Groups," + base, Role: "Many"}}, []sallyport.PrincipalRole{{Role: "Many"}}},
		{"by the name of another", []activedirectory.GroupRole{{Group: admins, Role: "Admin"}}, nil},
		{"by the name of none", []activedirectory.GroupRole{{Group: "CN=Gone,OU=Groups," + base, Role: "Admin"}}, nil},
		{"two of three, one twice", []activedirectory.GroupRole{
			{Group: auditors, Role: "Reader"}, {Group: admins, Role: "Admin"}, {Group: "S-1-5-21-1-2-513", Role: "User"}, {Group: "S-1-5-21-1-2-1601", Role: "Reader"}},
			[]sallyport.PrincipalRole{{Role: "Reader"}, {Role: "User"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config(t, dom.url())
			c.Roles = tt.roles
			if got := read(t, open(t, c), bobsKey); got == nil || !reflect.DeepEqual(got.Roles, tt.want) {
				t.Errorf("got %+v, want the roles %+v", got, tt.want)
			}
		})
	}
}

// A reader without the right to read tokenGroups is an error: no roles at all would look
// like an answer.
func TestRolesUnreadable(t *testing.T) {
	dom := newDomain(t)
	delete(dom.bob().attrs, "tokenGroups")
	c := config(t, dom.url())
	c.Roles = []activedirectory.GroupRole{{Group: "S-1-5-21-1-2-1601", Role: "Auditor"}}
	d := open(t, c)
	if p, err := d.Read(t.Context(), bobsKey); p != nil || err == nil {
		t.Errorf("got %+v, %v, want an error", p, err)
	}
	if p, err := d.Check(t.Context(), "bob", "bob's word"); p != nil || err == nil {
		t.Errorf("after a right password got %+v, %v, want an error", p, err)
	}
}

// newOpenLDAP is a server that is no Active Directory, with bob in it.
func newOpenLDAP(t testing.TB) *domain {
	d := newDomain(t)
	d.ad = false
	d.entries[0].attrs = map[string][]string{"supportedExtension": {"1.3.6.1.4.1.1466.20037"}}
	d.entries[2] = &entry{dn: "uid=bob," + people, password: "bob's word", attrs: map[string][]string{
		"entryUUID": {"03020101-0504-0706-0809-0a0b0c0d0e0f"}, "uid": {"bob", "robert@example.org"}, "cn": {"Bob"}, "pwdChangedTime": {"20261126110000Z"},
	}}
	d.entries[3].dn = reader
	return d
}

// group adds one.
func (d *domain) group(name string, members ...string) (dn string) {
	dn = "CN=" + name + ",OU=Groups," + base
	d.entries = append(d.entries, &entry{dn: dn, attrs: map[string][]string{"member": members}})
	return dn
}

// Where the server tells no tokenGroups, groups within groups are followed here.
func TestNestedGroups(t *testing.T) {
	bob := "uid=bob," + people
	dom := newOpenLDAP(t)
	inner := dom.group("Inner", "uid=carol,"+people, bob)
	outer := dom.group("Outer", inner)
	top := dom.group(`Top\, (really*)`, outer)
	dom.group("Other", "uid=bobby,"+people)
	circle := dom.group("Circle", bob, "CN=Back,OU=Groups,"+base)
	dom.group("Back", circle)
	dom.entries = append(dom.entries, &entry{dn: "CN=Unique,OU=Groups," + base, attrs: map[string][]string{"uniqueMember": {circle}}})
	dom.entries = append(dom.entries, &entry{dn: "no name," + base, attrs: map[string][]string{"member": {bob}}})
	c := config(t, dom.url())
	for _, group := range []string{"CN=Outer,OU=Groups," + base, top, "CN=Other,OU=Groups," + base, "cn=back,ou=groups," + base, "CN=Unique,OU=Groups," + base} {
		c.Roles = append(c.Roles, activedirectory.GroupRole{Group: group, Role: group})
	}
	got := check(t, open(t, c), "bob", "bob's word")
	var roles []string
	for _, r := range got.Roles {
		roles = append(roles, r.Role)
	}
	want := []string{c.Roles[0].Group, c.Roles[1].Group, c.Roles[3].Group, c.Roles[4].Group}
	if !reflect.DeepEqual(roles, want) {
		t.Errorf("got %q, want %q", roles, want)
	}
}

// Sixteen levels are followed, and a thousand groups.
func TestNestedGroupsBounds(t *testing.T) {
	for _, tt := range []struct {
		name        string
		deep, broad int
		good        bool
	}{{"deep", 15, 0, true}, {"too deep", 16, 0, false}, {"broad", 0, 1000, true}, {"too broad", 0, 1001, false}} {
		t.Run(tt.name, func(t *testing.T) {
			dom := newOpenLDAP(t)
			member := "uid=bob," + people
			for i := range tt.deep {
				member = dom.group(fmt.Sprint("Deep", i), member)
			}
			for i := range tt.broad {
				dom.group(fmt.Sprint("Broad", i), member)
			}
			c := config(t, dom.url())
			c.Roles = []activedirectory.GroupRole{{Group: "CN=Deep0,OU=Groups," + base, Role: "User"}}
			p, err := open(t, c).Check(t.Context(), "bob", "bob's word")
			if (err == nil) != tt.good || (p != nil) != tt.good {
				t.Errorf("got %+v, %v, want an account: %v", p, err, tt.good)
			}
		})
	}
}

// Without Active Directory an account is an entry with a uid, bound by its own name.
func TestOpenLDAP(t *testing.T) {
	dom := newOpenLDAP(t)
	d := open(t, config(t, dom.url()))
	dom.take()
	want := &sallyport.Principal{Key: bobsKey, Name: `CORP\bob`, PasswordSet: noon.Add(-3600e9)}
	for _, typed := range []string{"bob", `CORP\bob`, "bob@corp.example.com", "robert@example.org"} {
		if got := check(t, d, typed, "bob's word"); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", typed, got, want)
		}
		asked := []string{"bind " + reader, "search " + base, "bind uid=bob," + people, "bind " + reader, "search " + base}
		if got := dom.take(); !reflect.DeepEqual(got, asked) {
			t.Errorf("%q: asked %q, want %q", typed, got, asked)
		}
	}
	if got := read(t, d, bobsKey); !reflect.DeepEqual(got, want) {
		t.Errorf("by its key got %+v, want %+v", got, want)
	}
	dom.take()
	if got := check(t, d, "nobody", "bob's word"); got != nil {
		t.Errorf("of nobody got %+v", got)
	}
	if got := dom.take(); len(got) != 3 {
		t.Errorf("of nobody asked %q, want a bind all the same", got)
	}
	dom.bob().dn = "" // a bind by an empty name is good for any password on many servers
	if got := check(t, d, "bob", "bob's word"); got != nil {
		t.Errorf("of an entry without a name got %+v, want nobody", got)
	}
}

// With UserDN nothing is looked for before, and the name is escaped.
func TestUserDN(t *testing.T) {
	dom := newOpenLDAP(t)
	c := config(t, dom.url())
	c.UserDN = "uid={},ou=people," + base
	d := open(t, c)
	dom.take()
	if got := check(t, d, " BOB", "bob's word"); got == nil || got.Key != bobsKey {
		t.Errorf("got %+v, want bob", got)
	}
	if got, want := dom.take(), []string{"bind " + reader, "bind uid=bob,ou=people," + base, "bind " + reader, "search uid=bob,ou=people," + base}; !reflect.DeepEqual(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
	for typed, dn := range map[string]string{
		"bob@elsewhere.example": "", "x#y": `uid=x#y,ou=people,` + base, "#x": `uid=\#x,ou=people,` + base,
	} {
		if got := check(t, d, typed, "bob's word"); got != nil {
			t.Errorf("%q: got %+v, want nobody", typed, got)
		}
		if got := dom.take(); dn != "" && got[1] != "bind "+dn || len(got) != 2 {
			t.Errorf("%q: asked %q, want %q bound", typed, got, dn)
		}
	}
	c.Reader, c.ReaderPassword = "", ""
	d = open(t, c)
	dom.take()
	if got := check(t, d, "bob", "bob's word"); got == nil || got.Key != bobsKey {
		t.Errorf("without a reader got %+v, want bob", got)
	}
	if got, want := dom.take(), []string{"bind uid=bob,ou=people," + base, "search uid=bob,ou=people," + base}; !reflect.DeepEqual(got, want) {
		t.Errorf("without a reader asked %q, want %q", got, want)
	}
	if p, err := d.Read(t.Context(), bobsKey); p != nil || err == nil {
		t.Errorf("by its key without a reader got %+v, %v, want an error", p, err)
	}
}

// In Active Directory too, without a reader and so without a look at the domain's limit.
func TestUserDNActiveDirectory(t *testing.T) {
	dom := newDomain(t)
	c := config(t, dom.url())
	c.Reader, c.ReaderPassword, c.UserDN = "", "", "CN={},"+people
	d := open(t, c)
	if got := check(t, d, "bob", "bob's word"); got == nil || got.Key != bobsKey {
		t.Errorf("got %+v, want bob", got)
	}
	if misses, _ := d.Limits(); misses != 3 {
		t.Errorf("got a limit of %d, want 3", misses)
	}
	dom.bob().code = "533"
	if got := check(t, d, "bob", "bob's word"); got != nil {
		t.Errorf("disabled, and nobody may look: got %+v, want nobody", got)
	}
}
