package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// hosted is a kit whose application is that of the host's own calls.
func hosted(t *testing.T, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	own := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Application = sallyporttest.ApplicationName })
	return sallyporttest.New(t, append([]sallyporttest.Option{own}, opts...)...)
}

// hostLogin is a call of the host itself.
func hostLogin(t *testing.T, k *sallyporttest.Kit, in sallyport.Login) *sallyport.Result {
	t.Helper()
	r, err := k.Engine.Login(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantOutcome fails the test unless a result says so in words.
func wantOutcome(t *testing.T, what string, r *sallyport.Result, o sallyport.Outcome, why sallyport.Reason) {
	t.Helper()
	if r.Outcome != o || r.Reason != why || (r.Session != nil) != (o == sallyport.Granted) || r.Tokens != nil {
		t.Errorf("%s: got %v, %q (%v), want %v, %q", what, r.Outcome, r.Reason, r.Status, o, why)
	}
}

// TestHostLogin: a call without a client needs no application, role or scope, and is
// granted a session that a handle names.
func TestHostLogin(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	r := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	wantOutcome(t, "a right password", r, sallyport.Granted, sallyport.NoReason)
	a, err := k.Engine.Session(t.Context(), r.Session.Handle)
	if err != nil {
		t.Fatal(err)
	}
	if a.AccountID != p.ID || a.Name != "ada" || !slices.Equal(a.Methods, []string{"pwd"}) || !a.AuthTime.Equal(k.Clock.Now()) || !a.Expires.Equal(k.Clock.Now().Add(token.HandleLife)) {
		t.Errorf("got %+v, want ada, by password, now", a)
	}
	if !slices.Equal(a.Roles, []string{sallyporttest.RoleName}) || !slices.Equal(a.Permissions, []string{sallyporttest.ReadPath}) {
		t.Errorf("got roles %q and permissions %q, want those of the application", a.Roles, a.Permissions)
	}
	if err := k.Engine.SignOut(t.Context(), r.Session.Handle); err != nil {
		t.Error(err)
	}
	for range 2 {
		if a, err := k.Engine.Session(t.Context(), r.Session.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("signed out: got %v, %v, want it invalid", a, err)
		}
		if err := k.Engine.SignOut(t.Context(), r.Session.Handle); err != nil {
			t.Errorf("signing out again: got %v", err)
		}
	}
}

// TestHostOutcomes: each refusal says in words what it is, and what is to be done.
func TestHostOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		edit func(*directory.User)
		in   func(k *sallyporttest.Kit, p *sallyporttest.Person) sallyport.Login
		want sallyport.Outcome
		why  sallyport.Reason
	}{
		{"nobody", sallyporttest.User{Name: "ada"}, nil, func(*sallyporttest.Kit, *sallyporttest.Person) sallyport.Login {
			return sallyport.Login{Username: "nobody", Password: "x"}
		}, sallyport.Denied, sallyport.ReasonWrongPassword},
		{"a wrong password", sallyporttest.User{Name: "ada"}, nil, func(*sallyporttest.Kit, *sallyporttest.Person) sallyport.Login {
			return sallyport.Login{Username: "ada", Password: "x"}
		}, sallyport.Denied, sallyport.ReasonWrongPassword},
		{"disabled", sallyporttest.User{Name: "ada"}, func(u *directory.User) { u.Disabled = true }, nil, sallyport.Denied, sallyport.ReasonDisabled},
		{"locked", sallyporttest.User{Name: "ada"}, func(u *directory.User) { u.Locked = true }, nil, sallyport.Denied, sallyport.ReasonLocked},
		{"not approved", sallyporttest.User{Name: "ada"}, func(u *directory.User) { u.Approved = new(false) }, nil, sallyport.Denied, sallyport.ReasonNotApproved},
		{"must change", sallyporttest.User{Name: "ada"}, func(u *directory.User) { u.MustChangePassword = true }, nil, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange},
		{"no role, and none wanted", sallyporttest.User{Name: "ada"}, func(u *directory.User) { u.Roles = []directory.Grant{} }, nil, sallyport.Granted, sallyport.NoReason},
		{"a second factor", sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true}, nil, nil, sallyport.FactorWanted, sallyport.NoReason},
		{"none yet", sallyporttest.User{Name: "ada", MFA: new(true)}, nil, nil, sallyport.EnrollmentWanted, sallyport.NoReason},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := hosted(t)
			p := k.AddUser(t, tt.user)
			if tt.edit != nil {
				k.EditUser(t, tt.user.Name, tt.edit)
			}
			in := sallyport.Login{Username: p.Name, Password: p.Password}
			if tt.in != nil {
				in = tt.in(k, p)
			}
			wantOutcome(t, tt.name, hostLogin(t, k, in), tt.want, tt.why)
		})
	}
}

