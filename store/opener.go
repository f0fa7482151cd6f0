package store

import (
	"context"
	"fmt"
)

// Opener is a [Store] whose values rest closed, such as encrypted ones, and that
// can hand them out so. A [DB] on it opens a value when it is needed and not when
// it is read: most records of a call are known by key and version from an earlier
// one, and of others the version alone is wanted.
//
// A type that embeds an Opener is one itself: if it changes what Load does, it must
// change LoadClosed as well.
type Opener interface {
	Store

	// LoadClosed is Load, and leaves values closed. It checks that it returns
	// the keys it was asked for; whether a value is damaged is not known yet.
	LoadClosed(ctx context.Context, keys ...string) ([]Record, error)

	// Open returns a record of LoadClosed as Load would have returned it. What
	// opens must have been closed under that very key. The value of rec is used
	// up, also by an error, which wraps [ErrDamaged].
	Open(rec Record) (Record, error)
}

// load is Load of the store, with the values closed if they can be.
//
// Closed values are sound behind the cache, which knows a value by its key and its
// version: it was opened under that key, and every version is the random id of one
// change. Should somebody alter the record in the database and leave its version,
// then the value that was written goes on being used, and the damage is noticed
// when the record is opened next. An absent record has no value to close, and the
// expiry that is judged stands inside the value, and in the cache beside it.
func (d *DB) load(ctx context.Context, keys []string) ([]Record, error) {
	if d.opener != nil {
		return d.opener.LoadClosed(ctx, keys...)
	}
	return d.s.Load(ctx, keys...)
}

// openValue opens the value of a slot, unless that is done. After an error the slot is
// closed for good: the next call for it fails as well.
func (d *DB) openValue(s *slot) error {
	if !s.closed {
		return nil
	}
	rec, err := d.opener.Open(s.rec)
	if err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	s.rec.Value, s.closed = rec.Value, false
	return nil
}
