package sallyport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// Two secrets of browsers, the shortest and the longest there are.
var (
	browser      = strings.Repeat("b", 32)
	otherBrowser = strings.Repeat("c", 128)
)

// inBrowser is somebody whose logins belong to a browser.
type inBrowser struct {
	*sallyporttest.Kit
	t *testing.T
	p *sallyporttest.Person
}

func newInBrowser(t *testing.T, u sallyporttest.User, opts ...sallyporttest.Option) *inBrowser {
	t.Helper()
	k := hosted(t, append(opts, sallyporttest.WithConfig(func(c *sallyport.Config) { c.HostPasswordless = true }))...)
	u.Name = "ada"
	return &inBrowser{k, t, k.AddUser(t, u)}
}

// say is a call from that browser.
func (b *inBrowser) say(in sallyport.Login) *sallyport.Result {
	b.t.Helper()
	in.Browser = browser
	return hostLogin(b.t, b.Kit, in)
}

func (b *inBrowser) first() *sallyport.Result {
	b.t.Helper()
	return b.say(sallyport.Login{Username: "ada", Password: b.p.Password})
}

// answered is a call that answers one of the options of a login by a method, which was chosen.
func (b *inBrowser) answered(r *sallyport.Result, m mfa.Method) sallyport.Login {
	b.t.Helper()
	o := way(r, m)
	in := sallyport.Login{RequestID: r.RequestID, OptionID: o.ID, Browser: browser}
	wantOutcome(b.t, "choosing", b.say(in), sallyport.Waiting, "")
	switch {
	case m == byApp:
		in.Code = b.p.Authenticator.Fresh()
	case m == byEmail:
		in.Code = b.Outbox.Await(mail, "otp").Code
	default:
		b.Outbox.Await(mail, "link")
		approveLast(b.t, b.Kit, o.MatchNumber)
	}
	return in
}

// sessions is how many sessions the account has.
func (b *inBrowser) sessions() int {
	b.t.Helper()
	list, err := setup(b.Kit).Sessions(b.t.Context(), b.p.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list)
}

// lostWays are the ways in which a login of several calls is granted: each returns the call
// that will be.
var lostWays = []struct {
	name string
	user sallyporttest.User
	last func(b *inBrowser) sallyport.Login
}{
	{"a mailed code", everything, func(b *inBrowser) sallyport.Login { return b.answered(b.first(), byEmail) }},
	{"an authenticator", everything, func(b *inBrowser) sallyport.Login { return b.answered(b.first(), byApp) }},
	{"a link", everything, func(b *inBrowser) sallyport.Login { return b.answered(b.first(), byLink) }},
	{"a code beside the password", everything, func(b *inBrowser) sallyport.Login {
		in := b.answered(b.first(), byEmail)
		in.Username, in.Password = "ada", b.p.Password
		return in
	}},
	{"the password after an enrolment", sallyporttest.User{MFA: new(true)}, func(b *inBrowser) sallyport.Login {
		r := b.first()
		b.InProcess().EnrollAuthenticator(r.RequestID)
		return sallyport.Login{RequestID: r.RequestID, Username: "ada", Password: b.p.Password}
	}},
	{"the resume secret", sallyporttest.User{MFA: new(true)}, func(b *inBrowser) sallyport.Login {
		r := b.first()
		b.InProcess().EnrollAuthenticator(r.RequestID)
		return sallyport.Login{RequestID: r.RequestID, ResumeSecret: r.Enrollment.ResumeSecret}
	}},
	{"without a password", sallyporttest.User{Email: mail, EmailValidated: true, Edit: asPasswordless}, func(b *inBrowser) sallyport.Login {
		return b.answered(b.say(sallyport.Login{Module: token.ModulePasswordless, Username: "ada"}), byEmail)
	}},
	{"another password", sallyporttest.User{TOTP: true, Edit: func(d *directory.User) { d.MustChangePassword = true }}, func(b *inBrowser) sallyport.Login {
		r := b.first()
		wantOutcome(b.t, "call 1", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
		c, err := b.Engine.ChangePassword(b.t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: b.p.Password, NewPassword: fresh, Browser: browser})
		if err != nil || c.Status != sallyport.PasswordChanged {
			b.t.Fatalf("got %+v, %v", c, err)
		}
		r = b.say(sallyport.Login{RequestID: r.RequestID, Username: "ada", Password: fresh})
		return b.answered(r, byApp)
	}},
}

