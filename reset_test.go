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
)

// resetting is a kit with one account, ada, whose password is forgotten.
type resetting struct{ *changing }

// mailbox is a user whose mailbox is all that they have beside the password.
var mailbox = sallyporttest.User{Email: mail, EmailValidated: true}

func newResetting(t *testing.T, u sallyporttest.User, opts ...sallyporttest.Option) *resetting {
	t.Helper()
	return &resetting{newChanging(t, u, opts...)}
}

// ask asks for a key to be mailed.
func (r *resetting) ask(name string) {
	r.t.Helper()
	if err := r.Engine.BeginReset(r.t.Context(), sallyport.ResetRequest{Username: name}); err != nil {
		r.t.Fatal(err)
	}
}

// key asks for a key and reads it in the mail.
func (r *resetting) key() string {
	r.t.Helper()
	return r.Outbox.Key(mail, func() { r.ask("ada") })
}

func (r *resetting) finish(in sallyport.ResetFinish) *sallyport.ResetResult {
	r.t.Helper()
	out, err := r.Engine.FinishReset(r.t.Context(), in)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// reach wants a call to come to that.
func (r *resetting) reach(what string, in sallyport.ResetFinish, o sallyport.Outcome, why sallyport.Reason, s sallyport.PasswordStatus) *sallyport.ResetResult {
	r.t.Helper()
	out := r.finish(in)
	if out.Outcome != o || out.Reason != why || out.Status != s || (out.Policy != nil) != (why == sallyport.ReasonPasswordWeak) {
		r.t.Errorf("%s: got %+v, want %v, %q, %s", what, out, o, why, s)
	}
	return out
}

// over wants the key to be good for nothing.
func (r *resetting) over(what, key string) {
	r.t.Helper()
	r.reach(what, sallyport.ResetFinish{Key: key, NewPassword: fresh}, sallyport.Denied, sallyport.ReasonOver, sallyport.ResetKeyUnknown)
}

// done wants the key to set a password.
func (r *resetting) done(what string, in sallyport.ResetFinish) {
	r.t.Helper()
	if in.NewPassword == "" {
		in.NewPassword = fresh
	}
	out := r.reach(what, in, sallyport.Granted, "", sallyport.PasswordChanged)
	if out.RequestID != "" || out.Options != nil {
		r.t.Errorf("%s: got %+v, want nothing that goes on", what, out)
	}
}

// sent closes the engine, which waits for what is on its way, and counts the mails of
// a kind.
func (r *resetting) sent(kind string) (n int) {
	r.t.Helper()
	if err := r.Engine.Close(); err != nil {
		r.t.Fatal(err)
	}
	for _, m := range r.Outbox.Messages() {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// TestReset: a mailed key sets another password once, ends what the old one had
// opened, and logs nobody in.
func TestReset(t *testing.T) {
	r := newResetting(t, sallyporttest.User{Email: mail, EmailValidated: true, Mobile: phone, MFA: new(false)})
	s := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password}).Session
	key := r.key()
	m := r.Outbox.Await(mail, "reset")
	if m.To != mail || m.User != "ada" || m.Lifetime != 30*time.Minute || m.Link != sallyporttest.Issuer+"/account/reset/"+key || !strings.Contains(m.Text, m.Link) || m.Code != "" {
		t.Errorf("got %#v, %q", m.To, m.Text)
	}
	v, err := r.Engine.ViewReset(t.Context(), key, "")
	if err != nil || v.User != "ada" || v.Done || v.WantsFactor || v.Nonce == "" || v.Left != 30*time.Minute || !v.Ends.Equal(r.Clock.Now().Add(v.Left)) {
		t.Errorf("got %+v, %v, want it live", v, err)
	}
	r.reach("no password", sallyport.ResetFinish{Key: key}, sallyport.PasswordChangeWanted, "", sallyport.PasswordChangeRefused)
	r.done("the key", sallyport.ResetFinish{Key: key})
	r.over("again", key)
	if v, err := r.Engine.ViewReset(t.Context(), key, ""); err != nil || !v.Done || v.User != "" || v.Nonce != "" || v.Left != 30*time.Minute || !v.Ends.Equal(r.Clock.Now().Add(v.Left)) {
		t.Errorf("got %+v, %v, want it done and no more", v, err)
	}
	if _, err := r.Engine.Session(t.Context(), s.Handle); !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("the session from before: got %v, want it ended", err)
	}
	r.wantPassword(r.p.Password, false)
	r.wantPassword(fresh, true)
	if m := r.Outbox.Await(mail, "notice"); !strings.Contains(m.Subject, "set anew") {
		t.Errorf("got %q, want the owner told", m.Subject)
	}
	kinds := fmt.Sprint(r.EventKinds())
	if !strings.Contains(kinds, "reset asked") || !strings.Contains(kinds, "password reset") || strings.Contains(kinds, "password changed") {
		t.Errorf("got %s", kinds)
	}
}

