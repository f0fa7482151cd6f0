package tiny_test

import (
	"testing"
	"time"

	"example.com/tiny"
)

func want(t *testing.T, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestGood(t *testing.T) {
	want(t, tiny.GoodCondition(true), 1)
	want(t, tiny.GoodCondition(false), 2)
	want(t, tiny.GoodComparison("a", "a"), "same")
	want(t, tiny.GoodBoundary(2), "few")
	want(t, tiny.GoodBoundary(3), "many")
	now := time.Unix(0, 0)
	want(t, tiny.GoodTime(now, now), "late")
	want(t, tiny.GoodTime(now, now.Add(1)), "early")
	for _, c := range []struct {
		a, b, c bool
		want    string
	}{{true, true, false, "yes"}, {true, false, false, "no"}, {false, true, false, "no"}, {false, false, true, "yes"}, {true, true, true, "yes"}} {
		want(t, tiny.GoodChain(c.a, c.b, c.c), c.want)
	}
	want(t, tiny.GoodBool(true), true)
	not, one := tiny.GoodNot(true)
	want(t, not, false)
	want(t, one, 1)
	var s tiny.Sum
	s.GoodAdd(2)
	want(t, s, tiny.NewSum(2, time.Minute))
	want(t, tiny.Endless(2), 2)
}

func TestBad(t *testing.T) {
	tiny.BadCondition(true)
	tiny.BadComparison(nil, nil)
	tiny.BadBoundary(3)
	tiny.BadTime(time.Unix(0, 0), time.Unix(0, 0))
	tiny.BadChain(true, true, false)
	tiny.BadChain(false, true, false)
	tiny.BadBool(true)
	tiny.BadNot(true)
	new(tiny.Sum).BadAdd(2)
	tiny.Shadow(tiny.Sum2{})
}

// TestRed fails without any mutant, and must not be taken for one that notices.
func TestRed(t *testing.T) {
	tiny.BadCondition(true)
	t.Error("always")
}
