package sallyport_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const fresh = "a fresh password"

// changing is a kit with one account, whose password is changed by the host.
type changing struct {
	*sallyporttest.Kit
	t *testing.T
	p *sallyporttest.Person
}

func newChanging(t *testing.T, u sallyporttest.User, opts ...sallyporttest.Option) *changing {
	t.Helper()
	k := hosted(t, opts...)
	u.Name = "ada"
	return &changing{Kit: k, t: t, p: k.AddUser(t, u)}
}

func (c *changing) change(in sallyport.PasswordChange) *sallyport.PasswordResult {
	c.t.Helper()
	r, err := c.Engine.ChangePassword(c.t.Context(), in)
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

func (c *changing) want(what string, r *sallyport.PasswordResult, s sallyport.PasswordStatus, request string) {
	c.t.Helper()
	if r.Status != s || (request == "") != (r.RequestID == "") || request != "" && request != "any" && r.RequestID != request {
		c.t.Errorf("%s: got %+v, want %s and request %q", what, r, s, request)
	}
}

// wantPassword wants a password to open the account, as far as a password does.
func (c *changing) wantPassword(pw string, good bool) {
	c.t.Helper()
	r := hostLogin(c.t, c.Kit, sallyport.Login{Username: "ada", Password: pw})
	if (r.Reason != sallyport.ReasonWrongPassword) != good {
		c.t.Errorf("password %q: got %v, %q, want it good: %v", pw, r.Outcome, r.Reason, good)
	}
}

// mustChange wants the account to choose another password.
func (c *changing) mustChange() sallyport.Login {
	c.t.Helper()
	c.EditUser(c.t, "ada", func(u *directory.User) { u.MustChangePassword = true })
	r := hostLogin(c.t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
	wantOutcome(c.t, "the first call", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
	if len(r.Options) > 0 || r.Enrollment != nil {
		c.t.Errorf("got options %v and enrollment %v, want none before the password", r.Options, r.Enrollment)
	}
	return sallyport.Login{RequestID: r.RequestID, Username: "ada"}
}

// TestChangePassword: without a second factor the new password is good at once, and
// the old one and all sessions are not.
func TestChangePassword(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	s := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password}).Session
	c.want("change", c.change(sallyport.PasswordChange{Username: "ADA", Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordChanged, "")
	if _, err := c.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the session from before: got %v, want it ended", err)
	}
	c.wantPassword(c.p.Password, false)
	c.wantPassword(fresh, true)
}

// TestChangeRefused: what is refused changes nothing, and is told as a login tells it.
func TestChangeRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*directory.User)
		in   func(*changing) sallyport.PasswordChange
		want sallyport.PasswordStatus
	}{
		{"a wrong password", nil, func(*changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: "wrong"}
		}, sallyport.OldPasswordWrong},
		{"nobody", nil, func(*changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "eve", Password: "wrong"}
		}, sallyport.OldPasswordWrong},
		{"disabled", func(u *directory.User) { u.Disabled = true }, nil, sallyport.PasswordChangeRefused},
		{"disabled, a wrong password", func(u *directory.User) { u.Disabled = true }, func(*changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: "wrong"}
		}, sallyport.OldPasswordWrong},
		{"the same", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: c.p.Password}
		}, sallyport.NewPasswordUsed},
		{"short", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "k7#vq2x"}
		}, sallyport.NewPasswordShort},
		{"a common word", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "password123"}
		}, sallyport.NewPasswordRefused},
		{"the application", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "salesdemo is mine"}
		}, sallyport.NewPasswordRefused},
		{"short and common", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "qwerty"}
		}, sallyport.NewPasswordRefused},
		{"a control character", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: "a\x00b"}
		}, sallyport.NewPasswordRefused},
		{"too long", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: strings.Repeat("x", 5000)}
		}, sallyport.NewPasswordRefused},
		{"no such request", nil, func(c *changing) sallyport.PasswordChange {
			return sallyport.PasswordChange{RequestID: "0e9cbd7e-7f4f-4f0a-8f51-8d1c4e2f7a11", Password: c.p.Password}
		}, sallyport.PasswordRequestOver},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newChanging(t, sallyporttest.User{})
			if tt.edit != nil {
				c.EditUser(t, "ada", tt.edit)
			}
			in := sallyport.PasswordChange{Username: "ada", Password: c.p.Password}
			if tt.in != nil {
				in = tt.in(c)
			}
			if in.NewPassword == "" {
				in.NewPassword = fresh
			}
			r := c.change(in)
			c.want(tt.name, r, tt.want, "")
			if refused := strings.HasPrefix(string(tt.want), "NewPassword") || strings.HasPrefix(string(tt.want), "Password"); (r.Policy != nil) != refused {
				t.Errorf("got %v, want the rules told: %v", r.Policy, refused)
			}
			c.wantPassword(fresh, false)
		})
	}
	c := newChanging(t, sallyporttest.User{})
	for i := range 10 {
		want := sallyport.OldPasswordWrong
		switch i {
		case 8:
			want = sallyport.OldPasswordLastTry
		case 9:
			want = sallyport.PasswordsLockedOut
		}
		c.want("a miss", c.change(sallyport.PasswordChange{Username: "ada", Password: strings.Repeat("x", i+1), NewPassword: fresh}), want, "")
	}
	c.want("the right one", c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordsLockedOut, "")
}

