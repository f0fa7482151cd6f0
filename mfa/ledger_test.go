package mfa_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

func TestLedgerExhausted(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ago := func(d time.Duration, n int) (list []time.Time) {
		for range n {
			list = append(list, now.Add(-d))
		}
		return list
	}
	for _, c := range []struct {
		name string
		l    mfa.Ledger
		want bool
	}{
		{"clean", mfa.Ledger{}, false},
		{"nine in the hour", mfa.Ledger{Misses: ago(59*time.Minute, 9), Consecutive: 9}, false},
		{"ten in the hour", mfa.Ledger{Misses: ago(59*time.Minute, 10), Consecutive: 10}, true},
		{"ten an hour ago", mfa.Ledger{Misses: ago(time.Hour, 10), Consecutive: 10}, false},
		{"ten before a login", mfa.Ledger{Misses: ago(30*time.Minute, 10), Cleared: now.Add(-20 * time.Minute)}, false},
		{"ten in the moment of a login, after it", mfa.Ledger{Misses: ago(0, 10), Cleared: now, Consecutive: 10}, true},
		{"nine after a login, ten before it, in one moment", mfa.Ledger{Misses: ago(0, 19), Cleared: now, Consecutive: 9}, false},
		{"thirty in the day, though a login cleared", mfa.Ledger{Misses: ago(23*time.Hour, 30), Cleared: now}, true},
		{"thirty a day ago", mfa.Ledger{Misses: ago(24*time.Hour, 30), Consecutive: 30}, false},
		{"hundred in a row", mfa.Ledger{Consecutive: 100}, true},
		{"ninety-nine in a row", mfa.Ledger{Consecutive: 99}, false},
		{"clock set back", mfa.Ledger{Misses: ago(-48*time.Hour, 10), Consecutive: 10}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.l.Exhausted(now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// guess makes n wrong guesses and reports whether the account is exhausted
// after them.
func (h *harness) guess(n int) (exhausted bool) {
	h.Helper()
	for n > 0 {
		id := h.begin()
		h.wrong(id, min(n, 5))
		h.finish(id, mfa.Closed)
		n -= 5
	}
	f := h.factors()
	return f.Ledger.Exhausted(h.now)
}

// TestLedgerHour: ten wrong an hour, behind a right password, over requests.
func TestLedgerHour(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	if h.guess(9) {
		t.Error("exhausted after nine")
	}
	if !h.guess(1) {
		t.Error("not exhausted after ten")
	}
	id := h.begin()
	code := h.code(h.factors().Authenticators[0].Secret)
	h.answer(id, mfa.Authenticator, mfa.OTP, code, mfa.Exhausted)
	h.wait(time.Hour - 1)
	f := h.factors()
	if !f.Ledger.Exhausted(h.now) {
		t.Error("not exhausted within the hour")
	}
	h.wait(1)
	h.answer(h.begin(), mfa.Authenticator, mfa.OTP, h.code(f.Authenticators[0].Secret), mfa.Passed)
}

// TestLedgerDay: thirty wrong a day, which no complete login clears.
func TestLedgerDay(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	for i := range 3 {
		if h.guess(9) {
			t.Errorf("exhausted after %d", 9*(i+1))
		}
		h.finish(h.begin(), mfa.Granted)
	}
	if h.guess(2) {
		t.Error("exhausted after 29")
	}
	h.finish(h.begin(), mfa.Granted)
	if !h.guess(1) {
		t.Error("not exhausted after 30")
	}
	if n := len(h.factors().Ledger.Misses); n != 30 {
		t.Errorf("%d misses are kept, want 30", n)
	}
	h.finish(h.begin(), mfa.Granted)
	h.wait(24*time.Hour - 1)
	f := h.factors()
	if !f.Ledger.Exhausted(h.now) {
		t.Error("not exhausted within the day")
	}
	h.wait(1)
	if f = h.factors(); f.Ledger.Exhausted(h.now) {
		t.Error("exhausted after the day")
	}
	h.guess(1)
	if f = h.factors(); len(f.Ledger.Misses) != 1 {
		t.Errorf("%d misses are kept, want those of a day", len(f.Ledger.Misses))
	}
}

// TestLedgerRow: a hundred wrong in a row until an administrator; a complete
// login clears the row.
func TestLedgerRow(t *testing.T) {
	row := func(h *harness, n int) {
		for range n / 5 {
			h.guess(5)
			h.wait(5 * time.Hour) // five a day at most, 25 in five hours each
		}
	}
	h := newHarness(t)
	h.has(withDevice())
	row(h, 95)
	h.guess(4)
	h.wait(48 * time.Hour)
	f := h.factors()
	if f.Ledger.Exhausted(h.now) {
		t.Error("exhausted after 99 in a row")
	}
	if !h.guess(1) {
		t.Error("not exhausted after a hundred in a row")
	}
	h.wait(365 * 24 * time.Hour)
	if f = h.factors(); !f.Ledger.Exhausted(h.now) {
		t.Error("time alone clears the row")
	}
	h.clean()
	if f = h.factors(); f.Ledger.Exhausted(h.now) {
		t.Error("an administrator does not clear it")
	}
	row(h, 95)
	h.finish(h.begin(), mfa.Granted)
	if f = h.factors(); f.Ledger.Consecutive != 0 {
		t.Error("a complete login does not clear the row")
	}
}
