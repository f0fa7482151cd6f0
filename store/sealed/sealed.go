// Package sealed makes any [store.Store] unreadable and unmovable for whoever
// holds its file or its database, but not the keys.
//
// # What is sealed
//
// Every value is encrypted and authenticated by XAES-256-GCM with a random nonce
// of 192 bits, the first half of which serves 65,536 values in a row. The
// record's key is authenticated with it, so that a value moved under another key
// (one account's factors under another's) does not open. Keys, versions and the
// expiry hint stay readable: keys hold ids and keyed digests, never what a user
// typed.
//
// # What is not
//
// Whoever can write the database can delete records and put back older states
// of them, several together. The engine above notices a lost record where that
// would open a door; a consistent rollback it cannot notice.
//
// On a processor without instructions for AES, sealing is slower, and its time
// may tell something of the key to other programs on the same processor.
//
// # Keys
//
// A ring ([Keys]) has one key that seals and any number that only open. To
// change keys, put a new one first ([Keys.Rotated], [ReplaceKeys]), open the
// store with that ring, run [Store.Rekey] until it returns without an error,
// then drop the old ones ([Keys.Retired]). Each record also carries the epoch
// of the ring when it was written, authenticated like the key.
package sealed

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-auth/sallyport/internal/recent"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// A sealed value is format (1 byte), key id (8), epoch (8, big-endian), nonce
// (24), then the ciphertext with its tag of 16 bytes.
const (
	format     = 2
	headerSize = 1 + idSize + 8

	// Overhead is how many bytes a sealed value is longer than its content. A
	// value longer than [store.MaxValue] less this does not fit.
	Overhead = headerSize + nonceSize + tagSize
)

// domain begins the associated data of every record, so that no other use of
// the same key makes values that open here. The header and the record's key
// follow it; all but the last have a fixed length.
const domain = "sallyport sealed record 2\x00"

// Why a record does not open, to be recognised by errors.Is. All come with
// [store.ErrDamaged].
var (
	// ErrUnknownKey means that a key has sealed it that the ring does not have:
	// one record among others was put there by somebody else, or the ring is
	// that of another store.
	ErrUnknownKey = errors.New("its key is not on the ring")

	// ErrNotSealed means that it is not sealed, or by a version that this one
	// does not know.
	ErrNotSealed = errors.New("it is not sealed, or by another version")

	errChanged  = errors.New("it was changed or moved")
	errOtherKey = errors.New("the store answers with another key")
)

// IsSealed reports whether a value has the form of a sealed one, for whoever
// meets it without a ring.
func IsSealed(value []byte) bool { return len(value) >= Overhead && value[0] == format }

// Store seals what goes into the inner store and opens what comes out. Make
// one with [New]; all methods may be called from any number of goroutines.
type Store struct {
	inner   store.Store
	keys    Keys
	sealing atomic.Pointer[batch]
	derived *recent.Map[derivedID, cipher.AEAD]
	rooms   sync.Pool // of *associated, which hold nothing secret
}

var _ store.Opener = (*Store)(nil)

// New returns a store that keeps its records in inner, sealed by keys. It owns
// inner from then on and closes it. The zero Keys are refused.
func New(inner store.Store, keys Keys) (*Store, error) {
	if keys.ring == nil {
		return nil, fmt.Errorf("sealed: no keys")
	}
	if inner == nil {
		return nil, fmt.Errorf("sealed: no store to seal")
	}
	return &Store{inner: inner, keys: keys, derived: recent.New[derivedID, cipher.AEAD](maxDerived)}, nil
}

// Epoch is the epoch that new records carry.
func (s *Store) Epoch() uint64 { return s.keys.Epoch() }

// Load implements [store.Store]. If one of the records cannot be opened,
// the error wraps [store.ErrDamaged] and none is returned.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := s.LoadClosed(ctx, keys...)
	if err != nil {
		return nil, err
	}
	ad := s.associated()
	defer s.rooms.Put(ad)
	for i := range recs {
		if recs[i], err = s.open(recs[i], ad); err != nil {
			return nil, err
		}
	}
	return recs, nil
}

// LoadClosed implements [store.Opener]: values are as the inner store has them.
func (s *Store) LoadClosed(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := s.inner.Load(ctx, keys...)
	if err != nil {
		return nil, err
	}
	if len(recs) != len(keys) {
		return nil, fmt.Errorf("%w: %d records for %d keys", store.ErrDamaged, len(recs), len(keys))
	}
	for i := range recs {
		if recs[i].Key != keys[i] {
			return nil, damaged(keys[i], errOtherKey)
		}
	}
	return recs, nil
}

