package sallyport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// wantProfile fails the test unless the owner of a session sees that of their account.
func wantProfile(t *testing.T, k *sallyporttest.Kit, handle string, want sallyport.Profile) {
	t.Helper()
	p, err := k.Engine.Profile(t.Context(), handle)
	if err != nil || *p != want {
		t.Errorf("got  %+v, %v\nwant %+v", p, err, want)
	}
	if a, err := k.Engine.Session(t.Context(), handle); err != nil || a.Language != want.Language {
		t.Errorf("the session: got %+v, %v, want the language %q", a, err, want.Language)
	}
}

// TestProfile: what the owner of a session sees of an account of the built-in directory, in
// one reading.
func TestProfile(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := hosted(t, sallyporttest.WithStore(counting))
	u, err := setup(k).CreateUser(t.Context(), directory.NewUser{
		Name: "Ada", Password: "correct horse battery", Email: mail, Mobile: phone, Language: "pt-BR",
	})
	if err != nil {
		t.Fatal(err)
	}
	made := k.Clock.Now()
	k.Clock.Advance(time.Minute)
	handle := hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}).Session.Handle
	want := sallyport.Profile{
		AccountID: u.ID, Name: "Ada", Email: mail, Mobile: phone, Language: "pt-BR", HasPassword: true, PasswordChanged: made, ChangesEmail: true,
	}
	wantProfile(t, k, handle, want)
	costs(t, counting)("a profile", 1, 0, func() { wantNoError(t, errorOf(k.Engine.Profile(t.Context(), handle))) })

	proven := directory.UserChange{EmailProven: new(true)}
	wantNoError(t, errorOf(setup(k).UpdateUser(t.Context(), u.ID, proven)))
	want.EmailProven = true
	wantProfile(t, k, handle, want)
	k.Clock.Advance(time.Minute)
	r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: handle, Password: "correct horse battery", NewPassword: fresh})
	if err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v, want the password changed", r, err)
	}
	want.PasswordChanged = k.Clock.Now()
	wantProfile(t, k, handle, want)
}

// TestProfileWithoutPassword: who has no password has none to change, and the time at which
// they once had one is not told.
func TestProfileWithoutPassword(t *testing.T) {
	k := hosted(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.HostPasswordless = true }))
	p := k.AddUser(t, sallyporttest.User{Name: "pat", Email: mail, EmailValidated: true})
	wantNoError(t, errorOf(setup(k).UpdateUser(t.Context(), p.ID, directory.UserChange{Passwordless: new(true)})))
	r := hostLogin(t, k, byName("pat"))
	in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
	in.Code = k.Outbox.Code(mail, func() { hostLogin(t, k, in) })
	r = hostLogin(t, k, in)
	wantOutcome(t, "by a code", r, sallyport.Granted, sallyport.NoReason)
	wantProfile(t, k, r.Session.Handle, sallyport.Profile{AccountID: p.ID, Name: "pat", Email: mail, EmailProven: true})
}

// TestProfileOfTheHost: of users of the host's own, who have a password to change where the
// host takes one.
func TestProfileOfTheHost(t *testing.T) {
	for name, writes := range map[string]bool{"the host changes passwords": false, "it takes them": true} {
		t.Run(name, func(t *testing.T) {
			u := ann(t)
			u.edit(annID, func(a *sallyport.Account) {
				a.Email, a.Mobile, a.Language = mail, phone, "de"
			})
			var users sallyport.Accounts = u
			if writes {
				users = &writableTable{userTable: u}
			}
			k := owned(t, users)
			want := sallyport.Profile{AccountID: annID, Name: "Ann", Email: mail, Mobile: phone, Language: "de", HasPassword: writes, HostAccount: true}
			if writes {
				want.PasswordChanged = k.Clock.Now()
			}
			handle := signedIn(t, k)
			wantProfile(t, k, handle, want)
			u.edit(annID, func(a *sallyport.Account) { a.Language = "no tag" })
			later(k)
			want.Language = ""
			wantProfile(t, k, handle, want)
			if err := k.Engine.SetLanguage(t.Context(), handle, "fr"); !errors.Is(err, sallyport.ErrHostAccounts) {
				t.Errorf("got %v, want %v", err, sallyport.ErrHostAccounts)
			}
		})
	}
}

