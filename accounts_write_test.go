package sallyport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// writable is ann's table with a way to write passwords, and a kit over it.
func writable(t *testing.T, opts ...sallyporttest.Option) (*writableTable, *sallyporttest.Kit) {
	t.Helper()
	w := &writableTable{userTable: ann(t)}
	return w, owned(t, w, opts...)
}

// changes changes ann's password to fresh.
func changes(t *testing.T, k *sallyporttest.Kit) (*sallyport.PasswordResult, error) {
	t.Helper()
	return k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ann", Password: annPassword, NewPassword: fresh})
}

// opens reports whether a password of ann's is right.
func opens(t *testing.T, k *sallyporttest.Kit, pw string) bool {
	t.Helper()
	k.Clock.Advance(11 * time.Second)
	return hostLogin(t, k, sallyport.Login{Username: "ann", Password: pw}).Reason != sallyport.ReasonWrongPassword
}

// TestAccountsChange: a change of the password by its owner is written to the host, ends
// sessions, and is no news afterwards.
func TestAccountsChange(t *testing.T) {
	w, k := writable(t)
	handle, was := signedIn(t, k), w.hashOf(annID)
	r, err := changes(t, k)
	if err != nil || r.Status != sallyport.PasswordChanged || w.hashOf(annID) == was || w.writes.Load() != 1 {
		t.Fatalf("got %+v, %v, %d writes", r, err, w.writes.Load())
	}
	wantSession(t, k, "from before", handle, false)
	if opens(t, k, annPassword) || !opens(t, k, fresh) {
		t.Error("want the new password good and the old one not")
	}
	in := hostLogin(t, k, sallyport.Login{Username: "ann", Password: fresh})
	later(k)
	wantSession(t, k, "by the new password", in.Session.Handle, true)
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventHostChanged {
			t.Errorf("got %+v, want no news of what we did ourselves", ev)
		}
	}
	again, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ann", Password: fresh, NewPassword: annPassword + "!"})
	if err != nil || again.Status != sallyport.PasswordChanged {
		t.Errorf("another change: got %+v, %v", again, err)
	}
	k.Clock.Advance(time.Minute)
	old, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Username: "ann", Password: annPassword + "!", NewPassword: fresh})
	if err != nil || old.Status != sallyport.NewPasswordUsed {
		t.Errorf("one of the last: got %+v, %v, want it refused", old, err)
	}
}

// TestAccountsChangeInSession: the session in which the password is changed goes along, all
// others end.
func TestAccountsChangeInSession(t *testing.T) {
	_, k := writable(t)
	mine, other := signedIn(t, k), signedIn(t, k)
	r, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: mine, Password: annPassword, NewPassword: fresh})
	if err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", r, err)
	}
	wantSession(t, k, "the session of the change", mine, true)
	wantSession(t, k, "another", other, false)
	later(k)
	wantSession(t, k, "the session of the change, later", mine, true)
}

// TestAccountsMustChange: a password that the host wants changed is changed inside the
// login, which goes on; the host clears what wanted it.
func TestAccountsMustChange(t *testing.T) {
	w, k := writable(t)
	w.edit(annID, func(a *sallyport.Account) { a.MustChangePassword = true })
	r := hostLogin(t, k, annLogin)
	wantOutcome(t, "call 1", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
	set, err := k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: annPassword, NewPassword: fresh})
	if err != nil || set.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", set, err)
	}
	r = hostLogin(t, k, sallyport.Login{RequestID: set.RequestID, Password: fresh})
	wantOutcome(t, "the same login", r, sallyport.Granted, sallyport.NoReason)
	later(k)
	wantSession(t, k, "its session", r.Session.Handle, true)
	if opens(t, k, annPassword) || !opens(t, k, fresh) {
		t.Error("want the new password good and the old one not")
	}
}

// TestAccountsChangeWithFactor: with a second factor the host is written to only by the
// call that completes the login.
func TestAccountsChangeWithFactor(t *testing.T) {
	w, k := writable(t)
	w.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
	c := &changing{Kit: k, t: t}
	r, err := changes(t, k)
	if err != nil || r.Status != sallyport.PasswordChanged || r.RequestID == "" || w.writes.Load() != 0 {
		t.Fatalf("got %+v, %v, %d writes, want it staged", r, err, w.writes.Load())
	}
	on := c.prove(hostLogin(t, k, sallyport.Login{RequestID: r.RequestID, Password: fresh}))
	if on.Session == nil || w.writes.Load() != 1 {
		t.Fatalf("got %v, %q, %d writes, want a session and one", on.Outcome, on.Reason, w.writes.Load())
	}
	later(k)
	wantSession(t, k, "its session", on.Session.Handle, true)
	if opens(t, k, annPassword) || !opens(t, k, fresh) {
		t.Error("want the new password good and the old one not")
	}
}

