// Package boltstore keeps a [store.Store] in one bbolt file.
//
// # Commits
//
// Whoever commits while nobody else does gathers the changes that wait into one
// bbolt transaction, and then hands that over to the first that came meanwhile.
// All versions are compared first, against the file and
// against what earlier changes of the same batch will write; then all winners
// are written, so that nothing ever needs undoing and a conflict in one change
// does not fail the others. Answers go out when the batch is on disk, refusals
// included, since a refusal may rest on a record of the same batch. A lone
// writer waits for one bbolt commit (two fdatasync), for no timer, and for no
// other goroutine.
//
// Reads return only what is durable: a Load that met a commit whose sync is
// still under way waits for its end.
//
// # Failures
//
// When a commit fails for any reason but a full disk, nobody knows any more
// what the disk holds, so the store returns [ErrFailed] to everything from
// then on and must be opened anew. A full disk or [Options].MaxSize returns
// [ErrFull], and the store goes on: it reads, deletes, and writes again as soon
// as there is room.
//
// bbolt trusts the file: it ends the process when it meets a damaged page while
// it looks for free pages, and answers whatever stands in one otherwise. So no
// page is believed before this package has judged it: its shape, the order of
// its keys, the checksums of its records.
//
// [Store.Close] writes the list of free pages, with a checksum, so that [Open]
// need not find them. Then it looks at the length of the file, the meta pages,
// the list, the buckets, and where the pages above the leaves lead to, some 2 % of
// the file, and serves. Pages are judged when they are first used, the others
// beside serving, at most 64 MiB a second, until all were. What lies in the range
// of a damaged page returns [store.ErrDamaged], absent keys too; it is told to
// [Options].Logger, and to whoever asks [Check].
//
// A file that was not closed (the process was killed, or the file is a copy) and
// one of at most 4 MiB is judged as a whole before it is opened, by reading it
// once; then a damaged page or record refuses it.
//
// Damage that arises later is met as a panic or a memory fault, which becomes an
// error ([ErrCorrupt], or [store.ErrDamaged] for one record). Not defended: a
// program that writes to the file, or shortens it, while it is open.
//
// A checksum finds bad disks, not bad people; for those stands package sealed.
//
// # The file
//
// It must lie on a local disk: file locks and mapped memory do not work, or
// hang, on network file systems. Records lie in the bucket "records" as
// version (8 bytes), expiry (8), CRC-32C (4), value. Nothing in the file says
// in which order they expire: of each run of some 16 KiB of records the process
// remembers how early one of them may, so that Sweep reads only around what it
// deletes (see zones). The list of free pages is written by Close and not by each
// commit, which would make every commit after a large sweep twice as expensive.
package boltstore

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// Errors of this package, to be recognised by errors.Is.
var (
	// ErrLocked means that another process, or another Store of this one, has
	// the file open.
	ErrLocked = errors.New("boltstore: the file is in use")

	// ErrCorrupt means that the file is damaged. Restore a backup; an empty
	// or shortened file is never taken for a new store, because that would
	// forget second factors.
	ErrCorrupt = errors.New("boltstore: the file is damaged")

	// ErrForeign means that the file is something else, such as a text or another
	// program's bbolt database, or has the form of another version of this
	// package.
	ErrForeign = errors.New("boltstore: the file is no Sallyport store, or one of another version")

	// ErrFull means that the disk is full or that the file would exceed
	// [Options].MaxSize. Nothing was written, and the store goes on serving.
	ErrFull = errors.New("boltstore: full")

	// ErrFailed means that an earlier commit failed. The store returns
	// nothing any more and must be closed and opened anew.
	ErrFailed = errors.New("boltstore: an earlier commit failed, open the store anew")
)

