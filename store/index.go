package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// Index makes keyed digests: record ids out of what users typed, and the form
// in which codes, link tokens and refresh secrets rest in the store. Whoever
// reads the store without the index key learns nothing from them and cannot
// try values against them. It is immutable; the zero Index makes digests that
// anybody can make, so use [NewIndex].
type Index struct{ key [32]byte }

// NewIndex returns an Index with that key, which must be 32 bytes.
func NewIndex(key []byte) (Index, error) {
	if len(key) != 32 {
		return Index{}, errors.New("store: an index key has 32 bytes")
	}
	return Index{key: [32]byte(key)}, nil
}

// Digest is HMAC-SHA256 over the purpose and the parts, each preceded by its
// length, so that no two different lists share a digest. Digests of different
// purposes are independent. Compare them with crypto/subtle.
func (x Index) Digest(purpose string, parts ...string) []byte {
	m := hmac.New(sha256.New, x.key[:])
	var n [8]byte
	for _, p := range append([]string{purpose}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		m.Write(n[:])
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

// ID is the first 16 bytes of [Index.Digest] as 32 lower-case hexadecimal
// digits, to be used as the id of a record.
func (x Index) ID(purpose string, parts ...string) string {
	return hex.EncodeToString(x.Digest(purpose, parts...)[:16])
}