// TestHostSecondFactor walks a login with a second factor in words: what is wanted
// is said after every step, and only the last wrong code ends it.
func TestHostSecondFactor(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	first := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	id := func(mode mfa.Mode) string {
		i := slices.IndexFunc(first.Options, func(o sallyport.Option) bool { return o.Mode == mode })
		return first.Options[i].ID
	}
	in := sallyport.Login{RequestID: first.RequestID}
	wantOutcome(t, "the state", hostLogin(t, k, in), sallyport.FactorWanted, sallyport.NoReason)
	in.OptionID = id(mfa.OTP)
	wantOutcome(t, "a code is sent", hostLogin(t, k, in), sallyport.Waiting, sallyport.NoReason)
	in.Password = "wrong"
	wantOutcome(t, "a wrong password beside it", hostLogin(t, k, in), sallyport.FactorWanted, sallyport.ReasonWrongPassword)
	in.Password = ""
	for i := range 5 {
		in.Code = fmt.Sprintf("x%d", i)
		want := sallyport.FactorWanted
		if i == 4 {
			want = sallyport.Denied
		}
		wantOutcome(t, "a wrong code", hostLogin(t, k, in), want, sallyport.ReasonWrongCode)
	}
	in.Code = k.Outbox.LastCode(mail)
	wantOutcome(t, "too late", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonOver)

	first = hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	in = sallyport.Login{RequestID: first.RequestID, OptionID: id(mfa.Link)}
	wantOutcome(t, "a link is sent", hostLogin(t, k, in), sallyport.Waiting, sallyport.NoReason)
	k.Clock.Advance(91 * time.Second)
	wantOutcome(t, "nobody answered it", hostLogin(t, k, in), sallyport.FactorWanted, sallyport.ReasonLinkUnanswered)
	in.OptionID = id(mfa.OTP)
	hostLogin(t, k, in)
	in.Code = k.Outbox.LastCode(mail)
	r := hostLogin(t, k, in)
	wantOutcome(t, "the right code", r, sallyport.Granted, sallyport.NoReason)
	if !slices.Equal(r.Session.Methods, []string{"pwd", "otp"}) {
		t.Errorf("got methods %q, want both", r.Session.Methods)
	}
}

