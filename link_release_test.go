package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// TestLinkReleasedAcrossNodes: a call that one node holds is answered within a quarter of
// a second after its link was approved or denied at another, whenever in that quarter that
// was; and within half a second where a reading fails meanwhile. It is the bubble's time,
// which passes only while all wait.
func TestLinkReleasedAcrossNodes(t *testing.T) {
	for name, tt := range map[string]struct {
		after  time.Duration // since the call is held
		deny   bool
		broken int // readings that fail after the answer
		within time.Duration
	}{
		"at once":                   {after: 0, within: 250 * time.Millisecond},
		"just after a reading":      {after: 251 * time.Millisecond, within: 249 * time.Millisecond},
		"between two readings":      {after: 1_125 * time.Millisecond, within: 125 * time.Millisecond},
		"just before a reading":     {after: 10*time.Second - time.Millisecond, within: time.Millisecond},
		"denied":                    {after: 1_125 * time.Millisecond, deny: true, within: 125 * time.Millisecond},
		"a reading fails meanwhile": {after: 1_125 * time.Millisecond, broken: 1, within: 375 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := storetest.NewFaulty(memstore.New()) // as the node that holds has it
				k := sallyporttest.New(t, sallyporttest.WithStore(f))
				c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
				other := k.Node().InProcess()
				held := c.WaitLink(c.Login(p.Name, p.Password).Want(t, wanted), "Email")
				time.Sleep(tt.after)
				if tt.deny {
					other.Deny(held.Link)
				} else {
					other.Approve(held.Link)
				}
				decided := time.Now()
				f.Reset()
				for i := range tt.broken {
					f.At(storetest.Load, i+1, func(context.Context, func() error) error { return errors.New("down") })
				}
				if a := held.Answer(); (a.Tokens != nil) == tt.deny {
					t.Errorf("got %s, want what was decided", a)
				}
				if took := time.Since(decided); took > tt.within {
					t.Errorf("the call was answered after %s, want %s at most", took, tt.within)
				}
			})
		})
	}
}

// releases are stores, and how two nodes get to one.
var releases = []struct {
	name string
	open func(t *testing.T) (a, b store.Store)
}{
	{"memory, two engines", func(t *testing.T) (a, b store.Store) {
		s := memstore.New()
		t.Cleanup(func() { s.Close() })
		return s, s
	}},
	{"bbolt, two engines", func(t *testing.T) (a, b store.Store) {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s, s
	}},
	{"PostgreSQL, two engines with connections of their own", func(t *testing.T) (a, b store.Store) {
		url := pgtest.URL(t)
		return openPostgres(t, url), openPostgres(t, url)
	}},
}

// TestLinkReleaseTimes approves links at one node whose calls are held by another, over
// HTTP, and notes how long after the approval each was answered: one after the other, at
// any moment between two readings, and many together, which then are signed for together.
// The figures are for whoever reads them: what is held to is that each is answered.
func TestLinkReleaseTimes(t *testing.T) {
	beside(t)
	rounds, n := 1, 4
	if long() {
		rounds, n = 4, 50
	}
	for _, tt := range releases {
		t.Run(tt.name, func(t *testing.T) {
			one, two := tt.open(t)
			k := sallyporttest.New(t, sallyporttest.WithStore(one))
			other := k.Node(sallyporttest.WithConfig(func(c *sallyport.Config) { c.Store = two }))
			for _, way := range []struct {
				people, column string
				next           func(i int, answered <-chan time.Duration)
			}{
				{"one", "one after the other: p50 / p99 / max", func(i int, answered <-chan time.Duration) {
					<-answered
					if long() { // or each would be approved just after a reading
						time.Sleep(time.Duration(i*97%250) * time.Millisecond)
					}
				}},
				{"all", fmt.Sprint(n, " together: p50 / p99 / max"), func(int, <-chan time.Duration) {}},
			} {
				var took []time.Duration
				for round := range rounds {
					took = append(took, releaseTimes(t, other, heldBy(t, k, fmt.Sprint(way.people, round, "n"), n), way.next)...)
				}
				t.Logf("%d approvals, %s: %s", len(took), way.column, spread(took))
				proof.Note(t, "release", tt.name, "approvals", len(took))
				proof.Note(t, "release", tt.name, way.column, spread(took))
			}
		})
	}
}

// heldBy are the calls of n people whose links wait at a node.
func heldBy(t *testing.T, k *sallyporttest.Kit, prefix string, n int) (held []*sallyporttest.Held) {
	t.Helper()
	c := k.HTTP()
	for i := range n {
		name := fmt.Sprint(prefix, i)
		p := k.AddUser(t, sallyporttest.User{Name: name, Email: name + "@example.com", EmailValidated: true})
		held = append(held, c.WaitLink(c.Login(p.Name, p.Password).Want(t, wanted), "Email"))
	}
	return held
}

// releaseTimes approves at another node, and calls next between two approvals.
func releaseTimes(t *testing.T, other *sallyporttest.Kit, held []*sallyporttest.Held, next func(i int, answered <-chan time.Duration)) (took []time.Duration) {
	t.Helper()
	owner, answered, seen := other.HTTP(), make(chan time.Duration, len(held)), make(chan time.Duration, len(held))
	for i, h := range held {
		owner.Approve(h.Link)
		decided := time.Now()
		go func() {
			h.Answer().Want(t, sallyport.Success)
			took := time.Since(decided)
			answered <- took
			seen <- took
		}()
		next(i, seen)
	}
	for range held {
		took = append(took, <-answered)
	}
	return took
}
