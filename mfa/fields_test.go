package mfa_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestFactorsForm: the record has lists of authenticators and addresses. More than
// this program knows what to do with is damage, and never an account with fewer.
func TestFactorsForm(t *testing.T) {
	const (
		envelope = "\x01\x01\x01\x00"
		serial   = "\x08\x01"
		device   = "\x19\x10" + "sixteen bytes. 1"
	)
	list := func(tag string, items ...string) string {
		s := ""
		for _, it := range items {
			s += string(rune(len(it))) + it
		}
		return tag + string(rune(len(s))) + s
	}
	email, sms, odd := "\x08\x04\x11\x01a", "\x08\x02\x11\x02+1", "\x08\x08\x11\x01a"
	for _, c := range []struct {
		name, raw string
		ok        bool
	}{
		{"none", serial, true},
		{"one authenticator", serial + list("\x14", device), true},
		{"two authenticators", serial + list("\x14", device, device), false},
		{"a secret too short", serial + list("\x14", "\x19\x0f"+"sixteen bytes. "), false},
		{"both addresses", serial + list("\x1c", email, sms), true},
		{"two of a kind", serial + list("\x1c", email, email), false},
		{"an address of no kind", serial + list("\x1c", odd), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memstore.New()
			w := store.Write{Key: mfa.FactorsTable.Key("a"), Value: []byte(envelope + c.raw)}
			if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
				t.Fatal(err)
			}
			err := store.Run(t.Context(), s, time.Unix(1, 0), func(tx *store.Tx) error {
				_, err := mfa.ReadFactors(tx, "a", 1)
				return err
			})
			if (err == nil) != c.ok || err != nil && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want it read: %v", err, c.ok)
			}
		})
	}
}

// TestFactorsLastSteps: of several accepted steps the latest counts.
func TestFactorsLastSteps(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	step := h.factors().Authenticator.LastStep
	h.change(func(f *mfa.Factors) { f.Authenticator.LastStep = step + 9 })
	if got := h.factors().Authenticator.LastStep; got != step+9 {
		t.Errorf("got %d, want %d", got, step+9)
	}
}
