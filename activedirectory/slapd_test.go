package activedirectory_test

import (
	"crypto/x509"
	"net/url"
	"reflect"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
	"github.com/sallyport-auth/sallyport/internal/ldaptest"
)

const slapdEntries = `dn: ou=people,dc=corp,dc=example,dc=com
objectClass: organizationalUnit

dn: ou=groups,dc=corp,dc=example,dc=com
objectClass: organizationalUnit

dn: uid=bob,ou=people,dc=corp,dc=example,dc=com
objectClass: inetOrgPerson
cn: Robert Tables
givenName: Robert
sn: Tables
uid: bob
mail: bob@example.com
departmentNumber: 7
userPassword: bob's word

dn: uid=a\2Cb*(c)\5Cd,ou=people,dc=corp,dc=example,dc=com
objectClass: inetOrgPerson
cn: Odd
sn: Odd
uid: a,b*(c)\d
userPassword: bob's word

dn: cn=Dr\2E Carol\, MD,ou=people,dc=corp,dc=example,dc=com
objectClass: inetOrgPerson
cn: Dr. Carol, MD
sn: Carol
uid: carol (md)
userPassword: carol's word

dn: cn=inner,ou=groups,dc=corp,dc=example,dc=com
objectClass: groupOfNames
member: uid=bob,ou=people,dc=corp,dc=example,dc=com
member: cn=outer,ou=groups,dc=corp,dc=example,dc=com

dn: cn=outer,ou=groups,dc=corp,dc=example,dc=com
objectClass: groupOfNames
member: cn=inner,ou=groups,dc=corp,dc=example,dc=com

dn: cn=top\2C (all*),ou=groups,dc=corp,dc=example,dc=com
objectClass: groupOfUniqueNames
uniqueMember: cn=outer,ou=groups,dc=corp,dc=example,dc=com
uniqueMember: cn=Dr\2E Carol\, MD,ou=people,dc=corp,dc=example,dc=com

dn: cn=other,ou=groups,dc=corp,dc=example,dc=com
objectClass: groupOfNames
member: cn=reader,dc=corp,dc=example,dc=com

`

func slapdConfig(t testing.TB, s *ldaptest.Slapd, controllers ...string) activedirectory.Config {
	c := config(t, controllers...)
	c.Base, c.Reader, c.ReaderPassword, c.RootCAs = ldaptest.Base, ldaptest.Reader, ldaptest.ReaderPassword, s.Pool
	c.Roles = []activedirectory.GroupRole{
		{Group: "cn=inner,ou=groups," + ldaptest.Base, Role: "Inner"},
		{Group: "CN=outer, OU=groups, DC=corp, DC=example, DC=com", Role: "Outer"},
		{Group: `cn=top\, (all*),ou=groups,` + ldaptest.Base, Role: "Top"},
		{Group: "cn=other,ou=groups," + ldaptest.Base, Role: "Other"},
	}
	c.Attributes = []string{"departmentNumber"}
	return c
}

// The same questions to OpenLDAP's own server, by LDAPS and by StartTLS, and with and
// without looking for the name first.
func TestSlapd(t *testing.T) {
	s := ldaptest.StartSlapd(t, slapdEntries)
	template := "uid={},ou=people," + ldaptest.Base
	for _, tt := range []struct{ name, url, userDN string }{{"LDAPS", s.LDAPS, ""}, {"StartTLS", s.LDAP, ""}, {"UserDN", s.LDAPS, template}} {
		t.Run(tt.name, func(t *testing.T) {
			c := slapdConfig(t, s, tt.url)
			c.UserDN = tt.userDN
			d := open(t, c)
			p := check(t, d, `CORP\Bob`, "bob's word")
			if p == nil {
				t.Fatal("got nobody, want bob")
			}
			if want := []sallyport.PrincipalRole{{Role: "Inner"}, {Role: "Outer"}, {Role: "Top"}}; !reflect.DeepEqual(p.Roles, want) {
				t.Errorf("got the roles %v, want %v", p.Roles, want)
			}
			if p.Name != `CORP\bob` || p.LastName != "Tables" || p.Email != "bob@example.com" || p.Attributes[0].Value != "7" {
				t.Errorf("got %+v, want what stands in the entry", p)
			}
			if again := read(t, d, p.Key); !reflect.DeepEqual(again, p) {
				t.Errorf("by its key got %+v, want %+v", again, p)
			}
			if carol := check(t, d, "carol (md)", "carol's word"); (carol != nil) != (tt.userDN == "") {
				t.Errorf("of an entry with blanks and brackets got %+v", carol)
			} else if carol != nil && !reflect.DeepEqual(carol.Roles, []sallyport.PrincipalRole{{Role: "Top"}}) {
				t.Errorf("of an entry with a comma got the roles %v, want Top", carol.Roles)
			}
			for _, nobody := range [][2]string{
				{"bob", "carol's word"}, {"bob", ""}, {"nobody", "bob's word"}, {"*", "bob's word"}, {"b*", "bob's word"}, {"bob)(uid=*", "bob's word"},
				{"bob,ou=people", "bob's word"}, {`a,b*(c)\d`, "bob's word"}, {"reader", ldaptest.ReaderPassword}, {"bób", "bob's word"},
			} {
				if got := check(t, d, nobody[0], nobody[1]); got != nil {
					t.Errorf("%q: got %+v, want nobody", nobody, got)
				}
			}
			if misses, _ := d.Limits(); misses != 3 {
				t.Errorf("got a limit of %d, want 3 where there is none to be read", misses)
			}
		})
	}
}

// It presents a certificate of our authority for localhost, and takes no password in clear.
func TestSlapdTLS(t *testing.T) {
	s := ldaptest.StartSlapd(t, slapdEntries)
	port := func(text string) string {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u.Port()
	}
	for _, tt := range []struct {
		name, url string
		pool      *x509.CertPool
		plain     bool
	}{
		{"LDAPS by another name", "ldaps://127.0.0.1:" + port(s.LDAPS), s.Pool, false},
		{"StartTLS by another name", "ldap://127.0.0.1:" + port(s.LDAP), s.Pool, false},
		{"LDAPS of another authority", s.LDAPS, authority.Pool, false},
		{"StartTLS of another authority", s.LDAP, authority.Pool, false},
		{"LDAPS at the port of StartTLS", "ldaps://localhost:" + port(s.LDAP), s.Pool, false},
		{"in clear", "ldap://127.0.0.1:" + port(s.LDAP), s.Pool, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := slapdConfig(t, s, tt.url)
			c.RootCAs, c.InsecurePlain = tt.pool, tt.plain
			if p, err := open(t, c).Check(t.Context(), "bob", "bob's word"); p != nil || err == nil {
				t.Errorf("got %+v, %v, want an error", p, err)
			}
		})
	}
	t.Run("the next one serves", func(t *testing.T) {
		d := open(t, slapdConfig(t, s, "ldaps://127.0.0.1:"+port(s.LDAPS), nowhere(t), s.LDAPS))
		if check(t, d, "bob", "bob's word") == nil {
			t.Error("got nobody, want bob")
		}
	})
}