// Open implements [store.Opener].
func (s *Store) Open(rec store.Record) (store.Record, error) {
	ad := s.associated()
	defer s.rooms.Put(ad)
	return s.open(rec, ad)
}

// Commit implements [store.Store]. The inner store checks the change.
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	size := 0
	for i := range c.Writes {
		if w := &c.Writes[i]; w.Value != nil && !w.Keep {
			size += len(w.Value) + Overhead
		}
	}
	sealed := store.Change{ID: c.ID, Writes: make([]store.Write, len(c.Writes))}
	room := make([]byte, 0, size) // for all values, each of which ends where the next begins
	ad := s.associated()
	for i, w := range c.Writes {
		switch {
		case w.Keep:
			w.Value = nil
		case w.Value != nil:
			start := len(room)
			room = s.seal(room, w, s.keys.Epoch(), ad)
			w.Value = room[start:len(room):len(room)]
		}
		sealed.Writes[i] = w
	}
	s.rooms.Put(ad)
	return s.inner.Commit(ctx, sealed)
}

// Scan implements [store.Store]. A record that cannot be opened is
// yielded as its key with an error that wraps [store.ErrDamaged].
func (s *Store) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		ad := s.associated()
		defer s.rooms.Put(ad)
		for rec, err := range s.inner.Scan(ctx, prefix, after) {
			if err == nil {
				rec, err = s.open(rec, ad)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// Sweep implements [store.Store]. The hint that it goes by is not
// authenticated: whoever can write the database can have records deleted
// early, which they could do anyway.
func (s *Store) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.inner.Sweep(ctx, before, limit)
}

// Close closes the inner store.
func (s *Store) Close() error { return s.inner.Close() }

// open opens a record, in the place of what was sealed: the inner store has made
// that over to its caller. An absent record stays absent.
func (s *Store) open(rec store.Record, ad *associated) (store.Record, error) {
	if rec.Value == nil {
		return rec, nil
	}
	raw := rec.Value
	k, _, err := s.keys.header(rec.Key, raw)
	if err != nil {
		return store.Record{Key: rec.Key}, err
	}
	salt, nonce, sealed := raw[headerSize:][:saltSize], raw[headerSize+saltSize:][:nonceSize-saltSize], raw[headerSize+nonceSize:]
	value, err := s.opener(k, [saltSize]byte(salt)).Open(sealed[:0], nonce, sealed, ad.of(raw[:headerSize], rec.Key)) // never nil
	if err != nil {
		return store.Record{Key: rec.Key}, damaged(rec.Key, errChanged)
	}
	rec.Value = slices.Clip(value)
	return rec, nil
}

// seal appends the value of w to out, sealed by the first key.
func (s *Store) seal(out []byte, w store.Write, epoch uint64, ad *associated) []byte {
	b := s.batch()
	start := len(out)
	out = append(append(out, format), b.key[:]...)
	out = binary.BigEndian.AppendUint64(out, epoch)
	head := out[start:]
	out = append(out, b.salt[:]...)
	out = append(out, make([]byte, nonceSize-saltSize)...)
	nonce := out[start+headerSize+saltSize:]
	rnd.Fill(nonce)
	return b.aead.Seal(out, nonce, w.Value, ad.of(head, w.Key))
}

// header returns the key that sealed raw, and the epoch that raw claims, which
// is true only if raw opens.
func (k Keys) header(name string, raw []byte) (by *key, epoch uint64, err error) {
	if !IsSealed(raw) {
		return nil, 0, damaged(name, ErrNotSealed)
	}
	by = k.find([idSize]byte(raw[1:]))
	if by == nil {
		return nil, 0, damaged(name, ErrUnknownKey)
	}
	return by, binary.BigEndian.Uint64(raw[1+idSize:]), nil
}

// associated is the room in which the associated data of one record after the
// other is put together.
type associated struct{ room []byte }

// associated returns one that no other caller has. It is put back into s.rooms.
func (s *Store) associated() *associated {
	if ad, ok := s.rooms.Get().(*associated); ok {
		return ad
	}
	return &associated{room: make([]byte, 0, len(domain)+headerSize+store.MaxKey)}
}

// of returns the associated data of a record, good until the next.
func (a *associated) of(head []byte, key string) []byte {
	a.room = append(append(append(a.room[:0], domain...), head...), key...)
	return a.room
}

// damaged names the kind of the record only: the id in a key may be what an
// attacker would like to read in a log.
func damaged(key string, why error) error {
	return fmt.Errorf("%w: %q: %w", store.ErrDamaged, store.TableOf(key), why)
}
