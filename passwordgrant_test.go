package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// newPasswordKit has a confidential client with every grant of users, and a public
// one with the grant password alone.
func newPasswordKit(t *testing.T) *sallyporttest.Kit {
	t.Helper()
	return sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Clients[0].GrantTypes = []string{token.GrantVGAuthenticator, token.GrantPassword, token.GrantRefreshToken}
		d.Clients[1].GrantTypes = []string{token.GrantPassword}
	}))
}

// byPassword is a call of the grant password.
func byPassword(c *sallyporttest.Client, name, password string) sallyporttest.Answer {
	return c.Call(sallyport.Login{GrantType: token.GrantPassword, Username: name, Password: password})
}

// ways are a kit's clients in process and over HTTP.
func ways(t *testing.T, k *sallyporttest.Kit, fn func(t *testing.T, c *sallyporttest.Client)) {
	t.Helper()
	t.Run("in process", func(t *testing.T) { fn(t, k.InProcess()) })
	t.Run("over HTTP", func(t *testing.T) { fn(t, k.HTTP()) })
}

// TestPasswordGrant: a login without a second factor is granted as by
// VGAuthenticator, and can be refreshed.
func TestPasswordGrant(t *testing.T) {
	k := newPasswordKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		a := byPassword(c, p.Name, p.Password).Want(t, sallyport.Success)
		if a.Tokens == nil || a.Tokens.RefreshToken == "" || a.Response.VGToken == "" || a.Response.AuthenticationResponse.Identity == nil {
			t.Fatalf("got %s, want the document of VGAuthenticator", a.Body)
		}
		if access, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil || access.Name != p.Name {
			t.Errorf("got %v, %v, want the token of %s", access, err, p.Name)
		}
		if r := c.Refresh(a.Tokens.RefreshToken); !r.Granted() {
			t.Errorf("got %s, want it refreshed", r)
		}
		if a := byPassword(c.As(sallyporttest.PublicClientID, ""), p.Name, p.Password); !a.Granted() {
			t.Errorf("a public client: got %s, want tokens", a)
		}
	})
}

// TestPasswordGrantRefuses: each refusal is that of VGAuthenticator, but for its
// error.
func TestPasswordGrantRefuses(t *testing.T) {
	yes := true
	k := newPasswordKit(t)
	for _, u := range []sallyporttest.User{
		{Name: "paul"}, {Name: "marie", Email: mail, EmailValidated: true}, {Name: "bare", MFA: &yes},
		{Name: "off", Disabled: true}, {Name: "late", NotApproved: true}, {Name: "stuck", Locked: true}, {Name: "anew", MustChangePassword: true},
		{Name: "idle", Roles: []string{}},
	} {
		k.AddUser(t, u)
	}
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for _, tt := range []struct {
			name, password string
			want           sallyport.Status
		}{
			{"paul", "wrong", mismatch},
			{"nobody", "wrong", mismatch},
			{"off", "wrong", mismatch},
			{"off", sallyporttest.Password, sallyport.Failure | sallyport.UserAccountDisabled},
			{"late", sallyporttest.Password, sallyport.Failure | sallyport.NotApproved},
			{"stuck", sallyporttest.Password, exhausted},
			{"anew", sallyporttest.Password, sallyport.Failure | sallyport.MustChangePasswordAtNextLogon},
			{"idle", sallyporttest.Password, sallyport.Failure | sallyport.UserNotAuthorized},
			{"marie", sallyporttest.Password, wanted},
			{"bare", sallyporttest.Password, sallyport.Failure | sallyport.MFAEnrollmentRequired | sallyport.UserAccountMissingEmail | sallyport.UserAccountMissingMobilePhone},
		} {
			a := byPassword(c, tt.name, tt.password).Want(t, tt.want)
			if a.HTTP != 400 || a.Refusal == nil || a.Refusal.Error != "invalid_grant" {
				t.Errorf("%s: got %d, %s, want 400 and invalid_grant", tt.name, a.HTTP, a.Body)
				continue
			}
			by := c.Login(tt.name, tt.password).Want(t, tt.want)
			if by.Refusal.Error != "invalid_request" || by.Refusal.ErrorDescription != a.Refusal.ErrorDescription ||
				(by.Response.AuthenticationResponse.Identity == nil) != (a.Response.AuthenticationResponse.Identity == nil) {
				t.Errorf("%s: got %s, want it alike by VGAuthenticator, got %s", tt.name, a.Body, by.Body)
			}
		}
	})
}

// TestPasswordGrantSecondFactor: the request of the refusal is completed by
// VGAuthenticator, if the client has that grant too.
func TestPasswordGrantSecondFactor(t *testing.T) {
	k := newPasswordKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		a := byPassword(c, p.Name, p.Password).Want(t, wanted)
		c.Choose(a, "Email", "OTP").Want(t, waiting)
		c.AnswerWith(a, "Email", "OTP", k.Outbox.LastCode(mail)).Want(t, sallyport.Success)

		public := c.As(sallyporttest.PublicClientID, "")
		a = byPassword(public, p.Name, p.Password).Want(t, wanted)
		public.Choose(a, "Email", "OTP").WantOAuth(t, "unauthorized_client")
	})
}

// TestPasswordGrantCountsMisses: wrong passwords of both grants are counted
// together.
func TestPasswordGrantCountsMisses(t *testing.T) {
	k := newPasswordKit(t)
	setPolicy(t, k, func(p *directory.Policy) { p.Password.MaxBadLogons = new(2) })
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	c := k.InProcess()
	c.Login(p.Name, "wrong")
	byPassword(c, p.Name, "wrong too").Want(t, lockedOut)
	byPassword(c, p.Name, p.Password).Want(t, lockedOut)
	c.Login(p.Name, p.Password).Want(t, lockedOut)
}

// TestPasswordGrantIsEnabled: a client uses the grants that it has, and no call
// names any other.
func TestPasswordGrantIsEnabled(t *testing.T) {
	k := newPasswordKit(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	c := k.InProcess().As(sallyporttest.PublicClientID, "")
	c.Login(p.Name, p.Password).WantOAuth(t, "unauthorized_client")
	k.Apply(t, func(d *directory.File) { d.Clients[1].GrantTypes = []string{token.GrantVGAuthenticator} })
	byPassword(c, p.Name, p.Password).WantOAuth(t, "unauthorized_client")

	for field, in := range map[string]sallyport.Login{
		"grant_type":              {GrantType: "refresh_token", Username: "paul", Password: "x"},
		"username":                {GrantType: "password", Password: "x"},
		"password":                {GrantType: "password", Username: "paul"},
		"AuthenticationRequestId": {GrantType: "password", Username: "paul", Password: "x", RequestID: "r"},
		"MFAAvailableId":          {GrantType: "password", Username: "paul", Password: "x", OptionID: "o"},
		"MFASecureCode":           {GrantType: "password", Username: "paul", Password: "x", Code: "c"},
	} {
		_, err := k.Engine.Login(t.Context(), login(in))
		if p, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || p.Code != sallyport.InvalidRequest || p.Field != field {
			t.Errorf("got %v, want invalid_request for %s", err, field)
		}
	}
}
