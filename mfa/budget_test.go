package mfa_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
)

// sendTo sends a code to an address of an account that has sent nothing yet, so
// that only the budgets of the destination count, and reports whether it went.
func (h *harness) sendTo(over mfa.Transport, address, peer string) bool {
	h.Helper()
	f := mfa.Factors{Serial: 1}
	*f.Address(over) = confirmed(address)
	id := fmt.Sprint("other-", h.begun)
	h.accountHas(id, f)
	h.terms.Peer = peer
	v, m := h.choose(h.begin(func(n *mfa.NewRequest) { n.Account = id }), over, mfa.OTP)
	if (m != nil) != (v == mfa.Waiting) || m == nil && v != mfa.FailedSending {
		h.Errorf("got %v and message %v", v, m)
	}
	return m != nil
}

// wantSends wants that of so many messages exactly some go out.
func (h *harness) wantSends(want int, send func() bool) {
	h.Helper()
	got := 0
	for range want + 3 {
		if send() {
			got++
		}
	}
	if got != want {
		h.Errorf("%d messages went out, want %d", got, want)
	}
}

// TestBudgetAccount: ten messages an hour an account, refilled evenly: one each
// six minutes.
func TestBudgetAccount(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	send := func() bool {
		_, m := h.choose(h.begin(), mfa.Email, mfa.OTP)
		return m != nil
	}
	h.wantSends(10, send)
	h.wait(6*time.Minute - time.Second)
	h.wantSends(0, send)
	h.wait(2 * time.Second)
	h.wantSends(1, send)
}

// TestBudgetClock: a clock that is set back refills nothing and takes nothing, and
// what was used up refills from then on, also where nothing but refusals met it.
func TestBudgetClock(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	send := func() bool {
		_, m := h.choose(h.begin(), mfa.Email, mfa.OTP)
		return m != nil
	}
	for range 8 {
		send()
	}
	h.wait(-time.Hour)
	h.wantSends(2, send)
	h.wait(-time.Hour)
	h.wantSends(0, send)
	h.wait(6 * time.Minute)
	h.wantSends(1, send)
	h.wait(time.Hour)
	h.wantSends(10, send)
}

// TestBudgetDestination: 30 e-mails and 10 messages a day to one address,
// whosever accounts, refilled evenly; a number that is spelt alike for e-mail
// has nothing to do with it.
func TestBudgetDestination(t *testing.T) {
	for _, tt := range []struct {
		over   mfa.Transport
		to     string
		size   int
		refill time.Duration
	}{
		{mfa.Email, mail, 30, 48 * time.Minute},
		{mfa.SMS, mobile, 10, 144 * time.Minute},
	} {
		t.Run(tt.over.String(), func(t *testing.T) {
			h := newHarness(t)
			send := func() bool { return h.sendTo(tt.over, tt.to, "") }
			h.wantSends(tt.size, send)
			h.wait(tt.refill - time.Second)
			h.wantSends(0, send)
			h.wait(2 * time.Second)
			h.wantSends(1, send)
			h.wait(24*time.Hour - 2*time.Second)
			h.wantSends(tt.size-1, send)
		})
	}
}

// TestBudgetPrefix: 20 messages an hour to the numbers that share six digits,
// refilled evenly; a number that was refused for its prefix keeps its own
// budget.
func TestBudgetPrefix(t *testing.T) {
	h := newHarness(t)
	n := 0
	send := func() bool {
		n++
		return h.sendTo(mfa.SMS, fmt.Sprint("+123456", 1000+n), "")
	}
	h.wantSends(20, send)
	if !h.sendTo(mfa.SMS, "+1234571000", "") {
		t.Error("a number with another sixth digit was refused")
	}
	h.wait(3*time.Minute - time.Second)
	h.wantSends(0, send)
	for range 10 {
		h.sendTo(mfa.SMS, "+1234569999", "")
	}
	h.wait(2 * time.Second)
	h.wantSends(1, send)
	h.wait(time.Hour)
	h.wantSends(10, func() bool { return h.sendTo(mfa.SMS, "+1234569999", "") })
}

