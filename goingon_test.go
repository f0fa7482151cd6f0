package sallyport_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestRefreshReason: a refresh that the present policy refuses says why, over both
// transports; nothing is spent by it, so that it goes on once the policy is as it was. Of an
// account that may not log in, and of a token that is not good, nothing is said.
func TestRefreshReason(t *testing.T) {
	require := func(edit func(*directory.MFA)) func(*sallyporttest.Kit) {
		return func(k *sallyporttest.Kit) {
			setPolicy(t, k, func(d *directory.Policy) {
				d.MFA.Mode = new(mfa.Required)
				edit(&d.MFA)
			})
		}
	}
	change := func(by directory.UserChange) func(*sallyporttest.Kit) {
		return func(k *sallyporttest.Kit) {
			if _, err := setup(k).UpdateUser(t.Context(), k.Person("nora").ID, by); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		edit func(*sallyporttest.Kit)
		want sallyport.Reason
	}{
		{"a factor of the account, not proven", sallyporttest.User{TOTP: true, MFA: new(false)}, require(func(*directory.MFA) {}), sallyport.ReasonFactorWanted},
		{"no factor", sallyporttest.User{}, require(func(*directory.MFA) {}), sallyport.ReasonEnrollmentWanted},
		{"no factor, by invitation", sallyporttest.User{}, require(func(m *directory.MFA) { m.FirstEnrollment = new(mfa.ByInvitation) }), sallyport.ReasonInvitationWanted},
		{"no factor, none enrollable", sallyporttest.User{}, require(func(m *directory.MFA) { m.Enrollable = []string{} }), sallyport.ReasonNoFactor},
		{"one proven that does not count any more", mailed, require(func(m *directory.MFA) { m.Methods = app.Methods }), sallyport.ReasonEnrollmentWanted},
		{"no role", sallyporttest.User{}, func(k *sallyporttest.Kit) {
			k.EditUser(t, "nora", func(u *directory.User) { u.Roles = []directory.Grant{} })
		}, sallyport.ReasonNoRole},
		{"not valid any more", sallyporttest.User{}, change(directory.UserChange{Approved: new(false)}), ""},
		{"one proven that counts", mailed, require(func(*directory.MFA) {}), "goes on"},
		{"nothing", sallyporttest.User{}, func(*sallyporttest.Kit) {}, "goes on"},
	} {
		for transport, client := range map[string]func(*sallyporttest.Kit) *sallyporttest.Client{
			"in process": (*sallyporttest.Kit).InProcess, "over HTTP": (*sallyporttest.Kit).HTTP,
		} {
			t.Run(tt.name+"/"+transport, func(t *testing.T) {
				k := sallyporttest.New(t)
				tt.user.Name = "nora"
				p, c := k.AddUser(t, tt.user), client(k)
				a := c.Login(p.Name, p.Password)
				if tt.user.Email != "" {
					a = c.Answer(c.Choose(a, "Email", "OTP"), k.Outbox.LastCode(mail))
				}
				token := a.Want(t, sallyport.Success).Tokens.RefreshToken
				tt.edit(k)
				if tt.want == "goes on" {
					if r := c.Refresh(token); r.Tokens == nil {
						t.Errorf("got %s, want it to go on", r)
					}
					return
				}
				want := fmt.Sprintf(`{"error":"invalid_grant","error_description":%q}`, tt.want)
				if tt.want == "" {
					want = `{"error":"invalid_grant"}`
				}
				if r := c.Refresh(token).WantOAuth(t, "invalid_grant"); string(r.Body) != want {
					t.Errorf("got %s, want %s", r.Body, want)
				}
				if r := c.Refresh(token[:32]+"00000000000000000000000000000000").WantOAuth(t, "invalid_grant"); string(r.Body) != `{"error":"invalid_grant"}` {
					t.Errorf("a token that is not good: got %s", r.Body)
				}
				if r := c.As(sallyporttest.PublicClientID, "").Refresh(token); r.Tokens != nil || string(r.Body) != `{"error":"invalid_grant"}` {
					t.Errorf("another client: got %s", r.Body)
				}
			})
		}
	}
}

// TestRefreshReasonError: in process the reason is a field of the error.
func TestRefreshReasonError(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "nora"})
	token := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	skipping(t, k, 0)
	_, err := k.Engine.Refresh(t.Context(), refresh(token))
	e, ok := errors.AsType[*sallyport.ProtocolError](err)
	if !ok || e.Code != sallyport.InvalidGrant || e.Reason != sallyport.ReasonEnrollmentWanted || e.Description() != "enrollment wanted" || e.Error() != "sallyport: invalid_grant: enrollment wanted" {
		t.Errorf("got %v", err)
	}
}
