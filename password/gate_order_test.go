package password_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

func TestGateOrder(t *testing.T) {
	for _, c := range []struct {
		name       string
		come, want string
	}{
		{"one line is in order", "x@a#1 x@a#2 x@a#3", "x@a#1 x@a#2 x@a#3"},
		{"addresses take turns", "x@a y@a z@a p@b q@b r@c", "x@a p@b r@c y@a q@b z@a"},
		{"a flood does not starve", "x1@a x2@a x3@a x4@a x5@a x6@a good@b", "x1@a good@b x2@a x3@a x4@a x5@a x6@a"},
		{"names of an address take turns", "x@a#1 x@a#2 x@a#3 y@a#1 y@a#2 z@a", "x@a#1 y@a#1 z@a x@a#2 y@a#2 x@a#3"},
		{"clients take turns", "x@~web y@~web z@~web p@~app q@~app", "x@~web p@~app y@~web q@~app z@~web"},
		{"callers of nothing known are one group", "x y z p@a q@a", "x p@a y q@a z"},
		{"a client is not an address", "x@~192.0.2.1 y@~192.0.2.1 p@192.0.2.1", "x@~192.0.2.1 p@192.0.2.1 y@~192.0.2.1"},
		{"a /48 is one group", "x@2001:db8::1 y@2001:db8:0:1::1 z@2001:db8:0:2::1 p@b q@b",
			"x@2001:db8::1 p@b y@2001:db8:0:1::1 q@b z@2001:db8:0:2::1"},
		{"/64s take turns in it", "x@2001:db8::1 y@2001:db8::2 z@2001:db8::3 p@2001:db8:0:1::1 q@2001:db8:0:1::1",
			"x@2001:db8::1 p@2001:db8:0:1::1 y@2001:db8::2 q@2001:db8:0:1::1 z@2001:db8::3"},
		{"names take turns in a /64", "x@2001:db8::1 x@2001:db8::2 y@2001:db8::3 p@2001:db8:0:1::1",
			"x@2001:db8::1 p@2001:db8:0:1::1 y@2001:db8::3 x@2001:db8::2"},
	} {
		bubble(t, c.name, func(t *testing.T) {
			d := newDoor(t, 1, 100)
			d.comeAll("first@first")
			d.comeAll(strings.Fields(c.come)...)
			d.leave("first@first")
			if got := strings.Join(d.empty(), " "); got != c.want {
				t.Errorf("order %q, want %q", got, c.want)
			}
		})
	}
}

// TestGateKeepsTurn: whose name is inside is passed over and is the next when it
// is not.
func TestGateKeepsTurn(t *testing.T) {
	bubble(t, "the only name of its group", func(t *testing.T) {
		d := newDoor(t, 2, 100)
		d.comeAll("bob@a", "x@b", "bob@c", "y@d", "z@e")
		d.leave("x@b")
		d.wantInside("bob@a", "y@d")
		d.leave("bob@a")
		d.wantInside("y@d", "bob@c")
		d.empty()
	})
	bubble(t, "one name of several", func(t *testing.T) {
		d := newDoor(t, 2, 100)
		d.comeAll("bob@a", "x@a", "bob@c", "y@c", "bob@d")
		d.leave("x@a")
		d.wantInside("bob@a", "y@c") // the turn of c, of which bob is owed
		d.leave("bob@a")
		d.wantInside("y@c", "bob@c")
		d.empty()
	})
	bubble(t, "not if it gives up", func(t *testing.T) {
		d := newDoor(t, 2, 100)
		d.comeAll("bob@a", "x@b")
		stop := d.comeStoppable("bob@c")
		d.comeAll("bob@d", "y@c")
		d.leave("x@b")
		d.wantInside("bob@a", "y@c")
		stop()
		d.leave("bob@a")
		d.wantInside("y@c", "bob@d")
		d.empty()
	})
}

// TestGateNoNameStarves has two permits whose callers leave by turns, guesses at
// bob from elsewhere, and a group that has others to send each time it is its
// turn and bob is inside. Those of bob in it must not miss the name for ever.
func TestGateNoNameStarves(t *testing.T) {
	for _, home := range []string{"home", "~web", "2001:db8::1"} {
		bubble(t, home, func(t *testing.T) {
			d := newDoor(t, 2, 100)
			d.comeAll("bob@evil", "x@"+home, "bob@"+home+"#1", "bob@"+home+"#2", "bob@"+home+"#3")
			for i := range 20 {
				d.comeAll(fmt.Sprintf("bob@evil#%d", i), fmt.Sprintf("x@%s#%d", home, i))
			}
			for n := range 3 {
				for range 2 {
					d.leaveFirst("x@")   // the turn of home, while bob is inside
					d.leaveFirst("bob@") // that of whom?
				}
				if want := fmt.Sprintf("bob@%s#%d", home, n+1); !slices.Contains(d.order, want) {
					t.Errorf("went in: %q, want %s among them", d.order, want)
				}
			}
			d.empty()
		})
	}
}

// leaveFirst lets the first go whose text begins with who.
func (d *door) leaveFirst(who string) {
	for _, c := range slices.Clone(d.inside) {
		if strings.HasPrefix(c, who) {
			d.leave(c)
			return
		}
	}
}

// TestGateOwner has 255 guessers at one name, from as many addresses, and then
// its owner: who is not refused, and waits for one guess of each at most.
func TestGateOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t, 2, 256)
		for i := range 255 {
			d.comeAll(fmtCaller("bob", "198.51.100.", i))
		}
		d.comeAll("bob@192.0.2.1", "ann@192.0.2.2")
		d.wantInside("bob@198.51.100.0", "ann@192.0.2.2") // a guess at bob holds up nobody else
		for range 255 {
			d.leaveFirst("bob@")
		}
		d.wantInside("ann@192.0.2.2", "bob@192.0.2.1")
		if n := d.refused(); n != 0 {
			t.Errorf("%d were refused, want none", n)
		}
		d.empty()
	})
}
