// Package sealed makes any [store.Store] unreadable and unmovable for whoever
// holds its file or its database, but not the keys.
//
// # What is sealed
//
// Every value is encrypted and authenticated by XChaCha20-Poly1305 with a
// random nonce. The record's key is authenticated with it, so that a value
// moved under another key (one account's factors under another's) does not
// open. Keys, versions and the expiry hint stay readable: keys hold ids and
// keyed digests, never what a user typed.
//
// # What is not
//
// Whoever can write the database can delete records and put back older states
// of them, several together. The engine above notices a lost record where that
// would open a door; a consistent rollback it cannot notice.
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
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealed value is format (1 byte), key id (8), epoch (8, big-endian), nonce
// (24), then the ciphertext with its tag of 16 bytes.
const (
	format     = 1
	headerSize = 1 + idSize + 8
	nonceSize  = chacha20poly1305.NonceSizeX

	// Overhead is how many bytes a sealed value is longer than its content. A
	// value longer than [store.MaxValue] less this does not fit.
	Overhead = headerSize + nonceSize + chacha20poly1305.Overhead
)

// domain begins the associated data of every record, so that no other use of
// the same key makes values that open here. The header and the record's key
// follow it; all but the last have a fixed length.
const domain = "sallyport sealed record 1\x00"

// Store seals what goes into the inner store and opens what comes out. Make
// one with [New]; all methods may be called from any number of goroutines.
type Store struct {
	inner store.Store
	keys  Keys
}

var _ store.Store = (*Store)(nil)

// New returns a store that keeps its records in inner, sealed by keys. It owns
// inner from then on and closes it. The zero Keys are refused.
func New(inner store.Store, keys Keys) (*Store, error) {
	if keys.ring == nil {
		return nil, fmt.Errorf("sealed: no keys")
	}
	if inner == nil {
		return nil, fmt.Errorf("sealed: no store to seal")
	}
	return &Store{inner: inner, keys: keys}, nil
}

// Epoch is the epoch that new records carry.
func (s *Store) Epoch() uint64 { return s.keys.Epoch() }

// Load implements [store.Store]. If one of the records cannot be opened,
// the error wraps [store.ErrDamaged] and none is returned.
func (s *Store) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	recs, err := s.inner.Load(ctx, keys...)
	if err != nil {
		return nil, err
	}
	if len(recs) != len(keys) {
		return nil, fmt.Errorf("%w: %d records for %d keys", store.ErrDamaged, len(recs), len(keys))
	}
	for i := range recs {
		if recs[i], err = s.open(keys[i], recs[i]); err != nil {
			return nil, err
		}
	}
	return recs, nil
}

// Commit implements [store.Store].
func (s *Store) Commit(ctx context.Context, c store.Change) error {
	if err := store.CheckChange(c); err != nil {
		return err
	}
	sealed := store.Change{ID: c.ID, Writes: make([]store.Write, len(c.Writes))}
	for i, w := range c.Writes {
		switch {
		case w.Keep:
			w.Value = nil
		case w.Value != nil:
			w.Value = s.keys.seal(w.Key, w.Value, s.keys.Epoch())
		}
		sealed.Writes[i] = w
	}
	return s.inner.Commit(ctx, sealed)
}

// Scan implements [store.Store]. A record that cannot be opened is
// yielded as its key with an error that wraps [store.ErrDamaged].
func (s *Store) Scan(ctx context.Context, prefix, after string) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for rec, err := range s.inner.Scan(ctx, prefix, after) {
			if err == nil {
				rec, err = s.open(rec.Key, rec)
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

// open opens what stands under key. An absent record stays absent.
func (s *Store) open(key string, rec store.Record) (store.Record, error) {
	if rec.Value == nil {
		return rec, nil
	}
	value, err := s.keys.open(key, rec.Value)
	if err != nil {
		return store.Record{Key: key}, err
	}
	rec.Value = value
	return rec, nil
}

// seal encrypts value under the first key.
func (k Keys) seal(key string, value []byte, epoch uint64) []byte {
	first := k.ring.keys[0]
	out := make([]byte, headerSize, len(value)+Overhead)
	out[0] = format
	copy(out[1:], first.id[:])
	binary.BigEndian.PutUint64(out[1+idSize:], epoch)
	ad := associated(out, key)
	nonce := rnd.Bytes(nonceSize)
	return first.aead.Seal(append(out, nonce...), nonce, value, ad)
}

// open decrypts what seal made, under whichever key of the ring it names.
func (k Keys) open(key string, raw []byte) ([]byte, error) {
	aead, _, err := k.header(key, raw)
	if err != nil {
		return nil, err
	}
	head, nonce, sealed := raw[:headerSize], raw[headerSize:headerSize+nonceSize], raw[headerSize+nonceSize:]
	value, err := aead.Open(make([]byte, 0, len(sealed)), nonce, sealed, associated(head, key)) // never nil
	if err != nil {
		return nil, damaged(key, "it was changed or moved")
	}
	return value, nil
}

// header returns the key that sealed raw, and the epoch that raw claims, which
// is true only if raw opens.
func (k Keys) header(key string, raw []byte) (aead cipher.AEAD, epoch uint64, err error) {
	if len(raw) < Overhead || raw[0] != format {
		return nil, 0, damaged(key, "it is not sealed")
	}
	aead = k.find([idSize]byte(raw[1:]))
	if aead == nil {
		return nil, 0, damaged(key, "its key is not on the ring")
	}
	return aead, binary.BigEndian.Uint64(raw[1+idSize:]), nil
}

func associated(head []byte, key string) []byte {
	ad := make([]byte, 0, len(domain)+headerSize+len(key))
	ad = append(ad, domain...)
	ad = append(ad, head[:headerSize]...)
	return append(ad, key...)
}

// damaged names the kind of the record only: the tail of a key may be what an
// attacker would like to read in a log.
func damaged(key, why string) error {
	return fmt.Errorf("%w: %q: %s", store.ErrDamaged, key[:strings.LastIndexByte(key, '/')+1], why)
}
