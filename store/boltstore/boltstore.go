// Package boltstore keeps a [store.Store] in one bbolt file.
//
// # Commits
//
// One goroutine, owned by the [Store], gathers the changes that wait into one
// bbolt transaction. All versions are compared first, against the file and
// against what earlier changes of the same batch will write; then all winners
// are written, so that nothing ever needs undoing and a conflict in one change
// does not fail the others. Answers go out when the batch is on disk, refusals
// included, since a refusal may rest on a record of the same batch. A lone
// writer waits for one bbolt commit (two fdatasync) and for no timer.
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
// [Open] reads the whole file before it trusts it: the shape of every page,
// the order of the keys, the checksum of every record. bbolt does not, and
// ends the process when it meets a damaged page (it walks the file in a
// goroutine of its own, and reads it as mapped memory). This costs about a second
// for each million records, once. Damage that arises later is met as a panic
// or a memory fault, which becomes an error ([ErrCorrupt], or
// [store.ErrDamaged] for one record). Not defended: a program that writes to
// the file, or shortens it, while it is open.
//
// A checksum finds bad disks, not bad people; for those stands package sealed.
//
// # The file
//
// It must lie on a local disk: file locks and mapped memory do not work, or
// hang, on network file systems. Records lie in the bucket "records" as
// version (8 bytes), expiry (8), CRC-32C (4), value; the bucket "expiry" holds
// expiry and key of each record that expires, so that Sweep touches only what
// it deletes. The list of free pages is rebuilt at each Open instead of being
// written at each commit, which would make every commit after a large sweep
// twice as expensive.
package boltstore

import (
	"context"
	"errors"
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

	// ErrForeign means that the file is a bbolt database of something else,
	// or of a later version of this package.
	ErrForeign = errors.New("boltstore: the file belongs to another program or a later version")

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
	// file, twice at worst. Zero means one second; there is no way to wait
	// for ever.
	LockTimeout time.Duration

	// MaxSize bounds the file, in bytes. Zero means no bound. The file grows
	// in steps, so up to a sixteenth of MaxSize may stay unused.
	MaxSize int64

	// InsecureDamagedRecords opens the file although single records in it are
	// damaged, to save the others. They return [store.ErrDamaged], but where
	// it was a key that was damaged, a record is simply absent: a spent code
	// may be unspent. Damaged pages are refused all the same.
	InsecureDamagedRecords bool
}

// Store is an open file. Make one with [Open] and end it with [Store.Close];
// all methods may be called from any number of goroutines.
type Store struct {
	db   *bolt.DB
	file *os.File // bbolt's own handle

	requests chan *request // unbuffered: received means taken
	closing  chan struct{} // closed by Close
	stopped  chan struct{} // closed when the committer has ended
	once     sync.Once
	closeErr error

	beginning sync.Mutex             // held while a bbolt transaction begins
	stuck     atomic.Bool            // bbolt panicked while it held its locks: never enter it again
	failure   atomic.Pointer[error]  // why the store returns nothing any more
	durable   atomic.Uint64          // id of the last bbolt transaction that is on disk
	flight    atomic.Pointer[flight] // the commit under way, or the last one
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
		b := tx.Bucket(recordsBucket)
		for i, k := range keys {
			var err error
			key := []byte(k)
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
// then closes the file. Changes that were not taken yet answer
// [store.ErrClosed].
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.closing)
		<-s.stopped
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
