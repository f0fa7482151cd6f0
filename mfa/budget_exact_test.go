package mfa_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// step uses one of a budget in a transaction, or finds that there is none.
type step func(tx *store.Tx) (bool, error)

// allowances are the budgets of sending: how many there are at once, and how long after
// such a burst how many are back. make prepares the n-th step of a burst.
var allowances = []struct {
	name  string
	size  int
	after time.Duration
	back  int
	make  func(h *harness, n int) step
}{
	{"e-mails to a mailbox", 30, 48 * time.Minute, 1, func(h *harness, n int) step { return h.sendsTo(mfa.Email, mail, n) }},
	{"text messages to a number", 10, 144 * time.Minute, 1, func(h *harness, n int) step { return h.sendsTo(mfa.SMS, mobile, n) }},
	{"text messages to a prefix", 20, 3 * time.Minute, 1, func(h *harness, n int) step {
		return h.sendsTo(mfa.SMS, fmt.Sprint("+123456", 1000+n), n)
	}},
	{"messages of an account", 10, 6 * time.Minute, 1, func(h *harness, _ int) step {
		h.has(withMail())
		return h.chooses(h.begin(), mfa.Email)
	}},
	{"codes to a number that is no factor", 5, 288 * time.Minute, 1, func(h *harness, n int) step {
		h.accountHas(fmt.Sprint("other-", n), mfa.Factors{})
		return h.verifies(h.begin(func(r *mfa.NewRequest) { r.Account = fmt.Sprint("other-", n) }), mfa.SMS, mobile)
	}},
	{"codes to a mailbox that is no factor", 15, 96 * time.Minute, 1, func(h *harness, n int) step {
		h.accountHas(fmt.Sprint("other-", n), mfa.Factors{})
		return h.verifies(h.begin(func(r *mfa.NewRequest) { r.Account = fmt.Sprint("other-", n) }), mfa.Email, mail)
	}},
	{"new numbers of an account", 3, 24 * time.Hour, 3, func(h *harness, _ int) step {
		return h.verifies(h.begin(), mfa.SMS, fmt.Sprintf("+44%03d0000000", h.begun))
	}},
	{"resends of an option", 1, 30 * time.Second, 1, func(h *harness, _ int) step {
		last := fmt.Sprint("request-", h.begun)
		if len(h.request(last).Options) == 0 {
			h.has(withMail())
			last = h.begin()
		}
		return h.chooses(last, mfa.Email)
	}},
	{"calls of a network address", 10, 6 * time.Minute, 1, starts},
	{"mails that strangers have sent", 15, 96 * time.Minute, 1, func(h *harness, _ int) step {
		return func(tx *store.Tx) (bool, error) { return mfa.TakeMail(tx, h.index, mail) }
	}},
}

// starts is a step that uses one of ten an hour.
func starts(h *harness, _ int) step {
	b := mfa.Budget{ID: h.index.ID("budget-start", "192.0.2.1"), Rule: budget.Rule{Size: 10, Period: time.Hour}}
	return func(tx *store.Tx) (bool, error) { return mfa.TakeBudgets(tx, b) }
}

// sendsTo is a step that sends to a factor of an account that has sent nothing yet.
func (h *harness) sendsTo(over mfa.Transport, to string, n int) step {
	h.Helper()
	f, id := mfa.Factors{Serial: 1}, fmt.Sprint("other-", n)
	*f.Address(over) = confirmed(to)
	h.accountHas(id, f)
	return h.chooses(h.begin(func(r *mfa.NewRequest) { r.Account = id }), over)
}

func (h *harness) chooses(id string, over mfa.Transport) step {
	h.Helper()
	option := h.option(id, over, mfa.OTP).ID
	return h.sends(id, func(tx *store.Tx, c *mfa.Case) (*mfa.Message, error) {
		_, m, err := c.Choose(tx, option)
		return m, err
	})
}

func (h *harness) verifies(id string, over mfa.Transport, to string) step {
	return h.sends(id, func(tx *store.Tx, c *mfa.Case) (*mfa.Message, error) {
		_, m, err := c.SendVerification(tx, over, to)
		return m, err
	})
}

func (h *harness) sends(id string, send func(*store.Tx, *mfa.Case) (*mfa.Message, error)) step {
	record := mfa.RequestRecord(h.index, id)
	return func(tx *store.Tx) (bool, error) {
		r, err := mfa.FindRecord(tx, record)
		if err != nil {
			return false, err
		}
		terms := mfa.Terms{Policy: h.policy, Channels: h.channels}
		if r != nil {
			terms.Home = homeOf(r.Account)
		}
		c, err := mfa.Take(tx, h.index, record, r, terms)
		if err != nil {
			return false, err
		}
		m, err := send(tx, c)
		if err != nil {
			return false, err
		}
		return m != nil, c.Save(tx)
	}
}

// burst takes n steps one after the other and returns how many there were.
func (h *harness) burst(n int, make func(h *harness, n int) step) (had int) {
	h.Helper()
	for i := range n {
		s := make(h, i)
		h.run(func(tx *store.Tx) error {
			ok, err := s(tx)
			if ok && err == nil {
				had++
			}
			return err
		})
	}
	return had
}

