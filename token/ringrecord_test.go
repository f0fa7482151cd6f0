package token_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// TestRingRecords: the ring is read where both records are of one writing.
func TestRingRecords(t *testing.T) {
	d := newDB()
	run := func(fn func(*store.Tx) error) error { return d.Run(t.Context(), start, fn) }
	read := func() (r token.Ring, found bool, err error) {
		err = run(func(tx *store.Tx) error {
			r, found, err = token.ReadRing(tx)
			return err
		})
		return r, found, err
	}
	if _, found, err := read(); found || err != nil {
		t.Fatalf("an empty store: got %v, %v, want nothing", found, err)
	}
	must := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := run(fn); err != nil {
			t.Fatal(err)
		}
	}
	save := func(n int) token.Ring {
		t.Helper()
		must(func(tx *store.Tx) error { return token.SaveRing(tx, rotate(t, token.Ring{}, start, fake(n))) })
		r, found, err := read()
		if err != nil || !found || len(r.Keys) != 1 || r.Keys[0].ID != fake(n).ID {
			t.Fatalf("got %v, %v, %v, want what was saved", r, found, err)
		}
		return r
	}
	first, second := save(1), save(2)
	put := func(mark string, state *token.RingState) {
		must(func(tx *store.Tx) error {
			r := second
			r.Mark = mark
			if err := token.Keys.Put(tx, token.RingID, r, time.Time{}); err != nil {
				return err
			}
			if state == nil {
				return token.RingStates.Delete(tx, token.RingStateID)
			}
			return token.RingStates.Put(tx, token.RingStateID, *state, time.Time{})
		})
	}
	for _, c := range []struct {
		name  string
		mark  string
		state *token.RingState
	}{
		{"keys put back", first.Mark, &token.RingState{Mark: second.Mark}},
		{"state put back", second.Mark, &token.RingState{Mark: first.Mark}},
		{"no state", second.Mark, nil},
		{"no marks", "", &token.RingState{}},
	} {
		put(c.mark, c.state)
		if r, found, err := read(); !errors.Is(err, store.ErrDamaged) || found || r.Keys != nil {
			t.Errorf("%s: got %v, %v, %v, want %v", c.name, r, found, err, store.ErrDamaged)
		}
	}
	put(second.Mark, &token.RingState{Mark: second.Mark})
	if _, found, err := read(); !found || err != nil {
		t.Errorf("whole again: got %v, %v", found, err)
	}
	must(func(tx *store.Tx) error { return token.Keys.Delete(tx, token.RingID) })
	if _, found, err := read(); !errors.Is(err, store.ErrDamaged) || found {
		t.Errorf("no keys: got %v, %v, want %v", found, err, store.ErrDamaged)
	}
}
