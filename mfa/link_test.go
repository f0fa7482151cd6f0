package mfa_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// FuzzLinkToken reads the token of a link: only 64 lower-case hexadecimal digits
// can name a request, and what they name can stand in a key.
func FuzzLinkToken(f *testing.F) {
	for _, s := range []string{"", strings.Repeat("0a", 32), strings.Repeat("0A", 32), "u" + strings.Repeat("0a", 32), strings.Repeat("0a", 31) + "0g", "../../etc", strings.Repeat("é", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		record, ok := mfa.LinkRecord(s)
		if ok != (len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "") {
			t.Errorf("LinkRecord(%q) = %v", s, ok)
		}
		if ok && store.CheckKeys(mfa.RequestTable.Key(record)) != nil {
			t.Errorf("LinkRecord(%q) = %q, which is no key", s, record)
		}
		if undo := mfa.IsUndoToken(s); undo && (ok || len(s) != 65 || s[0] != 'u') {
			t.Errorf("IsUndoToken(%q)", s)
		}
	})
}

// TestLinkLook: what the page of a link shows, and for how long.
func TestLinkLook(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	h.confirmDevice(id, "", done)
	m := h.sent(id, mfa.Email, mfa.Link)
	look := func() (v mfa.LinkView, ok bool) {
		h.with(id, func(_ *store.Tx, c *mfa.Case) { v, ok = c.Look(m.Token) })
		return v, ok
	}
	h.wait(90*time.Second - 1)
	v, ok := look()
	if !ok || v.Name != "Marie" || v.Application != "app" || v.From != "192.0.2.1" || !v.Created.Equal(start) ||
		!v.Ends.Equal(start.Add(90*time.Second)) || v.WantsNumber || v.MustWait || !slices.Equal(v.Adding, []mfa.Transport{mfa.Authenticator}) {
		t.Errorf("got %+v, %v", v, ok)
	}
	h.with(id, func(_ *store.Tx, c *mfa.Case) {
		if _, ok := c.Look(strings.Repeat("0", 64)); ok {
			t.Error("another token shows the link")
		}
	})
	h.wait(1)
	if v, ok := look(); !ok || v.Answer != mfa.Over || v.Adding != nil {
		t.Errorf("got %+v, %v, want a link that is over", v, ok)
	}
	h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Gone)
}

// TestLinkApproved: an approval is good once, for the client that waits.
func TestLinkApproved(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	id := h.begin()
	m := h.sent(id, mfa.Email, mfa.Link)
	h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
	h.decide(id, m.Token, mfa.Decision{}, mfa.Gone)
	if n := len(h.pending().Links); n != 0 {
		t.Errorf("%d links are live, want none", n)
	}
	h.unsent(id, mfa.Email, mfa.Link, mfa.Passed)
}

// TestLinkAdds: a link adds what is staged only where the box was ticked.
func TestLinkAdds(t *testing.T) {
	for _, ticked := range []bool{false, true} {
		h := newHarness(t)
		h.has(withMail())
		id := h.begin()
		h.confirmDevice(id, "", done)
		m := h.sent(id, mfa.Email, mfa.Link)
		h.decide(id, m.Token, mfa.Decision{Approve: true, Adding: ticked}, mfa.Approval)
		h.unsent(id, mfa.Email, mfa.Link, mfa.Passed)
		if got := h.hasFactor(mfa.Authenticator); got != ticked {
			t.Errorf("ticked %v: added %v", ticked, got)
		}
	}
}

// TestLinkNumber: a number that the client shows has to be typed, in one try.
func TestLinkNumber(t *testing.T) {
	for _, tt := range []struct {
		name    string
		typed   func(number string) string
		want    mfa.Outcome
		verdict mfa.Verdict
	}{
		{"right", func(n string) string { return " " + n + " " }, mfa.Approval, mfa.Waiting},
		{"wrong", func(n string) string { return n + "0" }, mfa.BadNumber, mfa.Refused},
		{"none", func(string) string { return "" }, mfa.BadNumber, mfa.Refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			id := h.begin(func(n *mfa.NewRequest) { n.LinkNumber = true })
			number := h.option(id, mfa.Email, mfa.Link).Number
			if len(number) != 2 || strings.Trim(number, "0123456789") != "" || h.option(id, mfa.Email, mfa.OTP).Number != "" {
				t.Fatalf("number %q", number)
			}
			m := h.sent(id, mfa.Email, mfa.Link)
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				if v, _ := c.Look(m.Token); !v.WantsNumber {
					t.Error("the page does not ask for the number")
				}
			})
			h.decide(id, m.Token, mfa.Decision{Approve: true, Number: tt.typed(number)}, tt.want)
			h.status(id, tt.verdict)
		})
	}
}

