package sallyport_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/wire"
)

// TestAccountsReused: a known id with another Since is another person, who gets nothing of
// the first, and is denied until an administrator forgets that one. Before a right password
// nobody learns of it.
func TestAccountsReused(t *testing.T) {
	u := ann(t)
	k := owned(t, u)
	handle := signedIn(t, k)
	token := k.InProcess().Login("ann", annPassword).Want(t, sallyport.Success).Tokens
	u.edit(annID, func(a *sallyport.Account) { a.Since = born.Add(time.Microsecond) })
	later(k)
	wantSession(t, k, "another person's", handle, false)
	if _, err := k.Engine.Verify(t.Context(), token.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("the token: got %v, want %v", err, sallyport.ErrInvalidToken)
	}
	k.InProcess().Refresh(token.RefreshToken).WantOAuth(t, "invalid_grant")
	wantOutcome(t, "a wrong password", hostLogin(t, k, sallyport.Login{Username: "ann", Password: "wrong"}), sallyport.Denied, sallyport.ReasonWrongPassword)
	for range 2 {
		if r, err := k.Engine.Login(t.Context(), annLogin); !errors.Is(err, sallyport.ErrAccountReused) {
			t.Fatalf("got %v, %v, want %v", r, err, sallyport.ErrAccountReused)
		}
	}
	_, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ann", Password: annPassword, NewPassword: fresh})
	if !errors.Is(err, sallyport.ErrHostAccounts) {
		t.Errorf("a change of password: got %v", err)
	}
	u.edit(annID, func(a *sallyport.Account) { a.Since = born })
	later(k)
	wantSession(t, k, "the first person again", handle, false)
	wantSession(t, k, "their next one", signedIn(t, k), true)

	u.edit(annID, func(a *sallyport.Account) { a.Since = born.Add(time.Hour) })
	if err := k.Engine.Admin(job).Forget(t.Context(), annID); err != nil {
		t.Fatal(err)
	}
	wantSession(t, k, "the new person", signedIn(t, k), true)
	wantSession(t, k, "the first person's handle", handle, false)
}

// TestAccountsReusedFactors: the new person has none of the old one's factors, and the old
// one's pending login is dead.
func TestAccountsReusedFactors(t *testing.T) {
	u := ann(t)
	k := owned(t, u)
	c := k.InProcess()
	factors(t, k, mfa.Required)
	const none = sallyport.Failure | sallyport.MFAEnrollmentRequired | sallyport.UserAccountMissingEmail | sallyport.UserAccountMissingMobilePhone
	a := c.Login("ann", annPassword).Want(t, none)
	app, _ := c.EnrollAuthenticator(a.RequestID)
	c.Resume(a.RequestID, "ann", annPassword).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	a = c.Login("ann", annPassword).Want(t, wanted)
	u.edit(annID, func(a *sallyport.Account) { a.Since = born.Add(time.Hour) })
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", app.Code()).Want(t, dead)
	if err := k.Engine.Admin(job).Forget(t.Context(), annID); err != nil {
		t.Fatal(err)
	}
	c.AnswerWith(a, "MicrosoftAuthenticator", "OTP", app.Code()).Want(t, dead)
	c.Login("ann", annPassword).Want(t, none)
}

// TestAccountsHashMoved: a hash that becomes another without us ends sessions, tokens and
// pending logins, at the next call and at the next look, for ever.
func TestAccountsHashMoved(t *testing.T) {
	other := hashed(t, "another password")
	for _, tt := range []struct {
		name  string
		meets func(t *testing.T, k *sallyporttest.Kit, handle string, tokens *wire.TokenSuccess)
	}{
		{"a look at a handle", func(t *testing.T, k *sallyporttest.Kit, handle string, _ *wire.TokenSuccess) {
			wantSession(t, k, "after the hash moved", handle, false)
		}},
		{"a look at a token", func(t *testing.T, k *sallyporttest.Kit, _ string, tokens *wire.TokenSuccess) {
			if _, err := k.Engine.Verify(t.Context(), tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("got %v, want %v", err, sallyport.ErrInvalidToken)
			}
		}},
		{"userinfo", func(t *testing.T, k *sallyporttest.Kit, _ string, tokens *wire.TokenSuccess) {
			if _, err := k.Engine.UserInfo(t.Context(), tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("got %v, want %v", err, sallyport.ErrInvalidToken)
			}
		}},
		{"a refresh", func(t *testing.T, k *sallyporttest.Kit, _ string, tokens *wire.TokenSuccess) {
			k.InProcess().Refresh(tokens.RefreshToken).WantOAuth(t, "invalid_grant")
		}},
		{"a login", func(t *testing.T, k *sallyporttest.Kit, _ string, _ *wire.TokenSuccess) {
			r := hostLogin(t, k, sallyport.Login{Username: "ann", Password: "another password"})
			wantOutcome(t, "the other password", r, sallyport.Granted, sallyport.NoReason)
		}},
		{"signing out", func(t *testing.T, k *sallyporttest.Kit, handle string, _ *wire.TokenSuccess) {
			if err := k.Engine.SignOut(t.Context(), handle); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := ann(t)
			k := owned(t, u)
			handle, was := signedIn(t, k), u.hashOf(annID)
			c := k.InProcess()
			tokens := c.Login("ann", annPassword).Want(t, sallyport.Success).Tokens
			u.edit(annID, func(a *sallyport.Account) { a.PasswordHash = other })
			later(k)
			tt.meets(t, k, handle, tokens)
			u.edit(annID, func(a *sallyport.Account) { a.PasswordHash = was })
			later(k)
			wantSession(t, k, "the old hash is back", handle, false)
			if _, err := k.Engine.Verify(t.Context(), tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
				t.Errorf("the old hash is back: got %v, want %v", err, sallyport.ErrInvalidToken)
			}
			if !slices.ContainsFunc(k.Events(), func(ev sallyport.Event) bool {
				return ev.Kind == sallyport.EventHostChanged && ev.Account == annID && ev.Detail == "password"
			}) {
				t.Error("no event tells of it")
			}
		})
	}
}

