package mfa_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// from makes a request come from an address; without one the client counts.
func from(peer string) func(*mfa.NewRequest) {
	return func(n *mfa.NewRequest) { n.Peer = peer }
}

func by(client string) func(*mfa.NewRequest) {
	return func(n *mfa.NewRequest) { n.Client = client }
}

// TestPendingForgotten: the list is kept for 25 hours.
func TestPendingForgotten(t *testing.T) {
	h := newHarness(t)
	began := h.now
	h.begin()
	for _, want := range []int{1, 0} {
		h.now = began.Add(25*time.Hour - time.Duration(want))
		if got := len(h.pending().Open); got != want {
			t.Errorf("after %s: %d are listed, want %d", h.now.Sub(began), got, want)
		}
	}
}

// TestOpenRequests: twenty open requests, the twenty-first ends one of those of
// the address that holds most.
func TestOpenRequests(t *testing.T) {
	type request struct {
		from string // an address, or a client where it begins with "client"
		busy bool
	}
	many := func(n int, r request) (list []request) {
		for range n {
			list = append(list, r)
		}
		return list
	}
	lone := func(n int) (list []request) {
		for i := range n {
			list = append(list, request{from: fmt.Sprint("198.51.100.", i)})
		}
		return list
	}
	join := func(lists ...[]request) (list []request) {
		for _, l := range lists {
			list = append(list, l...)
		}
		return list
	}
	a, b, c := request{from: "a"}, request{from: "b"}, request{from: "c"}
	busyA, busyB := request{"a", true}, request{"b", true}
	for _, tt := range []struct {
		name     string
		open     []request
		newcomer request
		ended    int // index of the one that ends; -1: none
	}{
		{"nineteen leave room", many(19, a), a, -1},
		{"all alike: the oldest", many(20, a), a, 0},
		{"the oldest that has not sent", join(many(1, busyA), many(19, a)), a, 1},
		{"all have sent: the oldest", many(20, busyA), a, 0},
		{"the owner's lone request outlives a flood", join(many(1, a), many(19, b)), b, 1},
		{"the owner gets in during a flood", many(20, b), a, 0},
		{"busy ones of the largest group give way too", join(many(1, a), many(19, busyB)), a, 1},
		{"busy alone does not save what holds most", join(many(9, a), many(11, busyB)), c, 9},
		{"as many: the newcomer's own", join(many(10, b), many(10, a)), a, 10},
		{"as many with the newcomer: its own", join(many(10, b), many(9, a), many(1, c)), a, 10},
		{"fewer with the newcomer: the other's", join(many(8, a), many(11, b), many(1, c)), a, 8},
		{"two others hold as many: the oldest idle of both", join(many(10, busyA), many(10, b)), c, 10},
		{"all alone: the oldest", lone(20), a, 0},
		{"all alone, the oldest has sent", join(many(1, busyA), lone(19)), b, 1},
		{"no address: the client counts", join(many(1, request{from: "client-1"}), many(19, request{from: "client-2"})), request{from: "client-3"}, 1},
		{"an address is not told apart by client", join(many(10, a), many(10, request{from: "client-1"})), request{from: "client-1"}, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withDevice())
			begin := func(r request) string {
				if strings.HasPrefix(r.from, "client") {
					return h.begin(by(r.from))
				}
				return h.begin(from(r.from), by("client-"+fmt.Sprint(h.begun)))
			}
			var ids []string
			for _, r := range tt.open {
				id := begin(r)
				ids = append(ids, id)
				if r.busy {
					h.confirmDevice(id, "", done) // staged
				}
			}
			last := begin(tt.newcomer)
			for i, id := range append(ids, last) {
				want := mfa.Passed // nothing under way
				if i == tt.ended {
					want = mfa.Dead
				}
				h.with(id, func(_ *store.Tx, c *mfa.Case) {
					if got := c.Status(); got != want {
						t.Errorf("request %d: got %v, want %v", i, got, want)
					}
				})
			}
		})
	}
}

