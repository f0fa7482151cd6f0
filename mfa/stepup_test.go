package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

var (
	mailCode = mfa.Method{Transport: mfa.Email, Mode: mfa.OTP}
	mailLink = mfa.Method{Transport: mfa.Email, Mode: mfa.Link}
	appCode  = mfa.Method{Transport: mfa.Authenticator, Mode: mfa.OTP}
)

// stepUp opens a step-up with that need.
func (h *harness) stepUp(need mfa.Need, change ...func(*mfa.NewRequest)) string {
	h.Helper()
	h.terms.Confirms = mfa.StepUp
	return h.begin(append(change, func(n *mfa.NewRequest) { n.Purpose, n.Need = mfa.StepUp, need })...)
}

func (h *harness) methods(id string) (list []mfa.Method) {
	h.Helper()
	for _, o := range h.request(id).Options {
		list = append(list, o.Method)
	}
	return list
}

// TestStepUpOffers: a step-up offers what meets the need, and nothing that the policy does not
// count, not even where nothing else is left. Its links have a number.
func TestStepUpOffers(t *testing.T) {
	for _, tt := range []struct {
		name         string
		policy, need []mfa.Method
		want         []mfa.Method
	}{
		{"all", nil, nil, []mfa.Method{mailLink, mailCode, appCode}},
		{"those that are named", nil, []mfa.Method{appCode, mailLink}, []mfa.Method{mailLink, appCode}},
		{"those that the policy counts", []mfa.Method{mailCode, appCode}, nil, []mfa.Method{mailCode, appCode}},
		{"those that both name", []mfa.Method{mailCode, appCode}, []mfa.Method{mailLink, mailCode}, []mfa.Method{mailCode}},
		{"none that both name", []mfa.Method{appCode}, []mfa.Method{mailCode}, nil},
		{"none that the account has", []mfa.Method{{Transport: mfa.SMS, Mode: mfa.OTP}}, nil, nil},
	} {
		h := newHarness(t)
		h.has(mailAndApp())
		if tt.policy != nil {
			h.policy.Methods = tt.policy
		}
		id := h.stepUp(mfa.Need{Methods: tt.need})
		if got := h.methods(id); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
		for _, o := range h.request(id).Options {
			if (o.Number != "") != (o.Method.Mode == mfa.Link) {
				t.Errorf("%s: %v has the number %q", tt.name, o.Method, o.Number)
			}
		}
		if r := h.request(id); !r.Enrollment.Secret.IsZero() {
			t.Errorf("%s: something may be enrolled", tt.name)
		}
	}
	for _, n := range []mfa.Need{{Methods: []mfa.Method{{}}}, {Methods: []mfa.Method{{Transport: mfa.Authenticator, Mode: mfa.Link}}}} {
		if n.IsSound() {
			t.Errorf("%v is sound", n.Methods)
		}
	}
}

// mailAndApp are a mailbox and an authenticator.
func mailAndApp() mfa.Factors {
	f := withDevice()
	f.Email = mfa.Address{Value: mail, Validated: start}
	return f
}

// TestStepUpWithheld: links are left out where something else meets the need, and not where
// only another need would be met by something else.
func TestStepUpWithheld(t *testing.T) {
	h := newHarness(t)
	h.has(mailAndApp())
	h.change(func(f *mfa.Factors) { f.LinkWithheld = start.Add(time.Minute) })
	if got := h.methods(h.stepUp(mfa.Need{})); !slices.Equal(got, []mfa.Method{mailCode, appCode}) {
		t.Errorf("got %v", got)
	}
	if got := h.methods(h.stepUp(mfa.Need{Methods: []mfa.Method{mailLink}})); !slices.Equal(got, []mfa.Method{mailLink}) {
		t.Errorf("links alone: got %v", got)
	}
}

