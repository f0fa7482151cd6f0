// Package store states what a backend promises and builds transactions on it.
//
// # The contract
//
// A [Store] is a map from short keys to versioned values with one rule: a
// [Change] lands whole or not at all, and only when every record it names
// still has the version it was based on. A backend holds no other rule, so it
// cannot get one wrong. What must hold under concurrency (a code is spent
// once, five guesses are five) is decided above it, inside [Run].
//
// # What every backend promises
//
//   - Load reads all keys in one round trip and from one moment.
//   - Commit is atomic and durable when it returns nil, and serialisable:
//     a change whose Keep writes held saw the state that its other writes
//     replace.
//   - A version is the random ID of the change that wrote the record, so none
//     ever repeats, also not after a delete and a new start.
//   - Bytes handed in are copied before the call returns; bytes handed out are
//     the caller's own.
//   - A context cancelled before the commit changes nothing.
//   - Expires is a hint for Sweep, in whole seconds. Nothing else reads it.
//
// Package storetest proves these for any backend.
//
// # Unknown outcomes
//
// A connection can die while a commit is under way. Reading afterwards proves
// nothing, because the commit may land after the read. [Run] therefore repeats
// the identical change: it lands now, or it conflicts with records that bear
// its own ID, which means it had landed before. For that to be decidable every
// change that grants something inserts at least one record that nobody else
// writes.
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Record is one stored value. A nil Value means the key is absent; an empty,
// non-nil Value is a value. Version is opaque and compared for equality only;
// it is 0 exactly when the key is absent. The zero Expires means never.
type Record struct {
	Key     string
	Value   []byte
	Version uint64
	Expires time.Time
}

// Write is one part of a [Change]. A nil Value deletes the key. If is the
// version that this write replaces; 0 means that the key must be absent. Keep
// writes nothing and only holds the change to If. Expires is a hint to Sweep,
// rounded up to whole seconds; zero means never.
type Write struct {
	Key     string
	Value   []byte
	If      uint64
	Expires time.Time
	Keep    bool
}

// Change is a set of writes that land together. ID is random and not 0; it
// becomes the Version of every record that the change writes. No key may be
// named twice.
type Change struct {
	ID     uint64
	Writes []Write
}

// Limits that every backend shares.
const (
	MaxKey    = 256     // bytes of a key
	MaxWrites = 1 << 17 // writes of one change: a directory of some 30,000 users at once
	MaxValue  = 1 << 20 // bytes of a value
)

// Errors that a backend returns, to be recognised by errors.Is.
var (
	// ErrConflict means that a record had another version than the change was
	// based on. Nothing was written.
	ErrConflict = errors.New("store: conflict")

	// ErrUnknown means that it is not known whether the change landed.
	ErrUnknown = errors.New("store: outcome of the commit is unknown")

	// ErrTooLarge means that a value or a change is over the limits of the
	// backend. Nothing was written.
	ErrTooLarge = errors.New("store: too large")

	// ErrInvalid means that the caller broke the contract: a bad key, a key
	// named twice, a change without ID. Nothing was written.
	ErrInvalid = errors.New("store: invalid argument")

	// ErrClosed means that the store has been closed.
	ErrClosed = errors.New("store: closed")

	// ErrDamaged means that a record is there but cannot be what was written.
	ErrDamaged = errors.New("store: damaged record")
)

// Store is the contract of a backend. All methods may be called from any
// number of goroutines. See the package comment for what is promised.
type Store interface {
	// Load returns one record for each key, in the order asked, all from one
	// moment. An absent key has a nil Value and Version 0.
	Load(ctx context.Context, keys ...string) ([]Record, error)

	// Commit applies c, or nothing. Errors: [ErrConflict], [ErrUnknown],
	// [ErrTooLarge], [ErrInvalid], [ErrClosed], the context's, or the
	// backend's own; after any but ErrUnknown nothing was written.
	Commit(ctx context.Context, c Change) error

	// Scan yields the records whose key begins with prefix and is greater
	// than after, in byte order of the keys. It reads in pages and holds no
	// lock or transaction while it yields; a record written meanwhile may be
	// seen or not. A damaged record is yielded as its Key with an error that
	// wraps [ErrDamaged], and the scan goes on; any other error ends it.
	Scan(ctx context.Context, prefix, after string) iter.Seq2[Record, error]

	// Sweep deletes at most limit records whose Expires lies before the given
	// time, and returns how many. It may delete fewer than limit though more are
	// due, but not fewer than 50: after that nothing was left but what others
	// were about to write or delete. It never deletes a record without Expires,
	// nor one that was rewritten with a later one.
	//
	// Its cost depends on what it deletes, not on what the store holds. Up to
	// 2,000 records may be deleted together, and writers may wait that long: a
	// caller that must not hold them up asks for fewer at a time.
	Sweep(ctx context.Context, before time.Time, limit int) (int, error)

	// Close releases what the store holds. Commits that were acknowledged
	// stay; calls after it return [ErrClosed]. Closing twice is no error.
	Close() error
}

// CheckKeys returns an error that wraps [ErrInvalid] unless every key has 1 to
// [MaxKey] bytes of printable ASCII. Backends call it first.
func CheckKeys(keys ...string) error {
	for _, k := range keys {
		if len(k) == 0 || len(k) > MaxKey {
			return fmt.Errorf("%w: key of %d bytes", ErrInvalid, len(k))
		}
		for i := range len(k) {
			if k[i] < 0x21 || k[i] > 0x7e {
				return fmt.Errorf("%w: key with byte %#02x", ErrInvalid, k[i])
			}
		}
	}
	return nil
}

// CheckChange returns an error that wraps [ErrInvalid] or [ErrTooLarge] unless
// c obeys the contract. Backends call it first.
func CheckChange(c Change) error {
	if c.ID == 0 {
		return fmt.Errorf("%w: change without an ID", ErrInvalid)
	}
	if len(c.Writes) > MaxWrites {
		return fmt.Errorf("%w: %d writes", ErrTooLarge, len(c.Writes))
	}
	ascending := true // as [Run] has them: then no key stands twice
	for i := range c.Writes {
		w := &c.Writes[i]
		if err := CheckKeys(w.Key); err != nil {
			return err
		}
		if len(w.Value) > MaxValue {
			return fmt.Errorf("%w: value of %d bytes", ErrTooLarge, len(w.Value))
		}
		ascending = ascending && (i == 0 || c.Writes[i-1].Key < w.Key)
	}
	if ascending {
		return nil
	}
	seen := make(map[string]struct{}, len(c.Writes))
	for _, w := range c.Writes {
		if _, twice := seen[w.Key]; twice {
			return fmt.Errorf("%w: key %q twice in one change", ErrInvalid, w.Key)
		}
		seen[w.Key] = struct{}{}
	}
	return nil
}

// ExpirySeconds is the form in which backends keep Expires: seconds since 1970
// rounded up, 0 for never. A time before 1970 becomes 1, so that it is not
// mistaken for never.
func ExpirySeconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return max(s, 1)
}

// ExpiryTime undoes [ExpirySeconds].
func ExpiryTime(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
