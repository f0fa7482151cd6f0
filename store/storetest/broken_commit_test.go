package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sallyport-auth/sallyport/store"
)

func brokenCommits() []broken {
	return []broken{
		{"lost update", "compares the versions, then writes, and lets others in between",
			[]string{"CountersAreExact", "SerialHotCounter", "SerialTransfers"},
			func(r *ref) store.Store { return lostUpdate{r} }},
		{"double insert", "the same, for records that are not there yet",
			[]string{"OneOfManyInserts"},
			func(r *ref) store.Store {
				return earlyCheck{r, func(w store.Write) bool { return w.If == 0 && !w.Keep }}
			}},
		{"non-atomic commit", "writes one record after the other, for all to see",
			[]string{"TransfersConserve", "SerialTransfers"},
			func(r *ref) store.Store { return &nonAtomic{ref: r} }},
		{"conflict that half writes", "compares and writes one record after the other, and stops at a conflict",
			[]string{"AllOrNothing", "LargeChangeIsAtomic"},
			func(r *ref) store.Store { return halfWrites{r, 1} }},
		{"large change in pieces", "commits a thousand writes at a time",
			[]string{"LargeChangeIsAtomic"},
			func(r *ref) store.Store { return halfWrites{r, 1000} }},
		{"small limit", "takes a thousand writes in one change and no more",
			[]string{"ManyWrites"},
			func(r *ref) store.Store { return smallLimit{r} }},
		{"empty change refused", "answers an error to a change that writes nothing",
			[]string{"DeleteAndEmptyChange"},
			func(r *ref) store.Store { return noEmpty{r} }},
		{"unchecked keys", "takes any string for a key",
			[]string{"BadKeys"},
			func(r *ref) store.Store { return unchecked{r, false} }},
		{"key twice", "lets the last of two writes to one key win",
			[]string{"BadChanges"},
			func(r *ref) store.Store { return unchecked{r, true} }},
		{"cancelled commit that lands", "commits in a context that has ended, and answers the context's error",
			[]string{"Cancelled", "Sequences"},
			func(r *ref) store.Store { return cancelledLands{r, false} }},
		{"commit that outlives its cancellation", "lets go of a caller whose context ends under way, but not of the commit",
			[]string{"SerialWhenCancelled"},
			func(r *ref) store.Store { return cancelledLands{r, true} }},
		{"commit that lands after ErrUnknown", "applies a change that it has lost sight of whenever it turns up, without comparing again",
			[]string{"UnknownIsSettled"},
			func(r *ref) store.Store { r.blind = true; return r }},
		{"unknown told as failed", "answers a plain error when the connection dies, whatever became of the change",
			[]string{"UnknownIsSettled"},
			func(r *ref) store.Store { return toldFailed{r} }},
	}
}

type lostUpdate struct{ *ref }

func (s lostUpdate) Commit(ctx context.Context, c store.Change) error {
	return earlyCheck{s.ref, func(store.Write) bool { return true }}.Commit(ctx, c)
}

// earlyCheck compares the writes that are early only before it waits.
type earlyCheck struct {
	*ref
	early func(store.Write) bool
}

func (s earlyCheck) Commit(ctx context.Context, c store.Change) error {
	if err := s.check(ctx, c, func(store.Write) bool { return true }); err != nil {
		return err
	}
	pause()
	s.mu.Lock()
	defer s.mu.Unlock()
	late := store.Change{ID: c.ID}
	for _, w := range c.Writes {
		if !s.early(w) {
			late.Writes = append(late.Writes, w)
		}
	}
	if err := s.compare(late); err != nil {
		return err
	}
	s.apply(c)
	return nil
}

// check is a commit without writing, of some of the writes.
func (s *ref) check(ctx context.Context, c store.Change, some func(store.Write) bool) error {
	hold := store.Change{ID: c.ID}
	for _, w := range c.Writes {
		if some(w) {
			w.Keep = true
			hold.Writes = append(hold.Writes, w)
		}
	}
	return s.Commit(ctx, hold)
}

type nonAtomic struct {
	*ref
	writing sync.Mutex
}

func (s *nonAtomic) Commit(ctx context.Context, c store.Change) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.check(ctx, c, func(store.Write) bool { return true }); err != nil {
		return err
	}
	for _, w := range c.Writes {
		if err := s.ref.Commit(ctx, store.Change{ID: c.ID, Writes: []store.Write{w}}); err != nil {
			return err
		}
		pause()
	}
	return nil
}

type halfWrites struct {
	*ref
	piece int
}

func (s halfWrites) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	for writes := range slices.Chunk(c.Writes, s.piece) {
		if err := s.ref.Commit(ctx, store.Change{ID: c.ID, Writes: writes}); err != nil {
			return err
		}
	}
	return nil
}

type smallLimit struct{ *ref }

func (s smallLimit) Commit(ctx context.Context, c store.Change) error {
	if len(c.Writes) > 1000 {
		return store.ErrTooLarge
	}
	return s.ref.Commit(ctx, c)
}

type noEmpty struct{ *ref }

func (s noEmpty) Commit(ctx context.Context, c store.Change) error {
	if len(c.Writes) == 0 {
		return errors.New("syntax error")
	}
	return s.ref.Commit(ctx, c)
}

// unchecked leaves out a check of what it is given.
type unchecked struct {
	*ref
	twice bool // of keys that stand twice, or else of the keys themselves
}

func (s unchecked) Commit(ctx context.Context, c store.Change) error {
	if !s.twice && len(c.Writes) > 0 && c.ID != 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.compare(c); err != nil {
			return err
		}
		s.apply(c)
		return nil
	}
	last := map[string]store.Write{}
	for _, w := range c.Writes {
		last[w.Key] = w
	}
	c.Writes = nil
	for _, w := range last {
		c.Writes = append(c.Writes, w)
	}
	return s.ref.Commit(ctx, c)
}

type cancelledLands struct {
	*ref
	midway bool
}

func (s cancelledLands) Commit(ctx context.Context, c store.Change) error {
	if err := ctx.Err(); err != nil && s.midway {
		return err
	}
	done := make(chan error, 1)
	go func() {
		pause()
		done <- s.ref.Commit(context.WithoutCancel(ctx), c)
	}()
	if !s.midway {
		err := <-done
		return cmpErr(ctx.Err(), err)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cmpErr is the first error that is one.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

type toldFailed struct{ *ref }

func (s toldFailed) Commit(ctx context.Context, c store.Change) error {
	err := s.ref.Commit(ctx, c)
	if errors.Is(err, store.ErrUnknown) {
		return fmt.Errorf("connection reset by peer")
	}
	return err
}
