package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// Table keeps values of one type as records whose keys say its name: they begin with
// it and a slash, or end with a slash and it, see [TableOptions.Near]. Make one with
// [NewTable]. A Table is immutable and safe to share.
type Table[T any] struct {
	name   string
	form   form
	o      TableOptions
	record func(*T) record.Record
}

// TableOptions say how a table keeps its values. The zero value is right for most.
type TableOptions struct {
	// Cached keeps decoded values by key and version. What Get returns then
	// shares memory with other callers and must not be changed.
	Cached bool
	// Near is for records that are read and written together with those of other
	// tables under the same id: the keys are "of/<id>/<name>" and not "<name>/<id>",
	// so that in a store that keeps keys in order they lie in the same page. The id
	// must be 32 lower-case hexadecimal digits, nearly all of them random or of a
	// keyed digest, so that no caller can crowd records together.
	Near bool
	// Large is for lists that grow with a directory, and that no login writes:
	// a record may have as many bytes as a backend takes ([MaxValue]) and not
	// [MaxRecord].
	Large bool
	// Size is about how many bytes a record has; 0 stands for 200. It may be
	// shorter or longer.
	Size int
}

// MaxRecord is how many bytes a record has at most, unless its table is Large.
const MaxRecord = 64 << 10

// NewTable returns the table of that name, whose values describe their fields in a
// method Fields. The name must be a constant: it says which records belong
// together for ever. It is not "of", with which near keys begin.
func NewTable[T any, P interface {
	*T
	record.Record
}](name string, o TableOptions) Table[T] {
	return Table[T]{name: name, form: formOf(name, o.Near), o: o, record: func(v *T) record.Record { return P(v) }}
}

// Key is the key of the record with that id, for [Tx.Fetch] and [Tx.Peek]. An id has no
// slash: [Table.Scan] passes over such records as those of another [DB].
func (t Table[T]) Key(id string) string { return t.form.key(id) }

// Get returns the value of id, or false if it is absent. A record met expired
// is absent, and is deleted by the same commit, so that a clock that jumps
// back revives nothing that was seen dead. An error that wraps [ErrDamaged]
// means that the record cannot be read.
func (t Table[T]) Get(tx *Tx, id string) (v T, ok bool, err error) {
	s, err := tx.read(t.form, id)
	if err != nil || s.rec.Value == nil {
		return v, false, err
	}
	v, expiry, err := t.decode(tx.db, s)
	if err != nil {
		return v, false, err
	}
	if !expiry.IsZero() && !tx.now.Before(expiry) {
		var zero T
		return zero, false, tx.set(t.form, id, nil, time.Time{})
	}
	return v, true, nil
}

// Put plans to write v under id, whatever stands there now. A zero expires
// means never. The store's hint to sweep by is the next full hour.
func (t Table[T]) Put(tx *Tx, id string, v T, expires time.Time) error {
	raw, err := t.encode(&v, expires)
	if err != nil {
		return err
	}
	return tx.set(t.form, id, raw, sweepHint(expires))
}

// Insert plans to create id without reading it first, which saves a round
// trip. The id must be one that no other caller could choose, such as a
// random one: the transaction fails for good if the record exists.
func (t Table[T]) Insert(tx *Tx, id string, v T, expires time.Time) error {
	raw, err := t.encode(&v, expires)
	if err != nil {
		return err
	}
	return tx.insert(t.form, id, raw, sweepHint(expires))
}

// Delete plans to delete id. That it was absent is no error.
func (t Table[T]) Delete(tx *Tx, id string) error {
	return tx.set(t.form, id, nil, time.Time{})
}

// Item is one record of a scan.
type Item[T any] struct {
	ID      string
	Value   T
	Expires time.Time // zero: never
}

