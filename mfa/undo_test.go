package mfa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/totp"
)

// added stages what the test wants and lets an e-mailed code approve it. It
// returns the token of the link that removes it.
func (h *harness) added(stage func(id string)) string {
	h.Helper()
	id := h.begin()
	stage(id)
	h.told = nil
	h.answer(id, mfa.Email, mfa.OTP, h.sent(id, mfa.Email, mfa.OTP).Code, mfa.Passed)
	h.finish(id, mfa.Granted)
	if len(h.told) != 1 {
		h.Fatalf("told %q, want one notice", h.kinds())
	}
	return h.told[0].Undo
}

// undo reads the record of a token and applies it, and reports whether it did.
func (h *harness) undo(token string) (ok bool) {
	h.Helper()
	h.run(func(tx *store.Tx) error {
		u, found, err := mfa.ReadUndo(tx, mfa.UndoRecord(h.index, token))
		if err != nil || !found {
			return err
		}
		f, err := mfa.ReadFactors(tx, homeOf(u.Account), 0)
		if err != nil {
			return err
		}
		if ok = u.Apply(&f, h.now); !ok {
			return nil
		}
		if err := mfa.FactorsTable.Put(tx, homeOf(u.Account), f, time.Time{}); err != nil {
			return err
		}
		return mfa.UndoTable.Put(tx, mfa.UndoRecord(h.index, token), u, u.Ends())
	})
	return ok
}

func (h *harness) stageDevice(id string) { h.confirmDevice(id, "", done) }

func (h *harness) stage(over mfa.Transport, address string) func(id string) {
	return func(id string) { h.confirm(id, over, h.verifying(id, over, address).Code, done) }
}

// TestUndo: what was added is removed, once, and nothing else.
func TestUndo(t *testing.T) {
	for _, tt := range []struct {
		name  string
		over  mfa.Transport
		other mfa.Transport // was there before
	}{
		{"authenticator", mfa.Authenticator, mfa.SMS},
		{"number", mfa.SMS, mfa.Authenticator},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHarness(t)
			f := withMail()
			stage := h.stageDevice
			if tt.over == mfa.SMS {
				f.Authenticators, f.Recovery, f.RecoveryMade = apps(), []mfa.Recovery{{Digest: []byte("digest")}}, start
				stage = h.stage(mfa.SMS, mobile)
			} else {
				f.Mobile = confirmed(mobile)
			}
			h.has(f)
			h.wait(time.Minute) // not added in the same moment as what was there
			token := h.added(stage)
			serial := h.factors().Serial
			if !h.hasFactor(tt.over) || h.undo("u"+strings.Repeat("00", 32)) {
				t.Fatal("not added, or another token removes it")
			}
			if !h.undo(token) || h.hasFactor(tt.over) {
				t.Error("not removed")
			}
			now := h.factors()
			if !h.hasFactor(mfa.Email) || !h.hasFactor(tt.other) || now.Serial != serial+1 {
				t.Errorf("left is %+v", now)
			}
			if (len(now.Recovery) > 0) != (tt.over == mfa.SMS) {
				t.Errorf("%d recovery codes are left", len(now.Recovery))
			}
			if now.Mobile != f.Mobile {
				t.Errorf("left is the number %+v, want %+v", now.Mobile, f.Mobile)
			}
			if h.undo(token) {
				t.Error("the link works twice")
			}
		})
	}
}

// TestUndoOneOfTwo: of two authenticators the link removes the one that it tells of, though
// both were added in one moment, and the recovery codes that were drawn since; codes that
// were there before stay.
func TestUndoOneOfTwo(t *testing.T) {
	for _, renewed := range []bool{false, true} {
		h := newHarness(t)
		f := withDevice()
		f.Recovery, f.RecoveryMade = []mfa.Recovery{{Digest: []byte("digest")}}, start.Add(-1)
		h.has(f)
		token := h.added(h.stageDevice)
		if got := h.factors(); len(got.Authenticators) != 2 || len(got.Recovery) != 1 {
			t.Fatalf("got %+v", got)
		}
		if renewed {
			h.change(func(f *mfa.Factors) { f.RenewRecovery(h.index, account, 10, h.now) })
		}
		if !h.undo(token) {
			t.Error("refused")
		}
		got := h.factors()
		if len(got.Authenticators) != 1 || got.Authenticators[0].ID != f.Authenticators[0].ID {
			t.Errorf("left is %+v", got.Authenticators)
		}
		if (len(got.Recovery) == 0) != renewed {
			t.Errorf("renewed since: %v; %d recovery codes are left", renewed, len(got.Recovery))
		}
	}
}