// TestLostLogin: a login whose answer was lost is answered again by the same call of the same
// browser, in two readings and without a commit, until thirty seconds have passed.
func TestLostLogin(t *testing.T) {
	for _, way := range lostWays {
		t.Run(way.name, func(t *testing.T) {
			counting := storetest.NewCounting(memstore.New())
			b := newInBrowser(t, way.user, sallyporttest.WithStore(counting))
			in := way.last(b)
			r := b.say(in)
			wantOutcome(t, "the first time", r, sallyport.Granted, "")
			trail := len(b.Events())
			b.Clock.Advance(30*time.Second - time.Nanosecond)
			counting.Reset()
			again := b.say(in)
			got := counting.Counts()
			wantOutcome(t, "again", again, sallyport.Granted, "")
			if again.Session == nil || again.Session.Handle != r.Session.Handle || again.Session.SessionID != r.Session.SessionID || *again.Identity != *r.Identity {
				t.Errorf("got another session or person: %+v", again)
			}
			if got.Loads > 2 || got.Writes > 0 {
				t.Errorf("got %+v, want two readings", got)
			}
			wantOutcome(t, "at another node", hostLogin(t, b.Node(), withBrowser(in)), sallyport.Granted, "")
			if n := b.sessions(); n != 1 || len(b.Events()) != trail {
				t.Errorf("got %d sessions and %d events, want 1 and %d", n, len(b.Events()), trail)
			}
			looked(t, b.Kit, again.Session.Handle)
			b.Clock.Advance(time.Nanosecond)
			wantOutcome(t, "too late", b.say(in), sallyport.Denied, sallyport.ReasonOver)
			looked(t, b.Kit, r.Session.Handle)
		})
	}
}

func withBrowser(in sallyport.Login) sallyport.Login {
	in.Browser = browser
	return in
}

// TestLostLoginRefused: everything else is answered as before, in the same thirty seconds, and
// no session comes of it.
func TestLostLoginRefused(t *testing.T) {
	type lost struct {
		*inBrowser
		in      sallyport.Login // that was granted
		session *sallyport.Session
	}
	for name, then := range map[string]func(l *lost){
		"no browser":      func(l *lost) { l.in.Browser = "" },
		"another browser": func(l *lost) { l.in.Browser = otherBrowser },
		"another code":    func(l *lost) { l.in.Code = "000000x" },
		"no code":         func(l *lost) { l.in.Code = "" },
		"the id alone":    func(l *lost) { l.in.Code, l.in.OptionID = "", "" },
		"the password":    func(l *lost) { l.in.Code, l.in.OptionID, l.in.Password = "", "", l.p.Password },
		"another option": func(l *lost) {
			r := l.first()
			l.in.OptionID = r.Options[0].ID
		},
		"another request": func(l *lost) { l.in.RequestID = l.first().RequestID },
		"another name":    func(l *lost) { l.in.Username = "eve" },
		"a client":        func(l *lost) { l.in = login(l.in) },
		"signed out": func(l *lost) {
			if err := l.Engine.SignOut(l.t.Context(), l.session.Handle); err != nil {
				l.t.Fatal(err)
			}
		},
		"the handle was exchanged": func(l *lost) {
			c, err := l.Engine.ChangePassword(l.t.Context(), sallyport.PasswordChange{Session: l.session.Handle, Password: l.p.Password, NewPassword: fresh})
			if err != nil || c.Status != sallyport.PasswordChanged {
				l.t.Fatalf("got %+v, %v", c, err)
			}
			renewed(l.t, l.Kit, l.session.Handle)
		},
		"the handle was exchanged alone": func(l *lost) { renewed(l.t, l.Kit, l.session.Handle) },
		"the account is disabled": func(l *lost) {
			if _, err := setup(l.Kit).UpdateUser(l.t.Context(), l.p.ID, directory.UserChange{Disabled: new(true)}); err != nil {
				l.t.Fatal(err)
			}
		},
		"the clock is set back": func(l *lost) { l.Clock.Advance(-2 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newInBrowser(t, everything)
			l := &lost{inBrowser: b, in: b.answered(b.first(), byEmail)}
			r := b.say(l.in)
			wantOutcome(t, "the first time", r, sallyport.Granted, "")
			l.session = r.Session
			before := b.sessions()
			then(l)
			if r := hostLogin(t, b.Kit, l.in); r.Outcome == sallyport.Granted || r.Session != nil || r.Tokens != nil {
				t.Errorf("got %v, %+v", r, r.Session)
			}
			if n := b.sessions(); n > before {
				t.Errorf("got %d sessions, before %d", n, before)
			}
		})
	}
}

