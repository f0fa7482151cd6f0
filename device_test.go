package sallyport_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// remembering is a kit whose policy remembers devices for twelve hours.
func remembering(t *testing.T, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	k := hosted(t, opts...)
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
	return k
}

// tom has an authenticator.
func tom(t *testing.T, k *sallyporttest.Kit) *sallyporttest.Person {
	t.Helper()
	return k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
}

// remembered is a complete login that asks to be remembered. It answers the token.
func remembered(t *testing.T, c *sallyporttest.Client, p *sallyporttest.Person) string {
	t.Helper()
	asking := *c
	asking.Remember = true
	a := asking.Login(p.Name, p.Password).Want(t, wanted)
	a = asking.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	if !a.Granted() || a.Tokens.DeviceToken == "" {
		t.Fatalf("got %v without a device token", a)
	}
	return a.Tokens.DeviceToken
}

// byDevice is a call 1 with a device token.
func byDevice(c *sallyporttest.Client, p *sallyporttest.Person, token string) sallyporttest.Answer {
	return c.Call(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: token})
}

// wantToken fails the test unless an answer has a device token, or has none.
func wantToken(t *testing.T, what string, a sallyporttest.Answer, want bool) {
	t.Helper()
	if !a.Granted() || (a.Tokens.DeviceToken != "") != want {
		t.Errorf("%s: got %v, want tokens, and a device token: %v", what, a, want)
	}
}

// TestDevice: a login that was completed by a second factor is answered with a device
// token, if it asked for one; that stands for the second factor of the next, and is spent.
func TestDevice(t *testing.T) {
	for name, way := range map[string]func(*sallyporttest.Kit) *sallyporttest.Client{"in process": (*sallyporttest.Kit).InProcess, "HTTP": (*sallyporttest.Kit).HTTP} {
		t.Run(name, func(t *testing.T) {
			k := remembering(t)
			c, p := way(k), tom(t, k)
			first := remembered(t, c, p)
			began := k.Clock.Now()
			k.Clock.Advance(time.Hour)
			a := byDevice(c, p, first).Want(t, sallyport.Success)
			wantToken(t, "the next login", a, true)
			second := a.Tokens.DeviceToken
			if second == first || len(second) != 96 || !bytes.HasSuffix(a.Body, []byte(`},"device_token":"`+second+`"}`)) {
				t.Errorf("got %d characters, and a body that ends in %q; want the successor as the last key", len(second), a.Body[max(0, len(a.Body)-40):])
			}
			access, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken)
			if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventLogin || ev.Detail != "pwd, and a remembered device" {
				t.Errorf("got event %+v", ev)
			}
			if err != nil || !slices.Equal(access.Methods, []string{"pwd"}) || !access.AuthTime.Equal(k.Clock.Now()) {
				t.Errorf("got %+v, %v, want a session by password, now", access, err)
			}
			if a := byDevice(c, p, first).Want(t, sallyport.Success); a.Tokens.DeviceToken != second {
				t.Error("a lost answer was not given again")
			}
			byDevice(c, p, second).Want(t, sallyport.Success)
			c.Login(p.Name, p.Password).Want(t, wanted)
			k.Clock.Advance(began.Add(12*time.Hour - 1).Sub(k.Clock.Now()))
			a = byDevice(c, p, a.Tokens.DeviceToken).Want(t, wanted)
			a = c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
			wantToken(t, "a login that does not ask", a, false)
			if strings.Contains(string(a.Body), "device_token") {
				t.Error("the document has the key without a token")
			}
		})
	}
}