// TestAccountsReset: a forgotten password is set by a mailed key, at an address that the
// host has had proven.
func TestAccountsReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, met := range []bool{false, true} {
			w, k := writable(t)
			w.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
			if met {
				hostLogin(t, k, annLogin)
			}
			key := k.Outbox.Key(mail, func() {
				if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: " ANN "}); err != nil {
					t.Error(err)
				}
			})
			r, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh})
			if err != nil || r.Status != sallyport.PasswordChanged {
				t.Fatalf("met before: %v: got %+v, %v", met, r, err)
			}
			if opens(t, k, annPassword) || !opens(t, k, fresh) || w.writes.Load() != 1 {
				t.Error("want the new password good, the old one not, and one write")
			}
			if again, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: annPassword}); err != nil || again.Status == sallyport.PasswordChanged {
				t.Errorf("the key again: got %+v, %v", again, err)
			}
		}
	})
}

// TestAccountsNoWriter: without a PasswordWriter nothing changes a password here, whoever
// asks.
func TestAccountsNoWriter(t *testing.T) {
	u := ann(t)
	u.edit(annID, func(a *sallyport.Account) { a.MustChangePassword = true })
	k := owned(t, u)
	r := hostLogin(t, k, annLogin)
	wantOutcome(t, "must change", r, sallyport.PasswordChangeWanted, sallyport.ReasonMustChange)
	for what, call := range map[string]func() error{
		"by name": func() error { _, err := changes(t, k); return err },
		"by login": func() error {
			return errorOf(k.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{RequestID: r.RequestID, Password: annPassword, NewPassword: fresh}))
		},
		"begin": func() error { return k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "ann"}) },
		"finish": func() error {
			return errorOf(k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: "x", NewPassword: fresh}))
		},
		"nobody's": func() error { return k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "nobody"}) },
	} {
		if err := call(); !errors.Is(err, sallyport.ErrHostAccounts) {
			t.Errorf("%s: got %v, want %v", what, err, sallyport.ErrHostAccounts)
		}
	}
}

// TestAccountsNoWriterOverHTTP: the routes are then answered like none, whoever asks, and
// no stranger fills the log with faults.
func TestAccountsNoWriterOverHTTP(t *testing.T) {
	k := owned(t, ann(t))
	for _, route := range []string{"Change", "BeginReset", "FinishReset"} {
		for _, id := range []string{sallyporttest.ClientID, ""} {
			form := encodeForm(map[string]string{
				"client_id": id, "client_secret": sallyporttest.ClientSecret,
				"Username": "ann", "password": annPassword, "newPassword": fresh, "key": "x",
			})
			r := httptest.NewRequest(http.MethodPost, sallyporttest.Issuer+"/api/Password/"+route, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			k.Handler().ServeHTTP(w, r)
			if w.Code != http.StatusNotFound || w.Body.String() != `{"error":"not_found"}` {
				t.Errorf("%s by client %q: got %d %s", route, id, w.Code, w.Body)
			}
		}
	}
	if strings.Contains(k.Logs(), "failed") {
		t.Errorf("got in the log\n%s", k.Logs())
	}
}

// TestAccountsLostWrite: whatever becomes of the host's write, the sessions of before are
// ended, and the host says which password is good. It is never the new one with a session
// that the old one opened.
func TestAccountsLostWrite(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name   string
		around func(write func() error) error
		told   bool // of success
		landed bool
	}{
		{"refused", func(func() error) error { return broken }, false, false},
		{"panics", func(func() error) error { panic("x") }, false, false},
		{"lost after it was told done", func(func() error) error { return nil }, true, false},
		{"done, and told broken", func(write func() error) error { return errors.Join(write(), broken) }, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, k := writable(t)
				handle := signedIn(t, k)
				w.around = tt.around
				r, err := changes(t, k)
				if tt.told != (err == nil && r.Status == sallyport.PasswordChanged) || err != nil && !errors.Is(err, sallyport.ErrAccounts) {
					t.Errorf("got %+v, %v, want success told: %v", r, err, tt.told)
				}
				w.around = nil
				wantSession(t, k, "from before", handle, false)
				if isOld, isNew := opens(t, k, annPassword), opens(t, k, fresh); isOld == tt.landed || isNew != tt.landed {
					t.Errorf("the old password is good: %v, the new one: %v, want the new one: %v", isOld, isNew, tt.landed)
				}
				wantSession(t, k, "from before, later", handle, false)
				told := slices.ContainsFunc(k.Events(), func(ev sallyport.Event) bool { return ev.Kind == sallyport.EventPasswordChanged })
				if told != (tt.landed || tt.told) {
					t.Errorf("the trail tells of a changed password: %v", told)
				}
			})
		})
	}
}

// TestAccountsBetween: a session that the old password opens while the new one is on its
// way to the host ends with it.
func TestAccountsBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, heard := range []bool{true, false} {
			w, k := writable(t)
			var between string
			w.around = func(write func() error) error {
				between = signedIn(t, k)
				wantSession(t, k, "before the write lands", between, true)
				if err := write(); err != nil || heard {
					return err
				}
				return context.DeadlineExceeded
			}
			if r, err := changes(t, k); heard != (err == nil && r.Status == sallyport.PasswordChanged) {
				t.Fatalf("got %+v, %v", r, err)
			}
			later(k)
			wantSession(t, k, "opened in between", between, false)
		}
	})
}