// Options of [Open]. The zero value is right for most.
type Options struct {
	// LockTimeout is how long Open waits for another process to let go of the
	// file. Zero means one second; there is no way to wait for ever.
	LockTimeout time.Duration

	// MaxSize bounds the file, in bytes. Zero means no bound. The file grows
	// in steps, so up to a sixteenth of MaxSize may stay unused.
	MaxSize int64

	// InsecureDamagedRecords opens the file although single records in it are
	// damaged, to save the others. They return [store.ErrDamaged], but where
	// it was a key that was damaged, a record is simply absent: a spent code
	// may be unspent. Damaged pages are refused all the same.
	InsecureDamagedRecords bool

	// Logger is told how far the reading of a whole file has got, and what the
	// inspection beside serving finds, which nobody may be asking for just then.
	// Nil means silence.
	Logger *slog.Logger
}

// Store is an open file. Make one with [Open] and end it with [Store.Close];
// all methods may be called from any number of goroutines.
type Store struct {
	db       *bolt.DB
	file     *os.File // bbolt's own handle
	watchman *watchman
	log      *slog.Logger

	queue    queue
	closing  chan struct{} // closed by Close
	once     sync.Once
	closeErr error

	beginning sync.Mutex             // held while a bbolt transaction begins
	stuck     atomic.Bool            // bbolt panicked while it held its locks: never enter it again
	failure   atomic.Pointer[error]  // why the store returns nothing any more
	durable   atomic.Uint64          // id of the last bbolt transaction that is on disk
	flight    atomic.Pointer[flight] // the commit under way, or the last one

	inspection atomic.Pointer[inspection] // nil when every page is known to be sound
	inspected  chan struct{}              // closed when the inspection has ended
	listed     uint64                     // id of the bbolt transaction whose free pages the file lists
	judged     uint64                     // and of that which was judged when the file was opened
	zones      *zones
}

var _ store.Store = (*Store)(nil)

// flight is one bbolt commit, from before its first write to after its last
// sync.
type flight struct{ landed chan struct{} }

// Load implements [store.Store].
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	if err := store.CheckKeys(keys...); err != nil {
		return nil, err
	}
	recs := make([]store.Record, len(keys))
	err := s.view(ctx, func(tx *bolt.Tx) error {
		b, judge := tx.Bucket(recordsBucket), s.judge(tx)
		for i, k := range keys {
			key := []byte(k)
			err := judge.key(key, false)
			if err != nil {
				return err
			}
			if recs[i], err = decode(k, key, b.Get(key)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return recs, nil
}

// Close waits for the batch that is being written and for reads under way,
// writes the list of free pages, so that the next [Open] need not look for them,
// then closes the file. Changes that were not taken yet answer
// [store.ErrClosed].
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.closing)
		s.queue.close()
		<-s.inspected
		if !s.stuck.Load() && s.failure.Load() == nil {
			s.list()
		}
		if s.stuck.Load() {
			// bbolt would wait for its own locks for ever. The file lock is
			// given back, so that the file can be opened anew; the mapping is
			// left behind.
			s.closeErr = errors.Join(unlock(s.file), s.file.Close())
			return
		}
		s.closeErr = guard(s.db.Close)
	})
	return s.closeErr
}

// list has bbolt write the list of free pages in an empty commit, and vouches
// for it. Where that fails, for want of room or any other reason, the file is as
// a killed process would leave it, and the next Open reads it whole.
func (s *Store) list() {
	if s.listed == s.durable.Load() {
		return // nothing was written
	}
	s.watchman.final = true
	s.db.NoFreelistSync = false
	tx, err := guarded(func() (*bolt.Tx, error) { return s.begin(true) })
	if err == nil {
		err = s.finish(tx)
	}
	if err == nil {
		err = stampFreelist(s.file)
	}
	if err != nil {
		s.log.Warn("boltstore: the list of free pages was not written, the next start reads the whole file", "error", err)
	}
}

// usable reports whether a call may go on.
func (s *Store) usable() error {
	select {
	case <-s.closing:
		return store.ErrClosed
	default:
	}
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// fail closes the store to all further calls. The first reason stays.
func (s *Store) fail(err error) { s.failure.CompareAndSwap(nil, &err) }