// TestAccountsHashMovedPending: a pending login dies with the hash that began it.
func TestAccountsHashMovedPending(t *testing.T) {
	u := ann(t)
	u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
	k := owned(t, u)
	c := k.InProcess()
	a := c.Choose(c.Login("ann", annPassword).Want(t, wanted), "Email", "OTP").Want(t, waiting)
	u.edit(annID, func(a *sallyport.Account) { a.PasswordHash = hashed(t, "x") })
	c.Answer(a, k.Outbox.LastCode(mail)).Want(t, dead)
}

// TestAccountsOff: what the host disables or deletes ends sessions for ever, also when it
// is as it was again.
func TestAccountsOff(t *testing.T) {
	disable := func(off bool) func(*userTable) {
		return func(u *userTable) { u.edit(annID, func(a *sallyport.Account) { a.Disabled = off }) }
	}
	row := ann(t).rows[annID]
	for _, tt := range []struct {
		name    string
		off, on func(*userTable)
	}{
		{"disabled", disable(true), disable(false)},
		{"deleted", func(u *userTable) { u.remove(annID) }, func(u *userTable) { u.edit(annID, func(a *sallyport.Account) { *a = row }) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := ann(t)
			u.rows[annID] = row
			k := owned(t, u)
			handle := signedIn(t, k)
			tt.off(u)
			later(k)
			wantSession(t, k, "off", handle, false)
			tt.on(u)
			later(k)
			wantSession(t, k, "on again", handle, false)
			wantSession(t, k, "the next one", signedIn(t, k), true)
			tt.off(u)
			if r := hostLogin(t, k, annLogin); r.Outcome != sallyport.Denied || r.Session != nil {
				t.Errorf("off again: got %v, want it denied", r.Outcome)
			}
		})
	}
}

// sequence is a store and a table that write down who was asked for what.
type sequence struct {
	store.Store
	mu  sync.Mutex
	ops []string
}

func (s *sequence) note(op string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops = append(s.ops, op)
}

func (s *sequence) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	s.note("load")
	return s.Store.Load(ctx, keys...)
}

func (s *sequence) Commit(ctx context.Context, c store.Change) error {
	s.note("commit")
	return s.Store.Commit(ctx, c)
}

func (s *sequence) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.ops, " ")
	s.ops = nil
	return out
}

