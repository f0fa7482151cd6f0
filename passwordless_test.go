package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/gsm"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// takesPasswordless lets the clients of the kit log in accounts without a password.
func takesPasswordless() sallyporttest.Option {
	return sallyporttest.WithDirectory(func(d *directory.File) {
		for i := range d.Clients {
			d.Clients[i].Modules = []string{token.ModuleVGUser, token.ModulePasswordless}
		}
	})
}

// asPasswordless makes an entry one without a password.
func asPasswordless(d *directory.User) { d.Password, d.Passwordless = "", true }

// noWord is a user without a password, whose mailbox is proven.
func noWord(name string) sallyporttest.User {
	return sallyporttest.User{Name: name, Email: name + "@example.com", EmailValidated: true, Edit: asPasswordless}
}

func byName(name string) sallyport.Login {
	return sallyport.Login{Module: token.ModulePasswordless, Username: name}
}

// TestPasswordlessCode: a name alone, a code, and tokens, over HTTP and in process.
func TestPasswordlessCode(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	k.AddUser(t, noWord("pat"))
	for name, c := range map[string]*sallyporttest.Client{"http": k.HTTP(), "in process": k.InProcess()} {
		t.Run(name, func(t *testing.T) {
			a := c.Call(byName("  PAT ")).Want(t, wanted)
			if got := strings.Join(a.Offered(), ", "); got != "Email Link, Email OTP, SMS Link, SMS OTP" {
				t.Errorf("got options %q", got)
			}
			code := k.Outbox.Code("pat@example.com", func() { a = c.Choose(a, "Email", "OTP").Want(t, waiting) })
			if text := k.Outbox.Last("pat@example.com").Text; len(code) != 8 || strings.Contains(text, "password") {
				t.Errorf("got a code of %d characters, in %q", len(code), text)
			}
			a = c.Answer(a, code).Want(t, sallyport.Success)
		})
	}
}

// TestPasswordlessDevice: a login without a password has no second factor that a device
// could be remembered for.
func TestPasswordlessDevice(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
	p := k.AddUser(t, noWord("pat"))
	c := k.InProcess()
	c.Remember = true
	a, code := codeFor(k, c, "pat")
	wantToken(t, "by a code", c.Answer(a, code), false)
	if list, err := setup(k).Devices(t.Context(), p.ID); len(list) != 0 || err != nil {
		t.Errorf("got %v, %v, want none", list, err)
	}
}

// codeFor makes calls 1 and 2 and returns the code that was mailed.
func codeFor(k *sallyporttest.Kit, c *sallyporttest.Client, name string) (a sallyporttest.Answer, code string) {
	a = c.Call(byName(name))
	code = k.Outbox.Code(name+"@example.com", func() { a = c.Choose(a, "Email", "OTP") })
	return a, code
}

// TestPasswordlessJudged: what keeps an account out is told once an option was answered,
// which ends the request, and the code is spent.
func TestPasswordlessJudged(t *testing.T) {
	now := sallyporttest.Start
	for _, tt := range []struct {
		name   string
		edit   func(*directory.User)
		want   sallyport.Status
		policy func(*directory.Policy)
	}{
		{"well", func(*directory.User) {}, sallyport.Success, nil},
		{"asked for a factor always", func(u *directory.User) { u.MFA = new(true) }, sallyport.Success, nil},
		{"a factor is required", func(*directory.User) {}, sallyport.Success, func(p *directory.Policy) { p.MFA.Mode = new(mfa.Required) }},
		{"passwords run out", func(*directory.User) {}, sallyport.Success, func(p *directory.Policy) { p.Password.MaxAge = 24 * time.Hour }},
		{"disabled", func(u *directory.User) { u.Disabled = true }, sallyport.Failure | sallyport.UserAccountDisabled, nil},
		{"locked", func(u *directory.User) { u.Locked = true }, sallyport.Failure | sallyport.UserAccountLocked, nil},
		{"not approved", func(u *directory.User) { u.Approved = new(false) }, sallyport.Failure | sallyport.NotApproved, nil},
		{"early", func(u *directory.User) { u.Start = now.Add(time.Hour) }, sallyport.Failure | sallyport.UserAccountNotYetAvailable, nil},
		{"expired", func(u *directory.User) { u.End = now }, sallyport.Failure | sallyport.UserAccountExpired, nil},
		{"no role", func(u *directory.User) { u.Roles = nil }, sallyport.Failure | sallyport.UserNotAuthorized, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := sallyporttest.New(t, takesPasswordless())
			u := noWord("pat")
			u.Edit = func(d *directory.User) { asPasswordless(d); tt.edit(d) }
			k.AddUser(t, u)
			if tt.policy != nil {
				setPolicy(t, k, tt.policy)
				k.Clock.Advance(25 * time.Hour)
			}
			c := k.InProcess()
			a, code := codeFor(k, c, "pat")
			got := c.Answer(a, code)
			got.Want(t, tt.want)
			if id := got.Body; !strings.Contains(string(id), `"Name":"pat"`) || !strings.Contains(string(id), `"IsAuthenticated":true`) {
				t.Errorf("got %s, want the identity told after the code", id)
			}
			again := dead
			if tt.want.Has(sallyport.UserNotAuthorized) {
				again = tt.want
			}
			c.Answer(a, code).Want(t, again)
		})
	}
}

