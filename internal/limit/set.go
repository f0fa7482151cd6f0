package limit

import "sync"

// Set is a bounded set of keys that is emptied from time to time: what does not
// fit is left out. Make one with [NewSet]; all methods may be called from any
// number of goroutines.
type Set[K comparable] struct {
	keys int

	mu sync.Mutex
	m  map[K]struct{}
}

// NewSet returns an empty set with room for that many keys.
func NewSet[K comparable](keys int) *Set[K] { return &Set[K]{keys: keys} }

// Add puts key in, if there is room.
func (s *Set[K]) Add(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[K]struct{}{}
	}
	if len(s.m) < s.keys {
		s.m[key] = struct{}{}
	}
}

// Take returns the keys, which are the caller's, and empties the set.
func (s *Set[K]) Take() map[K]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.m
	s.m = nil
	return m
}