// TestResetAsksNoMore: whoever had to choose another password has chosen it, and no
// reset opens a session by itself.
func TestResetAsksNoMore(t *testing.T) {
	r := newResetting(t, sallyporttest.User{Email: mail, EmailValidated: true, MFA: new(false), MustChangePassword: true})
	r.done("the key", sallyport.ResetFinish{Key: r.key()})
	wantOutcome(t, "the next login", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fresh}), sallyport.Granted, "")
}

// TestResetKeys: at most three keys live, a new one ends no older one, and a finished
// reset ends all.
func TestResetKeys(t *testing.T) {
	r := newResetting(t, mailbox)
	keys := []string{r.key(), r.key(), r.key()}
	r.ask("ada")
	r.Clock.Advance(29 * time.Minute)
	r.ask("ADA")
	for _, k := range keys {
		if _, err := r.Engine.ViewReset(t.Context(), k, ""); err != nil {
			t.Errorf("got %v, want all three live", err)
		}
	}
	r.done("the first", sallyport.ResetFinish{Key: keys[0]})
	r.over("another", keys[2])
	if n := r.sent("reset"); n != 3 {
		t.Errorf("got %d mails within the hour, want 3", n)
	}
}

// TestResetMails: an hour of an account has three mails, wherever they are asked from.
func TestResetMails(t *testing.T) {
	r := newResetting(t, mailbox)
	for range 3 {
		r.key()
		r.Clock.Advance(10 * time.Minute)
	}
	r.Clock.Advance(30*time.Minute - 1)
	r.ask("ada")
	r.Clock.Advance(1)
	r.key()
	r.ask("ada")
	if n := r.sent("reset"); n != 4 {
		t.Errorf("got %d mails, want 4: the fourth an hour after the first", n)
	}
}

// TestResetDay: resets use half of a mailbox's day, so that codes go out whoever asks.
func TestResetDay(t *testing.T) {
	r := newResetting(t, mailbox)
	for range 8 {
		for range 3 {
			r.ask("ada")
		}
		r.Clock.Advance(time.Hour)
	}
	login := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password})
	wantOutcome(t, "a login", r.prove(login), sallyport.Granted, "")
	if n := r.sent("reset"); n < 15 || n >= 24 {
		t.Errorf("got %d mails, want half a day's and what refills in eight hours", n)
	}
}

// TestResetStarts: one network address may ask ten times an hour, and an IPv6 /48
// thirty times. No more is done for one that is too many, whoever it names.
func TestResetStarts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		used  map[string]int // calls before
		last  string         // is too many; empty: none is
		other string         // is not
		wait  time.Duration  // until the last one is not either
	}{
		{"IPv4", map[string]int{"203.0.113.7": 10}, "::ffff:203.0.113.7", "203.0.113.8", 6 * time.Minute},
		{"a /64", map[string]int{"2001:db8::1": 10}, "2001:db8::2", "2001:db8:0:1::1", 6 * time.Minute},
		{"a /48", map[string]int{"2001:db8:0:1::1": 9, "2001:db8:0:2::1": 9, "2001:db8:0:3::1": 9, "2001:db8:0:4::1": 3}, "2001:db8:0:5::1", "2001:db8:1::1", 2 * time.Minute},
		{"loopback", map[string]int{"127.0.0.1": 31}, "", "127.0.0.1", 0},
		{"private", map[string]int{"10.0.0.1": 31}, "", "10.0.0.1", 0},
		{"none", map[string]int{"": 31}, "", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newResetting(t, mailbox)
			from := func(address, name string) {
				t.Helper()
				if err := r.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: name, Address: address}); err != nil {
					t.Fatal(err)
				}
			}
			for address, n := range tt.used {
				for i := range n {
					from(address, fmt.Sprint("nobody", i))
				}
			}
			want := 1
			if tt.last != "" {
				want = 2
				from(tt.last, "ada")
			}
			r.Outbox.Key(mail, func() { from(tt.other, "ada") })
			if tt.last != "" {
				r.Clock.Advance(tt.wait - time.Second)
				from(tt.last, "ada")
				r.Clock.Advance(time.Second)
				r.Outbox.Key(mail, func() { from(tt.last, "ada") })
			}
			if n := r.sent("reset"); n != want {
				t.Errorf("got %d mails, want %d", n, want)
			}
		})
	}
}

