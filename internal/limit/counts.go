package limit

import (
	"sync"
	"time"
)

// Counts counts by key within a period, and remembers the period before. Periods
// begin at multiples of their length. Of more keys than there is room for, the
// rest are not counted. Make one with [NewCounts]; all methods may be called from
// any number of goroutines.
type Counts[K comparable] struct {
	period time.Duration
	keys   int

	mu          sync.Mutex
	since       time.Time
	now, before map[K]int
}

// NewCounts returns counts of nothing, with room for that many keys a period.
func NewCounts[K comparable](period time.Duration, keys int) *Counts[K] {
	return &Counts[K]{period: period, keys: keys}
}

// Of returns the count of key in the present period, and in the one before.
func (c *Counts[K]) Of(key K, now time.Time) (present, before int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	return c.now[key], c.before[key]
}

// Below adds n to the count of key, which may be 0, where that count is below a
// limit in the present period, and reports whether it is. Whoever asks with what
// they found out just now learns at the same time whether it may be told.
func (c *Counts[K]) Below(key K, now time.Time, limit, n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	if c.now[key] >= limit {
		return false
	}
	if n > 0 && (c.now[key] > 0 || len(c.now) < c.keys) {
		c.now[key] += n
	}
	return true
}

// turn begins a new period where the present one is over, or the clock was set
// back.
func (c *Counts[K]) turn(now time.Time) {
	start := now.Truncate(c.period)
	switch {
	case c.now != nil && start.Equal(c.since):
		return
	case c.now != nil && start.Equal(c.since.Add(c.period)):
		c.before = c.now
	default:
		c.before = nil
	}
	c.since, c.now = start, map[K]int{}
}
