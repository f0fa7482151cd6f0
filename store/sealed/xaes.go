package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"sync/atomic"

	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// Sizes of XAES-256-GCM (c2sp.org/XAES-256-GCM). Its nonce is a salt, from which
// and the key another key is derived, and the nonce of AES-256-GCM under that.
const (
	keySize   = 32
	saltSize  = 12
	nonceSize = saltSize + 12
	tagSize   = 16
)

// batchSize is how many values are sealed with one salt. To derive a key costs as
// much as to seal a few values, and 65,536 random nonces of 96 bits under one key
// meet with a chance of 2⁻⁶⁵: for 2⁻³³ in all it takes 2⁴⁸ values.
const batchSize = 1 << 16

// maxDerived bounds the derived keys that are remembered, of some 1,300 bytes each.
const maxDerived = 512

// derivedID names a derived key.
type derivedID struct {
	key  [idSize]byte
	salt [saltSize]byte
}

// batch is the derived key that seals at present.
type batch struct {
	derivedID
	aead cipher.AEAD
	left atomic.Int64
}

// batch returns one that has not sealed too many values, this one included.
func (s *Store) batch() *batch {
	for {
		old := s.sealing.Load()
		if old != nil && old.left.Add(-1) >= 0 {
			return old
		}
		first := &s.keys.ring.keys[0]
		b := &batch{derivedID: derivedID{key: first.id, salt: [saltSize]byte(rnd.Bytes(saltSize))}}
		b.aead = first.derive(b.salt)
		b.left.Store(batchSize)
		if s.sealing.CompareAndSwap(old, b) {
			s.derived.Put(b.derivedID, b.aead)
		}
	}
}

// opener is [key.derive] for a key of the ring, remembered.
func (s *Store) opener(k *key, salt [saltSize]byte) cipher.AEAD {
	id := derivedID{k.id, salt}
	aead, ok := s.derived.Get(id)
	if !ok {
		aead = k.derive(salt)
		s.derived.Put(id, aead)
	}
	return aead
}

// derive returns AES-256-GCM under the key that XAES-256-GCM derives from k and
// the first half of a nonce: a KDF of SP 800-108 over CMAC, in counter mode.
func (k *key) derive(salt [saltSize]byte) cipher.AEAD {
	root := newAES(k.secret[:])
	var mask [aes.BlockSize]byte // the first subkey of CMAC: a block of zeros, encrypted and doubled
	root.Encrypt(mask[:], mask[:])
	carry := mask[0] >> 7
	for i := range mask[:aes.BlockSize-1] {
		mask[i] = mask[i]<<1 | mask[i+1]>>7
	}
	mask[aes.BlockSize-1] = mask[aes.BlockSize-1]<<1 ^ carry*0x87

	var derived [keySize]byte
	for i := range byte(2) {
		half := derived[aes.BlockSize*int(i):][:aes.BlockSize]
		copy(half, []byte{0, i + 1, 'X', 0})
		copy(half[4:], salt[:])
		for j := range half {
			half[j] ^= mask[j]
		}
		root.Encrypt(half, half)
	}
	aead, err := cipher.NewGCM(newAES(derived[:]))
	if err != nil {
		panic(err) // only for another block size than that of AES
	}
	return aead
}

func newAES(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a wrong length, which the types exclude
	}
	return block
}
