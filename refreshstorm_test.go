package sallyport_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// storm is how many calls come at once with one refresh token, in the short form too: it
// is the crowd that a fleet of programs makes which all wake up by one clock.
const storm = 200

// TestP1RefreshStorm: of many calls at once with one refresh token all get one successor;
// so do those that ask again because the answer was lost. The successor has one of its own,
// and the old token, shown later, ends the family at every node.
func TestP1RefreshStorm(t *testing.T) {
	list := arenas(t)
	nodes := list[0] // memory
	nodes.name += ", two nodes"
	nodes.make = func(t *testing.T) arena {
		k := sallyporttest.New(t)
		return arena{k, engines{k.Engine, k.Node().Engine}.race}
	}
	for _, s := range append(list, nodes) {
		t.Run(s.name, func(t *testing.T) {
			a := s.make(t)
			p := a.kit.AddUser(t, sallyporttest.User{Name: "paul"})
			login := a.kit.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens

			second := a.oneSuccessor(t, "the storm", login.RefreshToken)
			a.kit.Clock.Advance(29 * time.Second)
			if again := a.oneSuccessor(t, "lost answers", login.RefreshToken); again != second {
				t.Error("a lost answer was given again with another token")
			}
			third := a.oneSuccessor(t, "the successor", second)
			if slices.Contains([]string{login.RefreshToken, second}, third) {
				t.Error("a token has itself, or the one before, as its successor")
			}
			fresh, err := a.kit.Engine.Refresh(t.Context(), refresh(third))
			if err != nil {
				t.Fatal(err)
			}

			a.kit.Clock.Advance(31 * time.Second)
			for _, token := range []string{login.RefreshToken, second, third, fresh.RefreshToken} { // the first is the reuse
				a.wantAllDead(t, token)
			}
			for name, e := range map[string]*sallyport.Engine{"this node": a.kit.Engine, "a node of its own": a.kit.Node().Engine} {
				if _, err := e.Verify(t.Context(), fresh.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
					t.Errorf("%s: the last access token of the family: got %v, want %v", name, err, sallyport.ErrInvalidToken)
				}
			}
			var reused int
			for _, ev := range a.kit.Events() {
				if ev.Kind == sallyport.EventRefreshReused {
					reused++
				}
			}
			if away := s.name == "PostgreSQL, two processes"; reused > 1 || reused == 0 && !away { // there it is told in theirs
				t.Errorf("got %d events of a reuse, want 1: a family ends once", reused)
			}
		})
	}
}

// oneSuccessor shows a refresh token many times at once, and returns the successor that
// all calls were given.
func (a arena) oneSuccessor(t *testing.T, what, token string) string {
	t.Helper()
	n, next := successors(t, a.run(t, storm, heat{Call: "refresh", Refresh: token}))
	if n != 1 {
		t.Fatalf("%s: got %d different answers, want one successor", what, n)
	}
	return next
}

// wantAllDead shows a refresh token many times at once, of which none is good.
func (a arena) wantAllDead(t *testing.T, token string) {
	t.Helper()
	dead := "error: " + (&sallyport.ProtocolError{Code: sallyport.InvalidGrant}).Error()
	if got := a.run(t, storm, heat{Call: "refresh", Refresh: token}); got[dead] != storm {
		t.Errorf("after the reuse: got %v, want %d × %q", got, storm, dead)
	}
}
