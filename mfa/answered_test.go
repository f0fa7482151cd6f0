package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// answered returns how a link ended.
func (h *harness) answered(id, token string) (a mfa.LinkAnswer) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) { a = c.Answered(token) })
	return a
}

// TestLinkAnswered: a link that has ended goes on telling how, whatever becomes of
// its request, until the ten minutes of that are over.
func TestLinkAnswered(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(h *harness, id, token string)
		want mfa.LinkAnswer
	}{
		{"approved", func(h *harness, id, token string) {
			h.decide(id, token, mfa.Decision{Approve: true}, mfa.Approval)
		}, mfa.Approved},
		{"approved and granted", func(h *harness, id, token string) {
			h.decide(id, token, mfa.Decision{Approve: true}, mfa.Approval)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Passed)
			h.finish(id, mfa.Granted)
		}, mfa.Approved},
		{"approved, and the next was late", func(h *harness, id, token string) {
			h.decide(id, token, mfa.Decision{Approve: true}, mfa.Approval)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Passed)
			h.sent(id, mfa.Email, mfa.Link)
			h.wait(90 * time.Second)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
		}, mfa.Approved},
		{"approved without what is staged", func(h *harness, id, _ string) {
			h.confirmDevice(id, "", done)
			h.decide(id, h.newLink(id), mfa.Decision{Approve: true}, mfa.Approval)
		}, mfa.ApprovedAlone},
		{"approved with what is staged", func(h *harness, id, _ string) {
			h.confirmDevice(id, "", done)
			h.decide(id, h.newLink(id), mfa.Decision{Approve: true, Adding: true}, mfa.Approval)
		}, mfa.Approved},
		{"denied", func(h *harness, id, token string) { h.decide(id, token, mfa.Decision{}, mfa.Refusal) }, mfa.Disowned},
		{"late", func(h *harness, _, _ string) { h.wait(90 * time.Second) }, mfa.Over},
		{"late and met", func(h *harness, id, _ string) {
			h.wait(90 * time.Second)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
		}, mfa.Over},
		{"late, and so was the next", func(h *harness, id, _ string) {
			h.wait(90 * time.Second)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
			h.wait(30 * time.Second)
			h.sent(id, mfa.Email, mfa.Link)
			h.wait(90 * time.Second)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
		}, mfa.Over},
		{"late, and the next was approved", func(h *harness, id, _ string) {
			h.wait(90 * time.Second)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
			h.wait(30 * time.Second)
			h.decide(id, h.sent(id, mfa.Email, mfa.Link).Token, mfa.Decision{Approve: true}, mfa.Approval)
		}, mfa.Over},
		{"told to have failed", func(h *harness, id, token string) {
			h.failed(id, &mfa.Message{Kind: mfa.KindLink, Option: h.option(id, mfa.Email, mfa.Link).ID, Token: token, At: h.now})
		}, mfa.Over},
		{"begun anew", func(h *harness, _, _ string) { h.begin(known) }, mfa.Over},
		{"begun anew and met", func(h *harness, id, _ string) {
			h.begin(known)
			h.unsent(id, mfa.Email, mfa.Link, mfa.Dead)
		}, mfa.Over},
		{"of a request that was closed", func(h *harness, id, _ string) {
			for _, code := range []string{"a", "b", "c", "d", "e"} {
				h.answer(id, mfa.Email, mfa.OTP, code, mfa.Wrong)
			}
		}, mfa.Over},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			id := h.begin(known)
			h.link = h.sent(id, mfa.Email, mfa.Link).Token
			if got := h.answered(id, h.link); got != mfa.Unanswered {
				t.Errorf("a live link: got %q", got)
			}
			tt.end(h, id, h.link)
			for range 2 {
				if got := h.answered(id, h.link); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				h.decide(id, h.link, mfa.Decision{Approve: true}, mfa.Gone) // and decides nothing
			}
			h.now = start.Add(mfa.Life)
			if got := h.answered(id, h.link); got != mfa.Unanswered {
				t.Errorf("after ten minutes: got %q", got)
			}
		})
	}
}

// known is a login of which the network address of the user is known.
func known(n *mfa.NewRequest) { n.User = "192.0.2.1" }

// newLink sends another link in place of h.link.
func (h *harness) newLink(id string) string {
	h.Helper()
	old := h.link
	h.link = h.sent(id, mfa.Email, mfa.Link).Token
	if got := h.answered(id, old); got != mfa.Over {
		h.Errorf("the link that was replaced: got %q", got)
	}
	return h.link
}

// TestLinkAnsweredNumber: a wrong number is told as such.
func TestLinkAnsweredNumber(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin(func(n *mfa.NewRequest) { n.LinkNumber = true })
	token := h.sent(id, mfa.Email, mfa.Link).Token
	h.decide(id, token, mfa.Decision{Approve: true, Number: "x"}, mfa.BadNumber)
	if got := h.answered(id, token); got != mfa.WrongNumber {
		t.Errorf("got %q", got)
	}
}