// TestAllowances: of each budget there are as many as it says, and what was used comes
// back at its moment, not a nanosecond sooner, however often it was asked for before.
func TestAllowances(t *testing.T) {
	for _, a := range allowances {
		t.Run(a.name, func(t *testing.T) {
			h := newHarness(t)
			want := func(what string, n int) {
				t.Helper()
				if got := h.burst(a.size+3, a.make); got != n {
					t.Errorf("%s: got %d, want %d", what, got, n)
				}
			}
			for round := range 3 {
				want("at once", a.size)
				h.wait(a.after / 3)
				want("a third of the way", 0)
				h.wait(a.after - a.after/3 - 1)
				want("a nanosecond before", 0)
				h.wait(1)
				want("at the moment", a.back)
				h.wait(1)
				want("a nanosecond after", 0)
				h.wait(time.Duration(round+1) * 48 * time.Hour)
			}
		})
	}
}

// TestAllowancesAtOnce: of a burst over two nodes on one store exactly as many go
// through as there are.
func TestAllowancesAtOnce(t *testing.T) {
	for _, a := range allowances {
		t.Run(a.name, func(t *testing.T) {
			h, s := newHarness(t), newShared()
			nodes := []*store.DB{store.NewDB(s, ""), store.NewDB(s, "")}
			h.db = nodes[0]
			var steps []step
			for i := range a.size + 20 {
				steps = append(steps, a.make(h, i))
			}
			var had atomic.Int64
			var all sync.WaitGroup
			begin := make(chan struct{})
			for i, s := range steps {
				all.Go(func() {
					<-begin
					var ok bool
					err := nodes[i%2].Run(t.Context(), h.now, func(tx *store.Tx) (err error) {
						ok, err = s(tx)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					if ok && err == nil {
						had.Add(1)
					}
				})
			}
			close(begin)
			all.Wait()
			if got := int(had.Load()); got != a.size {
				t.Errorf("got %d, want %d", got, a.size)
			}
		})
	}
}

// TestAllowancesApart: two nodes whose clocks are half a minute apart, as is allowed,
// refill a budget no faster by taking turns at it.
func TestAllowancesApart(t *testing.T) {
	h := newHarness(t)
	const apart = 30 * time.Second
	if got := h.burst(11, starts); got != 10 {
		t.Fatalf("got %d, want 10", got)
	}
	for range 5 {
		h.wait(-apart)
		if h.burst(1, starts) != 0 {
			t.Fatal("there was one on the node that is behind")
		}
		h.wait(apart + 6*time.Minute - 1)
		if h.burst(1, starts) != 0 {
			t.Fatal("there was one too soon on the node that is ahead")
		}
		h.wait(1)
		if got := h.burst(2, starts); got != 1 {
			t.Fatalf("six minutes later: got %d, want 1", got)
		}
	}
}

// TestStrangersToldApart: network addresses that fill the list keep no mail away that
// strangers may have sent.
func TestStrangersToldApart(t *testing.T) {
	h := newHarness(t)
	for i := range 16 {
		if !h.sendTo(mfa.Email, mail, fmt.Sprint("192.0.2.", i)) {
			t.Fatalf("address %d was refused", i+1)
		}
	}
	n := h.burst(20, func(h *harness, _ int) step {
		return func(tx *store.Tx) (bool, error) { return mfa.TakeMail(tx, h.index, mail) }
	})
	if n != 14 {
		t.Errorf("%d mails went out, want the 14 that are left", n)
	}
}

// TestStrangersLeaveRoom: strangers who use half of a mailbox from as many network
// addresses as they like leave the owner theirs, at an address of the owner's own.
func TestStrangersLeaveRoom(t *testing.T) {
	for _, tt := range []struct {
		over mfa.Transport
		to   string
		half int
	}{{mfa.Email, mail, 15}, {mfa.SMS, mobile, 5}} {
		h := newHarness(t)
		n := 0
		h.wantSends(tt.half, func() bool {
			n++
			id := fmt.Sprint("stranger-", n)
			h.accountHas(id, mfa.Factors{})
			h.terms.Peer = fmt.Sprint("192.0.2.", n)
			m := (*mfa.Message)(nil)
			h.with(h.begin(func(r *mfa.NewRequest) { r.Account = id }), func(tx *store.Tx, c *mfa.Case) {
				_, m, _ = c.SendVerification(tx, tt.over, tt.to)
			})
			return m != nil
		})
		h.wantSends(tt.half, func() bool { return h.sendTo(tt.over, tt.to, "198.51.100.1") })
	}
}

// TestStrangersLeavePace: strangers who take whatever comes back at the moment it does leave
// the owner half of that too, day after day.
func TestStrangersLeavePace(t *testing.T) {
	h := newHarness(t)
	strangers := func(h *harness, _ int) step {
		return func(tx *store.Tx) (bool, error) { return mfa.TakeMail(tx, h.index, mail) }
	}
	const days = 4
	theirs, own := 0, 0
	for minute := range days * 24 * 60 {
		theirs += h.burst(1, strangers)
		if minute%90 == 0 && h.sendTo(mfa.Email, mail, fmt.Sprint("192.0.2.", minute)) {
			own++
		}
		h.wait(time.Minute)
	}
	if most := 15 + 15*days; own != 16*days || theirs > most || theirs < most-2 {
		t.Errorf("got %d of the owner's %d mails, and %d of strangers', want all and %d at most", own, 16*days, theirs, most)
	}
}

// TestNoticeChange: what was tried, however often, leaves room to tell what was changed.
func TestNoticeChange(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	for range 8 {
		h.clean()
		h.wrong(h.begin(), 5)
	}
	h.told = nil
	tell := func() (told bool) {
		h.change(func(f *mfa.Factors) { _, told = f.TellNewPassword("Marie", h.channels, h.now) })
		return told
	}
	h.wantSends(4, tell)
	h.wait(time.Hour - 1)
	h.wantSends(0, tell)
	h.wait(1)
	h.wantSends(10, tell)
}
