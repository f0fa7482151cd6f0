package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// silences are the ways in which a host does not answer.
var silences = []struct {
	name   string
	answer func(context.Context) error
	took   time.Duration
}{
	{"an error", func(context.Context) error { return errors.New("the table is gone") }, 0},
	{"an error of ours", func(context.Context) error { return &sallyport.ProtocolError{Code: sallyport.InvalidGrant} }, 0},
	{"a panic", func(context.Context) error { panic("a secret") }, 0},
	{"no answer", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, 5 * time.Second},
	{"no answer, whatever the context says", func(context.Context) error { time.Sleep(time.Minute); return nil }, 5 * time.Second},
}

// TestAccountsSilent: a host that fails, panics or does not answer within five seconds is
// the same 503 for everybody, known, unknown and locked, right and wrong, and nobody is
// charged.
func TestAccountsSilent(t *testing.T) {
	for _, s := range silences {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := ann(t)
				k := owned(t, u)
				handle := signedIn(t, k)
				locks(t, k, "bob")
				k.Clock.Advance(time.Minute)
				u.hook(func(ctx context.Context, _ string) error { return s.answer(ctx) })
				for _, in := range []sallyport.Login{annLogin, {Username: "ann", Password: "wrong"}, {Username: "nobody", Password: "wrong"}, {Username: "bob", Password: "wrong"}} {
					began := time.Now()
					r, err := k.Engine.Login(t.Context(), in)
					if !errors.Is(err, sallyport.ErrAccounts) || time.Since(began) < s.took || time.Since(began) > s.took+time.Second {
						t.Errorf("%s: got %v, %v after %v, want %v after %v", in.Username, r, err, time.Since(began), sallyport.ErrAccounts, s.took)
					}
				}
				form := "grant_type=VGAuthenticator&client_id=" + sallyporttest.ClientID + "&client_secret=" + sallyporttest.ClientSecret + "&Username=ann&Password=x"
				if a := post(t, k, form); a.status != http.StatusServiceUnavailable || strings.Contains(string(a.body), "gone") {
					t.Errorf("over HTTP: got %d, %s, want 503 without a reason", a.status, a.body)
				}
				if _, err := k.Engine.Session(t.Context(), handle); !errors.Is(err, sallyport.ErrAccounts) {
					t.Errorf("a look at a handle: got %v, want %v", err, sallyport.ErrAccounts)
				}
				if strings.Contains(k.Logs(), "a secret") {
					t.Error("the log has what was panicked with")
				}
				u.hook(nil)
				time.Sleep(2 * time.Minute)
				for i := range 9 {
					wantOutcome(t, "a wrong password", hostLogin(t, k, sallyport.Login{Username: "ann", Password: fmt.Sprint("x", i)}), sallyport.Denied, reasonOf(i, 8))
				}
				wantOutcome(t, "nothing was charged", hostLogin(t, k, annLogin), sallyport.Granted, sallyport.NoReason)
			})
		})
	}
}

// reasonOf is that of the n-th wrong password, of which one is the last before the lock.
func reasonOf(n, last int) sallyport.Reason {
	if n == last {
		return sallyport.ReasonLastTry
	}
	return sallyport.ReasonWrongPassword
}

// locks locks a name by wrong passwords.
func locks(t *testing.T, k *sallyporttest.Kit, name string) {
	t.Helper()
	for i := range 10 {
		hostLogin(t, k, sallyport.Login{Username: name, Password: fmt.Sprint("miss ", i)})
	}
}

// TestAccountsSilentAtGrant: a host that fails right before the grant grants nothing, and
// spends nothing.
func TestAccountsSilentAtGrant(t *testing.T) {
	for _, s := range silences {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := ann(t)
				k := owned(t, u)
				var answers atomic.Bool
				u.hook(func(ctx context.Context, what string) error {
					if what == "id" && !answers.Load() {
						return s.answer(ctx)
					}
					return nil
				})
				if r, err := k.Engine.Login(t.Context(), annLogin); !errors.Is(err, sallyport.ErrAccounts) {
					t.Errorf("got %v, %v, want %v", r, err, sallyport.ErrAccounts)
				}
				answers.Store(true)
				time.Sleep(2 * time.Minute) // so that whoever ignores its context is gone
				wantOutcome(t, "the next login", hostLogin(t, k, annLogin), sallyport.Granted, sallyport.NoReason)
			})
		})
	}
}