// TestStepUpMeets: an option that the policy counts no more is answered like none: nothing is
// sent, judged or charged.
func TestStepUpMeets(t *testing.T) {
	h := newHarness(t)
	h.has(mailAndApp())
	id := h.stepUp(mfa.Need{Methods: []mfa.Method{mailCode, appCode}})
	m := h.sent(id, mfa.Email, mfa.OTP)
	h.policy.Methods = []mfa.Method{appCode}
	h.answer(id, mfa.Email, mfa.OTP, m.Code, mfa.Dead)
	h.wait(time.Minute)
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Dead)
	code, app := h.option(id, mfa.Email, mfa.OTP).ID, h.option(id, mfa.Authenticator, mfa.OTP).ID
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if c.Meets(code) || !c.Meets(app) || c.Meets("") || len(c.Factors.Ledger.Misses) != 0 || c.Request.Tries != 0 {
			t.Errorf("got the code met: %v, the app: %v, %d charged", c.Meets(code), c.Meets(app), c.Request.Tries)
		}
	})
}

// TestStepUpNeedStands: what the request has as its need is judged, whatever options it has.
func TestStepUpNeedStands(t *testing.T) {
	h := newHarness(t)
	h.has(mailAndApp())
	id := h.stepUp(mfa.Need{})
	code, app := h.option(id, mfa.Email, mfa.OTP).ID, h.option(id, mfa.Authenticator, mfa.OTP).ID
	r := h.request(id)
	r.Need = []string{"MicrosoftAuthenticator"}
	h.run(func(tx *store.Tx) error {
		return mfa.RequestTable.Put(tx, mfa.RequestRecord(h.index, id), r, r.Expires)
	})
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if c.Meets(code) || !c.Meets(app) {
			t.Errorf("the code meets it: %v, the app: %v", c.Meets(code), c.Meets(app))
		}
	})
	h.unsent(id, mfa.Email, mfa.OTP, mfa.Dead)
	h.answer(id, mfa.Email, mfa.OTP, "123456", mfa.Dead)
}

// TestStepUpRecovery: a recovery code is looked at where the need says so; where it does not it
// is wrong, and stays good.
func TestStepUpRecovery(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	var codes []string
	h.change(func(f *mfa.Factors) { codes = f.RenewRecovery(h.index, account, 2, start) })
	h.answer(h.stepUp(mfa.Need{}), mfa.Authenticator, mfa.OTP, codes[0], mfa.Wrong)
	if f := h.factors(); f.RecoveryLeft() != 2 || len(f.Ledger.Misses) != 1 {
		t.Errorf("got %d left, and %d charged", f.RecoveryLeft(), len(f.Ledger.Misses))
	}
	h.answer(h.stepUp(mfa.Need{Recovery: true}), mfa.Authenticator, mfa.OTP, codes[0], mfa.Passed)
	if f := h.factors(); f.RecoveryLeft() != 1 {
		t.Errorf("got %d left", f.RecoveryLeft())
	}
}

// TestStepUpKnown: a step-up is known to its own calls and the page of its link; a login is
// not known to it.
func TestStepUpKnown(t *testing.T) {
	h := newHarness(t)
	h.has(mailAndApp())
	id, login := h.stepUp(mfa.Need{}), h.begin()
	removal := h.begin(func(n *mfa.NewRequest) { n.Purpose = mfa.RemoveFactor })
	for name, tt := range map[string]struct {
		terms         mfa.Terms
		itself, other bool
	}{
		"its own": {mfa.Terms{Confirms: mfa.StepUp}, true, false}, "of a login": {mfa.Terms{Login: true}, false, true}, "of a link": {mfa.Terms{Login: true, Link: true}, true, true},
		"of an enrolment": {mfa.Terms{Enrolls: true}, false, true}, "of another change": {mfa.Terms{Confirms: mfa.RemoveFactor}, false, false},
	} {
		h.terms = tt.terms
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if c.Known() != tt.itself {
				t.Errorf("%s: got it known: %v", name, c.Known())
			}
		})
		h.with(login, func(_ *store.Tx, c *mfa.Case) {
			if c.Known() != tt.other {
				t.Errorf("%s: got a login known: %v", name, c.Known())
			}
		})
		h.with(removal, func(_ *store.Tx, c *mfa.Case) {
			if c.Known() != (tt.terms.Confirms == mfa.RemoveFactor) {
				t.Errorf("%s: got another change known: %v", name, c.Known())
			}
		})
	}
}