// TestHostEnrollment: a first factor is enrolled inside the login, and the resume
// secret completes it without the password.
func TestHostEnrollment(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", MFA: new(true)})
	first := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	in := sallyport.Login{RequestID: first.RequestID, ResumeSecret: first.Enrollment.ResumeSecret}
	wantOutcome(t, "before", hostLogin(t, k, in), sallyport.EnrollmentWanted, sallyport.NoReason)
	call := sallyport.EnrollmentCall{RequestID: first.RequestID}
	key, err := k.Engine.BeginTOTP(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := k.Engine.ConfirmTOTP(t.Context(), call, codeOf(key.Secret, k)); err != nil || !e.Active {
		t.Fatalf("got %+v, %v, want an active factor", e, err)
	}
	bare := sallyport.Login{RequestID: first.RequestID}
	wantOutcome(t, "the state", hostLogin(t, k, bare), sallyport.FactorWanted, sallyport.ReasonFactorProven)
	mistyped := sallyport.Login{RequestID: bare.RequestID, Username: "ada", Password: "not it"}
	wantOutcome(t, "a wrong password", hostLogin(t, k, mistyped), sallyport.FactorWanted, sallyport.ReasonWrongPassword)
	wantOutcome(t, "after", hostLogin(t, k, in), sallyport.Granted, sallyport.NoReason)
	wantOutcome(t, "again", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonOver)
}

// TestP5HostIsAParty: what the host opened is unknown to clients, also to one that
// calls itself host, and the other way round.
func TestP5HostIsAParty(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true})
	own := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password})
	c := k.InProcess()
	theirs := c.Login(p.Name, p.Password).Want(t, wanted)
	c.Call(sallyport.Login{RequestID: own.RequestID, OptionID: own.Options[0].ID}).Want(t, dead)
	in := sallyport.Login{RequestID: theirs.RequestID, OptionID: theirs.Options[0].ID}
	wantOutcome(t, "a client's request", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonOver)
	for _, id := range []string{"", "host", "HOST"} {
		for name, err := range map[string]error{
			"Login":             errOf(k.Engine.Login(t.Context(), sallyport.Login{Caller: &sallyport.Caller{ClientID: id}, Username: "ada", Password: p.Password})),
			"Refresh":           errOf(k.Engine.Refresh(t.Context(), sallyport.Refresh{Caller: &sallyport.Caller{ClientID: id}, RefreshToken: strings.Repeat("A", 64)})),
			"ClientCredentials": errOf(k.Engine.ClientCredentials(t.Context(), sallyport.ClientCredentials{Caller: &sallyport.Caller{ClientID: id}})),
			"CancelEnrollment":  errOf(k.Engine.CancelEnrollment(t.Context(), sallyport.EnrollmentCall{Caller: &sallyport.Caller{ClientID: id}, RequestID: own.RequestID})),
		} {
			if e, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || e.Code != sallyport.InvalidClient {
				t.Errorf("%s by client %q: got %v, want invalid_client", name, id, err)
			}
		}
	}
	if _, err := k.Engine.Refresh(t.Context(), sallyport.Refresh{RefreshToken: strings.Repeat("A", 64)}); !errors.Is(err, sallyport.ErrNoCaller) {
		t.Errorf("the host refreshes: got %v, want %v", err, sallyport.ErrNoCaller)
	}
	for what, in := range map[string]sallyport.Login{
		"scopes":             {Username: "ada", Password: p.Password, Scope: "openid"},
		"another grant":      {Username: "ada", Password: p.Password, GrantType: "password"},
		"another module":     {Username: "ada", Password: p.Password, Module: "Passwordless"},
		"a module not known": {Username: "ada", Password: p.Password, Module: "x"},
	} {
		if r, err := k.Engine.Login(t.Context(), in); err == nil {
			t.Errorf("%s: got %v, want it refused", what, r.Outcome)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }

// TestP5HandlesAndTokens: a handle, a token, a VGToken and a refresh token never
// stand for one another.
func TestP5HandlesAndTokens(t *testing.T) {
	k := hosted(t)
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	own := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session
	theirs, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: "ada", Password: p.Password}))
	if err != nil || theirs.Tokens == nil || theirs.Session != nil {
		t.Fatalf("got %+v, %v, want tokens and no session", theirs, err)
	}
	tokens := []string{theirs.Tokens.AccessToken, theirs.Tokens.RefreshToken, theirs.Tokens.VGToken, own.SessionID, own.AccountID, ""}
	for _, s := range tokens {
		if a, err := k.Engine.Session(t.Context(), s); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("%.20q as handle: got %v, %v", s, a, err)
		}
	}
	for i := range own.Handle { // every character counts
		bent := own.Handle[:i] + string(other(own.Handle[i])) + own.Handle[i+1:]
		if a, err := k.Engine.Session(t.Context(), bent); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Fatalf("bent at %d: got %v, %v", i, a, err)
		}
	}
	if a, err := k.Engine.Verify(t.Context(), own.Handle); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("as token: got %v, %v", a, err)
	}
	if _, err := k.Engine.UserInfo(t.Context(), own.Handle); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("at userinfo: got %v", err)
	}
	if _, err := k.Engine.Refresh(t.Context(), refresh(own.Handle)); err == nil {
		t.Error("as refresh token it was good")
	}
	if s := fmt.Sprintf("%v %+v %#v", own, own, own); strings.Contains(s, own.Handle) {
		t.Error("a session prints its handle")
	}
}

// other is another character of the alphabet of handles.
func other(c byte) byte {
	if c == 'A' {
		return 'B'
	}
	return 'A'
}

