package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// TestKeys: the keys that are read beforehand are those of a login's records.
func TestKeys(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	keys := append(mfa.Keys(homeOf(account)), mfa.Key(h.index, h.begin()))
	versions, err := h.db.Versions(t.Context(), keys...)
	if err != nil || len(versions) != 3 || slices.Contains(versions, 0) {
		t.Errorf("%q: got versions %v, %v, want three written", keys, versions, err)
	}
}

// TestTake: a request is its client's, and of the epoch it was made in. Pages
// and links are any client's.
func TestTake(t *testing.T) {
	for _, tt := range []struct {
		name  string
		terms mfa.Terms
		known bool
	}{
		{"its client", mfa.Terms{Client: "client", Epoch: 3}, true},
		{"any client", mfa.Terms{Epoch: 3}, true},
		{"another client", mfa.Terms{Client: "other", Epoch: 3}, false},
		{"a later epoch", mfa.Terms{Client: "client", Epoch: 4}, false},
		{"an earlier epoch", mfa.Terms{Client: "client", Epoch: 2}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withDevice())
			id := h.begin(func(n *mfa.NewRequest) { n.Epoch = 3 })
			h.terms = tt.terms
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if c.Known() != tt.known || c.Live() != tt.known || (len(c.Request.Options) > 0) != tt.known {
					t.Errorf("known %v, live %v, want %v", c.Known(), c.Live(), tt.known)
				}
			})
			if !tt.known {
				h.status(id, mfa.Dead)
			}
		})
	}
	t.Run("no such request", func(t *testing.T) {
		h := newHarness(t)
		h.with("nothing", func(_ *store.Tx, c *mfa.Case) {
			if c.Known() || c.Live() || c.Status() != mfa.Dead || c.IsLink("x") || c.Answer("x", "y") != mfa.Dead {
				t.Error("a request that never was is known")
			}
		})
	})
	t.Run("damaged factors", func(t *testing.T) {
		h := newHarness(t)
		h.has(withDevice())
		id := h.begin()
		err := h.db.Run(t.Context(), h.now, func(tx *store.Tx) error {
			record := mfa.RequestRecord(h.index, id)
			r, err := mfa.FindRecord(tx, record)
			if err != nil {
				return err
			}
			_, err = mfa.Take(tx, h.index, record, r, mfa.Terms{Home: homeOf(account), Least: 2})
			return err
		})
		if !isDamaged(err) {
			t.Errorf("got %v, want damage", err)
		}
	})
}

// TestLive: a request lives until it expires, to the moment, whatever the store
// still returns.
func TestLive(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	h.with(h.begin(), func(_ *store.Tx, c *mfa.Case) {
		for left, want := range map[time.Duration]bool{1: true, 0: false, -1: false} {
			if c.Request.Expires = h.now.Add(left); c.Live() != want {
				t.Errorf("%s from its end: got live %v, want %v", left, c.Live(), want)
			}
		}
	})
}

// TestFinished: final states are final, repeat themselves to the client until
// the request dies, and void what is out.
func TestFinished(t *testing.T) {
	for _, tt := range []struct {
		state mfa.State
		want  mfa.Verdict
	}{{mfa.Granted, mfa.Dead}, {mfa.Denied, mfa.Refused}, {mfa.Unauthorized, mfa.NoRole}, {mfa.Closed, mfa.Dead}} {
		t.Run(string(tt.state), func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			id := h.begin()
			code := h.sent(id, mfa.Email, mfa.OTP)
			link := h.sent(id, mfa.Email, mfa.Link)
			h.finish(id, tt.state)
			for range 2 {
				h.status(id, tt.want)
				h.answer(id, mfa.Email, mfa.OTP, code.Code, tt.want)
				h.unsent(id, mfa.Email, mfa.OTP, tt.want)
				h.unsent(id, mfa.Email, mfa.Link, tt.want)
				h.decide(id, link.Token, mfa.Decision{Approve: true}, mfa.Gone)
				h.wait(mfa.Life - 1 - h.now.Sub(start))
			}
			for _, o := range h.request(id).Options {
				if o.Digest != nil {
					t.Errorf("%s is still out", o.Method)
				}
			}
			if p := h.pending(); len(p.Open)+len(p.Links) > 0 {
				t.Errorf("still listed: %+v", p)
			}
			h.wait(1)
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if c.Known() {
					t.Error("known past its life")
				}
			})
		})
	}
}

// TestGrantedClears: a complete login clears the hour and the row of guesses;
// one without a role does not.
func TestGrantedClears(t *testing.T) {
	for state, want := range map[mfa.State]int{mfa.Granted: 0, mfa.Unauthorized: 4} {
		h := newHarness(t)
		h.has(withDevice())
		id := h.begin()
		h.wrong(id, 4)
		h.finish(id, state)
		if got := h.factors().Ledger.Consecutive; got != want {
			t.Errorf("%s: %d in a row, want %d", state, got, want)
		}
	}
}

// TestStatus: whether something is under way.
func TestStatus(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	h.status(id, mfa.Passed)
	h.sent(id, mfa.Email, mfa.OTP)
	h.status(id, mfa.Waiting)
	h.status("unknown", mfa.Dead)
	h.wait(30 * time.Second)
	h.answer(id, mfa.Email, mfa.OTP, h.sent(id, mfa.Email, mfa.OTP).Code, mfa.Passed)
	h.status(id, mfa.Passed) // sent, and answered

	h = newHarness(t)
	h.has(mfa.Factors{Email: mfa.Address{Value: mail}})
	id = h.begin()
	h.confirm(id, mfa.Email, h.verifying(id, mfa.Email, "").Code, active)
	h.status(id, mfa.Passed) // proven: the caller asks for its tokens
}

// TestRequestFacts: what a caller reads of a request.
func TestRequestFacts(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin()
	link, code, app := h.option(id, mfa.Email, mfa.Link), h.option(id, mfa.Email, mfa.OTP), h.option(id, mfa.Authenticator, mfa.OTP)
	r := h.request(id)
	mailbox := mfa.BudgetKeys(h.index, mfa.Email, mail)
	for _, tt := range []struct {
		id   string
		want []string
	}{{link.ID, mailbox}, {code.ID, mailbox}, {app.ID, nil}, {"unknown", nil}} {
		if got := r.BudgetKeys(h.index, tt.id); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.id, got, tt.want)
		}
	}
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if !c.IsLink(link.ID) || c.IsLink(code.ID) || c.IsLink("unknown") || c.Policy().OTPLength != 6 {
			t.Error("IsLink or Policy")
		}
	})
	if r.HasOption("unknown") || r.Waiting() || !h.linkEnds(id, "unknown").IsZero() || r.From != "192.0.2.1" || !r.Expires.Equal(start.Add(mfa.Life)) {
		t.Errorf("got %+v", r)
	}
}