// TestResetUnserved: only an approved, enabled account that has a password and a
// proven mailbox gets a key. Who is reached otherwise is told why not, nobody else is
// told anything.
func TestResetUnserved(t *testing.T) {
	needs := func(d *directory.Policy) { d.Password.ResetNeedsFactor = true }
	for _, tt := range []struct {
		name string
		user sallyporttest.User
		rule func(*directory.Policy)
		why  string // in the mail; empty: none is sent
	}{
		{"disabled", sallyporttest.User{Email: mail, EmailValidated: true, Disabled: true}, nil, "disabled"},
		{"not approved", sallyporttest.User{Email: mail, EmailValidated: true, NotApproved: true}, nil, "not been approved"},
		{"without a password", sallyporttest.User{Email: mail, EmailValidated: true, Edit: func(u *directory.User) { u.Password = "" }}, nil, "without a password"},
		{"a mailbox where it is not enough", mailbox, needs, "another sign-in factor"},
		{"an address that is not proven", sallyporttest.User{Email: mail}, nil, ""},
		{"no address", sallyporttest.User{}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newResetting(t, tt.user)
			if tt.rule != nil {
				setPolicy(t, r.Kit, tt.rule)
			}
			for range 5 {
				r.ask("ada")
			}
			r.ask("nobody")
			keys, n := r.sent("reset"), 0
			for _, m := range r.Outbox.Messages() {
				if m.To == mail && m.Kind == "notice" && m.Link == "" && strings.Contains(m.Text, tt.why) {
					n++
				}
			}
			want := 3
			if tt.why == "" {
				want = 0
			}
			if keys != 0 || n != want || n != r.Outbox.Count() {
				t.Errorf("got %d keys and %d mails that say why, want 0 and %d", keys, n, want)
			}
		})
	}
}

// TestResetDies: a key is dead when its time is over, and when the account is no more
// what it was mailed for.
func TestResetDies(t *testing.T) {
	for name, end := range map[string]func(*resetting){
		"its time":     func(r *resetting) { r.Clock.Advance(30 * time.Minute) },
		"disabled":     func(r *resetting) { r.edit(func(u *directory.User) { u.Disabled = true }) },
		"not approved": func(r *resetting) { r.edit(func(u *directory.User) { u.Approved = new(false) }) },
		"once disabled": func(r *resetting) {
			r.edit(func(u *directory.User) { u.Disabled = true })
			r.edit(func(u *directory.User) { u.Disabled = false })
		},
		"a new address": func(r *resetting) {
			r.edit(func(u *directory.User) { u.Email, u.CredentialsVersion = "b@example.com", 2 })
		},
		"a new password": func(r *resetting) {
			r.change(sallyport.PasswordChange{Username: "ada", Password: r.p.Password, NewPassword: "another one, new"})
		},
		"one set by an administrator": func(r *resetting) {
			if err := setup(r.Kit).SetLastingPassword(r.t.Context(), r.p.ID, "another one, new"); err != nil {
				r.t.Fatal(err)
			}
		},
		"a clock set back": func(r *resetting) { r.Clock.Set(r.Clock.Now().Add(-62 * time.Second)) },
		"a stricter policy": func(r *resetting) {
			setPolicy(r.t, r.Kit, func(d *directory.Policy) { d.Password.ResetNeedsFactor = true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newResetting(t, sallyporttest.User{Email: mail, EmailValidated: true, MFA: new(false)})
			key := r.key()
			r.Clock.Advance(time.Second)
			end(r)
			r.over(name, key)
			if v, err := r.Engine.ViewReset(t.Context(), key, ""); !errors.Is(err, sallyport.ErrUnknownRequest) {
				t.Errorf("got %+v, %v, want it unknown", v, err)
			}
			r.wantPassword(fresh, false)
		})
	}
	r := newResetting(t, mailbox)
	key := r.key()
	r.Clock.Advance(30*time.Minute - 1)
	r.done("its last moment", sallyport.ResetFinish{Key: key})
}

func (r *resetting) edit(change func(*directory.User)) { r.EditUser(r.t, "ada", change) }

// TestResetUnlocks: a reset ends the locks that wrong passwords have set, and not that
// of an administrator.
func TestResetUnlocks(t *testing.T) {
	for _, admin := range []bool{false, true} {
		r := newResetting(t, sallyporttest.User{Email: mail, EmailValidated: true, MFA: new(false), Locked: admin})
		for i := range 10 {
			hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fmt.Sprint("guess ", i)})
		}
		wantOutcome(t, "locked", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: r.p.Password}), sallyport.Denied, sallyport.ReasonLockedOut)
		r.done("the key", sallyport.ResetFinish{Key: r.key()})
		out := hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fresh})
		if admin {
			wantOutcome(t, "locked by an administrator", out, sallyport.Denied, sallyport.ReasonLocked)
		} else {
			wantOutcome(t, "unlocked", out, sallyport.Granted, "")
		}
	}
}