// TestP3ChangeIsStaged: an account with a second factor has its new password when the
// login that proves the factor is complete, and not before.
func TestP3ChangeIsStaged(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
	other := hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: c.p.Password})
	r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh})
	c.want("change", r, sallyport.PasswordChanged, "any")
	c.wantPassword(fresh, false)
	c.wantPassword(c.p.Password, true)
	in := sallyport.Login{RequestID: r.RequestID, Username: "ada", Password: c.p.Password}
	wantOutcome(t, "the old one in that login", hostLogin(t, c.Kit, in), sallyport.FactorWanted, sallyport.ReasonWrongPassword)
	in.Password = fresh
	on := hostLogin(t, c.Kit, in)
	wantOutcome(t, "the new one in that login", on, sallyport.FactorWanted, "")
	done := c.prove(on)
	wantOutcome(t, "with the factor", done, sallyport.Granted, "")
	c.wantPassword(c.p.Password, false)
	c.wantPassword(fresh, true)
	if a, err := c.Engine.Session(t.Context(), done.Session.Handle); err != nil || len(a.Methods) != 2 {
		t.Errorf("got %+v, %v, want the session of that login to live on", a, err)
	}
	wantOutcome(t, "a login from before", hostLogin(t, c.Kit, sallyport.Login{RequestID: other.RequestID}), sallyport.Denied, sallyport.ReasonOver)
	if m := c.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "password was changed") {
		t.Errorf("got %q, want the owner told", m.Subject)
	}
}

// prove answers a mailed code.
func (c *changing) prove(r *sallyport.Result) *sallyport.Result {
	c.t.Helper()
	in := sallyport.Login{RequestID: r.RequestID}
	for _, o := range r.Options {
		if o.Mode == mfa.OTP {
			in.OptionID = o.ID
		}
	}
	hostLogin(c.t, c.Kit, in)
	in.Code = c.Outbox.LastCode(mail)
	return hostLogin(c.t, c.Kit, in)
}

// TestP3StagedPasswordDies: a password that was staged in a login that ends is
// nobody's.
func TestP3StagedPasswordDies(t *testing.T) {
	for name, end := range map[string]func(*changing, *sallyport.Result){
		"its time is over": func(c *changing, _ *sallyport.Result) { c.Clock.Advance(mfa.Life) },
		"five wrong codes": func(c *changing, r *sallyport.Result) {
			for i := range 5 {
				hostLogin(c.t, c.Kit, sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID, Code: strings.Repeat("x", i+1)})
			}
		},
		"disabled": func(c *changing, _ *sallyport.Result) {
			c.EditUser(c.t, "ada", func(u *directory.User) { u.Disabled = true })
			c.EditUser(c.t, "ada", func(u *directory.User) { u.Disabled = false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
			r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh})
			on := hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: fresh})
			end(c, on)
			wantOutcome(t, "going on", hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID}), sallyport.Denied, sallyport.ReasonOver)
			c.wantPassword(fresh, false)
			c.wantPassword(c.p.Password, true)
		})
	}
}

// TestMustChange: a login that wants another password goes on with it, by the same
// request, and offers nothing before.
func TestMustChange(t *testing.T) {
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		then sallyport.Outcome
	}{
		{"no second factor", sallyporttest.User{}, sallyport.Granted},
		{"a second factor", sallyporttest.User{Email: mail, EmailValidated: true}, sallyport.FactorWanted},
		{"one to be enrolled", sallyporttest.User{MFA: new(true)}, sallyport.EnrollmentWanted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newChanging(t, tt.user)
			in := c.mustChange()
			wantOutcome(t, "the state", hostLogin(t, c.Kit, sallyport.Login{RequestID: in.RequestID}), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
			in.Password = c.p.Password
			wantOutcome(t, "the old one again", hostLogin(t, c.Kit, in), sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
			if _, err := c.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: in.RequestID}); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("enrolling before the password: got %v, want it unknown", err)
			}
			ch := sallyport.PasswordChange{RequestID: in.RequestID, Password: "wrong", NewPassword: fresh}
			c.want("a wrong old one", c.change(ch), sallyport.OldPasswordWrong, in.RequestID)
			ch.Password = c.p.Password
			c.want("change", c.change(ch), sallyport.PasswordChanged, in.RequestID)
			in.Password = fresh
			on := hostLogin(t, c.Kit, in)
			wantOutcome(t, "going on", on, tt.then, "")
			switch tt.then {
			case sallyport.FactorWanted:
				wantOutcome(t, "the factor", c.prove(on), sallyport.Granted, "")
			case sallyport.EnrollmentWanted:
				c.wantPassword(fresh, false)
				key, err := c.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: in.RequestID})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := c.Engine.ConfirmTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: in.RequestID}, codeOf(key.Secret, c.Kit)); err != nil {
					t.Fatal(err)
				}
				wantOutcome(t, "enrolled", hostLogin(t, c.Kit, in), sallyport.Granted, "")
			}
			c.wantPassword(fresh, true)
			c.wantPassword(c.p.Password, false)
			if u, err := setup(c.Kit).FindUser(t.Context(), "ada"); err != nil || u.MustChangePassword {
				t.Errorf("got %+v, %v, want no other change wanted", u, err)
			}
		})
	}
}

