package activedirectory

import (
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// FuzzEntry reads an entry of a controller: whatever stands in it, what is made of it has a
// key of this domain, a name that can be typed, and texts without control characters.
func FuzzEntry(f *testing.F) {
	guid, sid := "0123456789abcdef", "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"
	f.Add("CN=Bob,DC=corp,DC=example,DC=com", guid, "bob", "bob@example.com", "512", "132537600000000000", sid)
	f.Add("CN=Bob,DC=corp,DC=example,DC=com", guid, "a@b", "bob\n@example.com", "514", "0", sid)
	f.Add("CN=Bob", guid, "bob", "", "-1", "9223372036854775807", "")
	f.Add("Bob", guid[1:], "", "\xff", "x", "-9223372036854775808", sid[1:])
	s := &session{domain: &domain{settings: fuzzed(f)}, facts: &facts{ad: true, threshold: 5, window: time.Hour}}
	s.Roles = []GroupRole{{Group: "S-1-5-18", Role: "R"}}
	f.Fuzz(func(t *testing.T, dn, guid, account, text, number, when, group string) {
		e := ldap.NewEntry(dn, map[string][]string{
			"objectGUID": {guid}, "sAMAccountName": {account}, "userPrincipalName": {text}, "givenName": {text}, "sn": {text}, "mail": {text}, "mobile": {text},
			"userAccountControl": {number}, "msDS-User-Account-Control-Computed": {number}, "badPwdCount": {number},
			"accountExpires": {when}, "pwdLastSet": {when}, "badPasswordTime": {when}, "tokenGroups": {group},
		})
		s.nearLock(e)
		p, err := s.principal(e)
		if err != nil || p == nil {
			return
		}
		if id, ok := strings.CutPrefix(p.Key, "corp.example.com/"); !ok || !isGUID(id) || len(p.Key) > 128 {
			t.Errorf("the key is %q", p.Key)
		}
		n, ok := s.parse(p.Name)
		if own, _ := s.inDomain(account); !ok || n.String() != own.String() || len(p.Name) > 256 {
			t.Errorf("of %q came the name %q, which is read as %q, %v", account, p.Name, n, ok)
		}
		for _, v := range []string{p.Name, p.FirstName, p.LastName, p.Email, p.Mobile} {
			if typed.CheckSecret(v) != nil || len(v) > maxValue {
				t.Errorf("a text is %q", v)
			}
		}
		if !s.isBelow(dn) {
			t.Errorf("%q is not below the base", dn)
		}
	})
}
