package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

var vouchers = sallyport.Ledger{Name: "vouchers", Size: 3, Period: time.Hour}

// charged charges once and wants no error.
func charged(t *testing.T, k *sallyporttest.Kit, l sallyport.Ledger, key string) sallyport.Charged {
	t.Helper()
	c, err := k.Engine.Charge(t.Context(), l, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestChargeExact: of a thousand charges at once exactly as many are good as the ledger
// has, on every store and over engines and processes.
func TestChargeExact(t *testing.T) {
	const size = 100
	for _, s := range arenas(t) {
		t.Run(s.name, func(t *testing.T) {
			a := s.make(t)
			for round := range 2 {
				h := heat{Call: "charge", Ledger: sallyport.Ledger{Name: "vouchers", Size: size, Period: time.Hour}, Keys: []string{"ada"}}
				if got := a.run(t, 1000, h); got[granted] != size || got["used up"] != 1000-size {
					t.Errorf("round %d: got %v, want %d good ones", round+1, got, size)
				}
				a.kit.Clock.Advance(time.Hour)
			}
		})
	}
}

// TestCharge: how many there are, of what, and until when.
func TestCharge(t *testing.T) {
	k := sallyporttest.New(t)
	begun := k.Clock.Now()
	for i, left := range []int{2, 1, 0} {
		if got, want := charged(t, k, vouchers, "ada"), (sallyport.Charged{OK: true, Left: left, Until: begun.Add(time.Hour)}); got != want {
			t.Errorf("charge %d: got %+v, want %+v", i+1, got, want)
		}
		k.Clock.Advance(time.Minute) // the period is that of the first
	}
	none := sallyport.Charged{Until: begun.Add(time.Hour)}
	if got := charged(t, k, vouchers, "ada"); got != none {
		t.Errorf("the fourth: got %+v, want %+v", got, none)
	}
	if got := charged(t, k.Node(), vouchers, "ada"); got != none {
		t.Errorf("on another node: got %+v, want %+v", got, none)
	}
	for _, other := range []struct {
		name, key string
	}{{"vouchers", "bob"}, {"Vouchers", "ada"}, {"vouchersa", "da"}, {"voucher", "sada"}} {
		l := vouchers
		l.Name = other.name
		if got := charged(t, k, l, other.key); !got.OK || got.Left != 2 {
			t.Errorf("%s of %s: got %+v, want the first of three", other.key, other.name, got)
		}
	}
	more := vouchers
	more.Size = 5
	if got := charged(t, k, more, "ada"); !got.OK || got.Left != 1 {
		t.Errorf("with two more: got %+v, want one of them left", got)
	}
	if got := charged(t, k, vouchers, "ada"); got.OK || got.Left != 0 {
		t.Errorf("with fewer than were used: got %+v, want none", got)
	}
}

// TestChargePeriod: all are back when the period is over, and not a nanosecond before.
func TestChargePeriod(t *testing.T) {
	for _, period := range []time.Duration{time.Second, time.Hour, 366 * 24 * time.Hour} {
		k := sallyporttest.New(t)
		l := sallyport.Ledger{Name: "vouchers", Size: 1, Period: period}
		for range 2 {
			if !charged(t, k, l, "ada").OK {
				t.Fatalf("%s: the first is refused", period)
			}
			k.Clock.Advance(period - 1)
			if charged(t, k, l, "ada").OK {
				t.Errorf("%s: one is back too soon", period)
			}
			k.Clock.Advance(1)
		}
		charged(t, k, l, "ada")
		k.Clock.Advance(period + 1)
		if !charged(t, k, l, "ada").OK {
			t.Errorf("%s: none is back after the period", period)
		}
	}
}

// TestChargeShorter: a ledger that is given a shorter period goes by it at once.
func TestChargeShorter(t *testing.T) {
	k := sallyporttest.New(t)
	l := sallyport.Ledger{Name: "vouchers", Size: 1, Period: time.Hour}
	charged(t, k, l, "ada")
	l.Period = time.Minute
	k.Clock.Advance(time.Minute - 1)
	if charged(t, k, l, "ada").OK {
		t.Error("one is back too soon")
	}
	k.Clock.Advance(1)
	if !charged(t, k, l, "ada").OK {
		t.Error("none is back after the shorter period")
	}
}

// TestChargeClock: where the clock is set back, what was charged ahead of it was charged
// now, also if nothing but refusals meets it.
func TestChargeClock(t *testing.T) {
	k := sallyporttest.New(t)
	for range 3 {
		charged(t, k, vouchers, "ada")
	}
	k.Clock.Advance(-48 * time.Hour)
	if charged(t, k, vouchers, "ada").OK {
		t.Error("a clock set back gives one back")
	}
	k.Clock.Advance(time.Hour - 1)
	if charged(t, k, vouchers, "ada").OK {
		t.Error("one is back too soon")
	}
	k.Clock.Advance(1)
	if !charged(t, k, vouchers, "ada").OK {
		t.Error("none is back an hour after it was met")
	}
}

// TestP5Charges: whatever a host calls its ledgers and keys, it counts nothing of ours and
// we count nothing of its own; what is charged rests under charge/ alone, and names
// nobody.
func TestP5Charges(t *testing.T) {
	m := memstore.New()
	plain := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true })
	k := sallyporttest.New(t, sallyporttest.WithStore(m), plain)
	p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	before := keysIn(t, k)
	for _, name := range []string{"budget", "budget-email", "budget-sms", "charge", "lockout", "factors", "request", "email", "name", "index"} {
		for _, key := range []string{mail, p.ID, p.Name, "other", name, "../budget/x", "\x00\n"} {
			l := sallyport.Ledger{Name: name, Size: 1, Period: time.Hour}
			if !charged(t, k, l, key).OK || charged(t, k, l, key).OK {
				t.Errorf("%s of %s: want one", key, name)
			}
		}
	}
	n := 0
	for key, raw := range keysIn(t, k) {
		if was, ok := before[key]; ok {
			if was != raw {
				t.Errorf("a charge has changed %s", key)
			}
			continue
		}
		if n++; !strings.HasPrefix(key, "charge/") || strings.Contains(raw, mail) || strings.Contains(raw, p.ID) {
			t.Errorf("a charge has left %q under %s", raw, key)
		}
	}
	if n != 70 {
		t.Errorf("got %d records, want 70", n)
	}
	c := k.InProcess()
	for range 10 {
		c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	}
}

