// Package recent keeps what was lately learnt and can be learnt again.
package recent

import "sync"

// DefaultLimit is the limit of a zero [Map].
const DefaultLimit = 1000

// Map holds at most so many entries as its limit says. When it is full and a
// new key comes, it forgets one of the others, whichever: so it is for what
// costs time to learn again and nothing else. The zero Map is empty, with
// [DefaultLimit]; all methods may be called from any number of goroutines.
type Map[K comparable, V any] struct {
	mu    sync.Mutex
	limit int
	m     map[K]V
}

// New returns an empty Map of that limit, which is at least 1.
func New[K comparable, V any](limit int) *Map[K, V] {
	return &Map[K, V]{limit: max(limit, 1)}
}

// Get returns the value of key, or false where it is not known.
func (m *Map[K, V]) Get(key K) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok = m.m[key]
	return v, ok
}

// Put keeps v as the value of key, in the place of an older one.
func (m *Map[K, V]) Put(key K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = map[K]V{}
		if m.limit == 0 {
			m.limit = DefaultLimit
		}
	}
	if _, known := m.m[key]; !known && len(m.m) >= m.limit {
		m.forgetOne()
	}
	m.m[key] = v
}

// forgetOne makes room. Maps are walked in an order that differs each time, so
// nobody who fills this one chooses what is forgotten.
func (m *Map[K, V]) forgetOne() {
	for key := range m.m {
		delete(m.m, key)
		return
	}
}

// Len returns how many entries there are.
func (m *Map[K, V]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.m)
}
