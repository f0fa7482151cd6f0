package storetest_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

func brokenLives() []broken {
	return []broken{
		{"Close that does not close", "goes on answering after Close",
			[]string{"Close"},
			func(r *ref) store.Store { return openForEver{r} }},
		{"Close under a call", "answers whatever its file answers to calls that Close overtakes",
			[]string{"CloseUnderLoad"},
			func(r *ref) store.Store { return overtaken{r} }},
		{"Close that loses acknowledged writes", "forgets the last commit when it is closed",
			[]string{"ReopenFindsAll", "ReopenAfterLoad", "Sequences"},
			func(r *ref) store.Store { return (&lagging{ref: r}).atClose() }},
		{"restart that forgets deletes", "finds deleted records again when it is opened",
			[]string{"ReopenFindsAll", "Sequences"},
			func(r *ref) store.Store { return &ghosts{r, map[string]row{}} }},
		{"restart that forgets what to sweep", "does not know after Close what expires",
			[]string{"ReopenFindsAll"},
			func(r *ref) store.Store { return forgetful{r} }},
		{"acknowledged before durable", "answers before the change has reached the disk",
			[]string{"CrashKeepsTheAcknowledged"},
			func(r *ref) store.Store { return (&lagging{ref: r}).atCrash() }},
		{"torn by a crash", "brings the records of a change to the disk one after the other",
			[]string{"CrashKeepsTheAcknowledged"},
			func(r *ref) store.Store { return &nonAtomic{ref: r} }},
		{"conflict answered before durable", "answers a conflict with a change that has not reached the disk",
			[]string{"ConflictIsDurable"},
			func(r *ref) store.Store {
				s := &earlyConflict{ref: r, asked: make(chan struct{}, 1)}
				r.crash = s.left
				return s
			}},
	}
}

type openForEver struct{ *ref }

func (s openForEver) Close() error { return nil }

type overtaken struct{ *ref }

func (s overtaken) Commit(ctx context.Context, c store.Change) error {
	if _, err := s.Load(ctx); err != nil {
		return err
	}
	pause()
	err := s.ref.Commit(ctx, c)
	if errors.Is(err, store.ErrClosed) {
		return errors.New("file already closed")
	}
	return err
}

// lagging has a disk that is one commit behind.
type lagging struct {
	*ref
	lock sync.Mutex
	past map[string]row
	lose bool
}

// atClose loses the last commit when it is closed, atCrash when it crashes.
func (s *lagging) atClose() *lagging {
	s.lose = true
	return s
}

func (s *lagging) atCrash() *lagging {
	s.crash = func() map[string]row {
		s.lock.Lock()
		defer s.lock.Unlock()
		return maps.Clone(s.past)
	}
	return s
}

func (s *lagging) Commit(ctx context.Context, c store.Change) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	past := s.snapshot()
	err := s.ref.Commit(ctx, c)
	if err == nil {
		s.past = past
	}
	return err
}

func (s *lagging) Close() error {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.mu.Lock()
	if s.lose && !s.closed && s.past != nil {
		s.rows = s.past
	}
	s.mu.Unlock()
	return s.ref.Close()
}

type ghosts struct {
	*ref
	dead map[string]row
}

func (s *ghosts) Commit(ctx context.Context, c store.Change) error {
	before := s.snapshot()
	err := s.ref.Commit(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range c.Writes {
		if r, was := before[w.Key]; err == nil && was && !w.Keep && w.Value == nil {
			s.dead[w.Key] = r
		}
	}
	return err
}

func (s *ghosts) Close() error {
	s.mu.Lock()
	for k, r := range s.dead {
		if _, there := s.rows[k]; !there {
			s.rows[k] = r
		}
	}
	s.mu.Unlock()
	return s.ref.Close()
}

type forgetful struct{ *ref }

func (s forgetful) Close() error {
	s.mu.Lock()
	for k, r := range s.rows {
		r.unswept = true
		s.rows[k] = r
	}
	s.mu.Unlock()
	return s.ref.Close()
}

// earlyConflict shows a change to others while its own caller still waits for
// the disk: until somebody has looked at what a crash would leave, or the disk
// is done.
type earlyConflict struct {
	*ref
	lock  sync.Mutex
	past  map[string]row // what is on the disk, while a commit is under way
	asked chan struct{}
}

func (s *earlyConflict) left() map[string]row {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.past == nil {
		return s.snapshot()
	}
	select {
	case s.asked <- struct{}{}:
	default:
	}
	return maps.Clone(s.past)
}

func (s *earlyConflict) Commit(ctx context.Context, c store.Change) error {
	past := s.snapshot()
	err := s.ref.Commit(ctx, c)
	if err != nil {
		return err
	}
	s.lock.Lock()
	s.past = past
	s.lock.Unlock()
	disk := time.NewTimer(time.Second)
	defer disk.Stop()
	select {
	case <-s.asked:
	case <-disk.C:
	}
	s.lock.Lock()
	s.past = nil
	s.lock.Unlock()
	return nil
}
