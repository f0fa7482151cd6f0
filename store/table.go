package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"strconv"
	"time"
)

// Table keeps values of one type as records whose keys begin with Name and a
// slash. Values are kept as JSON in an envelope that carries the schema
// version and the exact expiry. A Table is immutable and safe to share.
type Table[T any] struct {
	// Name is the first part of every key.
	Name string
	// Schema is the version that is written. It must be at least 1.
	Schema int
	// Upgrade turns the JSON of an older schema into a value. It may be nil
	// while there is only one.
	Upgrade func(schema int, raw json.RawMessage) (T, error)
	// Cached keeps decoded values by key and version. What Get returns then
	// shares memory with other callers and must not be changed.
	Cached bool
	// Kept, in a table that is Cached, also keeps what Put and Insert wrote,
	// once it has committed, so that it need not be decoded by the process that
	// wrote it. What they are given must then not be changed either.
	Kept bool
	// Append appends a value as the same JSON that encoding/json would write.
	// It may be nil, and is worth its lines for what every login writes.
	Append func(b []byte, v T) ([]byte, error)
	// Size is about how many bytes Append appends; 0 stands for 400. A value
	// may be longer or shorter.
	Size int
}

// envelope is what a record holds. Expiry is in nanoseconds since 1970, 0 for
// never; it is inside the sealed value, so that whoever can write the
// database cannot lengthen a life. D is the type of the value, so that value and
// envelope are written and read in one go; or a [json.RawMessage], where the
// schema has to be known first.
type envelope[D any] struct {
	Schema int   `json:"s"`
	Expiry int64 `json:"e,omitempty"`
	Data   D     `json:"d"`
}

func (e envelope[D]) expiry() time.Time {
	if e.Expiry == 0 {
		return time.Time{}
	}
	return time.Unix(0, e.Expiry).UTC()
}

// Key is the key of the record with that id, for [Tx.Fetch] and [Tx.Peek].
func (t Table[T]) Key(id string) string { return recordKey(t.Name, id) }

// Get returns the value of id, or false if it is absent. A record met expired
// is absent, and is deleted by the same commit, so that a clock that jumps
// back revives nothing that was seen dead. An error that wraps [ErrDamaged]
// means that the record cannot be read.
func (t Table[T]) Get(tx *Tx, id string) (v T, ok bool, err error) {
	s, err := tx.read(t.Name, id)
	if err != nil || s.rec.Value == nil {
		return v, false, err
	}
	v, expiry, err := t.decode(tx.db, s)
	if err != nil {
		return v, false, err
	}
	if !expiry.IsZero() && !tx.now.Before(expiry) {
		var zero T
		_, err := tx.set(t.Name, id, nil, time.Time{})
		return zero, false, err
	}
	return v, true, nil
}

// Put plans to write v under id, whatever stands there now. A zero expires
// means never.
func (t Table[T]) Put(tx *Tx, id string, v T, expires time.Time) error {
	raw, err := t.encode(v, expires)
	if err != nil {
		return err
	}
	s, err := tx.set(t.Name, id, raw, expires)
	if err != nil {
		return err
	}
	t.keep(s, v, expires)
	return nil
}

// Insert plans to create id without reading it first, which saves a round
// trip. The id must be one that no other caller could choose, such as a
// random one: the transaction fails for good if the record exists.
func (t Table[T]) Insert(tx *Tx, id string, v T, expires time.Time) error {
	raw, err := t.encode(v, expires)
	if err != nil {
		return err
	}
	s, err := tx.insert(t.Name, id, raw, expires)
	if err != nil {
		return err
	}
	t.keep(s, v, expires)
	return nil
}

// keep gives a value to the transaction, for the cache once it has committed.
func (t Table[T]) keep(s *slot, v T, expires time.Time) {
	if t.Cached && t.Kept {
		e := envelope[T]{Expiry: expiryNanos(expires)}
		s.pending = &pendingCache{table: t.Name, value: v, expiry: e.expiry()}
	}
}

// Delete plans to delete id. That it was absent is no error.
func (t Table[T]) Delete(tx *Tx, id string) error {
	_, err := tx.set(t.Name, id, nil, time.Time{})
	return err
}

// Item is one record of a scan.
type Item[T any] struct {
	ID    string
	Value T
}