// TestAccountsStaleAnswer: a node that has an answer of a moment ago does not take what
// another has written since for news: nobody is signed out by it.
func TestAccountsStaleAnswer(t *testing.T) {
	_, k := writable(t)
	other := k.Node()
	wantSession(t, other, "before", signedIn(t, k), true) // by which the other node has its answer
	if r, err := changes(t, k); err != nil || r.Status != sallyport.PasswordChanged {
		t.Fatalf("got %+v, %v", r, err)
	}
	in := hostLogin(t, k, sallyport.Login{Username: "ann", Password: fresh})
	wantSession(t, other, "at the node with the old answer", in.Session.Handle, true)
	wantSession(t, k, "at the other", in.Session.Handle, true)
}

// TestAccountsCallerLeavesAtWrite: once the host has the new password the call comes to its
// end, whoever waits for it, so that nobody keeps its owner from being told.
func TestAccountsCallerLeavesAtWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, k := writable(t)
		w.edit(annID, func(a *sallyport.Account) { a.Email = mail })
		handle := signedIn(t, k)
		ctx, cancel := context.WithCancel(t.Context())
		w.around = func(write func() error) error { defer cancel(); return write() }
		r, err := k.Engine.ChangePassword(ctx, sallyport.PasswordChange{Username: "ann", Password: annPassword, NewPassword: fresh})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %+v, %v, want %v", r, err, context.Canceled)
		}
		if last := k.EventKinds(); last[len(last)-1] != sallyport.EventPasswordChanged {
			t.Errorf("got %q, want the change in the trail", last)
		}
		wantSession(t, k, "from before", handle, false)
	})
}

// TestAccountsRehash: a hash of old parameters is renewed at the host after a login, on the
// old hash alone, and ends no session.
func TestAccountsRehash(t *testing.T) {
	dear := password.InsecureParamsForTests()
	dear.Time++
	synctest.Test(t, func(t *testing.T) {
		w, k := writable(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.PasswordParams = dear }))
		was := w.hashOf(annID)
		handle := signedIn(t, k)
		synctest.Wait()
		if w.hashOf(annID) == was || w.writes.Load() != 1 {
			t.Fatalf("got %d writes, want the hash renewed", w.writes.Load())
		}
		later(k)
		wantSession(t, k, "after the renewal", handle, true)
		if !opens(t, k, annPassword) {
			t.Error("the password is not good any more")
		}
		synctest.Wait()
		if w.writes.Load() != 1 {
			t.Errorf("got %d writes, want one", w.writes.Load())
		}
	})
}

// TestAccountsRehashLost: a renewal that the host did, and of which we did not hear, ends
// no session either. One that the host refuses is tried again by the next login.
func TestAccountsRehashLost(t *testing.T) {
	dear := password.InsecureParamsForTests()
	dear.Time++
	for _, landed := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w, k := writable(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.PasswordParams = dear }))
			w.around = func(write func() error) error {
				if landed {
					return errors.Join(write(), context.DeadlineExceeded)
				}
				return context.DeadlineExceeded
			}
			was, handle := w.hashOf(annID), signedIn(t, k)
			synctest.Wait()
			if landed == (w.hashOf(annID) == was) {
				t.Fatal("the renewal was not tried as it should")
			}
			w.around = nil
			later(k)
			wantSession(t, k, "after the renewal", handle, true)
			k.Clock.Advance(time.Minute)
			signedIn(t, k)
			synctest.Wait()
			later(k)
			wantSession(t, k, "after the next login", handle, true)
			if w.hashOf(annID) == was {
				t.Error("the hash was never renewed")
			}
		})
	}
}

// TestP8HostFaults breaks every call on the store while the password of a host's user is
// changed. One of the two is good, as the host has it, whoever was told of success has the
// new one, and a session of before has not outlived the old one.
func TestP8HostFaults(t *testing.T) {
	beside(t)
	for _, factor := range []bool{false, true} {
		for _, bad := range faults() {
			t.Run(bad.name, func(t *testing.T) {
				for n, hit := 1, true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = hostChangeOverFault(t, factor, bad, n) })
				}
			})
		}
	}
}

func hostChangeOverFault(t *testing.T, factor bool, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	w, k := writable(t, sallyporttest.WithStore(f))
	if factor {
		w.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
	}
	c := &changing{Kit: k, t: t, p: &sallyporttest.Person{Name: "ann", Password: annPassword}}
	before := hostLogin(t, k, annLogin)
	if before.Session == nil {
		before = c.prove(before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	told := c.changeWhole(ctx)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	isOld, isNew := opens(t, k, annPassword), opens(t, k, fresh)
	if isOld == isNew || told && !isNew {
		t.Errorf("fault %d, told of success: %v: the old password is good: %v, the new one: %v", n, told, isOld, isNew)
	}
	if _, err := k.Engine.Session(t.Context(), before.Session.Handle); isNew && !errors.Is(err, sallyport.ErrInvalidSession) {
		t.Errorf("fault %d: got %v of the session from before, and the new password is good", n, err)
	}
	return hit
}