// TestMustChangeByName: whoever must change may do it without the request, too.
func TestMustChangeByName(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	c.mustChange()
	c.want("change", c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh}), sallyport.PasswordChanged, "")
	wantOutcome(t, "the next login", hostLogin(t, c.Kit, sallyport.Login{Username: "ada", Password: fresh}), sallyport.Granted, "")
}

// TestP3StagedIsNotRenewed: a weak hash is made anew of the password that it is of, and
// of none that is staged.
func TestP3StagedIsNotRenewed(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true})
	old, err := bcrypt.GenerateFromPassword([]byte(c.p.Password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	c.EditUser(t, "ada", func(u *directory.User) { u.Password, u.PasswordHash, u.CredentialsVersion = "", string(old), 2 })
	r := c.change(sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh})
	hostLogin(t, c.Kit, sallyport.Login{RequestID: r.RequestID, Password: fresh})
	if err := c.Engine.Close(); err != nil { // waits for what is made anew
		t.Fatal(err)
	}
	n := c.Node()
	for pw, good := range map[string]bool{fresh: false, c.p.Password: true} {
		if r := hostLogin(t, n, sallyport.Login{Username: "ada", Password: pw}); (r.Reason != sallyport.ReasonWrongPassword) != good {
			t.Errorf("%q: got %v, want it good: %v", pw, r.Reason, good)
		}
	}
}

// TestP5ChangeIsBound: a change belongs to the party that opened the login, its user
// and its password.
func TestP5ChangeIsBound(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	c.AddUser(t, sallyporttest.User{Name: "eve"})
	in := c.mustChange()
	client := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	for what, ch := range map[string]sallyport.PasswordChange{
		"a client's":     {Caller: client, RequestID: in.RequestID, Password: c.p.Password},
		"another's name": {RequestID: in.RequestID, Username: "eve", Password: c.p.Password},
	} {
		ch.NewPassword = fresh
		c.want(what, c.change(ch), sallyport.PasswordRequestOver, "")
	}
	for what, ch := range map[string]sallyport.PasswordChange{
		"no name":         {Password: "x", NewPassword: "y"},
		"no old password": {Username: "ada", NewPassword: "y"},
		"no new password": {Username: "ada", Password: "x"},
		"an empty client": {Caller: &sallyport.Caller{}, Username: "ada", Password: "x", NewPassword: "y"},
	} {
		if _, err := c.Engine.ChangePassword(t.Context(), ch); err == nil {
			t.Errorf("%s: got nothing, want it refused", what)
		} else if _, ok := errors.AsType[*sallyport.ProtocolError](err); !ok {
			t.Errorf("%s: got %v, want an argument refused", what, err)
		}
	}
}

// TestP1ChangeOnce: of many who change one password to as many others at once, one
// does, and the rest gave the wrong old one.
func TestP1ChangeOnce(t *testing.T) {
	c := newChanging(t, sallyporttest.User{})
	var won atomic.Int64
	crowd(8, func(i int) {
		r, err := c.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ada", Password: c.p.Password, NewPassword: fresh + strings.Repeat("!", i)})
		if err == nil && r.Status == sallyport.PasswordChanged {
			won.Add(1)
		}
	})
	if won.Load() != 1 {
		t.Errorf("got %d changes, want 1", won.Load())
	}
}

// TestChangeNotices: the owner is told of each change, and a crowd of changes fills no
// mailbox.
func TestChangeNotices(t *testing.T) {
	c := newChanging(t, sallyporttest.User{Email: mail, EmailValidated: true, MFA: new(false)})
	before := c.p.Password
	for i := range 30 {
		next := fresh + strings.Repeat("!", i+1)
		c.want("change", c.change(sallyport.PasswordChange{Username: "ada", Password: before, NewPassword: next}), sallyport.PasswordChanged, "")
		before = next
	}
	if err := c.Engine.Close(); err != nil { // waits for what is on its way
		t.Fatal(err)
	}
	if n := c.Outbox.Count(); n == 0 || n > 10 {
		t.Errorf("got %d notices of 30 changes, want some and ten at most", n)
	}
}