// TestLostLoginUnbound: a login that belongs to no browser is not answered again, whatever
// comes with the call.
func TestLostLoginUnbound(t *testing.T) {
	b := newInBrowser(t, everything)
	r := hostLogin(t, b.Kit, sallyport.Login{Username: "ada", Password: b.p.Password})
	in := b.answered(r, byEmail)
	wantOutcome(t, "the first time", b.say(in), sallyport.Granted, "")
	wantOutcome(t, "again", b.say(in), sallyport.Denied, sallyport.ReasonOver)
	c := login(sallyport.Login{Username: "ada", Password: b.p.Password, Browser: browser})
	a, err := b.Engine.Login(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	in = login(sallyport.Login{RequestID: a.RequestID, OptionID: way(a, byApp).ID, Code: b.p.Authenticator.Fresh()})
	if a, err = b.Engine.Login(t.Context(), in); err != nil || a.Tokens == nil {
		t.Errorf("a client's, without it: got %v, %v, want tokens", a, err)
	}
}

// TestLostLoginGuesses: a wrong code of the right browser is charged to the request, once for
// a repeat; after the fifth the right one is not answered any more.
func TestLostLoginGuesses(t *testing.T) {
	for _, way := range []int{0, 6} {
		b := newInBrowser(t, lostWays[way].user)
		in := lostWays[way].last(b)
		b.say(in)
		wrong := in
		for i := range 4 {
			wrong.Code = fmt.Sprint("wrong", i)
			for range 2 {
				wantOutcome(t, "a guess", b.say(wrong), sallyport.Denied, sallyport.ReasonOver)
			}
		}
		wrong.Code = ""
		for range 5 {
			wantOutcome(t, "without a code", b.say(wrong), sallyport.Denied, sallyport.ReasonOver)
			wantOutcome(t, "with the id alone", b.say(sallyport.Login{RequestID: in.RequestID}), sallyport.Denied, sallyport.ReasonOver)
		}
		wantOutcome(t, "after four", b.say(in), sallyport.Granted, "")
		if n := eventsOf(b.Kit, sallyport.EventWrongCode); n != 4 {
			t.Errorf("got %d wrong codes in the trail", n)
		}
		wrong.Code = "the fifth"
		wantOutcome(t, "a guess", b.say(wrong), sallyport.Denied, sallyport.ReasonOver)
		wantOutcome(t, "after five", b.say(in), sallyport.Denied, sallyport.ReasonOver)
	}
}

// TestLostLoginPassword: where a login was completed by the password that is judged anew, and
// a wrong one is charged.
func TestLostLoginPassword(t *testing.T) {
	b := newInBrowser(t, lostWays[4].user)
	in := lostWays[4].last(b)
	b.say(in)
	right := in.Password
	in.Password = "wrong"
	wantOutcome(t, "a wrong password", b.say(in), sallyport.Denied, sallyport.ReasonWrongPassword)
	if n := eventsOf(b.Kit, sallyport.EventWrongPassword); n != 1 {
		t.Errorf("got %d wrong passwords in the trail", n)
	}
	in.Password = right
	wantOutcome(t, "the right one", b.say(in), sallyport.Granted, "")
}

// TestLostLoginTooLong: an account whose time has run out meanwhile is given nothing, with a
// password or without.
func TestLostLoginTooLong(t *testing.T) {
	for _, way := range []int{0, 6} {
		b := newInBrowser(t, lostWays[way].user)
		in := lostWays[way].last(b)
		end := b.Clock.Now().Add(10 * time.Second)
		if _, err := setup(b.Kit).UpdateUser(t.Context(), b.p.ID, directory.UserChange{End: &end}); err != nil {
			t.Fatal(err)
		}
		wantOutcome(t, "in time", b.say(in), sallyport.Granted, "")
		b.Clock.Advance(10 * time.Second)
		wantOutcome(t, "afterwards", b.say(in), sallyport.Denied, sallyport.ReasonOver)
	}
}

// TestLostLoginDevice: the token of a device that was remembered is given again, until it was
// used.
func TestLostLoginDevice(t *testing.T) {
	b := newInBrowser(t, everything)
	setPolicy(t, b.Kit, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
	in := b.answered(b.first(), byApp)
	in.RememberDevice = true
	r := b.say(in)
	again := b.say(in)
	if r.DeviceToken == "" || again.DeviceToken != r.DeviceToken || again.Session.Handle != r.Session.Handle {
		t.Errorf("got %q, then %q", r.DeviceToken, again.DeviceToken)
	}
	in.RememberDevice = false
	if again = b.say(in); again.DeviceToken != "" || again.Session == nil {
		t.Errorf("without asking for it: got %q", again.DeviceToken)
	}
	next := b.say(sallyport.Login{Username: "ada", Password: b.p.Password, DeviceToken: r.DeviceToken})
	wantOutcome(t, "by the device", next, sallyport.Granted, "")
	in.RememberDevice = true
	if again = b.say(in); again.DeviceToken != "" || again.Session == nil {
		t.Errorf("once it was used: got %q", again.DeviceToken)
	}
	if list, err := setup(b.Kit).Devices(t.Context(), b.p.ID); err != nil || len(list) != 1 {
		t.Errorf("got %d devices, %v", len(list), err)
	}
}

// TestP5Browser: a login that belongs to a browser is unknown to all others, whatever they
// say of it, and what they say changes nothing.
func TestP5Browser(t *testing.T) {
	for name, secret := range map[string]string{"no browser": "", "another browser": otherBrowser, "its beginning": browser + "b"} {
		counting := storetest.NewCounting(memstore.New())
		b := newInBrowser(t, everything, sallyporttest.WithStore(counting))
		r := b.first()
		in := b.answered(r, byEmail)
		counting.Reset()
		for what, say := range map[string]sallyport.Login{
			"the id":            {RequestID: r.RequestID},
			"an option":         {RequestID: r.RequestID, OptionID: way(r, byLink).ID},
			"the right code":    in,
			"a wrong code":      {RequestID: r.RequestID, OptionID: in.OptionID, Code: "000000"},
			"the password":      {RequestID: r.RequestID, Username: "ada", Password: b.p.Password},
			"a wrong password":  {RequestID: r.RequestID, Username: "ada", Password: "wrong"},
			"the resume secret": {RequestID: r.RequestID, ResumeSecret: strings.Repeat("0", 64)},
		} {
			say.Browser = secret
			got := hostLogin(t, b.Kit, say)
			wantOutcome(t, name+", "+what, got, sallyport.Denied, sallyport.ReasonOver)
			if got.Identity != nil || got.Options != nil || got.Enrollment != nil {
				t.Errorf("%s, %s: was told %+v", name, what, got)
			}
		}
		c, err := b.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: b.p.Password, NewPassword: fresh, Browser: secret})
		if err != nil || c.Status != sallyport.PasswordRequestOver {
			t.Errorf("%s, a change of password: got %+v, %v", name, c, err)
		}
		wantUnseen(t, b.Kit, name, sallyport.RequestLook{RequestID: r.RequestID, Browser: secret})
		if got := counting.Counts(); got.Writes > 0 {
			t.Errorf("%s: got %+v, want nothing written", name, got)
		}
		if v := viewed(t, b.Kit, sallyport.RequestLook{RequestID: r.RequestID, Browser: browser}); v.Outcome != sallyport.Waiting {
			t.Errorf("its own: got %+v", v)
		}
		wantOutcome(t, "its own", b.say(in), sallyport.Granted, "")
	}
}

