// Package stats compares two samples of times, for tests that show that a time
// tells nothing. It changes neither of the samples that it is given.
package stats

import (
	"math"
	"slices"
)

// AUC returns the area under the curve of whoever tells two samples apart by
// size: the probability that a value of b is greater than one of a, where equal
// ones count half (Mann-Whitney U over the number of pairs). It is 0.5 where
// nothing is told, 0 or 1 where everything is, and NaN if a sample is empty.
func AUC(a, b []float64) float64 {
	a, b = sorted(a), sorted(b)
	less, equal := 0, 0 // of a, than the value of b that is looked at
	sum := 0.0
	for _, v := range b {
		for less < len(a) && a[less] < v {
			less++
		}
		equal = max(equal, less)
		for equal < len(a) && a[equal] <= v {
			equal++
		}
		sum += float64(less) + float64(equal-less)/2
	}
	return sum / (float64(len(a)) * float64(len(b)))
}

// KolmogorovSmirnov returns the greatest distance between the distributions of
// two samples, and the probability p that samples of one distribution are that
// far apart, by the limit for large samples (Numerical Recipes, section 14.3).
// Both are NaN if a sample is empty.
func KolmogorovSmirnov(a, b []float64) (d, p float64) {
	if len(a) == 0 || len(b) == 0 {
		return math.NaN(), math.NaN()
	}
	a, b = sorted(a), sorted(b)
	n, m := float64(len(a)), float64(len(b))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		d = max(d, math.Abs(float64(i)/n-float64(j)/m))
	}
	root := math.Sqrt(n * m / (n + m))
	return d, tail((root + 0.12 + 0.11/root) * d)
}

// tail is the probability that Kolmogorov's distribution exceeds x.
func tail(x float64) float64 {
	if x < 0.2 {
		return 1 // to more digits than anybody looks at, where the sum below converges slowly
	}
	sum, sign := 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		sum += sign * math.Exp(-2*k*k*x*x)
		sign = -sign
	}
	return min(1, max(0, 2*sum))
}

// Median returns the middle of a sample, or the mean of the two in the middle. It
// is NaN if the sample is empty.
func Median(a []float64) float64 {
	n := len(a)
	if n == 0 {
		return math.NaN()
	}
	a = sorted(a)
	return (a[(n-1)/2] + a[n/2]) / 2
}

func sorted(a []float64) []float64 {
	a = slices.Clone(a)
	slices.Sort(a)
	return a
}
