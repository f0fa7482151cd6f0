package sallyport_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// slowCommits makes every commit take a while by the engine's clock, as one on
// a disk does, so that tokens are signed while it is under way. fate decides of
// each commit in the order of the calls; nil, or none left, lets it land.
func slowCommits(t *testing.T) (k *sallyporttest.Kit, fate func(...storetest.Action)) {
	f := storetest.NewFaulty(memstore.New())
	k = sallyporttest.New(t, sallyporttest.WithStore(f))
	slow := func(do storetest.Action) storetest.Action {
		return func(ctx context.Context, next func() error) error {
			k.Clock.Advance(time.Millisecond)
			if do == nil {
				return next()
			}
			return do(ctx, next)
		}
	}
	return k, func(list ...storetest.Action) {
		f.Reset()
		for n := range 20 {
			var do storetest.Action
			if n < len(list) {
				do = list[n]
			}
			f.At(storetest.Commit, n+1, slow(do))
		}
	}
}

// TestP2SignedAhead: what is signed while a commit is under way is handed out
// if that commit landed, and by no other way.
func TestP2SignedAhead(t *testing.T) {
	k, fate := slowCommits(t)
	u := k.AddUser(t, sallyporttest.User{Name: "ann"})
	call := sallyport.Login{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret, Username: u.Name, Password: u.Password}
	down := errors.New("down")

	var tokens *sallyport.Tokens
	for _, c := range []struct {
		name string
		fate storetest.Action
		want error
	}{
		{"the first, by which commits are known to be slow", nil, nil},
		{"lands", nil, nil},
		{"fails", storetest.Fail(down), down},
		{"panics", storetest.Panic("down"), nil},
		{"conflicts once and runs again", storetest.Fail(store.ErrConflict), nil},
		{"lands, which nobody is told at first", storetest.Then(store.ErrUnknown), nil},
	} {
		fate(c.fate)
		r, err := k.Engine.Login(t.Context(), call)
		switch {
		case c.name == "panics":
			if err == nil || r != nil {
				t.Errorf("%s: got %v, error %v; want an error", c.name, r, err)
			}
		case c.want != nil:
			if !errors.Is(err, c.want) || r != nil {
				t.Errorf("%s: got %v, error %v; want %v", c.name, r, err, c.want)
			}
		case err != nil || r.Tokens == nil:
			t.Fatalf("%s: got %v, error %v; want tokens", c.name, r, err)
		default:
			tokens = r.Tokens
			if _, err := k.Engine.Verify(t.Context(), tokens.AccessToken); err != nil {
				t.Errorf("%s: verifying: %v", c.name, err)
			}
		}
	}

	next := func(refresh string) (*sallyport.Tokens, error) {
		return k.Engine.Refresh(t.Context(), sallyport.Refresh{
			ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret, RefreshToken: refresh})
	}
	fate(storetest.Fail(down))
	if got, err := next(tokens.RefreshToken); got != nil || !errors.Is(err, down) {
		t.Errorf("refresh that failed: got %v, error %v; want %v", got, err, down)
	}
	fate(storetest.Fail(store.ErrConflict))
	got, err := next(tokens.RefreshToken)
	if err != nil {
		t.Fatalf("refresh after one that failed: %v", err)
	}
	if _, err := k.Engine.Verify(t.Context(), got.AccessToken); err != nil {
		t.Errorf("verifying after a refresh: %v", err)
	}
	if _, err := next(got.RefreshToken); err != nil {
		t.Errorf("the successor of a refresh that ran twice: %v", err)
	}
}
