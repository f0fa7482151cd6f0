package mfa_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

// clean forgets the guesses at the account, so that a test can make more.
func (h *harness) clean() {
	h.Helper()
	h.change(func(f *mfa.Factors) { f.Ledger.Forget() })
}

// TestNoticeDaily: what a stranger can repeat at will is told once a day.
func TestNoticeDaily(t *testing.T) {
	for _, tt := range []struct {
		kind mfa.NoticeKind
		make func(h *harness)
	}{
		{mfa.ManyRequests, func(h *harness) {
			for range 22 {
				h.begin()
			}
		}},
		{mfa.GuessesUsedUp, func(h *harness) {
			h.clean()
			h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 99 })
			h.wrong(h.begin(), 1)
		}},
		{mfa.ManyStagings, func(h *harness) {
			for range 4 {
				h.confirmDevice(h.begin(), "", done)
			}
		}},
	} {
		t.Run(string(tt.kind), func(t *testing.T) {
			h := newHarness(t)
			h.has(withDevice())
			tt.make(h)
			h.wantTold(tt.kind)
			h.wait(24*time.Hour - 1)
			tt.make(h)
			h.wantTold(tt.kind)
			h.wait(1)
			tt.make(h)
			h.wantTold(tt.kind, tt.kind)
			for _, n := range h.told {
				if n.User != "Marie" || n.Undo != "" || len(n.To) != 1 || n.To[0] != (mfa.Target{Over: mfa.Email, Address: mail}) {
					t.Errorf("got %+v, want Marie's at %s", n, mail)
				}
			}
		})
	}
}

// TestNoticeGuesses: the miss that uses up the guesses tells of it, whichever
// limit it is, and no earlier one does.
func TestNoticeGuesses(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	h.wrong(h.begin(), 4)
	h.wrong(h.begin(), 4)
	h.wrong(h.begin(), 1)
	h.wantTold()
	id := h.begin()
	h.wrong(id, 1)
	h.wantTold(mfa.GuessesUsedUp)
	h.answer(id, mfa.Authenticator, mfa.OTP, "another", mfa.Exhausted)
	h.wantTold(mfa.GuessesUsedUp)
}

// TestNoticeWrong: five wrong codes in one request are told, four are not.
func TestNoticeWrong(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin()
	h.wrong(id, 4)
	h.wantTold()
	h.answer(id, mfa.Authenticator, mfa.OTP, "fifth", mfa.Wrong)
	h.wantTold(mfa.ManyWrong)
}

// TestNoticeStagings: two requests with something staged are told of by none;
// what was canceled, has ended or ran out does not count.
func TestNoticeStagings(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	staged := func() string {
		id := h.begin()
		h.confirmDevice(id, "", done)
		return id
	}
	staged()
	staged()
	h.wait(mfa.Life - 1)
	one := h.begin()
	h.wait(1) // both have run out, and nothing has swept them
	h.confirmDevice(one, "", done)
	h.cancel(staged(), done)
	h.finish(staged(), mfa.Granted)
	two := staged()
	m := h.verifying(two, mfa.SMS, mobile)
	h.confirm(two, mfa.SMS, m.Code, done) // another of the same request
	h.wantTold()
	staged()
	h.wantTold(mfa.ManyStagings)
	if got := h.factors().NoticeCounter; got != 1 {
		t.Errorf("%d notices are counted, want 1", got)
	}
}

// TestNoticeBudget: six notices an hour, counted from the first; one that is
// not sent for want of budget is not remembered as told.
func TestNoticeBudget(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	tell := func(n int) {
		h.told = nil
		for range n {
			h.clean()
			h.wrong(h.begin(), 5)
		}
	}
	for range 2 {
		tell(8)
		if got := len(h.told); got != 6 {
			t.Errorf("told %d times, want 6", got)
		}
		h.wait(time.Hour - 1)
		tell(1)
		if got := len(h.told); got != 0 {
			t.Errorf("told within the hour")
		}
		h.wait(1)
	}
	tell(6)
	h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 99 })
	h.wrong(h.begin(), 1)
	h.wait(time.Hour)
	h.told = nil
	h.change(func(f *mfa.Factors) { f.Ledger.Consecutive = 99 })
	h.wrong(h.begin(), 1)
	h.wantTold(mfa.GuessesUsedUp)
}