// TestStepUpReplaces: a step-up ends the one that it replaces and its link, and no link of a
// login of the same caller, nor a login its.
func TestStepUpReplaces(t *testing.T) {
	from := func(n *mfa.NewRequest) { n.User = "192.0.2.7" }
	h := newHarness(t)
	h.has(mailAndApp())
	login := h.begin(from)
	h.sent(login, mfa.Email, mfa.Link)
	first := h.stepUp(mfa.Need{}, from)
	h.sent(first, mfa.Email, mfa.Link)
	if n := len(h.pending().Links); n != 2 {
		t.Errorf("%d links are live, want the login's and its own", n)
	}
	second := h.stepUp(mfa.Need{}, from, func(n *mfa.NewRequest) { n.Replaces = mfa.RequestRecord(h.index, first) })
	for id, live := range map[string]bool{first: false, second: true} {
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if c.Live() != live {
				t.Errorf("got %s live: %v", id, c.Live())
			}
		})
	}
	if p := h.pending(); len(p.Links) != 1 || len(p.Open) != 2 {
		t.Errorf("got %d links and %d open", len(p.Links), len(p.Open))
	}
	h.sent(second, mfa.Email, mfa.Link)
	h.terms = mfa.Terms{}
	h.begin(from)
	live := 0
	for _, l := range h.pending().Links {
		if !l.Until.IsZero() { // else it was given up
			live++
		}
	}
	if live != 1 {
		t.Errorf("%d links are live after another login, want the step-up's", live)
	}
}

// TestStepUpRepeats: the answer that met the need is known again, in all its spellings, and no
// other; before the end none is.
func TestStepUpRepeats(t *testing.T) {
	h := newHarness(t)
	h.has(mailAndApp())
	id := h.stepUp(mfa.Need{})
	m := h.sent(id, mfa.Email, mfa.OTP)
	option, app := h.option(id, mfa.Email, mfa.OTP).ID, h.option(id, mfa.Authenticator, mfa.OTP).ID
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if v := c.Answer(option, m.Code); v != mfa.Passed || c.Repeats(option, m.Code) {
			t.Errorf("got %v, and a repeat", v)
		}
		c.EndStepUp(option, m.Code)
	})
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if !c.Repeats(option, m.Code) || !c.Repeats(option, m.Code[:3]+" "+m.Code[3:]) || c.Repeats(app, m.Code) || c.Repeats(option, "000000x") || c.Repeats(option, "") || c.Live() {
			t.Error("the answer is not known again, or another is")
		}
	})
	for _, at := range []struct {
		wait  time.Duration
		known bool
	}{{30*time.Second - 1, true}, {1, false}, {-30 * time.Second, true}, {-2 * time.Minute, false}, {2 * time.Minute, true}} {
		h.wait(at.wait)
		h.with(id, func(_ *store.Tx, c *mfa.Case) {
			if c.Repeats(option, m.Code) != at.known {
				t.Errorf("at %v: want it known again: %v", h.now.Sub(start), at.known)
			}
		})
	}
	if f := h.factors(); !f.Ledger.Cleared.IsZero() {
		t.Error("a step-up clears the count of wrong codes")
	}
	h.terms.Epoch = 1
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if c.Repeats(option, m.Code) {
			t.Error("known again at another epoch")
		}
	})
}

// TestStepUpSends: step-ups have a budget of their own, which refills evenly, and a clock that
// was set back does not refill it.
func TestStepUpSends(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	for range 5 {
		h.sent(h.stepUp(mfa.Need{}), mfa.Email, mfa.OTP)
	}
	h.unsent(h.stepUp(mfa.Need{}), mfa.Email, mfa.OTP, mfa.FailedSending)
	h.wait(12*time.Minute - 1)
	h.unsent(h.stepUp(mfa.Need{}), mfa.Email, mfa.OTP, mfa.FailedSending)
	h.wait(1)
	h.sent(h.stepUp(mfa.Need{}), mfa.Email, mfa.OTP)
	h.terms = mfa.Terms{}
	login := h.begin()
	h.sent(login, mfa.Email, mfa.OTP)
	h.wait(-3 * time.Hour)
	h.unsent(h.stepUp(mfa.Need{}), mfa.Email, mfa.OTP, mfa.FailedSending)
	h.wait(12 * time.Minute)
	h.sent(h.stepUp(mfa.Need{}), mfa.Email, mfa.OTP)
}
