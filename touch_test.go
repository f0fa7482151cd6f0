package sallyport_test

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// touched is ada with a session and an API key, of which the next call writes that they are
// used, over a store that fails when told to.
type touched struct {
	*sallyporttest.Kit
	t      *testing.T
	faulty *storetest.Faulty
	p      *sallyporttest.Person
	s      *sallyport.Session
	key    *sallyport.CreatedKey
}

func newTouched(t *testing.T, s store.Store) *touched {
	t.Helper()
	x := &touched{t: t, faulty: storetest.NewFaulty(s)}
	x.Kit = hosted(t, sallyporttest.WithStore(x.faulty))
	x.p = x.AddUser(t, sallyporttest.User{Name: "ada"})
	x.s = hostLogin(t, x.Kit, sallyport.Login{Username: "ada", Password: x.p.Password, KeepSignedIn: true}).Session
	var err error
	if x.key, err = setup(x.Kit).CreateKey(t.Context(), x.p.ID, sallyport.NewKey{}); err != nil {
		t.Fatal(err)
	}
	if err := x.useKey(); err != nil { // from now on this node knows it
		t.Fatal(err)
	}
	x.Clock.Advance(2 * day)
	x.faulty.Reset()
	return x
}

func (x *touched) useSession() error {
	_, err := x.Engine.Session(x.t.Context(), x.s.Handle)
	return err
}

func (x *touched) useKey() error {
	_, err := x.Engine.Key(x.t.Context(), sallyport.KeyCall{Key: x.key.Text, Address: "192.0.2.7"})
	return err
}

// touches are the two writes that something is used, and what ends it meanwhile.
var touches = []struct {
	name string
	use  func(x *touched) error
	ends map[string]func(x *touched, node *sallyport.Engine) error
}{
	{"a session", (*touched).useSession, map[string]func(*touched, *sallyport.Engine) error{
		"sign-out":            func(x *touched, e *sallyport.Engine) error { return e.SignOut(x.t.Context(), x.s.Handle) },
		"sign-out everywhere": func(x *touched, e *sallyport.Engine) error { return e.SignOutAll(x.t.Context(), x.s.Handle) },
		"its end by its id": func(x *touched, e *sallyport.Engine) error {
			return e.EndSession(x.t.Context(), x.s.Handle, x.s.SessionID)
		},
		"its end by an administrator": func(x *touched, e *sallyport.Engine) error {
			return e.Admin(sallyport.Actor{Name: "setup"}).EndSession(x.t.Context(), x.p.ID, x.s.SessionID)
		},
		"the end of the account": func(x *touched, e *sallyport.Engine) error {
			return e.Admin(sallyport.Actor{Name: "setup"}).DeleteUser(x.t.Context(), x.p.ID)
		},
	}},
	{"an API key", (*touched).useKey, map[string]func(*touched, *sallyport.Engine) error{
		"its revocation": func(x *touched, e *sallyport.Engine) error {
			return e.Admin(sallyport.Actor{Name: "setup"}).RevokeKey(x.t.Context(), x.p.ID, x.key.ID)
		},
		"its rotation": func(x *touched, e *sallyport.Engine) error {
			_, err := e.Admin(sallyport.Actor{Name: "setup"}).RotateKey(x.t.Context(), x.p.ID, x.key.ID, 0)
			return err
		},
		"the end of the account": func(x *touched, e *sallyport.Engine) error {
			return e.Admin(sallyport.Actor{Name: "setup"}).DeleteUser(x.t.Context(), x.p.ID)
		},
	}},
}

// TestP12TouchRacesEnd: the write that a session or a key is used, which was judged good a
// moment ago, never brings back what ends before it is committed, at this node or another,
// on every store.
func TestP12TouchRacesEnd(t *testing.T) {
	stores := map[string]func(t *testing.T) store.Store{
		"memory": func(*testing.T) store.Store { return memstore.New() },
		"bbolt": func(t *testing.T) store.Store {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		},
		"PostgreSQL": func(t *testing.T) store.Store { return openPostgres(t, pgtest.URL(t)) },
	}
	for _, what := range touches {
		for name, end := range what.ends {
			for kind, open := range stores {
				t.Run(what.name+"/"+name+"/"+kind, func(t *testing.T) {
					x := newTouched(t, open(t))
					node, raced := x.Node().Engine, false
					x.faulty.At(storetest.Commit, 1, func(_ context.Context, next func() error) error {
						raced = true
						if err := end(x, node); err != nil {
							t.Error(err)
						}
						return next()
					})
					if err := what.use(x); err != nil || !raced {
						t.Fatalf("got %v, raced %v, want it good before it ends", err, raced)
					}
					for range 2 {
						if err := what.use(x); !errors.Is(err, sallyport.ErrInvalidSession) && !errors.Is(err, sallyport.ErrInvalidKey) {
							t.Errorf("after its end: got %v", err)
						}
						x.Clock.Advance(-time.Second)
					}
				})
			}
		}
	}
}

// TestTouchFailsNoRequest: a store that is full, fails, panics, or hangs, when it is to write
// that a session or a key is used fails no call; the next one writes it.
func TestTouchFailsNoRequest(t *testing.T) {
	for name, fault := range map[string]storetest.Action{
		"full": storetest.Fail(boltstore.ErrFull), "no space": storetest.Fail(syscall.ENOSPC), "unknown": storetest.Fail(store.ErrUnknown),
		"too large": storetest.Fail(store.ErrTooLarge), "panics": storetest.Panic("on its way"),
		"hangs": func(ctx context.Context, _ func() error) error { <-ctx.Done(); return ctx.Err() },
	} {
		for _, what := range touches {
			synctest.Test(t, func(t *testing.T) {
				x := newTouched(t, memstore.New())
				const most = 100 // retries and all
				for i := range most {
					x.faulty.At(storetest.Commit, i+1, fault)
				}
				began := time.Now()
				if err := what.use(x); err != nil {
					t.Errorf("%s, %s: got %v", name, what.name, err)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("%s, %s: took %s", name, what.name, took)
				}
				if n := x.faulty.Calls(storetest.Commit); n == 0 || n >= most {
					t.Errorf("%s, %s: %d writes were tried", name, what.name, n)
				}
				for _, want := range []int{1, 0} {
					x.faulty.Reset()
					if err := what.use(x); err != nil || x.faulty.Calls(storetest.Commit) != want {
						t.Errorf("%s, %s: got %v and %d writes then, want %d", name, what.name, err, x.faulty.Calls(storetest.Commit), want)
					}
				}
			})
		}
	}
}
