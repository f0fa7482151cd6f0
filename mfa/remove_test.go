package mfa_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/totp"
)

// withAll has two authenticators, recovery codes and both addresses.
func withAll() mfa.Factors {
	f := withTwo()
	f.Mobile = confirmed(mobile)
	f.Recovery, f.RecoveryMade = []mfa.Recovery{{Digest: []byte("a")}, {Digest: []byte("b"), Spent: start}}, start
	return f
}

// TestList: what an owner sees: authenticators by name, addresses masked, nothing that is
// not confirmed, and ids that last.
func TestList(t *testing.T) {
	h := newHarness(t)
	f := withAll()
	f.Authenticators[1].LastUse = start.Truncate(24 * time.Hour)
	list := f.List(h.index)
	want := []mfa.Factor{
		{ID: f.Authenticators[0].ID, Transport: mfa.Authenticator, Name: "Phone", Added: start},
		{ID: f.Authenticators[1].ID, Transport: mfa.Authenticator, Name: "Authenticator app", Added: start, LastUse: f.Authenticators[1].LastUse},
		{ID: list[2].ID, Transport: mfa.Email, Display: mfa.MaskEmail(mail), Added: start},
		{ID: list[3].ID, Transport: mfa.SMS, Display: mfa.MaskPhone(mobile), Added: start},
	}
	ids := map[string]bool{}
	for i, x := range list {
		if x != want[i] {
			t.Errorf("got %+v, want %+v", x, want[i])
		}
		if found, ok := f.Find(h.index, x.ID); !ok || found != x {
			t.Errorf("found %+v, %v", found, ok)
		}
		ids[x.ID] = true
	}
	f.Email.Value = "other@example.com"
	if other := f.List(h.index)[2]; len(ids) != 4 || other.ID == list[2].ID || len(other.ID) != 32 {
		t.Errorf("ids %v; of another address %q", ids, other.ID)
	}
	f.Email = mfa.Address{Value: mail, Proven: start}
	if _, ok := f.Find(h.index, list[2].ID); ok || len(f.List(h.index)) != 3 || f.RecoveryLeft() != 1 {
		t.Errorf("got %+v, %d recovery codes", f.List(h.index), f.RecoveryLeft())
	}
}

// TestRemove: a factor is removed and nothing else. Recovery codes go with the last
// authenticator; an address stays, proven.
func TestRemove(t *testing.T) {
	h := newHarness(t)
	f := withAll()
	list := f.List(h.index)
	f.Former = []mfa.FormerAddress{{Address: confirmed("old@example.com"), Epoch: 3, At: start}}
	was := f
	for i, x := range list {
		f.Remove(h.index, x)
		_, still := f.Find(h.index, x.ID)
		if left := f.List(h.index); still || len(left) != 3-i || f.Serial != was.Serial+uint64(i)+1 {
			t.Errorf("without %s %s: left is %+v at serial %d", x.Transport, x.Name, left, f.Serial)
		}
		if (len(f.Recovery) == 2) != (i == 0) {
			t.Errorf("without %d authenticators: %d recovery codes", i+1, len(f.Recovery))
		}
		if f.Any() == (i == 3) || f.GivenUp != 0 {
			t.Errorf("without %d: given up %d at serial %d", i+1, f.GivenUp, f.Serial)
		}
	}
	if f.Email.Value != mail || !f.Email.IsProven() || f.Mobile.Value != mobile || !f.Mobile.IsProven() || f.Former[0].Confirmed() || !f.Former[0].IsProven() {
		t.Errorf("the addresses are %+v, %+v, %+v", f.Email, f.Mobile, f.Former)
	}
	if len(was.Authenticators) != 2 || !was.Former[0].Confirmed() {
		t.Errorf("what was read was changed: %+v", was)
	}
}

// TestGiveUp: whoever gave up their last factor has none, is asked for none unless one is
// wanted of everybody, and enrols one by an invitation, where an address on record is
// proven first. Any factor that comes since makes it an account with factors again.
func TestGiveUp(t *testing.T) {
	h := newHarness(t)
	f := mfa.Factors{Serial: 4, Email: confirmed(mail)}
	if !f.IsEnrolled() {
		t.Error("one with a factor is not enrolled")
	}
	f.GiveUp(h.index, f.List(h.index)[0])
	if f.IsEnrolled() || f.Any() || f.CanEnroll(mfa.DefaultPolicy(), everyChannel, start, false) || !f.CanEnroll(mfa.DefaultPolicy(), everyChannel, start, true) {
		t.Errorf("got %+v", f)
	}
	h.has(f)
	h.invited = true
	id := h.begin()
	h.confirmDevice(id, "", done)
	h.confirm(id, mfa.Email, h.verifying(id, mfa.Email, mail).Code, active)
	if f = h.factors(); !f.IsEnrolled() || len(f.Authenticators) != 1 {
		t.Errorf("got %+v", f)
	}
	f.GiveUp(h.index, f.List(h.index)[0])
	if !f.IsEnrolled() || f.GivenUp == f.Serial {
		t.Errorf("one of two is given up: %+v", f)
	}
	never := mfa.Factors{}
	if never.IsEnrolled() {
		t.Error("one who never had a factor is enrolled")
	}
}

// TestUndoAfterGiveUp: a link that removes what is gone leaves an account that gave its last
// factor up as it is.
func TestUndoAfterGiveUp(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	token := h.added(h.stageDevice)
	h.change(func(f *mfa.Factors) {
		for _, x := range f.List(h.index) {
			f.GiveUp(h.index, x)
		}
	})
	if !h.undo(token) {
		t.Error("refused")
	}
	if f := h.factors(); f.IsEnrolled() || f.GivenUp != f.Serial {
		t.Errorf("got %+v", f)
	}
}

// TestCanGiveUp: the last factor that can be asked for stays where one is wanted, and where
// what would be left cannot be reached.
func TestCanGiveUp(t *testing.T) {
	app := mfa.Factors{Serial: 1, Authenticators: apps()}
	both := mfa.Factors{Serial: 1, Authenticators: apps(), Mobile: confirmed(mobile)}
	two := mfa.Factors{Serial: 1, Authenticators: append(apps(), mfa.NewAuthenticator(totp.NewSecret(), "", start))}
	for _, tt := range []struct {
		name     string
		f        mfa.Factors
		n        int
		wanted   bool
		channels mfa.Channels
		want     bool
	}{
		{"the only one", app, 0, false, everyChannel, true},
		{"the only one, and one is wanted", app, 0, true, everyChannel, false},
		{"one of two", two, 0, true, everyChannel, true},
		{"the app beside a number", both, 0, true, everyChannel, true},
		{"the app beside a number without a sender", both, 0, true, mfa.Channels{Email: true}, false},
		{"the same, and none is wanted", both, 0, false, mfa.Channels{Email: true}, false},
		{"that number", both, 1, true, mfa.Channels{Email: true}, true},
	} {
		h := newHarness(t)
		x := tt.f.List(h.index)[tt.n]
		if got := tt.f.CanGiveUp(h.index, x, tt.wanted, tt.channels); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
		if len(tt.f.List(h.index)) <= tt.n || tt.f.Serial != 1 {
			t.Errorf("%s: it was removed", tt.name)
		}
	}
}
