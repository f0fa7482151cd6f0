package storetest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sallyport-auth/sallyport/store"
)

func brokenLoads() []broken {
	return []broken{
		{"torn Load", "reads one key after the other",
			[]string{"TransfersConserve", "SerialTransfers", "SerialSums"},
			func(r *ref) store.Store { return tornLoad{r} }},
		{"stale read", "answers each fifth Load from a replica that is one commit behind",
			[]string{"SerialHotCounter"},
			func(r *ref) store.Store { return &staleRead{ref: r} }},
		{"absence remembered", "keeps in mind what it has found absent, without a look whether a commit came between",
			[]string{"SerialAbsenceSkew"},
			func(r *ref) store.Store { return &remembers{ref: r, absent: map[string]bool{}} }},
		{"Load in key order", "answers in the order of the keys, not in that of the question",
			[]string{"LoadAnswersInOrder"},
			func(r *ref) store.Store { return sortedLoad{r} }},
		{"damaged read as absent", "answers a record that it cannot read as one that is not there",
			[]string{"DamageIsFound"},
			func(r *ref) store.Store { return trusting{r} }},
	}
}

type tornLoad struct{ *ref }

func (s tornLoad) Load(ctx context.Context, keys ...string) (recs []store.Record, err error) {
	if len(keys) == 0 {
		return s.ref.Load(ctx)
	}
	for _, k := range keys {
		one, err := s.ref.Load(ctx, k)
		if err != nil {
			return nil, err
		}
		recs = append(recs, one...)
		pause()
	}
	return recs, nil
}

type staleRead struct {
	*ref
	past  atomic.Pointer[map[string]row]
	loads atomic.Int64
}

func (s *staleRead) Commit(ctx context.Context, c store.Change) error {
	past := s.snapshot()
	err := s.ref.Commit(ctx, c)
	if err == nil {
		s.past.Store(&past)
	}
	return err
}

func (s *staleRead) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	past := s.past.Load()
	if s.loads.Add(1)%5 != 0 || past == nil {
		return s.ref.Load(ctx, keys...)
	}
	return (&ref{disk: &disk{rows: *past}}).Load(ctx, keys...)
}

type remembers struct {
	*ref
	cache  sync.Mutex
	absent map[string]bool
}

func (s *remembers) set(key string, absent bool) {
	s.cache.Lock()
	defer s.cache.Unlock()
	s.absent[key] = absent
}

func (s *remembers) Commit(ctx context.Context, c store.Change) error {
	err := s.ref.Commit(ctx, c)
	for _, w := range c.Writes {
		if err == nil {
			s.set(w.Key, false)
		}
	}
	return err
}

func (s *remembers) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := s.ref.Load(ctx, keys...)
	pause()
	for i, r := range recs {
		s.cache.Lock()
		if s.absent[r.Key] {
			recs[i] = store.Record{Key: r.Key}
		}
		s.cache.Unlock()
		if r.Value == nil {
			s.set(r.Key, true)
		}
	}
	return recs, err
}

type sortedLoad struct{ *ref }

func (s sortedLoad) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := s.ref.Load(ctx, keys...)
	slices.SortFunc(recs, func(a, b store.Record) int { return strings.Compare(a.Key, b.Key) })
	return recs, err
}

type trusting struct{ *ref }

func (s trusting) Load(ctx context.Context, keys ...string) (recs []store.Record, err error) {
	for _, k := range keys {
		one, err := s.ref.Load(ctx, k)
		if err != nil {
			one = []store.Record{{Key: k}}
		}
		recs = append(recs, one...)
	}
	return recs, ctx.Err()
}