// TestAccountsDisabledAtGrant: what the host says right before the grant is what counts.
func TestAccountsDisabledAtGrant(t *testing.T) {
	for name, edit := range map[string]func(u *userTable){
		"disabled": func(u *userTable) { u.edit(annID, func(a *sallyport.Account) { a.Disabled = true }) },
		"deleted":  func(u *userTable) { u.remove(annID) },
		"changed":  func(u *userTable) { u.edit(annID, func(a *sallyport.Account) { a.PasswordHash = hashed(t, "x") }) },
		"made anew": func(u *userTable) {
			u.edit(annID, func(a *sallyport.Account) { a.Since = born.Add(time.Second) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := ann(t)
			k := owned(t, u)
			signedIn(t, k)
			k.Clock.Advance(time.Minute)
			u.hook(func(_ context.Context, what string) error {
				if what == "id" {
					edit(u)
				}
				return nil
			})
			if r, err := k.Engine.Login(t.Context(), annLogin); err == nil && (r.Session != nil || r.Outcome != sallyport.Denied) {
				t.Errorf("got %v, %q, want it denied", r.Outcome, r.Reason)
			}
		})
	}
}

// TestAccountsAtOnce: 64 questions are put at once and no more, and a host that never
// answers leaves no more goroutines behind; who waits five seconds for a turn is refused.
func TestAccountsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := ann(t)
		k := owned(t, u)
		var now, most atomic.Int64
		release := make(chan struct{})
		u.hook(func(context.Context, string) error {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			<-release
			now.Add(-1)
			return nil
		})
		refused := make(chan error, 100)
		for i := range 100 {
			go func() {
				_, err := k.Engine.Login(t.Context(), sallyport.Login{Username: fmt.Sprint("name ", i), Password: "x", Address: fmt.Sprintf("198.51.100.%d", i)})
				refused <- err
			}()
		}
		synctest.Wait()
		if most.Load() != 64 {
			t.Errorf("got %d questions at once, want 64", most.Load())
		}
		for range 100 {
			if err := <-refused; !errors.Is(err, sallyport.ErrAccounts) {
				t.Errorf("got %v, want %v", err, sallyport.ErrAccounts)
			}
		}
		if _, err := k.Engine.Login(t.Context(), annLogin); !errors.Is(err, sallyport.ErrAccounts) {
			t.Errorf("all turns are taken: got %v, want %v", err, sallyport.ErrAccounts)
		}
		if most.Load() != 64 {
			t.Errorf("got %d questions at once, want 64", most.Load())
		}
		close(release)
		synctest.Wait()
		wantOutcome(t, "when the host answers again", hostLogin(t, k, annLogin), sallyport.Granted, sallyport.NoReason)
	})
}

// TestAccountsCallerLeaves: before the password is looked at a call ends with its caller,
// and its question with it.
func TestAccountsCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := ann(t)
		k := owned(t, u)
		ended := make(chan error, 1)
		u.hook(func(ctx context.Context, _ string) error { <-ctx.Done(); ended <- ctx.Err(); return ctx.Err() })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { _, err := k.Engine.Login(ctx, annLogin); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || errors.Is(err, sallyport.ErrAccounts) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the question: got %v, want %v", err, context.Canceled)
		}
	})
}

// TestAccountsCallerLeavesAtGrant: a right password whose caller leaves while the host is
// asked once more is granted nothing.
func TestAccountsCallerLeavesAtGrant(t *testing.T) {
	u := ann(t)
	k := owned(t, u)
	ctx, cancel := context.WithCancel(t.Context())
	u.hook(func(_ context.Context, what string) error {
		if what == "id" {
			cancel()
		}
		return nil
	})
	if r, err := k.Engine.Login(ctx, annLogin); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want %v", r, err, context.Canceled)
	}
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventLogin {
			t.Errorf("got %+v, want nothing granted", ev)
		}
	}
}

// TestAccountsHeldCalls: while calls are held for a link, the host is asked for their
// account every two seconds, once for all of them, and what it disables lets them go.
func TestAccountsHeldCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := ann(t)
		u.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
		k := owned(t, u, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Now = time.Now }))
		c, p := k.InProcess(), &sallyporttest.Person{Name: "ann", Password: annPassword}
		var held []<-chan sallyporttest.Answer
		for range 3 {
			held = append(held, chooseLink(c, loginElsewhere(c, p).Want(t, wanted)))
			wantHeld(t, held[len(held)-1], true)
		}
		time.Sleep(time.Second) // the later ones have woken the earlier ones by then
		asked := u.ids.Load()
		time.Sleep(8 * time.Second)
		if got := u.ids.Load() - asked; got != 4 {
			t.Errorf("got %d questions in eight seconds, want 4", got)
		}
		u.edit(annID, func(a *sallyport.Account) { a.Disabled = true })
		began := time.Now()
		for _, call := range held {
			(<-call).Want(t, dead)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("the calls were held for another %v, want two seconds at most", took)
		}
	})
}
