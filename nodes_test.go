package sallyport_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// clusterOf starts nodes on one store, each with a clock of its own.
func clusterOf(t *testing.T, s store.Store, keys sealed.Keys, clocks ...time.Duration) (nodes []*sallyporttest.Kit) {
	t.Helper()
	for _, ahead := range clocks {
		k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
			now := c.Now
			c.Keys, c.Now = keys, func() time.Time { return now().Add(ahead) }
		}))
		nodes = append(nodes, k)
	}
	return nodes
}

// maintain runs the upkeep of every node, as often as it takes them to have seen
// each other's clocks change.
func maintain(t *testing.T, nodes []*sallyporttest.Kit) {
	t.Helper()
	for range 3 {
		for _, k := range nodes {
			k.Clock.Advance(time.Millisecond) // so that each record differs from the last
			if err := k.Engine.Maintain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestNodesApart: nodes whose clocks are apart say so, are not ready, and delete
// nothing, whichever of them is the one that is wrong.
func TestNodesApart(t *testing.T) {
	for _, tt := range []struct {
		name  string
		ahead time.Duration
		apart bool
	}{
		{"together", 0, false},
		{"as far as is allowed", 29 * time.Second, false},
		{"ahead", 32 * time.Second, true},
		{"behind", -32 * time.Second, true},
		{"a day ahead", 24 * time.Hour, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := memstore.New()
			nodes := clusterOf(t, s, sealed.NewKeys(), 0, tt.ahead)
			maintain(t, nodes)
			old := store.Change{ID: 1, Writes: []store.Write{{Key: "old", Value: []byte("x"), Expires: nodes[0].Clock.Now().Add(-24 * time.Hour)}}}
			if err := s.Commit(t.Context(), old); err != nil {
				t.Fatal(err)
			}
			maintain(t, nodes)
			for i, k := range nodes {
				if err := k.Engine.Ready(); (err != nil) != tt.apart || err != nil && !strings.Contains(err.Error(), "apart") {
					t.Errorf("node %d: Ready: got error %v, want one %v", i, err, tt.apart)
				}
				if got := strings.Contains(k.Logs(), "the clocks of two nodes are apart"); got != tt.apart {
					t.Errorf("node %d: the log tells %v, want %v", i, got, tt.apart)
				}
			}
			found, err := s.Load(t.Context(), "old")
			if err != nil || (found[0].Value != nil) != tt.apart {
				t.Errorf("what expired a day ago: got %q and error %v, want it kept %v", found[0].Value, err, tt.apart)
			}
		})
	}
}

// TestNodesGone: the record of a node that has ended, whatever its clock said,
// keeps nobody from being ready or from deleting.
func TestNodesGone(t *testing.T) {
	s, keys := memstore.New(), sealed.NewKeys()
	maintain(t, clusterOf(t, s, keys, 365*24*time.Hour))
	left := clusterOf(t, s, keys, 0)
	maintain(t, left)
	if err := left[0].Engine.Ready(); err != nil {
		t.Errorf("got error %v, want it ready", err)
	}
	if err := left[0].Engine.Close(); err != nil {
		t.Fatal(err)
	}
	if err := left[0].Engine.Ready(); !errors.Is(err, sallyport.ErrClosed) {
		t.Errorf("closed: got error %v, want %v", err, sallyport.ErrClosed)
	}
}

// TestNodesForgotten: the record of a node that has ended goes an hour later, by
// time that no clock can turn, and those of nodes that live stay.
func TestNodesForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, keys := memstore.New(), sealed.NewKeys()
		all := clusterOf(t, s, keys, 0, 0, time.Hour)
		maintain(t, all)
		count := func() (n int) {
			for range s.Scan(t.Context(), "node/", "") {
				n++
			}
			return n
		}
		living := all[:2]
		for range 59 {
			time.Sleep(time.Minute) // of the bubble's clock
			maintain(t, living)
		}
		if got := count(); got != 3 {
			t.Errorf("before the hour: got %d records, want 3", got)
		}
		time.Sleep(2 * time.Minute)
		maintain(t, living)
		if got := count(); got != 2 {
			t.Errorf("after it: got %d records, want those of the two that live", got)
		}
	})
}

// TestNodesTurned: a node whose own clock was turned between two looks says
// nothing of the others, and deletes nothing until the next.
func TestNodesTurned(t *testing.T) {
	s := memstore.New()
	nodes := clusterOf(t, s, sealed.NewKeys(), 0, 0)
	maintain(t, nodes)
	old := store.Change{ID: 1, Writes: []store.Write{{Key: "old", Value: []byte("x"), Expires: nodes[0].Clock.Now()}}}
	if err := s.Commit(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	nodes[0].Clock.Advance(24 * time.Hour)
	if err := nodes[0].Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := nodes[0].Engine.Ready(); err != nil {
		t.Errorf("got error %v, want none", err)
	}
	if found, err := s.Load(t.Context(), "old"); err != nil || found[0].Value == nil {
		t.Errorf("got %q and error %v, want nothing deleted", found[0].Value, err)
	}
}