// TestLinkRivals: while two logins of an account wait for a link, neither can be
// approved without a number; one that failed, ran out, was answered or belongs
// to a login that has ended is no rival.
func TestLinkRivals(t *testing.T) {
	for _, tt := range []struct {
		name  string
		end   func(h *harness, id string, m *mfa.Message)
		rival bool
	}{
		{"live", func(*harness, string, *mfa.Message) {}, true},
		{"failed", func(h *harness, id string, m *mfa.Message) { h.failed(id, m) }, false},
		{"approved", func(h *harness, id string, m *mfa.Message) {
			h.decide(id, m.Token, mfa.Decision{Approve: true}, mfa.Approval)
		}, false},
		{"granted", func(h *harness, id string, _ *mfa.Message) { h.finish(id, mfa.Granted) }, false},
		{"voided by a staging", func(h *harness, id string, _ *mfa.Message) { h.confirmDevice(id, "", done) }, false},
		{"closed", func(h *harness, id string, _ *mfa.Message) {
			for _, code := range []string{"1", "2", "3", "4", "5"} {
				h.answer(id, mfa.Email, mfa.OTP, code, mfa.Wrong)
			}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			first, second := h.begin(), h.begin()
			m := h.sent(first, mfa.Email, mfa.Link)
			tt.end(h, first, m)
			m = h.sent(second, mfa.Email, mfa.Link)
			want := mfa.Approval
			if tt.rival {
				want = mfa.NotYet
			}
			h.with(second, func(_ *store.Tx, c *mfa.Case) {
				if v, ok := c.Look(m.Token); !ok || v.MustWait != tt.rival {
					t.Errorf("the page says wait: %v, want %v", v.MustWait, tt.rival)
				}
			})
			h.decide(second, m.Token, mfa.Decision{Approve: true}, want)
		})
	}
	t.Run("ran out", func(t *testing.T) {
		for left, want := range map[time.Duration]mfa.Outcome{1: mfa.NotYet, 0: mfa.Approval} {
			h := newHarness(t)
			h.has(withMail())
			h.sent(h.begin(), mfa.Email, mfa.Link)
			h.wait(time.Minute)
			id := h.begin()
			m := h.sent(id, mfa.Email, mfa.Link)
			h.wait(30*time.Second - left)
			h.decide(id, m.Token, mfa.Decision{Approve: true}, want)
		}
	})
	t.Run("numbered", func(t *testing.T) {
		h := newHarness(t)
		h.has(withMail())
		h.sent(h.begin(), mfa.Email, mfa.Link)
		id := h.begin(func(n *mfa.NewRequest) { n.LinkNumber = true })
		m := h.sent(id, mfa.Email, mfa.Link)
		h.decide(id, m.Token, mfa.Decision{Approve: true, Number: h.option(id, mfa.Email, mfa.Link).Number}, mfa.Approval)
	})
}

// TestLinkOne: one link a request lives, the newest. The other may be sent
// again at once, and an approval of it is void.
func TestLinkOne(t *testing.T) {
	h := newHarness(t)
	h.has(withBoth())
	id := h.begin()
	first := h.sent(id, mfa.Email, mfa.Link)
	second := h.sent(id, mfa.SMS, mfa.Link)
	h.decide(id, first.Token, mfa.Decision{Approve: true}, mfa.Gone)
	h.decide(id, second.Token, mfa.Decision{Approve: true}, mfa.Approval)
	h.sent(id, mfa.Email, mfa.Link)
	h.sent(id, mfa.SMS, mfa.Link) // not passed: the approval is void
}

// TestLinkEndsAlone: each of the things that end a link ends it by itself, also where
// the list of live links still has it.
func TestLinkEndsAlone(t *testing.T) {
	for name, end := range map[string]func(h *harness, c *mfa.Case){
		"the time of its request":  func(h *harness, c *mfa.Case) { c.Request.Expires = h.now },
		"the state of its request": func(_ *harness, c *mfa.Case) { c.Request.State = mfa.Denied },
		"its own time": func(h *harness, c *mfa.Case) {
			for i := range c.Request.Options {
				c.Request.Options[i].Ends = h.now
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			h.has(withMail())
			id := h.begin()
			m := h.sent(id, mfa.Email, mfa.Link)
			h.with(id, func(_ *store.Tx, c *mfa.Case) {
				end(h, c)
				if got := c.Decide(m.Token, mfa.Decision{Approve: true}); got != mfa.Gone {
					t.Errorf("got %v, want a link that is gone", got)
				}
			})
		})
	}
}