// Scan yields the records whose id begins with prefix and is greater than
// after, in byte order, outside any transaction. Records expired at now are
// left out. A damaged record is yielded as its ID with an error.
func (t Table[T]) Scan(ctx context.Context, d *DB, now time.Time, prefix, after string) iter.Seq2[Item[T], error] {
	head := d.prefix + t.Name + "/"
	return func(yield func(Item[T], error) bool) {
		from := ""
		if after != "" {
			from = head + after
		}
		for rec, err := range d.s.Scan(ctx, head+prefix, from) {
			var it Item[T]
			if len(rec.Key) >= len(head) {
				it.ID = rec.Key[len(head):]
			}
			var expiry time.Time
			if err == nil {
				it.Value, expiry, err = t.open(rec)
			}
			if err == nil && !expiry.IsZero() && !now.Before(expiry) {
				continue
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

const (
	usualSize    = 400
	envelopeSize = 48 // at most, around the value
)

func (t Table[T]) encode(v T, expires time.Time) (raw []byte, err error) {
	e := envelope[T]{Schema: t.Schema, Expiry: expiryNanos(expires), Data: v}
	if t.Append != nil {
		raw, err = t.Append(e.appendHead(make([]byte, 0, cmp.Or(t.Size, usualSize)+envelopeSize)), v)
		raw = append(raw, '}')
	} else {
		raw, err = json.Marshal(e)
	}
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", t.Name, err)
	}
	return raw, nil
}

// appendHead appends the envelope up to where the value stands.
func (e *envelope[D]) appendHead(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"s":`...), int64(e.Schema), 10)
	if e.Expiry != 0 {
		b = strconv.AppendInt(append(b, `,"e":`...), e.Expiry, 10)
	}
	return append(b, `,"d":`...)
}

// expiryNanos is the form in which the envelope keeps an expiry. A time before
// 1970 becomes 1, so that it is not mistaken for never; one after 2262, which
// has no such form, becomes the last that has.
func expiryNanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Before(time.Unix(0, 1)):
		return 1
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// decode is open behind the cache. What the transaction itself wrote has no
// version yet and is never cached.
func (t Table[T]) decode(d *DB, s *slot) (v T, expiry time.Time, err error) {
	if !t.Cached || s.wrote {
		return t.open(s.rec)
	}
	if c, ok := d.cache.get(t.Name, s.rec.Key, s.rec.Version); ok {
		if v, ok := c.value.(T); ok {
			return v, c.expiry, nil
		}
	}
	if v, expiry, err = t.open(s.rec); err == nil {
		d.cache.put(t.Name, s.rec.Key, cached{version: s.rec.Version, value: v, expiry: expiry})
	}
	return v, expiry, err
}

// open reads a record, in one go if it is of the present schema and sound. The
// error names the table and not the key, whose tail may be what an attacker
// would like to see in a log.
func (t Table[T]) open(rec Record) (v T, expiry time.Time, err error) {
	var e envelope[*T]
	if err := json.Unmarshal(rec.Value, &e); err == nil && e.Schema == t.Schema && t.Schema >= 1 && e.Data != nil {
		return *e.Data, e.expiry(), nil
	}
	return t.openOther(rec)
}

// openOther reads a record of an older schema, or returns what is wrong with one.
func (t Table[T]) openOther(rec Record) (v T, expiry time.Time, err error) {
	var e envelope[json.RawMessage]
	if err := json.Unmarshal(rec.Value, &e); err != nil || e.Schema < 1 || e.Schema > t.Schema || e.Data == nil {
		return v, expiry, fmt.Errorf("%w: envelope of %s", ErrDamaged, t.Name)
	}
	expiry = e.expiry()
	if e.Schema < t.Schema {
		if t.Upgrade == nil {
			return v, expiry, fmt.Errorf("%w: %s of schema %d", ErrDamaged, t.Name, e.Schema)
		}
		if v, err = t.Upgrade(e.Schema, e.Data); err != nil {
			return v, expiry, fmt.Errorf("%w: %s of schema %d: %w", ErrDamaged, t.Name, e.Schema, err)
		}
		return v, expiry, nil
	}
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return v, expiry, fmt.Errorf("%w: value of %s", ErrDamaged, t.Name)
	}
	return v, expiry, nil
}
