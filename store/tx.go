package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Tx is one attempt of a transaction: what it has read, and what it will
// write. It belongs to the function it was given to and to one goroutine, and
// is dead when that function returns.
type Tx struct {
	ctx   context.Context
	db    *DB
	now   time.Time
	slots slots
	loads int
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

// Apart reports whether the clocks of those who share the store are known to disagree. What
// then lies ahead of this transaction's moment may be as it should: it is not to be made to
// begin now, or what is counted would grow old by what the clocks are apart, each time that
// the two take turns.
func (tx *Tx) Apart() bool { return tx.db.apart.Load() }

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
	if err := tx.load(fetch, peek); err != nil {
		return err
	}
	for _, k := range fetch {
		tx.find(k).held = true
	}
	return nil
}

// Wrote reports whether the transaction plans to write. What it met expired counts: that
// is to be deleted.
func (tx *Tx) Wrote() bool {
	return slices.ContainsFunc(tx.slots.list, func(s slot) bool { return s.wrote })
}

// Version returns the version that was read of a key, 0 if it was absent or
// has not been read.
func (tx *Tx) Version(key string) uint64 {
	if s := tx.find(key); s != nil {
		return s.rec.Version
	}
	return 0
}

// find returns the slot of a key of [Table.Key].
func (tx *Tx) find(key string) *slot { return tx.slots.named(tx.db.prefix, key) }

// load makes at most one Load, of the keys that are not yet known.
func (tx *Tx) load(fetch, peek []string) (err error) {
	known := len(tx.slots.list)
	defer func() {
		if err != nil {
			tx.slots.cut(known) // what was not read must not look absent
		}
	}()
	want := make([]string, 0, len(fetch)+len(peek))
	for _, keys := range [...][]string{fetch, peek} {
		for _, k := range keys {
			if s := tx.find(k); s != nil {
				if s.blind {
					return fmt.Errorf("%w: reading %q after inserting it", ErrInvalid, k)
				}
				continue
			}
			if !strings.Contains(k, "/") {
				return fmt.Errorf("%w: key %q of no table", ErrInvalid, k)
			}
			full := tx.db.prefix + k
			tx.slots.add(slot{rec: Record{Key: full}, round: tx.loads + 1})
			want = append(want, full)
		}
	}
	if len(want) == 0 {
		return nil
	}
	recs, err := tx.db.load(tx.ctx, want)
	if err != nil {
		return fmt.Errorf("loading: %w", err)
	}
	if len(recs) != len(want) {
		return fmt.Errorf("loading: %w: %d records for %d keys", ErrDamaged, len(recs), len(want))
	}
	for i, r := range recs {
		if r.Key != want[i] {
			return fmt.Errorf("loading: %w: another key than asked", ErrDamaged)
		}
		s := &tx.slots.list[known+i]
		s.rec, s.closed = r, tx.db.opener != nil
	}
	tx.loads++
	return nil
}

// read returns what stands under an id of a table now, the transaction's own
// writes included, and holds the transaction to it unless it was peeked
// before. The slot is good until another key becomes known.
func (tx *Tx) read(f form, id string) (*slot, error) {
	if s := tx.slots.find(tx.db.prefix, f, id); s != nil {
		return s, nil
	}
	if err := tx.Fetch(f.key(id)); err != nil {
		return nil, err
	}
	return &tx.slots.list[len(tx.slots.list)-1], nil
}

// set plans to replace a record by value; nil deletes.
func (tx *Tx) set(f form, id string, value []byte, expires time.Time) error {
	s, err := tx.read(f, id)
	if err != nil {
		return err
	}
	s.held = true
	s.rec.Value, s.rec.Expires, s.closed = value, expires, false
	s.wrote = value != nil || s.rec.Version != 0 || s.blind // a record that was absent and stays absent is held and not written
	return nil
}

// insert plans to create a record without reading it. The id must be one that
// no other caller could choose (a random one).
func (tx *Tx) insert(f form, id string, value []byte, expires time.Time) error {
	if tx.slots.find(tx.db.prefix, f, id) != nil {
		return fmt.Errorf("%w: inserting %q, which was read", ErrInvalid, f.key(id))
	}
	rec := Record{Key: tx.db.prefix + f.key(id), Value: value, Expires: expires}
	tx.slots.add(slot{rec: rec, blind: true, wrote: true})
	return nil
}

// change gathers what the transaction writes and what it is held to, in key
// order so that backends lock alike. It is empty when nothing needs proof: a
// transaction that wrote nothing, and is held to what a single Load read, saw
// one moment.
func (tx *Tx) change() Change {
	n, wrote := 0, false
	for i := range tx.slots.list {
		if s := &tx.slots.list[i]; s.wrote || s.held {
			n++
			wrote = wrote || s.wrote
		}
	}
	if !wrote && !tx.heldToMoments() {
		return Change{}
	}
	c := Change{Writes: make([]Write, 0, n)}
	for i := range tx.slots.list {
		s := &tx.slots.list[i]
		w := Write{Key: s.rec.Key, If: s.rec.Version}
		switch {
		case s.wrote:
			w.Value, w.Expires = s.rec.Value, s.rec.Expires
		case s.held:
			w.Keep = true
		default:
			continue
		}
		c.Writes = append(c.Writes, w)
	}
	slices.SortFunc(c.Writes, func(a, b Write) int { return strings.Compare(a.Key, b.Key) })
	return c
}

// heldToMoments reports whether the transaction is held to what more than one Load
// read.
func (tx *Tx) heldToMoments() bool {
	round := 0
	for i := range tx.slots.list {
		s := &tx.slots.list[i]
		if !s.held || s.blind {
			continue
		}
		if round != 0 && s.round != round {
			return true
		}
		round = s.round
	}
	return false
}

// replaces returns the keys that the transaction is held to, in order: those on
// which it may meet another transaction. No other knows what it inserts.
func (tx *Tx) replaces() (keys []string) {
	for i := range tx.slots.list {
		if s := &tx.slots.list[i]; (s.wrote || s.held) && !s.blind {
			keys = append(keys, s.rec.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// conflictedSince returns the keys that the transaction is held to if they have
// changed between its reads, so that what it saw was never there at one moment,
// and an error drawn from it decides nothing. A single Load sees one moment.
// While the store cannot tell, the error stands: it denies in any case.
func (tx *Tx) conflictedSince() (met []string) {
	if !tx.heldToMoments() {
		return nil
	}
	met = tx.replaces()
	recs, err := tx.db.load(tx.ctx, met)
	if err != nil || len(recs) != len(met) {
		return nil
	}
	for i, r := range recs {
		if r.Version != tx.find(met[i][len(tx.db.prefix):]).rec.Version {
			return met
		}
	}
	return nil
}

// isLanded reports whether a change that conflicted had landed before: then at
// least one record has its ID.
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
	recs, err := d.load(ctx, keys)
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
