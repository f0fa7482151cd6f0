package sallyporttest

import (
	"sync"
	"time"
)

// Start is what the clock of a new [Kit] shows. It is the beginning of a time
// step of authenticators, so that half a minute lies between a test's first
// code and the next.
var Start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// Clock is the time of a [Kit]: it stands still until the test moves it. All
// methods may be called from any number of goroutines. The zero Clock shows
// the zero time; a kit's own begins at [Start].
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the present moment, for [sallyport.Config.Now].
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets d pass. Calls that are held for a link notice within a quarter
// of a real second.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set moves the clock to t, which may be in the past. An engine that has seen a
// moment up to five seconds later stands still there until the clock has caught
// up; where it was set back by more, the engine follows it.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}