// TestUndoWithoutIDs: a link that was mailed when authenticators had no ids removes the one
// that was added in its moment.
func TestUndoWithoutIDs(t *testing.T) {
	f := mfa.Factors{Serial: 2}
	f.SetDevices(mfa.NewAuthenticator(totp.NewSecret(), "old", start), mfa.NewAuthenticator(totp.NewSecret(), "new", start.Add(1)))
	u := mfa.Undo{Serial: 2, Added: []mfa.Transport{mfa.Authenticator}, At: start.Add(1)}
	if !u.Apply(&f, start.Add(time.Hour)) || len(f.Authenticators) != 1 || f.Authenticators[0].Name != "old" {
		t.Errorf("left is %+v", f.Authenticators)
	}
}

// TestUndoAddress: an e-mail address that took another's place is removed; the
// old one does not come back by itself.
func TestUndoAddress(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	h.wait(time.Minute)
	token := h.added(h.stage(mfa.Email, "new@example.org"))
	if !h.undo(token) {
		t.Error("not removed")
	}
	if f := h.factors(); f.Email != (mfa.Address{}) || f.Authenticators == nil {
		t.Errorf("left is %+v", f)
	}
}

// TestUndoReplaced: what has been added or replaced since stays, but for the recovery codes
// that whoever added the first authenticator has seen.
func TestUndoReplaced(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	first := h.added(h.stageDevice)
	firstNumber := h.added(h.stage(mfa.SMS, mobile))
	h.wait(time.Minute)
	h.added(h.stageDevice)
	h.added(h.stage(mfa.SMS, "+441234567890"))
	h.undo(first)
	h.undo(firstNumber)
	if f := h.factors(); len(f.Authenticators) != 1 || !f.Authenticators[0].Added.Equal(h.now) || len(f.Recovery) != 0 || f.Mobile.Value != "+441234567890" {
		t.Errorf("removed what came later: %+v", f)
	}
}

// TestUndoRemoved: what has gone already needs no removing, and factors that
// are older than the link are not touched.
func TestUndoRemoved(t *testing.T) {
	h := newHarness(t)
	h.has(withMail())
	token := h.added(h.stageDevice)
	h.change(func(f *mfa.Factors) { f.Authenticators = nil })
	if !h.undo(token) {
		t.Error("refused")
	}
	if !h.hasFactor(mfa.Email) {
		t.Error("an address of the same moment was removed")
	}
	h.has(withMail())
	token = h.added(h.stageDevice)
	h.change(func(f *mfa.Factors) { f.Serial-- })
	if h.undo(token) || !h.hasFactor(mfa.Authenticator) {
		t.Error("applied to older factors")
	}
}

// TestUndoLife: the link is good for 72 hours, to the moment.
func TestUndoLife(t *testing.T) {
	for _, tt := range []struct {
		wait time.Duration
		want bool
	}{{72*time.Hour - 1, true}, {72 * time.Hour, false}} {
		h := newHarness(t)
		h.has(withMail())
		token := h.added(h.stageDevice)
		h.wait(tt.wait)
		if got := h.undo(token); got != tt.want {
			t.Errorf("after %s: got %v, want %v", tt.wait, got, tt.want)
		}
	}
}

// TestUndoUsedEnds: the mark of a used link is kept as long as the link would
// have lived.
func TestUndoUsedEnds(t *testing.T) {
	u := mfa.Undo{At: start}
	if want := start.Add(72 * time.Hour); !u.Ends().Equal(want) {
		t.Errorf("ends %v, want %v", u.Ends(), want)
	}
}

// TestIsUndoToken: an undo link is told from a login's by its form.
func TestIsUndoToken(t *testing.T) {
	good := "u" + strings.Repeat("0a", 32)
	for token, want := range map[string]bool{
		good: true, "": false, good[1:]: false, good[:64]: false, good + "0a": false,
		"U" + good[1:]: false, "u" + strings.Repeat("0A", 32): false, "u" + strings.Repeat("0g", 32): false,
	} {
		if got := mfa.IsUndoToken(token); got != want {
			t.Errorf("%q: got %v", token, got)
		}
	}
}