// TestNoticeBudgetRequests: the notice of open requests is one of the six.
func TestNoticeBudgetRequests(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	h.change(func(f *mfa.Factors) { f.NoticeWindow, f.NoticeCounter = h.now, 6 })
	for range 21 {
		h.begin()
	}
	h.wantTold()
	h.change(func(f *mfa.Factors) { f.NoticeCounter = 5 })
	h.begin()
	h.wantTold(mfa.ManyRequests)
	if got := h.factors().NoticeCounter; got != 6 {
		t.Errorf("%d notices are counted, want 6", got)
	}
}

// TestNoticeRequestsNobody: where nobody can be told of open requests, nothing
// is made, counted or remembered as told.
func TestNoticeRequestsNobody(t *testing.T) {
	h := newHarness(t)
	h.has(mfa.Factors{Serial: 1, Authenticators: apps()})
	for range 21 {
		h.begin()
	}
	h.wantTold()
	if got := h.factors().NoticeCounter; got != 0 {
		t.Errorf("%d notices are counted, want none", got)
	}
	h.change(func(f *mfa.Factors) { f.Email = confirmed(mail) })
	h.begin()
	h.wantTold(mfa.ManyRequests)
}

// TestNoticeOwn: messages that a caller asks for do not crowd notices out, and
// the other way round.
func TestNoticeOwn(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	for range 10 {
		h.sent(h.begin(), mfa.Email, mfa.OTP)
	}
	h.unsent(h.begin(), mfa.Email, mfa.OTP, mfa.FailedSending)
	h.wrong(h.begin(), 5)
	h.wantTold(mfa.ManyWrong)
}

// TestNoticeTargets: notices go to the addresses that were confirmed before and
// can be reached.
func TestNoticeTargets(t *testing.T) {
	both := mfa.Factors{Serial: 1, Authenticators: apps(), Email: confirmed(mail), Mobile: confirmed(mobile)}
	unproven := both
	unproven.Email.Validated = time.Time{}
	overMail, overSMS := mfa.Target{Over: mfa.Email, Address: mail}, mfa.Target{Over: mfa.SMS, Address: mobile}
	for _, tt := range []struct {
		name     string
		f        mfa.Factors
		channels mfa.Channels
		want     []mfa.Target
	}{
		{"both", both, mfa.Channels{Email: true, SMS: true}, []mfa.Target{overMail, overSMS}},
		{"no sender of SMS", both, mfa.Channels{Email: true}, []mfa.Target{overMail}},
		{"no sender of mail", both, mfa.Channels{SMS: true}, []mfa.Target{overSMS}},
		{"not validated", unproven, mfa.Channels{Email: true, SMS: true}, []mfa.Target{overSMS}},
		{"nobody to tell", mfa.Factors{Serial: 1, Authenticators: apps()}, mfa.Channels{Email: true, SMS: true}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			h.channels = tt.channels
			h.has(tt.f)
			h.wrong(h.begin(), 5)
			var got []mfa.Target
			for _, n := range h.told {
				got = append(got, n.To...)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("told %v, want %v", got, tt.want)
			}
		})
	}
}

// TestNoticeAdded: a new address is not told of itself, and the notice carries
// the link that removes it.
func TestNoticeAdded(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin()
	m := h.verifying(id, mfa.SMS, mobile)
	h.confirm(id, mfa.SMS, m.Code, done)
	h.answer(id, mfa.Authenticator, mfa.OTP, h.code(h.factors().Authenticators[0].Secret), mfa.Passed)
	h.wantTold(mfa.FactorAdded)
	n := h.told[0]
	if !slices.Equal(n.Added, []mfa.Transport{mfa.SMS}) || !slices.Equal(n.To, []mfa.Target{{Over: mfa.Email, Address: mail}}) || !mfa.IsUndoToken(n.Undo) {
		t.Errorf("got %+v", n)
	}
}

// TestNoticeAddedAlways: no number of other notices hides a factor that was added, nor do
// additions use up what the owner may be told of else.
func TestNoticeAddedAlways(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	h.change(func(f *mfa.Factors) { f.NoticeWindow, f.NoticeCounter = h.now, 6 })
	token := h.added(h.stage(mfa.SMS, mobile))
	if !mfa.IsUndoToken(token) || h.factors().NoticeCounter != 6 {
		t.Errorf("got %q; %d notices are counted", token, h.factors().NoticeCounter)
	}
	h.told = nil
	h.wrong(h.begin(), 5)
	h.wantTold()
}

// TestNoticeFactorNobody: a first factor of which nobody else can be told uses no
// notice and makes no undo link.
func TestNoticeFactorNobody(t *testing.T) {
	h := newHarness(t)
	h.confirmDevice(h.begin(), "", active)
	h.wantTold()
	if got := h.factors().NoticeCounter; got != 0 {
		t.Errorf("%d notices are counted, want none", got)
	}
}
