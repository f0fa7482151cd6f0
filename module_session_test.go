package sallyport_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestModuleSessions (P12): what a module says of an account acts on handles, tokens and
// refreshes: on a refresh at once, on the others within five minutes.
func TestModuleSessions(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(f *forest)
		live bool
	}{
		{"as it was", func(*forest) {}, true},
		{"disabled", func(f *forest) { f.edit(bobKey, func(r *forestRow) { r.Disabled = true }) }, false},
		{"locked", func(f *forest) { f.edit(bobKey, func(r *forestRow) { r.Locked = true }) }, false},
		{"expired", func(f *forest) { f.edit(bobKey, func(r *forestRow) { r.Expired = true }) }, false},
		{"must change", func(f *forest) { f.edit(bobKey, func(r *forestRow) { r.MustChangePassword = true }) }, false},
		{"another password", func(f *forest) { f.edit(bobKey, func(r *forestRow) { r.PasswordSet = born.Add(time.Hour) }) }, false},
		{"deleted", func(f *forest) { f.remove(bobKey) }, false},
		{"another name", func(f *forest) { f.edit(bobKey, func(r *forestRow) { r.Name = "DOM\\robert" }) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := bobs()
			k := joined(t, f)
			handle := bobIn(t, k).Handle
			r, err := k.Engine.Login(t.Context(), login(bobLogin))
			if err != nil || r.Tokens == nil {
				t.Fatal(r, err)
			}
			tt.edit(f)
			k.Clock.Advance(5*time.Minute - time.Second)
			wantSession(t, k, "a moment before", handle, true)
			k.Clock.Advance(time.Second)
			_, err = k.Engine.Verify(t.Context(), r.Tokens.AccessToken)
			if (err == nil) != tt.live || !tt.live && !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("a token: got %v, want it good: %v", err, tt.live)
			}
			wantSession(t, k, "after five minutes", handle, tt.live)
			if _, err := k.Engine.Refresh(t.Context(), refresh(r.Tokens.RefreshToken)); (err == nil) != tt.live {
				t.Errorf("a refresh: got %v, want it good: %v", err, tt.live)
			}
		})
	}
	t.Run("a refresh asks at once", func(t *testing.T) {
		f := bobs()
		k := joined(t, f)
		r, err := k.Engine.Login(t.Context(), login(bobLogin))
		if err != nil || r.Tokens == nil {
			t.Fatal(r, err)
		}
		f.edit(bobKey, func(r *forestRow) { r.Disabled = true })
		if _, err := k.Engine.Refresh(t.Context(), refresh(r.Tokens.RefreshToken)); err == nil {
			t.Error("a refresh right after is good")
		}
		if _, err := k.Engine.Verify(t.Context(), r.Tokens.AccessToken); err == nil {
			t.Error("the token is good after the refresh has seen it")
		}
	})
}

// TestModuleSeenAtLogin: a login that finds another password ends the sessions before it,
// and is itself granted.
func TestModuleSeenAtLogin(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	before := bobIn(t, k).Handle
	f.edit(bobKey, func(r *forestRow) { r.PasswordSet, r.password = born.Add(time.Hour), "another" })
	r := hostLogin(t, k, bobWith("bob", "another"))
	wantOutcome(t, "with the new one", r, sallyport.Granted, sallyport.NoReason)
	wantSession(t, k, "of the old one", before, false)
	wantSession(t, k, "of the new one", r.Session.Handle, true)
	if !slices.Contains(k.EventKinds(), sallyport.EventHostChanged) {
		t.Errorf("got the events %q", k.EventKinds())
	}
}

// TestModuleUnread: while a module cannot be asked, sessions go on for fifteen minutes after
// its last answer and no longer, without waiting for it each time.
func TestModuleUnread(t *testing.T) {
	for _, s := range silences {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := bobs()
				k := joined(t, f)
				handle := bobIn(t, k).Handle
				f.hook(func(ctx context.Context, _ string) error { return s.answer(ctx) })
				k.Clock.Advance(5 * time.Minute)
				wantSession(t, k, "after five minutes", handle, true)
				began := time.Now()
				for range 100 {
					wantSession(t, k, "again", handle, true)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("a hundred looks took %v", took)
				}
				k.Clock.Advance(10*time.Minute - time.Second)
				wantSession(t, k, "a second before fifteen", handle, true)
				k.Clock.Advance(time.Second)
				if _, err := k.Engine.Session(t.Context(), handle); !errors.Is(err, sallyport.ErrBusy) {
					t.Errorf("after fifteen minutes: got %v, want %v", err, sallyport.ErrBusy)
				}
				time.Sleep(2 * time.Minute) // so that whoever ignores its context is gone
			})
		})
	}
}

