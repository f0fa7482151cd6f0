package stats_test

import (
	"math"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/stats"
)

func near(a, b float64) bool { return math.Abs(a-b) < 5e-4 || math.IsNaN(a) && math.IsNaN(b) }

// seq is n numbers from first on.
func seq(first, n int) (list []float64) {
	for i := range n {
		list = append(list, float64(first+i))
	}
	return list
}

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []float64
		want float64
	}{
		{"all greater", []float64{1, 2, 3}, []float64{4, 5}, 1},
		{"all less", []float64{4, 5}, []float64{1, 2, 3}, 0},
		{"the same", []float64{1, 2, 3}, []float64{1, 2, 3}, 0.5},
		{"all equal", []float64{2, 2}, []float64{2, 2, 2}, 0.5},
		{"unsorted", []float64{9, 1}, []float64{5, 10}, 0.75},
		{"ties", []float64{1, 2}, []float64{2, 3}, 0.875},
		{"many equal in b", []float64{1, 2, 2, 3}, []float64{2, 2}, 0.5},
		{"empty", nil, []float64{1}, math.NaN()},
	} {
		if got := stats.AUC(c.a, c.b); !near(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		brute := 0.0
		for _, x := range c.a {
			for _, y := range c.b {
				switch {
				case y > x:
					brute++
				case y == x:
					brute += 0.5
				}
			}
		}
		if want := brute / float64(len(c.a)*len(c.b)); !near(want, c.want) {
			t.Errorf("%s: counted by pairs %v, want %v", c.name, want, c.want)
		}
	}
}

func TestKolmogorovSmirnov(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b []float64
		d, p float64
	}{
		{"the same", seq(0, 100), seq(0, 100), 0, 1},
		{"apart", seq(0, 50), seq(50, 50), 1, 0},
		// √50·d = 1 with the correction: 0.1 × (7.0711 + 0.12 + 0.0156) = 0.7207.
		{"moved by a tenth", seq(0, 100), seq(10, 100), 0.1, 0.6766},
		{"moved by a quarter", seq(0, 100), seq(25, 100), 0.25, 0.0030},
		{"ties", []float64{1, 1, 1, 2}, []float64{1, 2, 2, 2}, 0.5, 0.5344},
		{"empty", nil, seq(0, 1), math.NaN(), math.NaN()},
	} {
		d, p := stats.KolmogorovSmirnov(c.a, c.b)
		if !near(d, c.d) || !near(p, c.p) {
			t.Errorf("%s: got %v with p %v, want %v with %v", c.name, d, p, c.d, c.p)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		a    []float64
		want float64
	}{
		{[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}, {[]float64{7}, 7}, {nil, math.NaN()},
	} {
		was := slices.Clone(c.a)
		if got := stats.Median(c.a); !near(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.a, got, c.want)
		}
		if !slices.Equal(was, c.a) {
			t.Errorf("%v was changed to %v", was, c.a)
		}
	}
}
