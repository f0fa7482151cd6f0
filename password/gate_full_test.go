package password_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sallyport-auth/sallyport/password"
)

// fmtCaller is a caller of a name whose address ends in i.
func fmtCaller(name, block string, i int) string { return fmt.Sprintf("%s@%s%d", name, block, i) }

// TestGateDisplaces fills a queue of as many as wait and sends one more.
func TestGateDisplaces(t *testing.T) {
	for _, c := range []struct {
		name, wait, last string
		refused          string // who, of all
	}{
		{"all equally short", "x@a x@b x@c x@d", "x@e", "x@e"},
		{"one of them again", "x@a x@b x@c x@d", "y@a", "y@a"},
		{"the longest loses its newest", "x@a#1 x@a#2 y@b z@c", "good@d", "x@a#2"},
		{"the newest is not the last of all", "x@a#1 x@a#2 x@a#3 y@b z@c z@c#2", "good@d", "x@a#3"},
		{"a group that stays shorter", "x@a#1 x@a#2 x@a#3 y@b", "y@b#2", "x@a#3"},
		{"a group that would be as long", "x@a#1 x@a#2 y@b", "y@b#2", "y@b#2"},
		{"the longest group itself", "x@a#1 x@a#2 x@a#3 y@b", "good@a", "good@a"},
		{"of equally long groups, that whose turn is last", "x@a#1 x@a#2 y@b#1 y@b#2", "good@c", "y@b#2"},
		{"of equally long names, that whose turn is last", "x@a y@a z@a w@b", "good@c", "z@a"},
		{"the longest name", "x@a#1 y@a#1 y@a#2 z@a", "good@c", "y@a#2"},
		{"a client", "x@~web y@~web z@~web w@b", "good@~app", "z@~web"},
		{"a client by an address", "x@~web y@~web", "good@c", "y@~web"},
		{"a /48 is counted whole", "x@2001:db8::1 x@2001:db8:0:1::1 x@2001:db8:0:2::1 y@b y@b#2", "good@c", "x@2001:db8:0:2::1"},
		{"the longest /64", "x@2001:db8:0:1::1 y@2001:db8:0:1::1 x@2001:db8:0:2::1", "good@c", "y@2001:db8:0:1::1"},
		{"the longest name of the longest /64", "x@2001:db8::1 y@2001:db8::1 y@2001:db8::2 z@2001:db8::3 q@2001:db8:0:1::1#1 q@2001:db8:0:1::1#2 q@2001:db8:0:1::1#3",
			"good@c", "y@2001:db8::2"},
		{"another /64 of the longest /48", "x@2001:db8::1 y@2001:db8::1 z@2001:db8::1", "good@2001:db8:0:1::1", "good@2001:db8:0:1::1"},
		{"two of one /64 are one group", "x@2001:db8::1 x@2001:db8::2 y@b", "y@b#2", "y@b#2"},
	} {
		bubble(t, c.name, func(t *testing.T) {
			wait := strings.Fields(c.wait)
			d := newDoor(t, 1, len(wait))
			d.comeAll("first@first")
			d.comeAll(wait...)
			if len(d.errs) != 0 {
				t.Fatalf("ended: %v, want all to wait", d.errs)
			}
			d.comeAll(c.last)
			d.wantErr(c.refused, password.ErrOverloaded) // at once, while nobody has left
			if n := d.refused(); n != 1 {
				t.Errorf("%d were refused, want 1", n)
			}
			d.empty()
			if got, want := len(d.order), 1+len(wait); got != want || slices.Contains(d.order, c.refused) {
				t.Errorf("in went %q, want all but %s", d.order, c.refused)
			}
		})
	}
}

// TestGateDisplacesOwed: who was owed a turn and is displaced has none.
func TestGateDisplacesOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 2, 4)
		d.comeAll("bob@a", "x@b", "bob@c", "y@c")
		d.leave("x@b") // y of c goes in, bob of c is owed
		d.wantInside("bob@a", "y@c")
		d.comeAll("z@c", "w@c", "v@c")
		d.comeAll("p@d", "q@e") // the four of c are two: bob and z
		d.comeAll("r@f")
		d.wantErr("z@c", password.ErrOverloaded)
		d.leave("bob@a")
		d.wantInside("y@c", "bob@c")
		d.empty()
		if got, want := d.refused(), 3; got != want {
			t.Errorf("%d were refused, want %d", got, want)
		}
	})
}

// TestGateFullQueue: a full queue refuses, but not a caller who need not wait.
func TestGateFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 5, 4)
		d.comeAll("a@1", "b@2", "c@3", "d@4")
		d.comeAll("a@5", "b@6", "c@7", "d@8") // their names are inside: the queue is full
		d.comeAll("a@9")
		d.wantErr("a@9", password.ErrOverloaded)
		d.comeAll("e@9") // the fifth permit is free
		d.wantInside("a@1", "b@2", "c@3", "d@4", "e@9")
		d.comeAll("f@9")
		d.wantErr("f@9", password.ErrOverloaded)
		d.empty()
		d.comeAll("f@9#2")
		d.wantInside("f@9#2")
		d.empty()
	})
}

func TestGateQueueOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 1, 1)
		d.comeAll("x@a", "y@b", "z@c")
		d.wantErr("z@c", password.ErrOverloaded)
		d.empty()
		d.wantErr("y@b", nil)
	})
}