// keysIn returns the records of a store that is not sealed.
func keysIn(t *testing.T, k *sallyporttest.Kit) map[string]string {
	t.Helper()
	all := map[string]string{}
	for r, err := range k.Store.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		all[r.Key] = string(r.Value)
	}
	return all
}

// TestChargeRefuses: what cannot be meant is told by its name and charges nothing.
func TestChargeRefuses(t *testing.T) {
	k := sallyporttest.New(t)
	with := func(change func(*sallyport.Ledger)) sallyport.Ledger {
		l := vouchers
		change(&l)
		return l
	}
	for _, tt := range []struct {
		ledger sallyport.Ledger
		key    string
		want   string // empty: it is good
	}{
		{with(func(l *sallyport.Ledger) { l.Name = "" }), "ada", "Ledger.Name"},
		{with(func(l *sallyport.Ledger) { l.Name = "two words" }), "ada", "Ledger.Name"},
		{with(func(l *sallyport.Ledger) { l.Name = strings.Repeat("n", 65) }), "ada", "Ledger.Name"},
		{with(func(l *sallyport.Ledger) { l.Name = strings.Repeat("n", 64) }), "ada", ""},
		{with(func(l *sallyport.Ledger) { l.Size = 0 }), "ada", "Ledger.Size is 0"},
		{with(func(l *sallyport.Ledger) { l.Size = 1_000_000_001 }), "ada", "Ledger.Size is 1000000001"},
		{with(func(l *sallyport.Ledger) { l.Size = 1_000_000_000 }), "ada", ""},
		{with(func(l *sallyport.Ledger) { l.Period = time.Second - 1 }), "ada", "Ledger.Period is"},
		{with(func(l *sallyport.Ledger) { l.Period = 366*24*time.Hour + 1 }), "ada", "Ledger.Period is"},
		{vouchers, "", "the key of a charge has 0 bytes"},
		{vouchers, strings.Repeat("k", 1025), "the key of a charge has 1025 bytes"},
		{vouchers, strings.Repeat("k", 1024), ""},
	} {
		c, err := k.Engine.Charge(t.Context(), tt.ledger, tt.key)
		if got := fmt.Sprint(err); tt.want == "" && !c.OK || tt.want != "" && (c != sallyport.Charged{} || !strings.Contains(got, tt.want)) {
			t.Errorf("%+v: got %+v, %v, want %q", tt.ledger, c, err, tt.want)
		}
	}
}

// TestP8Charge: over every fault of the store no more are good than the ledger has, and a
// charge that failed takes one of them at most.
func TestP8Charge(t *testing.T) {
	for _, bad := range faults() {
		t.Run(bad.name, func(t *testing.T) {
			n := 1
			for hit := true; hit; n++ {
				synctest.Test(t, func(t *testing.T) { hit = chargeOverFault(t, bad, n) })
			}
			proof.Note(t, "faults", "charge of a host's ledger", bad.name, n-2)
		})
	}
}

func chargeOverFault(t *testing.T, bad fault, n int) (hit bool) {
	f := storetest.NewFaulty(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(f))
	charged(t, k, vouchers, "ada")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	c, err := k.Engine.Charge(ctx, vouchers, "ada")
	hit = f.Calls(bad.op) >= n
	f.Reset()
	if err != nil && (c != sallyport.Charged{} || !hit || bad.harmless) {
		t.Errorf("fault %d: got %+v, %v", n, c, err)
	}
	good := 1
	if c.OK {
		good++
	}
	for charged(t, k, vouchers, "ada").OK {
		good++
	}
	if good > 3 || good < 2 || err == nil && good != 3 {
		t.Errorf("fault %d: %d charges of three were good, and that one was %+v, %v", n, good, c, err)
	}
	return hit
}

// TestChargeEnded: a caller who has gone and an engine that is closed are no charge.
func TestChargeEnded(t *testing.T) {
	k := sallyporttest.New(t)
	no := func(what string, ctx context.Context, want error) {
		t.Helper()
		if c, err := k.Engine.Charge(ctx, vouchers, "ada"); c != (sallyport.Charged{}) || !errors.Is(err, want) {
			t.Errorf("%s: got %+v, %v, want %v", what, c, err, want)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	no("a caller who has gone", gone, context.Canceled)
	if got := charged(t, k, vouchers, "ada"); got.Left != 2 {
		t.Errorf("got %d left, want two", got.Left)
	}
	if err := k.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	no("a closed engine", t.Context(), sallyport.ErrClosed)
}