// TestModuleUnreadAtStart: a process that has no answer yet, and gets none, lets no session
// go on: nobody knows how old the last one is.
func TestModuleUnreadAtStart(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	handle := bobIn(t, k).Handle
	f.hook(func(context.Context, string) error { return errors.New("away") })
	n := k.Node()
	if _, err := n.Engine.Session(t.Context(), handle); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v, want %v", err, sallyport.ErrBusy)
	}
	n.Clock.Advance(10 * time.Second)
	f.hook(nil)
	wantSession(t, n, "once it answers", handle, true)
}

// TestModuleGone: without its module an account logs in no more, and its sessions are over,
// but it is not changed: with the module all is as before.
func TestModuleGone(t *testing.T) {
	k := joined(t, bobs())
	handle := bobIn(t, k).Handle
	without := k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.Modules = nil }))
	wantSession(t, without, "without the module", handle, false)
	k.AddUser(t, sallyporttest.User{Name: "bob", Password: bobPassword}) // whom nobody may take for him
	for name, in := range map[string]sallyport.Login{"the host": bobLogin, "a client that lists it": login(bobLogin)} {
		r, err := without.Engine.Login(t.Context(), in)
		if p, ok := errors.AsType[*sallyport.ProtocolError](err); !ok || p.Code != sallyport.UnauthorizedClient {
			t.Errorf("%s: got %v, %v, want no such module", name, r, err)
		}
	}
	wantSession(t, k, "with it", handle, true)
}

// TestModuleStep: the module is asked when a second factor is proven, and an account that is
// disabled by then gets nothing.
func TestModuleStep(t *testing.T) {
	f := bobs()
	k := joined(t, f)
	factors(t, k, mfa.Required)
	r := hostLogin(t, k, bobLogin)
	c := k.InProcess()
	app, _ := c.EnrollAuthenticator(r.RequestID)
	f.edit(bobKey, func(r *forestRow) { r.Disabled = true })
	again := bobLogin
	again.RequestID = r.RequestID
	wantOutcome(t, "after the enrollment", hostLogin(t, k, again), sallyport.Denied, sallyport.ReasonOver)
	f.edit(bobKey, func(r *forestRow) { r.Disabled = false })
	k.Clock.Advance(time.Minute)
	r = hostLogin(t, k, bobLogin)
	wantOutcome(t, "a second factor", r, sallyport.FactorWanted, sallyport.NoReason)
	f.hook(func(_ context.Context, what string) error { return errors.New("away") })
	code := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: app.Fresh()}
	if r, err := k.Engine.Login(t.Context(), code); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("while it is away: got %v, %v, want %v", r, err, sallyport.ErrBusy)
	}
	f.hook(nil)
	wantOutcome(t, "the same code then", hostLogin(t, k, code), sallyport.Granted, sallyport.NoReason)
}

// TestModuleRequestsAreOnesOwn: a pending login goes on by its own module, name and client
// alone.
func TestModuleRequestsAreOnesOwn(t *testing.T) {
	f := bobs()
	f.edit("dom/carl", func(r *forestRow) {
		*r = forestRow{Principal: sallyport.Principal{Key: "dom/carl", Name: "carl"}, password: "of carl"}
	})
	k := joined(t, f)
	factors(t, k, mfa.Required)
	r := hostLogin(t, k, bobLogin)
	k.InProcess().EnrollAuthenticator(r.RequestID)
	for _, tt := range []struct {
		name string
		in   sallyport.Login
		why  sallyport.Reason
	}{
		{"as VGUser", sallyport.Login{Module: "VGUser", Username: "bob", Password: bobPassword}, sallyport.ReasonOver},
		{"by another name", bobWith("carl", "of carl"), sallyport.ReasonOver},
		{"by a name of no account", bobWith("bo*b", bobPassword), sallyport.ReasonOver},
		{"with another's password", bobWith("bob", "of carl"), sallyport.ReasonWrongPassword},
		{"by the name that it shows", sallyport.Login{Username: `DOM\Bob`, Password: "wrong"}, sallyport.ReasonWrongPassword},
	} {
		tt.in.RequestID = r.RequestID
		if got := hostLogin(t, k, tt.in); got.Session != nil || got.Reason != tt.why {
			t.Errorf("%s: got %v, %q, want %q", tt.name, got.Outcome, got.Reason, tt.why)
		}
	}
	f.edit(bobKey, func(r *forestRow) { r.Name = "bob-the-first" })
	f.edit("dom/carl", func(r *forestRow) { r.Name = "bob" })
	if got := hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, Username: "bob", Password: "of carl"}); got.Session != nil || got.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("by whoever has the name now: got %v, %q", got.Outcome, got.Reason)
	}
	f.edit(bobKey, func(r *forestRow) { r.Name = "bob" })
	f.edit("dom/carl", func(r *forestRow) { r.Name = "carl" })
	wantOutcome(t, "by its own, without the module's name", hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, Username: `DOM\BOB`, Password: bobPassword}), sallyport.Granted, sallyport.NoReason)
}
