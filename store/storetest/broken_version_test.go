package storetest_test

import (
	"bytes"
	"context"

	"github.com/sallyport-auth/sallyport/store"
)

func brokenVersions() []broken {
	return []broken{
		{"version reuse after delete and re-create", "gives a record that is made again the version of its earlier life",
			[]string{"VersionNeverRepeats", "Sequences"},
			func(r *ref) store.Store {
				s := &reuses{r, map[string]uint64{}}
				r.version = s.again
				return s
			}},
		{"version by value", "keeps the version when the same bytes are written",
			[]string{"VersionIsTheChange", "Sequences"},
			func(r *ref) store.Store {
				r.version = func(_ string, old row, c store.Change) uint64 {
					for _, w := range c.Writes {
						if old.version != 0 && old.version == w.If && bytes.Equal(old.value, w.Value) {
							return old.version
						}
					}
					return c.ID
				}
				return r
			}},
		{"version as a float", "keeps a version as a number of 53 bits",
			[]string{"VersionIsTheChange"},
			func(r *ref) store.Store {
				r.version = func(_ string, _ row, c store.Change) uint64 { return c.ID&^0x7ff | 1 }
				return r
			}},
	}
}

type reuses struct {
	*ref
	dead map[string]uint64
}

func (s *reuses) again(key string, old row, c store.Change) uint64 {
	if v := s.dead[key]; v != 0 && old.version == 0 {
		return v
	}
	return c.ID
}

func (s *reuses) Commit(ctx context.Context, c store.Change) error {
	err := s.ref.Commit(ctx, c)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, w := range c.Writes {
			if w.Value == nil && !w.Keep && w.If != 0 {
				s.dead[w.Key] = w.If
			}
		}
	}
	return err
}