// TestRecoveryRepeated: where no browser is bound, the same confirming call is
// answered with the same codes within a minute and three times.
func TestRecoveryRepeated(t *testing.T) {
	for _, tt := range []struct {
		name  string
		later time.Duration
		end   bool
		shown int
	}{
		{"at once", 0, false, 3},
		{"a moment less than a minute later", time.Minute - 1, false, 3},
		{"a minute later", time.Minute, false, 0},
		{"after the grant", 0, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			id := h.begin()
			code := h.code(h.request(id).Enrollment.Secret)
			first := h.confirmDevice(id, code, active)
			if tt.end {
				h.finish(id, mfa.Granted)
			}
			h.wait(tt.later)
			for i := range 5 {
				again := h.confirmDevice(id, code, active)
				if shown := i < tt.shown; shown != (len(again) == 10 && slices.Equal(again, first)) || !shown && again != nil {
					t.Errorf("repeat %d: got %d codes, want them shown: %v", i+1, len(again), shown)
				}
			}
		})
	}
}

// TestRecoveryRepeatWrong: wrong repeats are charged to the request, and the fifth
// ends the showing, whether or not it has granted.
func TestRecoveryRepeatWrong(t *testing.T) {
	for _, granted := range []bool{false, true} {
		h := newHarness(t)
		id := h.begin()
		code := h.code(h.request(id).Enrollment.Secret)
		h.confirmDevice(id, code, active)
		state := mfa.Closed
		if granted {
			h.finish(id, mfa.Granted)
			state = mfa.Granted
		}
		for _, wrong := range []string{"a", "b", "c", "d", "e"} {
			h.confirmDevice(id, wrong, amiss)
		}
		if again := h.confirmDevice(id, code, none); again != nil {
			t.Errorf("granted %v: the codes are shown after five wrong ones", granted)
		}
		if r := h.request(id); r.State != state || r.Seed != nil || r.Tries != 0 {
			t.Errorf("granted %v: got %q, %d bytes of seed, %d tries", granted, r.State, len(r.Seed), r.Tries)
		}
	}
}

// TestRecoverySeed: a request shows its codes to its browser while it lives and a
// minute after it has granted. Any other end erases the seed, and so does the
// binding to a browser that has not seen them. Another cookie yields other codes.
func TestRecoverySeed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		end    func(h *harness, id string)
		shown  bool
		erased bool
	}{
		{"alive", func(*harness, string) {}, true, false},
		{"granted", func(h *harness, id string) { h.finish(id, mfa.Granted); h.wait(time.Minute - 1) }, true, false},
		{"granted a minute ago", func(h *harness, id string) { h.finish(id, mfa.Granted); h.wait(time.Minute) }, false, true},
		{"no role", func(h *harness, id string) { h.finish(id, mfa.Unauthorized) }, false, true},
		{"denied", func(h *harness, id string) { h.finish(id, mfa.Denied) }, false, true},
		{"run out", func(h *harness, _ string) { h.wait(mfa.Life) }, false, true},
		{"canceled", func(h *harness, id string) { h.cancel(id, active) }, false, true},
		{"bound to another", func(h *harness, id string) { h.bind(id, "another") }, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.cookie = "cookie"
			id := h.begin()
			h.bind(id, h.cookie)
			first := h.confirmDevice(id, "", active)
			tt.end(h, id)
			var codes, others []string
			h.with(id, func(_ *store.Tx, c *mfa.Case) { codes, others = c.Recovery("cookie"), c.Recovery("another") })
			if shown := slices.Equal(codes, first); shown != tt.shown || !shown && codes != nil {
				t.Errorf("got %d codes, want them shown: %v", len(codes), tt.shown)
			}
			if erased := h.request(id).Seed == nil; erased != tt.erased {
				t.Errorf("the seed is erased: %v, want %v", erased, tt.erased)
			}
			if tt.shown && (len(others) != 10 || slices.Contains(first, others[0])) {
				t.Error("another cookie yields the codes")
			}
		})
	}
}

func (h *harness) bind(id, cookie string) {
	h.Helper()
	h.with(id, func(_ *store.Tx, c *mfa.Case) { c.Bind([]byte(cookie)) })
}

// TestResend: another code goes to the address that the last one went to, and to
// none where there was none.
func TestResend(t *testing.T) {
	h := newHarness(t)
	id := h.begin()
	resend := func() (r mfa.EnrollResult, m *mfa.Message) {
		h.with(id, func(tx *store.Tx, c *mfa.Case) {
			var err error
			if r, m, err = c.ResendVerification(tx, mfa.Email); err != nil {
				t.Error(err)
			}
		})
		return r, m
	}
	if r, m := resend(); r.Status != mfa.EnrollInvalidAddress || m != nil {
		t.Errorf("got %+v, want no address", r)
	}
	h.verifying(id, mfa.Email, "new@example.org")
	if r, m := resend(); r.Status != mfa.EnrollDone || m != nil {
		t.Errorf("at once: got %+v, want nothing sent", r)
	}
	h.wait(30 * time.Second)
	r, m := resend()
	if r.Status != mfa.EnrollDone || m == nil || m.To != "new@example.org" {
		t.Fatalf("got %+v", r)
	}
	if v := h.view(id); len(v.Channels) != 2 || v.Channels[0].SentTo != mfa.MaskEmail("new@example.org") || v.Channels[0].OnRecord != "" || v.Channels[1].SentTo != "" {
		t.Errorf("got %+v", v.Channels)
	}
	h.confirm(id, mfa.Email, m.Code, active)
}