// TestP6SessionEnds: a session ends at its absolute end, when nobody uses it, and
// where it began ahead of the clock.
func TestP6SessionEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []time.Duration // a look after each
		good  bool            // the last
	}{
		{"used each half hour, a day but a nanosecond", append(slices.Repeat([]time.Duration{30 * time.Minute}, 47), 30*time.Minute-1), true},
		{"a day", slices.Repeat([]time.Duration{30 * time.Minute}, 48), false},
		{"unused for an hour but a nanosecond", []time.Duration{time.Hour - 1}, true},
		{"unused for an hour", []time.Duration{time.Hour}, false},
		{"a use that is not written", []time.Duration{6*time.Minute - 1, 54*time.Minute + 1}, false},
		{"a use that is written", []time.Duration{6 * time.Minute, time.Hour - 1}, true},
		{"a minute ahead", []time.Duration{-time.Minute}, true},
		{"over a minute ahead", []time.Duration{-time.Minute - 1}, false},
		{"seen dead, and the clock set back", []time.Duration{time.Hour, -30 * time.Minute}, false},
		{"seen dead of a day, and the clock set back", append(slices.Repeat([]time.Duration{30 * time.Minute}, 48), -time.Minute), false},
		{"seen ahead, and the clock put right", []time.Duration{-time.Hour, time.Hour}, false},
		{"used ahead", []time.Duration{30 * time.Minute, -2 * time.Minute}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := hosted(t)
			p := k.AddUser(t, sallyporttest.User{Name: "ada"})
			s := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session
			for i, step := range tt.steps {
				k.Clock.Advance(step)
				want := tt.good || i < len(tt.steps)-1
				if strings.HasPrefix(tt.name, "seen ") && i >= len(tt.steps)-2 {
					want = false // it is dead at the last look but one
				}
				if _, err := k.Engine.Session(t.Context(), s.Handle); (err == nil) != want {
					t.Fatalf("after step %d: got %v, want it good: %v", i, err, want)
				}
			}
		})
	}
}

// TestP12SignedOut: whoever has signed out is out, also where the session was not good
// at that moment and would be later.
func TestP12SignedOut(t *testing.T) {
	for _, tt := range []struct {
		name        string
		steps       time.Duration // until the sign-out, and back after it
		away, there func(*directory.User)
	}{
		{"in use", 0, nil, nil},
		{"unused for an hour", time.Hour, nil, nil},
		{"a day old", 24 * time.Hour, nil, nil},
		{"ahead of the clock", -2 * time.Minute, nil, nil},
		{"locked meanwhile", 0, func(u *directory.User) { u.Locked = true }, func(u *directory.User) { u.Locked = false }},
		{"not approved meanwhile", 0, func(u *directory.User) { u.Approved = new(false) }, func(u *directory.User) { u.Approved = new(true) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := hosted(t)
			p := k.AddUser(t, sallyporttest.User{Name: "ada"})
			s := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session
			k.Clock.Advance(tt.steps)
			if tt.away != nil {
				k.EditUser(t, "ada", tt.away)
			}
			for range 2 {
				if err := k.Engine.SignOut(t.Context(), s.Handle); err != nil {
					t.Fatal(err)
				}
			}
			k.Clock.Advance(-tt.steps)
			if tt.there != nil {
				k.EditUser(t, "ada", tt.there)
			}
			if a, err := k.Node().Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
				t.Errorf("got %v, %v, want it ended", a, err)
			}
		})
	}
}

// TestP12SessionsEndAtOnce: what ends the sessions of a client's users ends the
// host's own at the next look.
func TestP12SessionsEndAtOnce(t *testing.T) {
	for name, edit := range map[string]func(*directory.User){
		"disabled":         func(u *directory.User) { u.Disabled = true },
		"locked":           func(u *directory.User) { u.Locked = true },
		"another password": func(u *directory.User) { u.Password, u.CredentialsVersion = "another password", 2 },
		"a new factor": func(u *directory.User) {
			u.Email, u.EmailValidated, u.CredentialsVersion = mail, new(true), 2
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := hosted(t)
			p := k.AddUser(t, sallyporttest.User{Name: "ada"})
			s := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session
			k.EditUser(t, "ada", edit)
			if a, err := k.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
				t.Errorf("got %v, %v, want it ended", a, err)
			}
		})
	}
}

// TestHostRequiresRole: with RequireRole nobody enters who has no role.
func TestHostRequiresRole(t *testing.T) {
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.RequireRole = true }))
	p := k.AddUser(t, sallyporttest.User{Name: "ada"})
	in := sallyport.Login{Username: "ada", Password: p.Password}
	wantOutcome(t, "with a role", hostLogin(t, k, in), sallyport.Granted, sallyport.NoReason)
	k.EditUser(t, "ada", func(u *directory.User) { u.Roles = []directory.Grant{} })
	wantOutcome(t, "without", hostLogin(t, k, in), sallyport.Denied, sallyport.ReasonNoRole)
}
