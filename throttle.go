package sallyport

import (
	"sync"
	"time"
)

const (
	maxClientMisses = 20     // wrong client secrets a minute, a client and address
	maxThrottled    = 10_000 // pairs told apart in a minute; the rest are not counted
)

// throttle counts failed client authentications of the present minute, in this
// process. The zero throttle is ready.
type throttle struct {
	mu     sync.Mutex
	minute time.Time
	misses map[string]int
}

func (t *throttle) key(client, peer string) string { return client + " " + peer }

// refuses says whether the pair has failed too often. Callers whose address
// stands for many (loopback, private networks) are not counted.
func (t *throttle) refuses(client, peer string, now time.Time) bool {
	if peer == "" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	return t.misses[t.key(client, peer)] >= maxClientMisses
}

// judge counts a wrong secret, and reports whether its verdict may be told: not
// once the pair has had its share, right or wrong, however many are compared at
// the same time.
func (t *throttle) judge(client, peer string, now time.Time, right bool) bool {
	if peer == "" {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	k := t.key(client, peer)
	if t.misses[k] >= maxClientMisses {
		return false
	}
	// Refusing everybody when the table is full would let a flood from many
	// addresses shut every client out. A secret of 16 characters bears what is
	// not counted.
	if !right && (t.misses[k] > 0 || len(t.misses) < maxThrottled) {
		t.misses[k]++
	}
	return true
}

// turn starts a new minute.
func (t *throttle) turn(now time.Time) {
	if m := now.Truncate(time.Minute); t.misses == nil || !m.Equal(t.minute) {
		t.minute, t.misses = m, map[string]int{}
	}
}