// TestPasswordlessRoleMethods: a method that a role's policy does not count lets nobody in
// where a factor is required, and nothing is enrolled for it.
func TestPasswordlessRoleMethods(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithDirectory(func(d *directory.File) {
		d.Applications[0].Roles[0].MFA = directory.MFA{Mode: new(mfa.Required), Methods: []string{"EmailLink"}}
	}))
	k.AddUser(t, noWord("pat"))
	c := k.InProcess()
	a, code := codeFor(k, c, "pat")
	got := c.Answer(a, code).Want(t, sallyport.Failure|sallyport.MFAEnrollmentRequired)
	if strings.Contains(string(got.Body), "AuthenticationEnrollmentRequest") {
		t.Error("got something to enroll")
	}
	held := c.WaitLink(c.Call(byName("pat")), "Email")
	c.Approve(held.Link)
	held.Answer().Want(t, sallyport.Success)
}

// TestPasswordlessLink: a link is approved on its page, or the login is disowned there.
func TestPasswordlessLink(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	k.AddUser(t, noWord("pat"))
	c := k.HTTP()
	held := c.WaitLink(c.Call(byName("pat")), "Email")
	if page := string(c.Approve(held.Link).Body); !strings.Contains(page, "approved") && !strings.Contains(page, "Approved") {
		t.Errorf("got %s", page)
	}
	held.Answer().Want(t, sallyport.Success)
	held = c.WaitLink(c.Call(byName("pat")), "Email")
	c.Deny(held.Link)
	denied := held.Answer()
	denied.Want(t, sallyport.Failure|sallyport.ProcessCanceled)
	if strings.Contains(string(denied.Body), "Identity") {
		t.Errorf("got %s, want nothing told of who it was", denied.Body)
	}
}

// TestPasswordlessHeld: a call for a name of nobody is held as long as another, and
// answered alike.
func TestPasswordlessHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := sallyporttest.New(t, takesPasswordless())
		k.AddUser(t, noWord("pat"))
		c := k.InProcess()
		var calls []<-chan sallyporttest.Answer
		for _, name := range []string{"pat", "nobody"} {
			calls = append(calls, chooseLink(c, c.Call(byName(name))))
		}
		for _, call := range calls {
			wantHeld(t, call, true)
		}
		k.Clock.Advance(90*time.Second - 1)
		time.Sleep(time.Second) // the poller's, in the bubble
		for _, call := range calls {
			wantHeld(t, call, true)
		}
		k.Clock.Advance(1)
		for _, call := range calls {
			a := <-call
			a.Want(t, dead)
		}
	})
}

// TestPasswordlessHost: the host logs such accounts in where its configuration says so.
func TestPasswordlessHost(t *testing.T) {
	k := hosted(t)
	k.AddUser(t, noWord("pat"))
	if _, err := k.Engine.Login(t.Context(), byName("pat")); !isProtocol(err, sallyport.UnauthorizedClient) {
		t.Errorf("got %v, want %s", err, sallyport.UnauthorizedClient)
	}
	n := k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.HostPasswordless = true }))
	r := hostLogin(t, n, byName("pat"))
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	in.Code = k.Outbox.Code("pat@example.com", func() { hostLogin(t, n, in) })
	r = hostLogin(t, n, in)
	wantOutcome(t, "the code", r, sallyport.Granted, "")
	if s, err := n.Engine.Session(t.Context(), r.Session.Handle); err != nil || s.Name != "pat" || !slices.Equal(s.Methods, []string{"otp"}) {
		t.Errorf("got %+v, %v, want a session of pat by a code alone", s, err)
	}
	_, err := sallyport.New(t.Context(), sallyport.Config{Store: k.Store, InsecurePlainStore: true, Issuer: sallyporttest.Issuer, HostPasswordless: true, Accounts: ann(t)})
	if err == nil || !strings.Contains(err.Error(), "HostPasswordless") {
		t.Errorf("got %v, want HostPasswordless refused beside Accounts", err)
	}
}

