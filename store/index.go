package store

import (
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
type Index struct {
	// The key, filled up to a block and combined with the two constants of HMAC.
	inner, outer [sha256.BlockSize]byte
}

// NewIndex returns an Index with that key, which must be 32 bytes.
func NewIndex(key []byte) (Index, error) {
	if len(key) != 32 {
		return Index{}, errors.New("store: an index key has 32 bytes")
	}
	return Index{inner: pad(key, 0x36), outer: pad(key, 0x5c)}, nil
}

// pad is the key, filled up to a block of SHA-256 and combined with b.
func pad(key []byte, b byte) (block [sha256.BlockSize]byte) {
	copy(block[:], key)
	for i := range block {
		block[i] ^= b
	}
	return block
}

// Digest is HMAC-SHA256 over the purpose and the parts, each preceded by its
// length, so that no two different lists share a digest. Digests of different
// purposes are independent. Compare them with crypto/subtle.
func (x Index) Digest(purpose string, parts ...string) []byte {
	sum := x.sum(purpose, parts)
	return sum[:]
}

func (x Index) sum(purpose string, parts []string) [sha256.Size]byte {
	// HMAC (RFC 2104) is spelt out, on the stack for texts of common length:
	// a login makes a dozen digests, and crypto/hmac allocates for each of
	// them ten times. The index key is shorter than a block and so used as is.
	var room [512]byte
	inner := append(room[:0], x.inner[:]...)
	inner = appendPart(inner, purpose)
	for _, p := range parts {
		inner = appendPart(inner, p)
	}
	sum := sha256.Sum256(inner)
	return sha256.Sum256(append(append(room[:0], x.outer[:]...), sum[:]...))
}

func appendPart(to []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint64(to, uint64(len(part))), part...)
}

// ID is the first 16 bytes of [Index.Digest] as 32 lower-case hexadecimal
// digits, to be used as the id of a record.
func (x Index) ID(purpose string, parts ...string) string {
	sum := x.sum(purpose, parts)
	var id [32]byte
	hex.Encode(id[:], sum[:16])
	return string(id[:])
}