// TestDeviceToTheEnd: however often it is used, a device is remembered from the proof of
// the second factor on, to the nanosecond.
func TestDeviceToTheEnd(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	end := k.Clock.Now().Add(12 * time.Hour)
	for k.Clock.Now().Add(3 * time.Hour).Before(end) {
		k.Clock.Advance(3 * time.Hour)
		token = byDevice(c, p, token).Want(t, sallyport.Success).Tokens.DeviceToken
	}
	k.Clock.Advance(end.Sub(k.Clock.Now()) - 1)
	token = byDevice(c, p, token).Want(t, sallyport.Success).Tokens.DeviceToken
	k.Clock.Advance(1)
	byDevice(c, p, token).Want(t, wanted)
	k.Clock.Advance(-1)
	byDevice(c, p, token).Want(t, wanted) // what was seen dead stays dead
}

// TestDeviceAsked: which logins are answered with a device token.
func TestDeviceAsked(t *testing.T) {
	asks := func(k *sallyporttest.Kit) *sallyporttest.Client {
		c := k.InProcess()
		c.Remember = true
		return c
	}
	byMail := sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, TOTP: true}
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		walk func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer
		want bool
	}{
		{"a mailed code", byMail, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
			return c.LoginWithCode(p.Name, p.Password)
		}, true},
		{"a link", byMail, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
			h := c.WaitLink(c.Login(p.Name, p.Password), "Email")
			c.Approve(h.Link)
			return h.Answer()
		}, true},
		{"a password alone", sallyporttest.User{Name: "paul"}, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
			return c.Login(p.Name, p.Password)
		}, false},
		{"a policy that remembers nothing", byMail, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(time.Duration(0)) })
			return c.LoginWithCode(p.Name, p.Password)
		}, false},
		{"an enrolment", sallyporttest.User{Name: "nora", MFA: new(true)}, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
			a := c.Login(p.Name, p.Password)
			app, _ := c.BeginTOTP(a.RequestID)
			c.ConfirmTOTP(a.RequestID, app.Code()).Want(t, true)
			return c.Resume(a.RequestID, p.Name, p.Password)
		}, false},
		{"a recovery code", sallyporttest.User{Name: "nora", MFA: new(true)}, func(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, p *sallyporttest.Person) sallyporttest.Answer {
			a := c.Login(p.Name, p.Password)
			app, _ := c.BeginTOTP(a.RequestID)
			codes := c.ConfirmTOTP(a.RequestID, app.Code()).Want(t, true).RecoveryCodes
			c.Resume(a.RequestID, p.Name, p.Password).Want(t, sallyport.Success)
			return c.AnswerWith(c.Login(p.Name, p.Password), "MicrosoftAuthenticator", "OTP", codes[0])
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := remembering(t)
			p := k.AddUser(t, tt.user)
			wantToken(t, tt.name, tt.walk(t, k, asks(k), p).Want(t, sallyport.Success), tt.want)
		})
	}
}

// TestDeviceServesTheLoginAlone: a device token stands for the second factor of a login,
// and of nothing that comes after it or beside it.
func TestDeviceServesTheLoginAlone(t *testing.T) {
	k := remembering(t, sallyporttest.WithDirectory(func(d *directory.File) {
		d.Clients[0].GrantTypes = append(d.Clients[0].GrantTypes, "password")
	}))
	c, p := k.InProcess(), tom(t, k)
	own := func(in sallyport.Login) *sallyport.Result {
		t.Helper()
		in.Username, in.Password = p.Name, p.Password
		return hostLogin(t, k, in)
	}
	r := own(sallyport.Login{})
	r = hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: p.Authenticator.Fresh(), RememberDevice: true})
	r = own(sallyport.Login{DeviceToken: r.DeviceToken})
	wantOutcome(t, "a login of the host's own", r, sallyport.Granted, sallyport.NoReason)
	change, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: r.Session.Handle, Password: p.Password, NewPassword: fresh})
	if err != nil || change.RequestID == "" {
		t.Errorf("a change in its session: got %+v, %v, want a login that asks for the factor", change, err)
	}
	closing, err := k.Engine.CloseAccount(t.Context(), sallyport.AccountClosing{Session: r.Session.Handle, Password: p.Password})
	if err != nil || closing.Outcome != sallyport.FactorWanted {
		t.Errorf("closing the account in its session: got %+v, %v, want the factor asked for", closing, err)
	}

	token := remembered(t, c, p)
	again := c.Login(p.Name, p.Password).Want(t, wanted)
	in := sallyport.Login{RequestID: again.RequestID, Username: p.Name, Password: p.Password, DeviceToken: token}
	c.Call(in).Want(t, wanted) // a request that waits for its factor goes on waiting
	c.Call(sallyport.Login{GrantType: "password", Username: p.Name, Password: p.Password, DeviceToken: token}).Want(t, wanted)

	k.EditUser(t, p.Name, func(u *directory.User) { u.MustChangePassword = true })
	a := byDevice(c, p, token).Want(t, sallyport.Failure|sallyport.MustChangePasswordAtNextLogon)
	_, err = k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Caller: login(sallyport.Login{}).Caller, RequestID: a.RequestID, Password: p.Password, NewPassword: fresh})
	if err != nil {
		t.Fatal(err)
	}
	c.Call(sallyport.Login{RequestID: a.RequestID, Username: p.Name, Password: fresh, DeviceToken: token}).Want(t, wanted)
}