// TestProfileOfAModule: what a module keeps becomes another there.
func TestProfileOfAModule(t *testing.T) {
	f := bobs()
	f.edit(bobKey, func(r *forestRow) { r.Language, r.Email = "nl", mail })
	k := joined(t, f)
	s := hostLogin(t, k, bobLogin).Session
	wantProfile(t, k, s.Handle, sallyport.Profile{AccountID: s.AccountID, Name: s.Name, Email: mail, Language: "nl", Module: windows})
	if err := k.Engine.SetLanguage(t.Context(), s.Handle, "fr"); !errors.Is(err, sallyport.ErrModuleAccount) {
		t.Errorf("got %v, want %v", err, sallyport.ErrModuleAccount)
	}
}

// TestProfileRefused: without a session nothing is told and nothing becomes another, also
// where the account has been disabled.
func TestProfileRefused(t *testing.T) {
	k := hosted(t)
	u := created(t, k)
	handle := hostLogin(t, k, sallyport.Login{Username: "ada", Password: "correct horse battery"}).Session.Handle
	wantNoError(t, errorOf(setup(k).UpdateUser(t.Context(), u.ID, directory.UserChange{Disabled: new(true)})))
	for _, h := range []string{"", "x", handle} {
		if p, err := k.Engine.Profile(t.Context(), h); p != nil || !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("with %.8q: got %+v, %v", h, p, err)
		}
		if err := k.Engine.SetLanguage(t.Context(), h, "de"); !errors.Is(err, sallyport.ErrInvalidSession) {
			t.Errorf("setting with %.8q: got %v", h, err)
		}
	}
	if seen, err := setup(k).User(t.Context(), u.ID); err != nil || seen.Language != "" {
		t.Errorf("got %+v, %v, want no language", seen, err)
	}
}

// TestSetLanguage: the owner chooses in which language they are written to, in one commit
// with its event; what is no tag is refused by its field, and what is as it was is left.
func TestSetLanguage(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := hosted(t, sallyporttest.WithStore(counting), sallyporttest.WithConfig(func(c *sallyport.Config) { c.Language = "de" }))
	p := k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, MFA: new(false)})
	handle := hostLogin(t, k, sallyport.Login{Username: "ada", Password: p.Password}).Session.Handle
	for _, tag := range []string{"d e", "1", "de-", "de--CH", strings.Repeat("a", 36), "de\x00"} {
		err := k.Engine.SetLanguage(t.Context(), handle, tag)
		if e, is := errors.AsType[*sallyport.ProtocolError](err); !is || e.Code != sallyport.InvalidRequest || e.Field != "language" {
			t.Errorf("%q: got %v, want the field to be named", tag, err)
		}
	}
	cost := costs(t, counting)
	for _, tt := range []struct {
		tag     string
		commits int
	}{{"", 0}, {"fr-CA", 1}, {"fr-CA", 0}, {"en", 1}, {"", 1}} {
		before := len(k.Events())
		cost("to "+tt.tag, 1, tt.commits, func() { wantNoError(t, k.Engine.SetLanguage(t.Context(), handle, tt.tag)) })
		told := k.Events()[before:]
		if len(told) != tt.commits {
			t.Fatalf("%q: got %d events, want %d", tt.tag, len(told), tt.commits)
		}
		for _, ev := range told {
			if ev.Kind != sallyport.EventUserChanged || ev.Account != p.ID || ev.Detail != "language" || ev.Actor != "" {
				t.Errorf("%q: got event %+v", tt.tag, ev)
			}
		}
		a, err := k.Engine.Session(t.Context(), handle)
		if err != nil || a.Language != tt.tag {
			t.Errorf("%q: got %+v, %v", tt.tag, a, err)
		}
		if seen, err := setup(k).User(t.Context(), p.ID); err != nil || seen.Language != tt.tag {
			t.Errorf("%q: an administrator sees %+v, %v", tt.tag, seen, err)
		}
	}
	wantNoError(t, k.Engine.SetLanguage(t.Context(), handle, "fr"))
	wantWrittenIn(t, k, handle, p.Password, "Votre code")
}

func wantNoError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// wantWrittenIn fails the test unless a code to the owner of a session has a subject that
// begins so.
func wantWrittenIn(t *testing.T, k *sallyporttest.Kit, handle, password, subject string) {
	t.Helper()
	r, err := k.Engine.StepUp(t.Context(), handle, sallyport.Need{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r.Options {
		if o.Transport == mfa.Email && o.Mode == mfa.OTP {
			wantNoError(t, errorOf(k.Engine.AnswerStepUp(t.Context(), handle, sallyport.StepUpAnswer{RequestID: r.RequestID, OptionID: o.ID})))
		}
	}
	if m := k.Outbox.Last(mail); !strings.HasPrefix(m.Subject, subject) {
		t.Errorf("got the subject %q, want %q", m.Subject, subject)
	}
}