// TestEvicted: what was ended for another is dead for everybody, and its link
// is no rival any more.
func TestEvicted(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	first := h.begin(from("a"))
	link := h.sent(first, mfa.Email, mfa.Link)
	for range 19 {
		h.confirmDevice(h.begin(from("a")), "", done) // staged
	}
	last := h.begin(from("a"))
	h.status(first, mfa.Dead)
	h.unsent(first, mfa.Email, mfa.OTP, mfa.Dead)
	h.answer(first, mfa.Email, mfa.OTP, "wrong", mfa.Dead)
	h.decide(first, link.Token, mfa.Decision{Approve: true}, mfa.Gone)
	h.confirmDevice(first, "", none)
	h.confirm(first, mfa.Email, "wrong", none)
	h.with(first, func(tx *store.Tx, c *mfa.Case) {
		if v, _ := c.Look(link.Token); v.Answer != mfa.Over || c.Live() || c.Cancel().Status != mfa.EnrollUnknown || c.Progress().Status != mfa.EnrollUnknown {
			t.Error("an evicted request is alive")
		}
	})
	link = h.sent(last, mfa.Email, mfa.Link)
	h.decide(last, link.Token, mfa.Decision{Approve: true}, mfa.Approval)
}

// TestRoom: requests that have ended or run out leave room for others.
func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(h *harness, id string)
	}{
		{"granted", func(h *harness, id string) { h.finish(id, mfa.Granted) }},
		{"no role", func(h *harness, id string) { h.finish(id, mfa.Unauthorized) }},
		{"closed by wrong codes", func(h *harness, id string) {
			h.change(func(f *mfa.Factors) { f.Ledger = mfa.Ledger{} })
			h.wrong(id, 5)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withDevice())
			first := h.begin()
			for range 19 {
				tt.end(h, h.begin())
			}
			for range 19 {
				h.begin()
			}
			h.status(first, mfa.Passed)
			if got := len(h.pending().Open); got != 20 {
				t.Errorf("%d are open, want 20", got)
			}
		})
	}
	t.Run("run out", func(t *testing.T) {
		h := newHarness(t)
		h.has(withDevice())
		h.begin()
		h.wait(mfa.Life - 1)
		for range 19 {
			h.begin()
		}
		h.wait(1)
		id := h.begin()
		if got := len(h.pending().Open); got != 20 {
			t.Errorf("%d are open, want 20: the first is over", got)
		}
		h.wantTold() // nothing had to make room
		h.status(id, mfa.Passed)
	})
}

// TestTidy: whatever writes the list drops from it what is over.
func TestTidy(t *testing.T) {
	h := newHarness(t)
	h.has(withBoth())
	h.sent(h.begin(), mfa.Email, mfa.Link)
	id := h.begin()
	h.wait(90 * time.Second)
	h.sent(id, mfa.SMS, mfa.OTP)
	if n := len(h.pending().Links); n != 0 {
		t.Errorf("%d links are listed, want none", n)
	}
}

// TestRequestLife: a request lives ten minutes, to the moment.
func TestRequestLife(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin()
	h.wait(10*time.Minute - 1)
	h.status(id, mfa.Passed)
	h.wait(1)
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if c.Live() || c.Known() {
			t.Error("a request that ran out is known")
		}
	})
}

// TestPendingOutlives: the list of what is open is kept longer than anything in
// it can matter, which is a day.
func TestPendingOutlives(t *testing.T) {
	for _, minute := range []int{0, 1, 59} {
		h := newHarness(t)
		h.has(withDevice())
		h.now = start.Truncate(time.Hour).Add(time.Duration(minute) * time.Minute)
		h.begin()
		h.wait(24 * time.Hour)
		if len(h.pending().Open) == 0 {
			t.Errorf("begun at minute %d the list is gone within a day", minute)
		}
		h.wait(time.Hour)
		if len(h.pending().Open) != 0 {
			t.Errorf("begun at minute %d the list is kept for over 25 hours", minute)
		}
	}
}