// TestBrowserSecret: what is too short, too long or not printable is refused before anything
// is read.
func TestBrowserSecret(t *testing.T) {
	b := newInBrowser(t, everything)
	for _, secret := range []string{browser[1:], otherBrowser + "c", browser + "\n", browser + "é", browser + "\x7f"} {
		var p *sallyport.ProtocolError
		if r, err := b.Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: b.p.Password, Browser: secret}); !errors.As(err, &p) || p.Field != "browser" {
			t.Errorf("%q: got %v, %v", secret, r, err)
		}
		if r, err := b.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ada", Password: b.p.Password, NewPassword: fresh, Browser: secret}); !errors.As(err, &p) || p.Field != "browser" {
			t.Errorf("%q, a change of password: got %v, %v", secret, r, err)
		}
		wantUnseen(t, b.Kit, secret, sallyport.RequestLook{RequestID: b.first().RequestID, Browser: secret})
	}
}

// loginTwice makes each call of a login of a browser twice.
func (th *thief) loginTwice() {
	ctx := th.t.Context()
	first := sallyport.Login{Username: th.name, Password: th.password, Browser: browser}
	r, err := th.Engine.Login(ctx, first)
	if err != nil || r.RequestID == "" {
		th.ignore(err)
		return
	}
	th.enrol(r.RequestID)
	for _, o := range r.Options {
		for _, code := range []string{"", th.code(evilMail), "000000"} {
			for range 2 {
				_, err := th.Engine.Login(ctx, sallyport.Login{RequestID: r.RequestID, OptionID: o.ID, Code: code, Browser: browser})
				th.ignore(err)
			}
		}
	}
	first.RequestID = r.RequestID
	_, err = th.Engine.Login(ctx, first)
	th.ignore(err)
}
