package mfa_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/totp"
)

// start is a moment at the beginning of a time step of authenticators.
var start = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

const (
	account = "account-1"
	mail    = "marie@example.com"
	mobile  = "+911234534003"
)

// homeOf is where the records of an account lie.
func homeOf(account string) string { return "home-of-" + account }

// harness is an account in a store in memory, at a moment that the test moves.
// Each call is a transaction of its own.
type harness struct {
	link   string // the token of the last one
	cookie string // of the browser

	*testing.T
	db       *store.DB
	mem      store.Store
	index    store.Index
	now      time.Time
	policy   mfa.Policy
	channels mfa.Channels
	terms    mfa.Terms // without Policy, Channels and Home
	invited  bool      // requests came with an invitation
	told     []mfa.Notice
	begun    int
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	index, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	mem := memstore.New()
	return &harness{
		T: t, db: store.NewDB(mem, ""), mem: mem, index: index, now: start,
		policy: mfa.DefaultPolicy(), channels: mfa.Channels{Email: true, SMS: true},
	}
}

// run runs one transaction and fails the test on any error.
func (h *harness) run(fn func(tx *store.Tx) error) {
	h.Helper()
	if err := h.db.Run(h.Context(), h.now, fn); err != nil {
		h.Fatal(err)
	}
}

func (h *harness) wait(d time.Duration) { h.now = h.now.Add(d) }

// has gives the account these factors.
func (h *harness) has(f mfa.Factors) { h.accountHas(account, f) }

func (h *harness) accountHas(id string, f mfa.Factors) {
	h.Helper()
	h.run(func(tx *store.Tx) error { return mfa.FactorsTable.Put(tx, homeOf(id), f, time.Time{}) })
}

// factors reads the account's factors.
func (h *harness) factors() (f mfa.Factors) {
	h.Helper()
	h.run(func(tx *store.Tx) (err error) {
		f, err = mfa.ReadFactors(tx, homeOf(account), 0)
		return err
	})
	return f
}

func (h *harness) hasFactor(t mfa.Transport) bool {
	h.Helper()
	f := h.factors()
	return f.Has(t)
}

// change changes the account's factors.
func (h *harness) change(fn func(f *mfa.Factors)) {
	h.Helper()
	f := h.factors()
	fn(&f)
	h.has(f)
}

func (h *harness) pending() (p mfa.Pending) {
	h.Helper()
	h.run(func(tx *store.Tx) (err error) {
		p, _, err = mfa.PendingTable.Get(tx, homeOf(account))
		return err
	})
	return p
}

// begin makes a request of the account and returns its id.
func (h *harness) begin(change ...func(n *mfa.NewRequest)) string {
	h.Helper()
	h.begun++
	n := mfa.NewRequest{
		ID: fmt.Sprintf("request-%d", h.begun), Account: account, Client: "client", Application: "app",
		Name: "Marie", From: "192.0.2.1", Policy: h.policy, Channels: h.channels,
	}
	for _, fn := range change {
		fn(&n)
	}
	var told []mfa.Notice
	h.run(func(tx *store.Tx) error {
		n.Home = homeOf(n.Account)
		f, err := mfa.ReadFactors(tx, n.Home, 0)
		if err != nil {
			return err
		}
		n.Factors = &f
		_, told, err = mfa.Begin(tx, h.index, n)
		return err
	})
	h.told = append(h.told, told...)
	return n.ID
}

// with runs fn on the case of a request and saves it.
func (h *harness) with(id string, fn func(tx *store.Tx, c *mfa.Case)) {
	h.Helper()
	record := mfa.RequestRecord(h.index, id)
	var told []mfa.Notice
	h.run(func(tx *store.Tx) error {
		r, err := mfa.FindRecord(tx, record)
		if err != nil {
			return err
		}
		terms := h.terms
		terms.Policy, terms.Channels, terms.Invited = h.policy, h.channels, h.invited
		if r != nil {
			terms.Home = homeOf(r.Account)
		}
		c, err := mfa.Take(tx, h.index, record, r, terms)
		if err != nil {
			return err
		}
		fn(tx, c)
		told = c.Tell
		return c.Save(tx)
	})
	h.told = append(h.told, told...)
}

// request reads a request as it stands.
func (h *harness) request(id string) (r mfa.Request) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) { r = *c.Request })
	return r
}

// linkEnds returns when the live link of an option ends.
func (h *harness) linkEnds(id, option string) (ends time.Time) {
	h.Helper()
	h.with(id, func(tx *store.Tx, c *mfa.Case) {
		var err error
		if ends, err = c.Request.LinkEnds(tx, homeOf(account), mfa.RequestRecord(h.index, id), option); err != nil {
			h.Error(err)
		}
	})
	return ends
}

// option returns the option of a request that is answered so.
func (h *harness) option(id string, over mfa.Transport, mode mfa.Mode) mfa.Option {
	h.Helper()
	for _, o := range h.request(id).Options {
		if o.Method == (mfa.Method{Transport: over, Mode: mode}) {
			return o
		}
	}
	h.Fatalf("request %s has no option %s %s", id, over, mode)
	return mfa.Option{}
}

func (h *harness) choose(id string, over mfa.Transport, mode mfa.Mode) (v mfa.Verdict, m *mfa.Message) {
	h.Helper()
	option := h.option(id, over, mode).ID
	h.with(id, func(tx *store.Tx, c *mfa.Case) {
		var err error
		if v, m, err = c.Choose(tx, option); err != nil {
			h.Error(err)
		}
	})
	return v, m
}

