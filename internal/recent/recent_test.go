package recent_test

import (
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/recent"
)

// TestMap: a Map keeps what was put last, replaces without forgetting, and
// never holds more than its limit.
func TestMap(t *testing.T) {
	tests := []struct {
		name  string
		m     *recent.Map[int, string]
		limit int
	}{
		{"the zero Map", &recent.Map[int, string]{}, recent.DefaultLimit},
		{"one", recent.New[int, string](1), 1},
		{"seven", recent.New[int, string](7), 7},
		{"no limit is one", recent.New[int, string](0), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v, ok := tt.m.Get(1); ok {
				t.Errorf("got %q from an empty Map", v)
			}
			for i := range tt.limit {
				tt.m.Put(i, "old")
			}
			for i := range tt.limit {
				tt.m.Put(i, "new") // full, and nothing to forget
			}
			for i := range tt.limit {
				if v, ok := tt.m.Get(i); !ok || v != "new" {
					t.Fatalf("key %d of %d: got %q, %v, want new", i, tt.limit, v, ok)
				}
			}
			for i := range 2*tt.limit + 1 {
				tt.m.Put(-1-i, "more")
				if v, ok := tt.m.Get(-1 - i); !ok || v != "more" {
					t.Fatalf("the newest key: got %q, %v, want more", v, ok)
				}
				if got := tt.m.Len(); got != tt.limit {
					t.Fatalf("got %d entries, want %d", got, tt.limit)
				}
			}
		})
	}
}

func TestMapFromManyGoroutines(t *testing.T) {
	m := recent.New[int, int](10)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				key := (g + i) % 20
				m.Put(key, key)
				if v, ok := m.Get(key); ok && v != key {
					t.Errorf("key %d: got %d", key, v)
				}
			}
		})
	}
	wg.Wait()
	if got := m.Len(); got > 10 {
		t.Errorf("got %d entries, want 10 at most", got)
	}
}
