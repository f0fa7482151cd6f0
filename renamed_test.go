package sallyport_test

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestRenamed: a login goes on under the name that its account has now. The one that it had
// is another's as soon as somebody gets it, and nothing that is told of the first may be taken
// for them.
func TestRenamed(t *testing.T) {
	for _, id := range []string{webAppID, serviceID} { // published, and of RFC 9068
		k := newProfilesKit(t)
		p := k.Person("paul")
		web := k.InProcess().As(id, sallyporttest.ClientSecret).WithScope("openid offline_access")
		login := web.Login(p.Name, p.Password).Want(t, sallyport.Success)
		name := "pauline"
		if _, err := setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{Name: &name}); err != nil {
			t.Fatal(err)
		}
		ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
			c = c.As(id, sallyporttest.ClientSecret)
			fresh := c.Refresh(login.Tokens.RefreshToken)
			if !fresh.Granted() || members(t, fresh.Tokens.AccessToken)["sub"] != "pauline" {
				t.Errorf("%s: a refresh: got %s", id, fresh.Body)
			}
			for _, raw := range []string{login.Tokens.AccessToken, fresh.Tokens.AccessToken, fresh.Tokens.RefreshToken} {
				if told := c.Introspect(raw).Token; told.Username != "pauline" || told.Subject != "pauline" {
					t.Errorf("%s: introspection: got %+v", id, told)
				}
			}
			for _, raw := range []string{login.Tokens.AccessToken, fresh.Tokens.AccessToken} {
				if a, err := k.Engine.Verify(t.Context(), raw); err != nil || a.Name != "pauline" {
					t.Errorf("%s: Verify: got %+v, %v", id, a, err)
				}
			}
			login = fresh
		})
	}
}