func isProtocol(err error, code sallyport.ErrorCode) bool {
	e, ok := errors.AsType[*sallyport.ProtocolError](err)
	return ok && e.Code == code
}

// TestPasswordlessArguments: calls that make no sense, and clients that do not take such
// accounts, are refused by name.
func TestPasswordlessArguments(t *testing.T) {
	k := sallyporttest.New(t, sallyporttest.WithDirectory(func(d *directory.File) { d.Clients[0].Modules = []string{token.ModulePasswordless} }))
	k.AddUser(t, noWord("pat"))
	confidential, public := k.InProcess(), k.InProcess().As(sallyporttest.PublicClientID, "")
	public.Call(byName("pat")).WantOAuth(t, "unauthorized_client")
	confidential.Login("pat", "x").WantOAuth(t, "unauthorized_client")
	for _, in := range []sallyport.Login{
		{Module: "passwordless", Username: "pat", Password: "x"},
		{Module: "PASSWORDLESS"},
		{Module: "Passwordless", Username: "pat", Password: "x", GrantType: token.GrantPassword},
		{Module: "Passwordless", Username: "pat", GrantType: token.GrantPassword},
	} {
		confidential.Call(in).WantOAuth(t, "invalid_request")
	}
	a := confidential.Call(byName("pat")).Want(t, wanted)
	k.Apply(t, func(d *directory.File) { d.Clients[0].Modules = []string{token.ModuleVGUser} })
	confidential.Choose(a, "Email", "OTP").Want(t, dead)
}

// TestPasswordlessElsewhere: by name and password such an account is unknown, also where
// unknown names are told.
func TestPasswordlessElsewhere(t *testing.T) {
	for _, disclose := range []bool{false, true} {
		k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithConfig(func(c *sallyport.Config) { c.DiscloseUnknownUsers = disclose }))
		k.AddUser(t, noWord("pat"))
		c := k.InProcess()
		for i := range 12 {
			for range 2 { // the second is a repeat
				want, got := c.Login("nobody", fmt.Sprint("x", i)), c.Login("pat", fmt.Sprint("x", i))
				if got.Status != want.Status {
					t.Errorf("guess %d: got %v, want %v", i, got.Status, want.Status)
				}
			}
		}
		for _, ev := range k.Events() {
			if ev.Kind == sallyport.EventWrongPassword && ev.Account != "" {
				t.Errorf("got %+v, want no account told", ev)
			}
		}
		a, code := codeFor(k, c, "pat") // whoever locked the name has not locked this
		c.Answer(a, code).Want(t, sallyport.Success)
	}
}

// TestPasswordlessUnsent: a message that fails is an event and nothing else.
func TestPasswordlessUnsent(t *testing.T) {
	k := sallyporttest.New(t, takesPasswordless())
	p := k.AddUser(t, noWord("pat"))
	c := k.InProcess()
	a := c.Call(byName("pat"))
	k.Outbox.FailNext(errors.New("no network"))
	for range 2 {
		a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	}
	if err := k.Engine.Close(); err != nil { // which waits for what is being sent
		t.Fatal(err)
	}
	if !slices.ContainsFunc(k.Events(), func(ev sallyport.Event) bool { return ev.Kind == sallyport.EventSendFailed && ev.Account == p.ID }) {
		t.Errorf("got %+v, want the failure told", k.Events())
	}
}

// TestPasswordlessCodes: codes have eight characters or nine, of the policy's alphabet, and
// a text message is one.
func TestPasswordlessCodes(t *testing.T) {
	for length, want := range map[int]int{3: 8, 6: 8, 8: 8, 9: 9} {
		k := sallyporttest.New(t, takesPasswordless(), sallyporttest.WithConfig(func(c *sallyport.Config) {
			c.InsecureShortCodes, c.Label = true, strings.Repeat("W", 64)
		}))
		setPolicy(t, k, func(p *directory.Policy) { p.MFA.OTPLength, p.MFA.OTPType = new(length), new(mfa.Alphanumeric) })
		u := noWord("pat")
		u.Mobile, u.MobileValidated = phone, true
		k.AddUser(t, u)
		c := k.InProcess()
		a := c.Call(byName("pat"))
		code := k.Outbox.Code(phone, func() { a = c.Choose(a, "SMS", "OTP") })
		if text := k.Outbox.Last(phone).Text; len(code) != want || !gsm.Fits(text, 1) || strings.Contains(text, "assword") {
			t.Errorf("length %d: got a code of %d characters, want %d, in %q", length, len(code), want, text)
		}
		for i := range 4 { // a short code of the policy allows one
			c.Answer(a, fmt.Sprint("wrong ", i)).Want(t, wrong)
		}
		c.Answer(a, strings.ToLower(code)).Want(t, sallyport.Success)
	}
}
