package mfa_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

const (
	envelope = "\x01\x01\x01\x00"
	serial   = "\x08\x01"
)

// list is a list of records as it rests, behind the tag of its field.
func list(tag string, items ...string) string {
	s := ""
	for _, it := range items {
		s += string(rune(len(it))) + it
	}
	return tag + string(rune(len(s))) + s
}

// readRaw reads the factors of an account that rest so.
func readRaw(t *testing.T, raw string) (f mfa.Factors, err error) {
	t.Helper()
	s := memstore.New()
	w := store.Write{Key: mfa.FactorsTable.Key("a"), Value: []byte(raw)}
	if err := s.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
		t.Fatal(err)
	}
	err = store.Run(t.Context(), s, time.Unix(1, 0), func(tx *store.Tx) error {
		f, err = mfa.ReadFactors(tx, "a", 1)
		return err
	})
	return f, err
}

// TestFactorsForm: the record has lists of authenticators and addresses. More than
// this program knows what to do with is damage, and never an account with fewer.
func TestFactorsForm(t *testing.T) {
	device := func(id string) string {
		return "\x09\x01" + id + "\x19\x10" + "sixteen bytes. 1"
	}
	steps := func(n int) string { return "\x24" + string(rune(2*n)) + strings.Repeat("\x08\x05", n) }
	email, sms, odd := "\x08\x04\x11\x01a", "\x08\x02\x11\x02+1", "\x08\x08\x11\x01a"
	for _, c := range []struct {
		name, raw string
		ok        bool
	}{
		{"none", serial, true},
		{"one authenticator", serial + list("\x14", device("a")), true},
		{"one without an id", serial + list("\x14", device("a")[3:]), true},
		{"five authenticators", serial + list("\x14", device("a"), device("b"), device("c"), device("d"), device("e")), true},
		{"two of one id", serial + list("\x14", device("a"), device("a")), false},
		{"two without an id", serial + list("\x14", device("a")[3:], device("a")[3:]), false},
		{"16 steps", serial + list("\x14", device("a")+steps(16)), true},
		{"17 steps", serial + list("\x14", device("a")+steps(17)), false},
		{"steps that fall", serial + list("\x14", device("a")+"\x24\x04\x08\x05\x08\x04"), false},
		{"a secret too short", serial + list("\x14", "\x19\x0f"+"sixteen bytes. "), false},
		{"both addresses", serial + list("\x1c", email, sms), true},
		{"two of a kind, the second not confirmed", serial + list("\x1c", email, email), false},
		{"two of a kind", serial + list("\x1c", email, email+"\x18\x02"), true},
		{"four of a kind", serial + list("\x1c", email, email+"\x18\x02", email+"\x18\x02", email+"\x18\x02"), false},
		{"an address of no kind", serial + list("\x1c", odd), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readRaw(t, envelope+c.raw)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("got %v, want it read: %v", err, c.ok)
			}
		})
	}
}

// TestFactorsTooMany: a sixth authenticator is damage too.
func TestFactorsTooMany(t *testing.T) {
	h := newHarness(t)
	f := mfa.Factors{Serial: 1}
	for range mfa.MaxAuthenticators + 1 {
		f.SetDevices(append(f.Authenticators, device())...)
	}
	h.has(f)
	err := h.db.Run(t.Context(), h.now, func(tx *store.Tx) error {
		_, err := mfa.ReadFactors(tx, homeOf(account), 1)
		return err
	})
	if !isDamaged(err) {
		t.Errorf("got %v, want damage", err)
	}
}

// TestFactorsOfOneAuthenticator: what programs wrote that knew one authenticator is read
// for ever: it has an id, always the same, and a name, and its last step is spent. What is
// written of it anyone reads; of two, programs of this schema alone.
func TestFactorsOfOneAuthenticator(t *testing.T) {
	old := serial + list("\x14", "\x19\x10"+"sixteen bytes. 1"+"\x24\x02\x08\x05"+"\x28\x02")
	f, err := readRaw(t, envelope+old)
	again, _ := readRaw(t, envelope+old)
	if err != nil || len(f.Authenticators) != 1 {
		t.Fatalf("got %+v, %v", f, err)
	}
	d := f.Authenticators[0]
	if len(d.ID) != 32 || d.ID != again.Authenticators[0].ID || d.Name != "Authenticator app" || lastStep(f) != 5 {
		t.Errorf("got %+v", d)
	}
	h := newHarness(t)
	for n, want := range []byte{1, 2} {
		h.has(f)
		if got := h.leastReader(); got != want {
			t.Errorf("of %d authenticators: for readers of schema %d, want %d", n+1, got, want)
		}
		if got := h.factors(); got.Authenticators[0].ID != d.ID || lastStep(got) != 5 {
			t.Errorf("written and read: got %+v", got.Authenticators)
		}
		f.SetDevices(append(f.Authenticators, device())...)
	}
}

// leastReader is the least schema that may read the factors as they rest.
func (h *harness) leastReader() byte {
	h.Helper()
	list, err := h.mem.Load(h.Context(), mfa.FactorsTable.Key(homeOf(account)))
	if err != nil || len(list) != 1 {
		h.Fatalf("got %v, %v", list, err)
	}
	return list[0].Value[2]
}

// TestRequestsOfFactors: a request that changes factors is not read by programs that would
// take it for a login.
func TestRequestsOfFactors(t *testing.T) {
	for purpose, want := range map[string]byte{
		"": 1, mfa.ChangeAddress: 1, mfa.CloseAccount: 1, mfa.AddFactor: 2, mfa.RemoveFactor: 2, mfa.RenewRecovery: 2, mfa.Passwordless: 2, mfa.StepUp: 3,
	} {
		h := newHarness(t)
		h.has(withDevice())
		id := h.begin(func(n *mfa.NewRequest) { n.Purpose = purpose })
		list, err := h.mem.Load(t.Context(), mfa.RequestTable.Key(mfa.RequestRecord(h.index, id)))
		if err != nil || len(list) != 1 || list[0].Value[2] != want {
			t.Errorf("%q: got %v, %v, want readers of schema %d", purpose, list, err, want)
		}
	}
}

// TestRequestsOfBrowsers: a login that belongs to a browser is not read by programs that would
// take its calls from any.
func TestRequestsOfBrowsers(t *testing.T) {
	h := newHarness(t)
	h.has(withDevice())
	id := h.begin(func(n *mfa.NewRequest) { n.Holder = "of a browser" })
	list, err := h.mem.Load(t.Context(), mfa.RequestTable.Key(mfa.RequestRecord(h.index, id)))
	if err != nil || len(list) != 1 || list[0].Value[2] != 4 {
		t.Errorf("got %v, %v, want readers of schema 4", list, err)
	}
}