// TestAccountsAskedOutside: the host is asked once a call, by id once more right before a
// grant, and never between the readings of a transaction and its commit.
func TestAccountsAskedOutside(t *testing.T) {
	u, s := ann(t), &sequence{Store: memstore.New()}
	w := &writableTable{userTable: u}
	u.hook(func(_ context.Context, what string) error { s.note(what); return nil })
	k := owned(t, w, sallyporttest.WithStore(s))
	c := k.InProcess()
	var a sallyporttest.Answer
	var handle string
	s.take()
	for _, tt := range []struct {
		name, want string
		call       func()
	}{
		{"a login", "name load load id load load commit", func() { a = c.Login("ann", annPassword).Want(t, sallyport.Success) }},
		{"a wrong password", "name load load commit", func() { c.Login("ann", "wrong") }},
		{"an unknown name", "name load load commit", func() { c.Login("nobody", "wrong") }},
		{"a login of the host's own", "name load load id load load commit", func() { handle = signedIn(t, k) }},
		{"a refresh", "id load commit", func() { a = c.Refresh(a.Tokens.RefreshToken) }},
		{"a look at a token that was just refreshed", "load", func() { verified(t, k, a) }},
		{"a look later", "id load", func() { later(k); verified(t, k, a) }},
		{"a look at a handle of the same account", "load", func() { wantSession(t, k, "at once", handle, true) }},
		{"another look", "load", func() { wantSession(t, k, "again", handle, true) }},
		{"a look later", "id load", func() { later(k); wantSession(t, k, "later", handle, true) }},
		{"a change of the password", "name load load id load load load commit load load commit", func() {
			k.Clock.Advance(time.Minute)
			r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ann", Password: annPassword, NewPassword: fresh})
			if err != nil || r.Status != sallyport.PasswordChanged {
				t.Errorf("got %+v, %v", r, err)
			}
		}},
	} {
		tt.call()
		if got := s.take(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func verified(t *testing.T, k *sallyporttest.Kit, a sallyporttest.Answer) {
	t.Helper()
	if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
		t.Error(err)
	}
}

// TestAccountsFreshness: looks ask at most every AccountsFreshness, however many at once;
// below zero each look asks.
func TestAccountsFreshness(t *testing.T) {
	for _, tt := range []struct {
		name       string
		fresh      time.Duration
		quiet, old time.Duration // after how long a look still asks nothing, and asks
	}{
		{"by default", 0, 5*time.Second - 1, 5 * time.Second},
		{"a minute", time.Minute, time.Minute - 1, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := ann(t)
			k := owned(t, u, sallyporttest.WithConfig(func(c *sallyport.Config) { c.AccountsFreshness = tt.fresh }))
			handle := signedIn(t, k)
			asked := u.ids.Load()
			look := func(what string, more int64) {
				t.Helper()
				crowd(16, func(int) { wantSession(t, k, what, handle, true) })
				if got := u.ids.Load() - asked; got != more {
					t.Errorf("%s: the host was asked %d times, want %d", what, got, more)
				}
			}
			k.Clock.Advance(tt.quiet)
			look("fresh enough", 0)
			k.Clock.Advance(tt.old - tt.quiet)
			look("too old", 1)
			k.Clock.Advance(-2 * time.Hour)
			_, _ = k.Engine.Session(t.Context(), handle)
			if got := u.ids.Load() - asked; got != 2 {
				t.Errorf("the clock went back: the host was asked %d times, want 2", got)
			}
		})
	}
	t.Run("each time", func(t *testing.T) {
		u := ann(t)
		k := owned(t, u, sallyporttest.WithConfig(func(c *sallyport.Config) { c.AccountsFreshness = -1 }))
		handle := signedIn(t, k)
		asked := u.ids.Load()
		for range 3 {
			wantSession(t, k, "each look", handle, true)
		}
		if got := u.ids.Load() - asked; got != 3 {
			t.Errorf("the host was asked %d times, want 3", got)
		}
		u.edit(annID, func(a *sallyport.Account) { a.Disabled = true })
		wantSession(t, k, "disabled", handle, false)
	})
}

// takeAway deletes the records of those tables, past the engine.
func takeAway(t *testing.T, k *sallyporttest.Kit, tables ...string) {
	t.Helper()
	for rec, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(tables, func(name string) bool { return strings.HasSuffix(rec.Key, "/"+name) }) {
			del := store.Change{ID: 1, Writes: []store.Write{{Key: rec.Key, If: rec.Version}}}
			if err := k.Store.Commit(t.Context(), del); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAccountsTakenAway shows what SECURITY.md says is not defended: without any record of
// ours an account of a host's is a new one. Its sessions do not live on.
func TestAccountsTakenAway(t *testing.T) {
	k := owned(t, ann(t))
	handle := signedIn(t, k)
	takeAway(t, k, account.Ageings.Name(), mfa.FactorsTable.Name())
	k.Clock.Advance(time.Minute)
	wantSession(t, k, "without its records", handle, false)
	wantOutcome(t, "without its records", hostLogin(t, k, annLogin), sallyport.Granted, sallyport.NoReason)
	wantSession(t, k, "after the next login", handle, false)
}

// TestAccountsDamaged: a record of ours that is gone while factors are there, or factors
// that are gone while it is there, were taken away by somebody, and deny.
func TestAccountsDamaged(t *testing.T) {
	for _, gone := range []store.Describer{account.Ageings, mfa.FactorsTable} {
		t.Run(gone.Name(), func(t *testing.T) {
			u := ann(t)
			u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
			k := owned(t, u)
			c := k.InProcess()
			c.Login("ann", annPassword).Want(t, wanted)
			takeAway(t, k, gone.Name())
			k.Clock.Advance(time.Minute)
			if _, err := k.Engine.Login(t.Context(), annLogin); !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want %v", err, store.ErrDamaged)
			}
			if err := k.Engine.Admin(job).Forget(t.Context(), annID); err != nil {
				t.Errorf("forgetting the account: got %v", err)
			}
			wantOutcome(t, "forgotten", hostLogin(t, k, annLogin), sallyport.FactorWanted, sallyport.NoReason)
		})
	}
}
