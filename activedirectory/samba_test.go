package activedirectory_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/activedirectory"
	"github.com/sallyport-auth/sallyport/internal/ldaptest"
)

// The same questions to a domain controller that is none of our making.
func TestSamba(t *testing.T) {
	t.Parallel()
	word := "bob's w0rd"
	s := ldaptest.StartSamba(t, ldaptest.SambaDomain{
		Password: "the reader's 0wn Word", Threshold: 5,
		Users: []ldaptest.SambaUser{
			{Name: "bob", Password: word, First: "Robert", Last: "Tables", Mail: "bob@example.com", Set: map[string]string{"userPrincipalName": "robert@example.org"}},
			{Name: "disabled", Password: word, Set: map[string]string{"userAccountControl": "514"}},
			{Name: "expired", Password: word, Set: map[string]string{"accountExpires": "116444736000000001"}},
			{Name: "mustchange", Password: word, Set: map[string]string{"pwdLastSet": "0"}},
			{Name: "guessed", Password: word},
		},
		Groups: map[string][]string{"Auditors": {"bob"}, "Staff": {"Auditors"}, "Admins": {"disabled"}},
	})
	c := config(t, s.LDAPS)
	c.RootCAs, c.Now = s.Pool, time.Now
	c.Reader, c.ReaderPassword = "Administrator@corp.example.com", "the reader's 0wn Word"
	c.Roles = []activedirectory.GroupRole{
		{Group: "CN=Auditors,CN=Users," + base, Role: "Auditor"},
		{Group: "cn=staff, cn=users, dc=corp, dc=example, dc=com", Role: "Staff"},
		{Group: "CN=Admins,CN=Users," + base, Role: "Admin"},
	}
	d := open(t, c)

	t.Run("spellings", func(t *testing.T) {
		want := check(t, d, "bob", word)
		if want == nil || want.Name != `CORP\bob` || want.FirstName != "Robert" || want.Email != "bob@example.com" ||
			!reflect.DeepEqual(want.Roles, []sallyport.PrincipalRole{{Role: "Auditor"}, {Role: "Staff"}}) || want.PasswordSet.IsZero() ||
			want.Disabled || want.Locked || want.Expired || want.MustChangePassword {
			t.Fatalf("got %+v, want bob, an Auditor and so in Staff", want)
		}
		for _, typed := range []string{`CORP\BOB`, "bob@corp.example.com", "robert@example.org", `corp.example.com\bob`} {
			if got := check(t, d, typed, word); !reflect.DeepEqual(got, want) {
				t.Errorf("%q: got %+v, want %+v", typed, got, want)
			}
		}
		if got := read(t, d, want.Key); !reflect.DeepEqual(got, want) {
			t.Errorf("by its key got %+v, want %+v", got, want)
		}
		if got := read(t, d, bobsKey); got != nil {
			t.Errorf("by a key of nobody got %+v", got)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		for _, name := range []string{"nobody", "b*", "*", "bob)(cn=*", "DC1$", "Auditors", "bob@other.example.com", "CN=bob,CN=Users," + base, "böb"} {
			if got := check(t, d, name, word); got != nil {
				t.Errorf("%q: got %+v, want nobody", name, got)
			}
		}
		if got := check(t, d, "bob", ""); got != nil {
			t.Errorf("an empty password: got %+v, want nobody", got)
		}
	})
	t.Run("states", func(t *testing.T) {
		for name, is := range map[string]func(*sallyport.Principal) bool{
			"disabled":   func(p *sallyport.Principal) bool { return p.Disabled && !p.Expired },
			"expired":    func(p *sallyport.Principal) bool { return p.Expired && !p.Disabled },
			"mustchange": func(p *sallyport.Principal) bool { return p.MustChangePassword && p.PasswordSet.IsZero() },
		} {
			if got := check(t, d, name, "another"); got != nil {
				t.Errorf("%s after a wrong password: got %+v, want nobody", name, got)
			}
			got := check(t, d, name, word)
			if got == nil || !is(got) {
				t.Errorf("%s after a right password: got %+v", name, got)
			} else if again := read(t, d, got.Key); again == nil || !is(again) {
				t.Errorf("%s by its key: got %+v", name, again)
			}
		}
	})
	t.Run("nobody is locked out of the domain", func(t *testing.T) {
		if misses, window := d.Limits(); misses != 3 || window <= 0 {
			t.Errorf("of a threshold of 5 got %d within %v, want 3", misses, window)
		}
		for range 10 {
			if got := check(t, d, "guessed", "a guess"); got != nil {
				t.Fatalf("after a wrong password got %+v", got)
			}
		}
		if got := check(t, d, "guessed", word); got != nil {
			t.Errorf("one miss from a lock got %+v, want nobody", got)
		}
		c := c
		c.Now = func() time.Time { return time.Now().Add(24 * time.Hour) } // past the window
		if got := check(t, open(t, c), "guessed", word); got == nil {
			t.Error("the domain has locked the account: after the window got nobody, want the account")
		}
	})
}