// sent chooses an option and wants a message.
func (h *harness) sent(id string, over mfa.Transport, mode mfa.Mode) *mfa.Message {
	h.Helper()
	v, m := h.choose(id, over, mode)
	if v != mfa.Waiting || m == nil {
		h.Fatalf("choosing %s %s: got %v and message %v, want one", over, mode, v, m)
	}
	return m
}

// unsent chooses an option and wants that verdict and no message.
func (h *harness) unsent(id string, over mfa.Transport, mode mfa.Mode, want mfa.Verdict) {
	h.Helper()
	if v, m := h.choose(id, over, mode); v != want || m != nil {
		h.Errorf("choosing %s %s: got %v and message %v, want %v and none", over, mode, v, m, want)
	}
}

func (h *harness) answer(id string, over mfa.Transport, mode mfa.Mode, code string, want mfa.Verdict) {
	h.Helper()
	option := h.option(id, over, mode).ID
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if v := c.Answer(option, code); v != want {
			h.Errorf("answering %s %s: got %v, want %v", over, mode, v, want)
		}
	})
}

// wrong gives n different wrong codes for the authenticator.
func (h *harness) wrong(id string, n int) {
	h.Helper()
	for i := range n {
		h.answer(id, mfa.Authenticator, mfa.OTP, fmt.Sprintf("wrong %d", i), mfa.Wrong)
	}
}

func (h *harness) status(id string, want mfa.Verdict) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if v := c.Status(); v != want {
			h.Errorf("status: got %v, want %v", v, want)
		}
	})
}

func (h *harness) finish(id string, s mfa.State) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) { c.Finish(s) })
}

func (h *harness) decide(id, token string, d mfa.Decision, want mfa.Outcome) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if got := c.Decide(token, d); got != want {
			h.Errorf("deciding %+v: got %v, want %v", d, got, want)
		}
	})
}

func (h *harness) failed(id string, m *mfa.Message) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) { c.SendFailed(m) })
}

// verify asks for a code to an address, and wants that status.
func (h *harness) verify(id string, over mfa.Transport, address string, want mfa.EnrollStatus) (m *mfa.Message) {
	h.Helper()
	h.with(id, func(tx *store.Tx, c *mfa.Case) {
		r, msg, err := c.SendVerification(tx, over, address)
		if err != nil || r.Status != want {
			h.Errorf("verifying %s: got %v, %v, want %v", address, r.Status, err, want)
		}
		m = msg
	})
	return m
}

// verifying is verify that sends.
func (h *harness) verifying(id string, over mfa.Transport, address string) *mfa.Message {
	h.Helper()
	m := h.verify(id, over, address, mfa.EnrollDone)
	if m == nil {
		h.Fatalf("verifying %s sent nothing", address)
	}
	return m
}

func (h *harness) confirm(id string, over mfa.Transport, code string, want mfa.EnrollResult) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if r := c.ConfirmVerification(over, code); r.Status != want.Status || r.Active != want.Active {
			h.Errorf("confirming %s: got %+v, want %+v", over, r, want)
		}
	})
}

// confirmDevice gives the first code of the pending authenticator; "" stands
// for the right one.
func (h *harness) confirmDevice(id, code string, want mfa.EnrollResult) (recovery []string) {
	h.Helper()
	if code == "" {
		code = h.code(h.request(id).Enrollment.Secret)
	}
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		r := c.ConfirmDevice(code, h.cookie, "")
		if r.Status != want.Status || r.Active != want.Active {
			h.Errorf("confirming the authenticator: got %+v, want %+v", r, want)
		}
		recovery = r.Recovery
	})
	return recovery
}

func (h *harness) cancel(id string, want mfa.EnrollResult) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if r := c.Cancel(); r.Status != want.Status || r.Active != want.Active {
			h.Errorf("canceling: got %+v, want %+v", r, want)
		}
	})
}

// code returns the present code of an authenticator.
func (h *harness) code(s totp.Secret) string { return s.Code(totp.Step(h.now)) }

// kinds returns the kinds of what the owner was told.
func (h *harness) kinds() (list []mfa.NoticeKind) {
	for _, n := range h.told {
		list = append(list, n.Kind)
	}
	return list
}

func (h *harness) wantTold(want ...mfa.NoticeKind) {
	h.Helper()
	if got := h.kinds(); fmt.Sprint(got) != fmt.Sprint(want) {
		h.Errorf("told %q, want %q", got, want)
	}
}

// Factors of accounts under test.

func device() mfa.Device { return mfa.NewAuthenticator(totp.NewSecret(), "", start) }

func apps() []mfa.Device { return []mfa.Device{device()} }

// lastStep is the last accepted step of the first authenticator; 0: none was.
func lastStep(f mfa.Factors) uint64 {
	if steps := f.Authenticators[0].Steps; len(steps) > 0 {
		return steps[len(steps)-1]
	}
	return 0
}

func confirmed(value string) mfa.Address { return mfa.Address{Value: value, Validated: start} }

// withDevice has an authenticator, and an address that is told of things.
func withDevice() mfa.Factors {
	return mfa.Factors{Serial: 1, Authenticators: apps(), Email: confirmed(mail)}
}

// withMail has an e-mail address alone.
func withMail() mfa.Factors { return mfa.Factors{Serial: 1, Email: confirmed(mail)} }

var (
	done   = mfa.EnrollResult{Status: mfa.EnrollDone}
	active = mfa.EnrollResult{Status: mfa.EnrollDone, Active: true}
	amiss  = mfa.EnrollResult{Status: mfa.EnrollWrong}
	none   = mfa.EnrollResult{}
)

func isDamaged(err error) bool { return errors.Is(err, store.ErrDamaged) }

// newShared returns a store in memory, for more than one node.
func newShared() store.Store { return memstore.New() }
