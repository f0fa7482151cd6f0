package guard_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestCost: a guarded request reads the store once and writes nothing, but once in a tenth
// of the idle life that the session is used; what no engine sealed costs nothing.
func TestCost(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	s := newSite(t, guard.Options{}, sallyporttest.WithStore(counting))
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	cost := func(what string, loads, commits int, do func()) {
		t.Helper()
		counting.Reset()
		do()
		if c := counting.Counts(); c.Loads != loads || c.Commits != commits {
			t.Errorf("%s: got %d readings and %d commits, want %d and %d", what, c.Loads, c.Commits, loads, commits)
		}
	}
	cost("a request", 1, 0, func() { s.want("", s.do("GET", "/both", in), 401) })
	cost("a POST", 1, 0, func() { s.want("", s.do("POST", "/in", in, "Origin", origin), 200) })
	cost("a POST of another site", 0, 0, func() { s.want("", s.do("POST", "/in", in), 403) })
	cost("a cookie of nobody's", 0, 0, func() { s.want("", s.do("GET", "/in", nil, "Cookie", s.name+"=nonsense"), 401) })
	cost("no cookie", 0, 0, func() { s.want("", s.do("GET", "/anybody", nil), 200) })
	s.Clock.Advance(6 * time.Minute)
	cost("after a tenth of the idle life", 2, 1, func() { s.want("", s.do("GET", "/in", in), 200) })
	cost("and then", 1, 0, func() { s.want("", s.do("GET", "/in", in), 200) })
}
