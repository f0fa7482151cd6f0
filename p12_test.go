package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP12ActsAtOnce: disabling, deleting, a new password and a changed factor
// act at the very next call, on tokens and on pending logins.
func TestP12ActsAtOnce(t *testing.T) {
	for _, s := range []struct {
		name string
		act  func(*testing.T, *sallyporttest.Kit)
	}{
		{"disabled", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *directory.User) { u.Disabled = true })
		}},
		{"unapproved", func(t *testing.T, k *sallyporttest.Kit) {
			no := false
			k.EditUser(t, "marie", func(u *directory.User) { u.Approved = &no })
		}},
		{"new password", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *directory.User) {
				u.Password, u.CredentialsVersion = "quite another", 2
			})
		}},
		{"new authenticator", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *directory.User) {
				u.TOTP, u.CredentialsVersion = &directory.TOTP{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}, 2
			})
		}},
		{"deleted", func(t *testing.T, k *sallyporttest.Kit) {
			d := sallyporttest.Directory()
			d.Users = []directory.User{}
			if _, err := k.Engine.Apply(t.Context(), d, directory.Options{Prune: true}); err != nil {
				t.Fatal(err)
			}
		}},
		{"role taken away", func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "marie", func(u *directory.User) { u.Roles = nil })
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			k := sallyporttest.New(t)
			c := k.InProcess()
			p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
			granted := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
			k.Clock.Advance(time.Minute)
			pending := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
			s.act(t, k)
			if a := c.Answer(pending, k.Outbox.LastCode(mail)); a.Granted() {
				t.Errorf("the pending login was granted")
			}
			if s.name != "role taken away" {
				if _, err := k.Engine.Verify(t.Context(), granted.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
					t.Errorf("the access token: got %v, want it invalid", err)
				}
			}
			c.Refresh(granted.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
		})
	}
}
