package storetest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

func brokenScans() []broken {
	return []broken{
		{"scan out of order", "yields in an order of letters, small ones beside great ones",
			[]string{"ScanOrderAndBounds", "OddKeys"},
			func(r *ref) store.Store { return outOfOrder{r} }},
		{"scan stopping at a damaged record", "ends with the first record that it cannot read",
			[]string{"DamageIsFound"},
			func(r *ref) store.Store { return stopping{r} }},
		{"prefix taken as a pattern", "lets _ in a prefix stand for any letter",
			[]string{"OddKeys"},
			func(r *ref) store.Store { return likeScan{r} }},
		{"scan from instead of after", "yields the record at which it is to go on",
			[]string{"ScanOrderAndBounds", "Sequences"},
			func(r *ref) store.Store { return inclusive{r} }},
		{"record lost between pages", "begins a page one record too late",
			[]string{"ScanPages"},
			func(r *ref) store.Store { return paging{r, 1, 0} }},
		{"pages by number", "skips as many records as it has yielded, whatever came and went",
			[]string{"ScanWhileWriting"},
			func(r *ref) store.Store { return paging{r, 0, 1} }},
		{"scan that keeps the connection", "answers that it is busy while it yields",
			[]string{"ScanCallsBack"},
			func(r *ref) store.Store { return &busyScan{ref: r} }},
		{"sweep of a live record", "goes by the first Expires that a key ever had",
			[]string{"SweepSparesTheRewritten", "Sequences"},
			func(r *ref) store.Store { return &sweepsLive{r, map[string]int64{}} }},
		{"sweep of what is written meanwhile", "chooses what to delete, lets others in, and deletes it",
			[]string{"SweepRace"},
			func(r *ref) store.Store { return sweepsLate{r} }},
		{"sweep too early", "takes what expires at the given moment, too",
			[]string{"SweepTakesTheExpired", "Sequences"},
			func(r *ref) store.Store { return sweepsEarly{r} }},
		{"sweep without limit", "deletes all that has expired at once",
			[]string{"SweepLimit"},
			func(r *ref) store.Store { return sweepsAll{r} }},
		{"sweep of a few", "deletes ten at most, however many it is asked to",
			[]string{"SweepLimit"},
			func(r *ref) store.Store { return sweepsLittle{r} }},
	}
}

type records = iter.Seq2[store.Record, error]

type outOfOrder struct{ *ref }

func (s outOfOrder) Scan(ctx context.Context, prefix, after string) records {
	return func(yield func(store.Record, error) bool) {
		var recs []store.Record
		for r, err := range s.ref.Scan(ctx, prefix, after) {
			if err != nil {
				yield(r, err)
				return
			}
			recs = append(recs, r)
		}
		slices.SortStableFunc(recs, func(a, b store.Record) int {
			return strings.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key))
		})
		for _, r := range recs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

type stopping struct{ *ref }

func (s stopping) Scan(ctx context.Context, prefix, after string) records {
	return func(yield func(store.Record, error) bool) {
		for r, err := range s.ref.Scan(ctx, prefix, after) {
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

type likeScan struct{ *ref }

func (s likeScan) Scan(ctx context.Context, prefix, after string) records {
	return func(yield func(store.Record, error) bool) {
	records:
		for r, err := range s.ref.Scan(ctx, "", after) {
			for i := range len(prefix) {
				if err == nil && (i >= len(r.Key) || prefix[i] != '_' && prefix[i] != r.Key[i]) {
					continue records
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

type inclusive struct{ *ref }

func (s inclusive) Scan(ctx context.Context, prefix, after string) records {
	return func(yield func(store.Record, error) bool) {
		if r, err := s.ref.Load(ctx, max(after, "!")); err == nil && after != "" && r[0].Value != nil && strings.HasPrefix(after, prefix) && !yield(r[0], nil) {
			return
		}
		s.ref.Scan(ctx, prefix, after)(yield)
	}
}

// paging reads pages by how many records came before, and loses some between
// them.
type paging struct {
	*ref
	lost, numbered int
}

func (s paging) Scan(ctx context.Context, prefix, after string) records {
	return func(yield func(store.Record, error) bool) {
		from := after
		for n := 0; ; {
			recs, errs, err := s.page(ctx, prefix, from, n+refPage+s.lost)
			if err != nil {
				yield(store.Record{}, err)
				return
			}
			whole := len(recs) == n+refPage+s.lost
			recs, errs = recs[min(n, len(recs)):], errs[min(n, len(errs)):]
			for i, r := range recs {
				if err := cmpErr(ctx.Err(), errs[i]); i == refPage || !yield(r, err) || ctx.Err() != nil {
					break
				}
			}
			if !whole || ctx.Err() != nil {
				return
			}
			if s.numbered > 0 {
				n += refPage
			} else {
				from = recs[len(recs)-1].Key
			}
			pause()
		}
	}
}

var errBusy = errors.New("busy")

type busyScan struct {
	*ref
	yielding atomic.Int64
}

func (s *busyScan) Scan(ctx context.Context, prefix, after string) records {
	return func(yield func(store.Record, error) bool) {
		s.yielding.Add(1)
		defer s.yielding.Add(-1)
		s.ref.Scan(ctx, prefix, after)(yield)
	}
}

func (s *busyScan) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if s.yielding.Load() > 0 {
		return nil, errBusy
	}
	return s.ref.Load(ctx, keys...)
}

type sweepsLive struct {
	*ref
	first map[string]int64
}

func (s *sweepsLive) Commit(ctx context.Context, c store.Change) error {
	err := s.ref.Commit(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range c.Writes {
		if err == nil && !w.Keep && s.first[w.Key] == 0 {
			s.first[w.Key] = store.ExpirySeconds(w.Expires)
		}
	}
	return err
}

func (s *sweepsLive) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	s.mu.Lock()
	for k, r := range s.rows {
		if e := s.first[k]; e != 0 {
			r.expires = e
			s.rows[k] = r
		}
	}
	s.mu.Unlock()
	return s.ref.Sweep(ctx, before, limit)
}

type sweepsLate struct{ *ref }

func (s sweepsLate) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	s.mu.Lock()
	keys := s.due(before)
	s.mu.Unlock()
	slices.Sort(keys)
	keys = keys[:min(len(keys), limit)]
	pause()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range keys {
		delete(s.rows, k)
	}
	return len(keys), s.usable(ctx)
}

type sweepsEarly struct{ *ref }

func (s sweepsEarly) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	if !before.IsZero() {
		before = before.Add(time.Second)
	}
	return s.ref.Sweep(ctx, before, limit)
}

type sweepsLittle struct{ *ref }

func (s sweepsLittle) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.ref.Sweep(ctx, before, min(limit, 10))
}

type sweepsAll struct{ *ref }

func (s sweepsAll) Sweep(ctx context.Context, before time.Time, _ int) (int, error) {
	return s.ref.Sweep(ctx, before, 1<<30)
}