// TestBudgetPeer: one network address may use half of a destination's budget;
// what is left is there for others.
func TestBudgetPeer(t *testing.T) {
	for _, tt := range []struct {
		over   mfa.Transport
		to     string
		half   int
		refill time.Duration
	}{
		{mfa.Email, mail, 15, 96 * time.Minute},
		{mfa.SMS, mobile, 5, 288 * time.Minute},
	} {
		t.Run(tt.over.String(), func(t *testing.T) {
			h := newHarness(t)
			flood := func() bool { return h.sendTo(tt.over, tt.to, "192.0.2.1") }
			h.wantSends(tt.half, flood)
			h.wait(tt.refill - time.Second)
			h.wantSends(0, flood)
			h.wait(2 * time.Second)
			h.wantSends(1, flood)
			h.wantSends(tt.half, func() bool { return h.sendTo(tt.over, tt.to, "192.0.2.2") })
		})
	}
	t.Run("no address", func(t *testing.T) {
		h := newHarness(t)
		h.wantSends(30, func() bool { return h.sendTo(mfa.Email, mail, "") })
	})
}

// TestBudgetPeers: sixteen network addresses are told apart; the seventeenth
// has to wait until what one of them used has drained, to the moment.
func TestBudgetPeers(t *testing.T) {
	h := newHarness(t)
	from := func(i int) bool { return h.sendTo(mfa.Email, mail, fmt.Sprint("192.0.2.", i)) }
	for i := range 16 {
		if !from(i) {
			t.Fatalf("address %d was refused", i+1)
		}
	}
	if from(16) {
		t.Error("the seventeenth address was let in")
	}
	if !from(3) {
		t.Error("a known address was refused")
	}
	h.wait(96*time.Minute - time.Second)
	if from(16) {
		t.Error("let in before anything has drained")
	}
	h.wait(time.Second)
	if !from(16) {
		t.Error("refused though fifteen addresses have drained")
	}
}

// TestBudgetKeys: the keys that are read beforehand are those of the budgets.
func TestBudgetKeys(t *testing.T) {
	h := newHarness(t)
	for _, tt := range []struct {
		over mfa.Transport
		to   string
		want int
	}{{mfa.Email, mail, 1}, {mfa.Email, "", 0}, {mfa.SMS, mobile, 2}, {mfa.SMS, "+123456", 0}, {mfa.SMS, "+1234567", 2}, {mfa.Authenticator, "", 0}, {mfa.Authenticator, mobile, 0}} {
		if got := mfa.BudgetKeys(h.index, tt.over, tt.to); len(got) != tt.want {
			t.Errorf("%s %q: got %q, want %d keys", tt.over, tt.to, got, tt.want)
		}
	}
	h.sendTo(mfa.SMS, mobile, "")
	versions, err := h.db.Versions(t.Context(), mfa.BudgetKeys(h.index, mfa.SMS, mobile)...)
	if err != nil || versions[0] == 0 || versions[1] == 0 {
		t.Errorf("got versions %v, %v, want both written", versions, err)
	}
}

// TestBudgetKeysOfOneAddress: the spellings of one address share a budget, and two
// mailboxes do not.
func TestBudgetKeysOfOneAddress(t *testing.T) {
	index := newHarness(t).index
	of := func(over mfa.Transport, to string) string { return strings.Join(mfa.BudgetKeys(index, over, to), " ") }
	if a, b := of(mfa.Email, "Bob@Bücher.example"), of(mfa.Email, "bob@XN--BCHER-KVA.example"); a != b || a == "" {
		t.Errorf("got %q and %q, want one budget", a, b)
	}
	if a, b := of(mfa.Email, "bob@straße.example"), of(mfa.Email, "bob@strasse.example"); a == b {
		t.Errorf("got %q for two mailboxes", a)
	}
}