// TestResetPolicy: the policy holds, and five refused passwords end the key.
func TestResetPolicy(t *testing.T) {
	r := newResetting(t, mailbox)
	key := r.key()
	for _, tt := range []struct {
		pw   string
		want sallyport.PasswordStatus
	}{
		{"k7#vq2x", sallyport.NewPasswordShort}, {"a\x00b", sallyport.NewPasswordRefused}, {"password123", sallyport.NewPasswordRefused}, {"marie.sample is mine", sallyport.NewPasswordRefused},
	} {
		r.reach(tt.pw, sallyport.ResetFinish{Key: key, NewPassword: tt.pw}, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak, tt.want)
	}
	other := r.key()
	r.reach("the fifth", sallyport.ResetFinish{Key: key, NewPassword: "short"}, sallyport.Denied, sallyport.ReasonPasswordWeak, sallyport.NewPasswordShort)
	r.over("the sixth", key)
	if v, err := r.Engine.ViewReset(t.Context(), key, ""); !errors.Is(err, sallyport.ErrUnknownRequest) {
		t.Errorf("got %+v, %v, want it given up and not done", v, err)
	}
	r.done("another key", sallyport.ResetFinish{Key: other})
	r.reach("history", sallyport.ResetFinish{Key: r.key(), NewPassword: fresh}, sallyport.PasswordChangeWanted, sallyport.ReasonPasswordWeak, sallyport.NewPasswordUsed)
}

// TestResetChargesHits: a refusal that tells of the account's passwords is charged like
// a wrong password.
func TestResetChargesHits(t *testing.T) {
	r := newResetting(t, mailbox)
	r.done("once", sallyport.ResetFinish{Key: r.key()})
	setPolicy(t, r.Kit, func(d *directory.Policy) { d.Password.MaxBadLogons = new(2) })
	key := r.key()
	for _, pw := range []string{"short", "brief", fresh} {
		r.finish(sallyport.ResetFinish{Key: key, NewPassword: pw})
	}
	wantOutcome(t, "one hit", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fresh}), sallyport.FactorWanted, "")
	r.finish(sallyport.ResetFinish{Key: key, NewPassword: fresh})
	wantOutcome(t, "two hits", hostLogin(t, r.Kit, sallyport.Login{Username: "ada", Password: fresh}), sallyport.Denied, sallyport.ReasonLockedOut)
	r.done("the key all the same", sallyport.ResetFinish{Key: key, NewPassword: "a newer one, indeed"})
}

// TestResetWarns: New says once where a mailbox alone undoes a second factor that
// everybody has to have.
func TestResetWarns(t *testing.T) {
	r := newResetting(t, mailbox)
	for _, tt := range []struct {
		mode  string
		needs bool
		want  int
	}{{mfa.WhenEnrolled, false, 0}, {mfa.Required, true, 0}, {mfa.Required, false, 1}} {
		setPolicy(t, r.Kit, func(d *directory.Policy) { d.MFA.Mode, d.Password.ResetNeedsFactor = &tt.mode, tt.needs })
		before := strings.Count(r.Logs(), "policy.password.resetNeedsFactor")
		n := r.Node()
		hostLogin(t, n, sallyport.Login{Username: "ada", Password: r.p.Password})
		if got := strings.Count(r.Logs(), "policy.password.resetNeedsFactor") - before; got != tt.want {
			t.Errorf("%s, %v: got %d warnings, want %d", tt.mode, tt.needs, got, tt.want)
		}
	}
}
