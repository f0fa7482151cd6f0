package budget_test

import (
	"math"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
)

// TestUnit: one comes back each Size-th part of the Period, rounded up to the nanosecond,
// and never sooner.
func TestUnit(t *testing.T) {
	for _, tt := range []struct {
		size         int
		period, want time.Duration
	}{
		{30, 24 * time.Hour, 48 * time.Minute},
		{10, time.Hour, 6 * time.Minute},
		{7, time.Hour, 514285714286},
		{1, time.Minute, time.Minute},
		{3, 2, 1},
		{0, time.Hour, time.Hour},
	} {
		r := budget.Rule{Size: tt.size, Period: tt.period}
		if got := r.Unit(); got != tt.want {
			t.Errorf("%d in %s: got %s, want %s", tt.size, tt.period, got, tt.want)
		}
	}
}

// TestDebt: what was used of a budget and the time until it is back say the same, to the
// nanosecond, so that a store that keeps the one loses nothing of the other.
func TestDebt(t *testing.T) {
	for _, r := range []budget.Rule{
		{Size: 30, Period: 24 * time.Hour}, {Size: 10, Period: time.Hour}, {Size: 7, Period: time.Hour},
		{Size: 999_983, Period: 24 * time.Hour}, {Size: 1, Period: 24 * time.Hour},
	} {
		for _, d := range []time.Duration{0, 1, 2, r.Unit() - 1, r.Unit(), r.Unit() + 1, r.Full() / 3, r.Full() - 1, r.Full()} {
			if d = min(d, r.Full()); r.Debt(r.Used(d)) != d {
				t.Errorf("%d in %s: got %d of %d ns", r.Size, r.Period, r.Debt(r.Used(d)), d)
			}
		}
		for _, tt := range []struct {
			used float64
			want time.Duration
		}{{-1, 0}, {math.Inf(-1), 0}, {math.NaN(), r.Full()}, {math.Inf(1), r.Full()}, {float64(r.Size) + 1, r.Full()}} {
			if got := r.Debt(tt.used); got != tt.want {
				t.Errorf("%d in %s: %v used: got %s, want %s", r.Size, r.Period, tt.used, got, tt.want)
			}
		}
	}
}

// TestLeft: a part of one is none.
func TestLeft(t *testing.T) {
	r := budget.Rule{Size: 10, Period: time.Hour}
	for _, tt := range []struct {
		debt time.Duration
		want int
	}{{0, 10}, {1, 9}, {6 * time.Minute, 9}, {6*time.Minute + 1, 8}, {54 * time.Minute, 1}, {54*time.Minute + 1, 0}, {time.Hour, 0}, {2 * time.Hour, 0}} {
		if got := r.Left(tt.debt); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.debt, got, tt.want)
		}
	}
}
