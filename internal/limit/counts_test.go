package limit_test

import (
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestCountsBelow(t *testing.T) {
	c := limit.NewCounts[string](time.Minute, 2)
	for i, s := range []struct {
		key   string
		after time.Duration
		n     int
		want  bool
	}{
		{"a", 0, 1, true}, {"a", 0, 0, true}, {"a", time.Second, 1, true}, {"a", time.Second, 1, false}, {"a", time.Second, 0, false},
		{"b", time.Second, 1, true},
		{"c", time.Second, 1, true}, {"c", time.Second, 1, true}, {"c", time.Second, 1, true}, // no room: not counted
		{"a", time.Minute - 1, 0, false}, {"a", time.Minute, 1, true},
		{"a", 0, 1, true}, // the clock was set back: another period
	} {
		if got := c.Below(s.key, noon.Add(s.after), 2, s.n); got != s.want {
			t.Errorf("step %d, %s: got %v, want %v", i, s.key, got, s.want)
		}
	}
}

func TestCountsOf(t *testing.T) {
	c := limit.NewCounts[string](10*time.Minute, 10)
	want := func(after time.Duration, present, before int) {
		t.Helper()
		if p, b := c.Of("a", noon.Add(after)); p != present || b != before {
			t.Errorf("after %s: got %d and %d, want %d and %d", after, p, b, present, before)
		}
	}
	want(0, 0, 0)
	c.Below("a", noon, 20, 3)
	want(10*time.Minute-1, 3, 0)
	want(10*time.Minute, 0, 3)
	c.Below("a", noon.Add(10*time.Minute), 20, 1)
	want(15*time.Minute, 1, 3)
	want(20*time.Minute, 0, 1)
	want(40*time.Minute, 0, 0) // a period was left out
}

func TestSet(t *testing.T) {
	s := limit.NewSet[string](2)
	for _, k := range []string{"a", "b", "a", "c"} {
		s.Add(k)
	}
	if got := s.Take(); len(got) != 2 {
		t.Errorf("got %v, want a and b", got)
	}
	if got := s.Take(); len(got) != 0 {
		t.Errorf("got %v, want it empty", got)
	}
	s.Add("c")
	if got := s.Take(); len(got) != 1 {
		t.Errorf("got %v, want c: there was room again", got)
	}
}
