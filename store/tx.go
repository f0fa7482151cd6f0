package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Tx is one attempt of a transaction: what it has read, and what it will
// write. It belongs to the function it was given to and to one goroutine, and
// is dead when that function returns.
type Tx struct {
	ctx   context.Context
	db    *DB
	now   time.Time
	slots map[string]*slot
	loads int
}

// slot is what a transaction knows of one key, which is spelt without the
// prefix of the DB.
type slot struct {
	rec   Record
	round int  // the load that read it, from 1
	held  bool // the commit is void if somebody else changes it meanwhile
	blind bool // to be inserted without having been read
	write *Write
	kept  *keepsake // the value of write, of a table that is Kept
}

// Now is the moment at which the transaction judges expiry.
func (tx *Tx) Now() time.Time { return tx.now }

// At moves the moment of judgement forward, for a transaction that had to wait
// between its reads and its verdict. A moment before the present one is
// ignored: inside a transaction time does not run back.
func (tx *Tx) At(now time.Time) {
	if now.After(tx.now) {
		tx.now = now
	}
}

// Fetch reads the keys that are not known yet in one round trip, and holds
// the transaction to what it read, absence included: if any of them changes
// before the commit, the transaction runs again.
func (tx *Tx) Fetch(keys ...string) error { return tx.FetchAndPeek(keys, nil) }

// Peek reads the keys that are not known yet in one round trip without being
// held to them. It is for what changes seldom and need not be the very latest
// (clients, policies, keys), so that a change of those does not void every
// login under way.
func (tx *Tx) Peek(keys ...string) error { return tx.FetchAndPeek(nil, keys) }

// FetchAndPeek is [Tx.Fetch] of the first keys and [Tx.Peek] of the others, in
// the same round trip.
func (tx *Tx) FetchAndPeek(fetch, peek []string) error {
	if err := tx.load(append(slices.Clone(fetch), peek...)); err != nil {
		return err
	}
	for _, k := range fetch {
		tx.slots[k].held = true
	}
	return nil
}

// Version answers the version that was read of a key, 0 if it was absent or
// has not been read.
func (tx *Tx) Version(key string) uint64 {
	if s := tx.slots[key]; s != nil {
		return s.rec.Version
	}
	return 0
}

// load makes at most one Load, of the keys that are not yet known.
func (tx *Tx) load(keys []string) error {
	var want []string
	asked := make(map[string]struct{}, len(keys))
	for _, k := range keys {
		if s := tx.slots[k]; s != nil {
			if s.blind {
				return fmt.Errorf("%w: reading %q after inserting it", ErrInvalid, k)
			}
			continue
		}
		if _, twice := asked[k]; !twice {
			asked[k] = struct{}{}
			want = append(want, tx.db.prefix+k)
		}
	}
	if len(want) == 0 {
		return nil
	}
	recs, err := tx.db.s.Load(tx.ctx, want...)
	if err != nil {
		return fmt.Errorf("loading: %w", err)
	}
	if len(recs) != len(want) {
		return fmt.Errorf("loading: %w: %d records for %d keys", ErrDamaged, len(recs), len(want))
	}
	tx.loads++
	for i, r := range recs {
		if r.Key != want[i] {
			return fmt.Errorf("loading: %w: another key than asked", ErrDamaged)
		}
		tx.slots[want[i][len(tx.db.prefix):]] = &slot{rec: r, round: tx.loads}
	}
	return nil
}

// read answers what is stored under key now, the transaction's own writes
// included, and holds the transaction to it unless it was peeked before.
func (tx *Tx) read(key string) (Record, error) {
	s := tx.slots[key]
	if s == nil {
		if err := tx.Fetch(key); err != nil {
			return Record{}, err
		}
		s = tx.slots[key]
	}
	if s.write != nil {
		return Record{Key: key, Value: s.write.Value, Version: s.rec.Version, Expires: s.write.Expires}, nil
	}
	return s.rec, nil
}

// set plans to replace key by value; nil deletes.
func (tx *Tx) set(key string, value []byte, expires time.Time) error {
	if _, err := tx.read(key); err != nil {
		return err
	}
	s := tx.slots[key]
	s.held = true
	if value == nil && s.rec.Value == nil && !s.blind {
		s.write = nil // absent it was and absent it stays, which is held
		return nil
	}
	s.write = &Write{Value: value, If: s.rec.Version, Expires: expires}
	return nil
}

// insert plans to create key without reading it. The key must be one that
// nobody else could choose (a random id).
func (tx *Tx) insert(key string, value []byte, expires time.Time) error {
	if tx.slots[key] != nil {
		return fmt.Errorf("%w: inserting %q, which was read", ErrInvalid, key)
	}
	tx.slots[key] = &slot{blind: true, write: &Write{Value: value, Expires: expires}}
	return nil
}

// change gathers what the transaction writes and what it is held to, in key
// order so that backends lock alike. It is empty when nothing needs proof: a
// transaction that wrote nothing, and is held to what a single Load read, saw
// one moment.
func (tx *Tx) change() (c Change, replaces []string) {
	wrote, rounds := false, map[int]bool{}
	for k, s := range tx.slots {
		w := Write{Keep: true, If: s.rec.Version}
		switch {
		case s.write != nil:
			w = *s.write
			wrote = true
		case !s.held:
			continue
		}
		rounds[s.round] = true
		if !s.blind {
			replaces = append(replaces, k)
		}
		w.Key = tx.db.prefix + k
		c.Writes = append(c.Writes, w)
	}
	if !wrote && len(rounds) < 2 {
		return Change{}, nil
	}
	slices.SortFunc(c.Writes, func(a, b Write) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	slices.Sort(replaces)
	return c, replaces
}

// outrun answers the keys that the transaction is held to if they have changed
// between its reads, so that what it saw was never there at one moment, and an
// error drawn from it says nothing. A single Load sees one moment. While the
// store cannot tell, the error stands: it denies in any case.
func (tx *Tx) outrun() (met []string) {
	var full []string
	rounds := map[int]bool{}
	for k, s := range tx.slots {
		if s.held && !s.blind {
			rounds[s.round] = true
			met = append(met, k)
		}
	}
	if len(rounds) < 2 {
		return nil
	}
	slices.Sort(met)
	for _, k := range met {
		full = append(full, tx.db.prefix+k)
	}
	recs, err := tx.db.s.Load(tx.ctx, full...)
	if err != nil || len(recs) != len(met) {
		return nil
	}
	for i, r := range recs {
		if r.Version != tx.slots[met[i]].rec.Version {
			return met
		}
	}
	return nil
}

// isLanded says whether a change that conflicted had in truth landed before:
// then at least one record bears its ID.
func (d *DB) isLanded(ctx context.Context, c Change) (bool, error) {
	var keys []string
	for _, w := range c.Writes {
		if !w.Keep && w.Value != nil {
			keys = append(keys, w.Key)
		}
	}
	if len(keys) == 0 {
		return false, nil
	}
	recs, err := d.s.Load(ctx, keys...)
	if err != nil {
		return false, errors.Join(ErrUnknown, err)
	}
	for _, r := range recs {
		if r.Version == c.ID {
			return true, nil
		}
	}
	return false, nil
}
