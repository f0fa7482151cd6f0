package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/totp"
)

// journey is a way to tokens. It ends at the first call that has an error.
type journey struct {
	name string
	user sallyporttest.User
	// prepare runs on a sound store, walk on one that may break. walk answers
	// the tokens it was given.
	prepare func(*testing.T, *sallyporttest.Kit) string
	walk    func(context.Context, *sallyporttest.Kit, string) (*sallyport.Tokens, error)
}

var errVerdict = errors.New("another verdict than on a sound store")

// step is one login call that must be answered with a status.
func step(ctx context.Context, k *sallyporttest.Kit, in sallyport.Login, want sallyport.Status) (*sallyport.Result, error) {
	r, err := k.Engine.Login(ctx, login(in))
	if err == nil && r.Status != want {
		err = fmt.Errorf("%w: %s", errVerdict, r.Status)
	}
	return r, err
}

func journeys() []journey {
	yes := true
	factor := sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}
	first := func(ctx context.Context, k *sallyporttest.Kit, name string) (*sallyport.Result, error) {
		return k.Engine.Login(ctx, login(sallyport.Login{Username: name, Password: sallyporttest.Password}))
	}
	return []journey{
		{name: "password", user: sallyporttest.User{Name: "paul"}, walk: func(ctx context.Context, k *sallyporttest.Kit, _ string) (*sallyport.Tokens, error) {
			r, err := first(ctx, k, "paul")
			if err != nil {
				return nil, err
			}
			return r.Tokens, nil
		}},
		{name: "mailed code", user: factor, walk: func(ctx context.Context, k *sallyporttest.Kit, _ string) (*sallyport.Tokens, error) {
			r, err := first(ctx, k, "marie")
			if err != nil {
				return nil, err
			}
			in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[1].ID}
			if _, err = step(ctx, k, in, waiting); err != nil {
				return nil, err
			}
			in.Code = k.Outbox.LastCode(mail)
			r, err = step(ctx, k, in, sallyport.Success)
			if err != nil {
				return nil, err
			}
			return r.Tokens, nil
		}},
		{name: "link", user: factor, walk: func(ctx context.Context, k *sallyporttest.Kit, _ string) (*sallyport.Tokens, error) {
			r, err := first(ctx, k, "marie")
			if err != nil {
				return nil, err
			}
			in := sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID}
			if _, err = step(ctx, k, in, waiting); err != nil {
				return nil, err
			}
			token := strings.TrimPrefix(k.Outbox.LastLink(mail), sallyporttest.Issuer+"/mfa/link/")
			v, err := k.Engine.Link(ctx, token)
			if err != nil {
				return nil, err
			}
			if _, err := k.Engine.DecideLink(ctx, token, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true}); err != nil {
				return nil, err
			}
			r, err = step(ctx, k, in, sallyport.Success)
			if err != nil {
				return nil, err
			}
			return r.Tokens, nil
		}},
		{name: "enrolment", user: sallyporttest.User{Name: "nora", MFA: &yes}, walk: func(ctx context.Context, k *sallyporttest.Kit, _ string) (*sallyport.Tokens, error) {
			r, err := first(ctx, k, "nora")
			if err != nil {
				return nil, err
			}
			call := sallyport.EnrollmentCall{RequestID: r.RequestID}
			key, err := k.Engine.BeginTOTP(ctx, call)
			if err != nil {
				return nil, err
			}
			if _, err := k.Engine.ConfirmTOTP(ctx, call, codeOf(key.Secret, k)); err != nil {
				return nil, err
			}
			r, err = step(ctx, k, sallyport.Login{RequestID: r.RequestID, Username: "nora", Password: sallyporttest.Password}, sallyport.Success)
			if err != nil {
				return nil, err
			}
			return r.Tokens, nil
		}},
		{name: "refresh", user: sallyporttest.User{Name: "paul"}, prepare: func(t *testing.T, k *sallyporttest.Kit) string {
			return k.InProcess().Login("paul", sallyporttest.Password).Want(t, sallyport.Success).Tokens.RefreshToken
		}, walk: func(ctx context.Context, k *sallyporttest.Kit, token string) (*sallyport.Tokens, error) {
			return k.Engine.Refresh(ctx, sallyport.Refresh{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret, RefreshToken: token})
		}},
	}
}

// codeOf is what an app shows that was given the typed key.
func codeOf(key string, k *sallyporttest.Kit) string {
	secret, err := totp.ParseSecret(key)
	if err != nil {
		return err.Error()
	}
	return secret.Code(totp.Step(k.Clock.Now()))
}