// Scan yields the records whose id begins with prefix and is greater than
// after, in byte order, outside any transaction. Records expired at now are
// left out. A damaged record is yielded as its ID with an error.
//
// Of a table that is Near the records of other tables under such ids are read as
// well and passed over, so the prefix should be long.
func (t Table[T]) Scan(ctx context.Context, d *DB, now time.Time, prefix, after string) iter.Seq2[Item[T], error] {
	f := t.form
	head := d.prefix + f.head
	return func(yield func(Item[T], error) bool) {
		from := ""
		if after != "" {
			from = d.prefix + f.key(after)
		}
		for rec, err := range d.s.Scan(ctx, head+prefix, from) {
			var it Item[T]
			if len(rec.Key) >= len(head) {
				var ours bool
				if it.ID, ours = f.id(rec.Key[len(d.prefix):]); !ours {
					continue
				}
			}
			if err == nil {
				it.Value, it.Expires, err = t.open(rec)
			}
			if err == nil && !it.Expires.IsZero() && !now.Before(it.Expires) {
				continue
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// Committed is [Table.Scan] beside a transaction: it yields what rests, without the
// writes that tx plans, and nothing holds tx to what it yields.
func (t Table[T]) Committed(tx *Tx, prefix string) iter.Seq2[Item[T], error] {
	return t.Scan(tx.ctx, tx.db, tx.now, prefix, "")
}

// usualSize is how many bytes are set aside for a record.
const usualSize = 200

func (t Table[T]) encode(v *T, expires time.Time) (raw []byte, err error) {
	raw = appendEnvelope(make([]byte, 0, cmp.Or(t.o.Size, usualSize)), expires)
	raw, reader, err := record.AppendFor(raw, t.record(v))
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", t.name, err)
	}
	if reader > schema {
		return nil, fmt.Errorf("encoding %s: for readers of schema %d, above this program's", t.name, reader)
	}
	raw[leastAt] = byte(max(1, reader))
	if len(raw) > t.most() {
		return nil, fmt.Errorf("%w: %s of %d bytes", ErrTooLarge, t.name, len(raw))
	}
	return raw, nil
}

// most is how many bytes a record may have, the margin for sealing it aside.
func (t Table[T]) most() int {
	if t.o.Large {
		return MaxValue
	}
	return MaxRecord
}

// decode is open behind the cache, which is asked first: what it has need not be
// opened. What the transaction itself wrote has no version yet and is never cached.
func (t Table[T]) decode(d *DB, s *slot) (v T, expiry time.Time, err error) {
	cacheable := t.o.Cached && !s.wrote
	if cacheable {
		if c, ok := d.cache.get(t.name, s.rec.Key, s.rec.Version); ok {
			if v, ok := c.value.(*T); ok {
				return *v, c.expiry, nil
			}
		}
	}
	if err := d.openValue(s); err != nil {
		return v, expiry, err
	}
	if v, expiry, err = t.open(s.rec); err == nil && cacheable {
		d.cache.put(t.name, s.rec.Key, cached{version: s.rec.Version, value: &v, expiry: expiry})
	}
	return v, expiry, err
}

// open reads a record. The error names the table and not the key, whose tail may
// be what an attacker would like to see in a log.
func (t Table[T]) open(rec Record) (v T, expiry time.Time, err error) {
	if len(rec.Value) > t.most() {
		return v, expiry, fmt.Errorf("%w: %s of %d bytes", ErrDamaged, t.name, len(rec.Value))
	}
	body, expiry, err := openEnvelope(rec.Value)
	if err != nil {
		return v, expiry, fmt.Errorf("%w: envelope of %s", err, t.name)
	}
	if err := record.Decode(body, t.record(&v)); err != nil {
		var zero T
		return zero, expiry, fmt.Errorf("%w: value of %s", ErrDamaged, t.name)
	}
	return v, expiry, nil
}

// Field is one field of a record in words.
type Field struct {
	Name  string // with those of the records it stands in, as in "refresh.generation"
	Value string // of a secret only its length
}

// Describe returns what a record of the table says, its expiry first, for a person
// to read. It never shows a secret. The error wraps [ErrDamaged].
func (t Table[T]) Describe(rec Record) ([]Field, error) {
	v, expiry, err := t.open(rec)
	if err != nil {
		return nil, err
	}
	var list []Field
	if !expiry.IsZero() {
		list = append(list, Field{"(expires)", expiry.Format(time.RFC3339Nano)})
	}
	for _, l := range record.Describe(t.record(&v)) {
		list = append(list, Field(l))
	}
	return list, nil
}

// Outline returns every field that a record of the table may have: its name, and
// its number with what it holds.
func (t Table[T]) Outline() []Field {
	var list []Field
	for _, l := range record.Outline(t.record(new(T))) {
		list = append(list, Field(l))
	}
	return list
}

// Name returns the name that the keys of the table say, see [TableOf].
func (t Table[T]) Name() string { return t.name }

// Describer is a [Table] of any type.
type Describer interface {
	// Name is as [Table.Name].
	Name() string
	// Outline is as [Table.Outline].
	Outline() []Field
	// Describe is as [Table.Describe].
	Describe(rec Record) ([]Field, error)
}