// TestDeviceRefresh: a session for which a device stood is refreshed while the present
// policy would let the device stand, and not longer.
func TestDeviceRefresh(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(*testing.T, *sallyporttest.Kit)
		want bool
	}{
		{"soon", func(*testing.T, *sallyporttest.Kit) {}, true},
		{"in the last moment", func(_ *testing.T, k *sallyporttest.Kit) { k.Clock.Advance(11*time.Hour - 1) }, true},
		{"when its time is over", func(_ *testing.T, k *sallyporttest.Kit) { k.Clock.Advance(11 * time.Hour) }, false},
		{"under a policy that remembers nothing", func(t *testing.T, k *sallyporttest.Kit) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = nil })
		}, false},
		{"under one that does not count the method", func(t *testing.T, k *sallyporttest.Kit) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Methods = []string{"EmailOTP"} })
		}, false},
		{"where no factor is asked for", func(t *testing.T, k *sallyporttest.Kit) {
			setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode, d.MFA.Session = new("Off"), nil })
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := remembering(t)
			c, p := k.InProcess(), tom(t, k)
			token := remembered(t, c, p)
			k.Clock.Advance(time.Hour)
			a := byDevice(c, p, token).Want(t, sallyport.Success)
			tt.then(t, k)
			if r := c.Refresh(a.Tokens.RefreshToken); (r.Tokens != nil) != tt.want {
				t.Errorf("got %v, want tokens: %v", r, tt.want)
			}
		})
	}
}

// TestDeviceWhereNobodyAsks: a device that stands for nothing is met all the same, and the
// session is one by password, which says nothing of it.
func TestDeviceWhereNobodyAsks(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Mode = new("Off") })
	wantToken(t, "a login that asks for no factor", byDevice(c, p, token).Want(t, sallyport.Success), true)
	if ev := k.Events()[len(k.Events())-1]; ev.Kind != sallyport.EventLogin || ev.Detail != "pwd" {
		t.Errorf("got event %+v, want a login by password alone", ev)
	}
}

// TestDeviceWhereGuessesAreUsedUp: what nobody may prove any more no device stands for.
func TestDeviceWhereGuessesAreUsedUp(t *testing.T) {
	k := remembering(t)
	c, p := k.InProcess(), tom(t, k)
	token := remembered(t, c, p)
	k.Clock.Advance(time.Minute)
	for i := range 10 {
		c.AnswerWith(c.Login(p.Name, p.Password).Want(t, wanted), "MicrosoftAuthenticator", "OTP", fmt.Sprint(i)).Want(t, wrong)
	}
	byDevice(c, p, token).Want(t, exhausted)
	k.Clock.Advance(time.Hour)
	byDevice(c, p, token).Want(t, sallyport.Success)
}