// TestP8Faults breaks the n-th call on the store, for every n until a journey
// runs through untouched, in every way. A call that has an error grants
// nothing; what is merely unknown is found out and changes nothing; and once
// the store is sound again the same journey leads to tokens.
func TestP8Faults(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	broken := errors.New("the disk is on fire")
	modes := []struct {
		name     string
		op       storetest.Op
		do       func(cancel func()) storetest.Action
		harmless bool // the journey goes through all the same
	}{
		{"fails", storetest.Any, func(func()) storetest.Action { return storetest.Fail(broken) }, false},
		{"does it and fails", storetest.Any, func(func()) storetest.Action { return storetest.Then(broken) }, false},
		{"panics", storetest.Any, func(func()) storetest.Action { return storetest.Panic("secret in a panic") }, false},
		{"is cancelled before", storetest.Any, func(cancel func()) storetest.Action { return storetest.Cancel(cancel) }, false},
		{"is late", storetest.Any, func(func()) storetest.Action {
			now := make(chan struct{})
			close(now)
			return storetest.Delay(nil, now)
		}, true},
		{"does it and cannot tell", storetest.Commit, func(func()) storetest.Action { return storetest.Then(store.ErrUnknown) }, true},
	}
	t.Run("journeys", func(t *testing.T) {
		for _, j := range journeys() {
			for _, m := range modes {
				t.Run(j.name+" "+m.name, func(t *testing.T) {
					for n := 1; faulted(t, j, m.op, n, m.do, m.harmless); n++ {
					}
				})
			}
		}
	})
	goleak.VerifyNone(t, leaks)
}

// faulted runs a journey with a fault at call n, and says whether it got there.
func faulted(t *testing.T, j journey, op storetest.Op, n int, do func(func()) storetest.Action, harmless bool) bool {
	t.Helper()
	f := storetest.NewFaulty(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(f))
	k.AddUser(t, j.user)
	state := ""
	if j.prepare != nil {
		state = j.prepare(t, k)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(op, n, do(cancel))
	tokens, err := j.walk(ctx, k, state)
	hit := f.Calls(op) >= n
	f.Reset()
	switch {
	case errors.Is(err, errVerdict):
		t.Errorf("fault %d: %v", n, err)
	case (err == nil) != (tokens != nil):
		t.Errorf("fault %d: got tokens %v with error %v", n, tokens != nil, err)
	case !hit && err != nil:
		t.Errorf("untouched: %v", err)
	case hit && harmless && err != nil:
		t.Errorf("fault %d: got %v, want it to do no harm", n, err)
	}
	if strings.Contains(fmt.Sprint(err), "secret in a panic") || strings.Contains(k.Logs(), "secret in a panic") {
		t.Errorf("fault %d: what was panicked with was told", n)
	}
	if err == nil {
		return hit
	}
	if j.name == "enrolment" {
		// What had landed may have enrolled an authenticator that this test
		// does not hold: then a second factor is wanted, and nothing is granted.
		return hit
	}
	if j.name == "link" {
		k.Clock.Advance(91 * time.Second) // two live links of one account would wait for each other
	}
	if tokens, err := j.walk(t.Context(), k, state); err != nil || tokens == nil {
		t.Errorf("after fault %d, on a sound store: got %v, want tokens", n, err)
	}
	return hit
}

// TestP8CountsSurviveFaults gives wrong codes over a store that breaks at call
// n: however it breaks, no more than five are answered as wrong.
func TestP8CountsSurviveFaults(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, m := range []struct {
		name string
		do   storetest.Action
	}{{"fails", storetest.Fail(broken)}, {"does it and fails", storetest.Then(broken)}, {"cannot tell", storetest.Then(store.ErrUnknown)}} {
		t.Run(m.name, func(t *testing.T) {
			for n := 1; ; n++ {
				f := storetest.NewFaulty(memstore.New())
				k := sallyporttest.New(t, sallyporttest.WithStore(f))
				p := k.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
				r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
				if err != nil {
					t.Fatal(err)
				}
				f.Reset()
				f.At(storetest.Any, n, m.do)
				answered := 0
				for i := range 20 {
					got, err := k.Engine.Login(t.Context(), login(sallyport.Login{RequestID: r.RequestID, OptionID: r.Options[0].ID, Code: fmt.Sprint(i)}))
					if err == nil && got.Status == wrong {
						answered++
					}
				}
				hit := f.Calls(storetest.Any) >= n
				if answered > 5 || answered < 4 {
					t.Errorf("fault %d: %d codes were answered as wrong, want five, or four where an answer was lost", n, answered)
				}
				if !hit || n > 40 {
					return
				}
			}
		})
	}
}

// TestFullDisk fills the file of a store to its bound: logins that have to be
// written are refused, tokens are verified all the same, and once there is
// room again everybody gets in.
func TestFullDisk(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{MaxSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	k := sallyporttest.New(t, sallyporttest.WithStore(s))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	in := login(sallyport.Login{Username: p.Name, Password: p.Password, Scope: "openid"})
	first, err := k.Engine.Login(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; err == nil; n++ {
		var r *sallyport.Result
		if r, err = k.Engine.Login(t.Context(), in); err == nil && r.Tokens == nil || n > 20_000 {
			t.Fatalf("login %d: got %v, want tokens or a full disk", n, r)
		}
	}
	if !errors.Is(err, boltstore.ErrFull) {
		t.Fatalf("got %v, want the disk full", err)
	}
	if _, err := k.Engine.Verify(t.Context(), first.Tokens.AccessToken); err != nil {
		t.Errorf("verifying on a full disk: %v", err)
	}
	k.Clock.Advance(3 * time.Hour) // past the sessions' ends, and the while that they are kept beyond
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatalf("maintenance on a full disk: %v", err)
	}
	if r, err := k.Engine.Login(t.Context(), in); err != nil || r.Tokens == nil {
		t.Errorf("after the sweep: got %v, %v, want tokens", r, err)
	}
}
