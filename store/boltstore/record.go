package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/sallyport-auth/sallyport/store"
)

// The buckets of the file.
var (
	recordsBucket = []byte("records")
	aboutBucket   = []byte("about")
	formatKey     = []byte("format")
	formatValue   = []byte("sallyport store 2")
)

// headerSize is version (8 bytes), expiry in seconds (8) and CRC-32C (4), all
// big-endian. The checksum covers key, version, expiry and value.
const headerSize = 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, version, expires, value []byte) uint32 {
	sum := crc32.Update(0, castagnoli, key)
	sum = crc32.Update(sum, castagnoli, version)
	sum = crc32.Update(sum, castagnoli, expires)
	return crc32.Update(sum, castagnoli, value)
}

// encode is what the file holds under key.
func encode(key []byte, version uint64, expires int64, value []byte) []byte {
	raw := make([]byte, headerSize, headerSize+len(value))
	binary.BigEndian.PutUint64(raw, version)
	binary.BigEndian.PutUint64(raw[8:], uint64(expires))
	binary.BigEndian.PutUint32(raw[16:], checksum(key, raw[:8], raw[8:16], value))
	return append(raw, value...)
}

// header reads what encode wrote, without copying the value. A nil raw is an
// absent record, of version 0.
func header(key, raw []byte) (version uint64, expires int64, value []byte, err error) {
	if raw == nil {
		return 0, 0, nil, nil
	}
	if len(raw) < headerSize {
		return 0, 0, nil, damaged(key)
	}
	version, value = binary.BigEndian.Uint64(raw), raw[headerSize:]
	expires = int64(binary.BigEndian.Uint64(raw[8:]))
	sum := binary.BigEndian.Uint32(raw[16:])
	if version == 0 || expires < 0 || sum != checksum(key, raw[:8], raw[8:16], value) {
		return 0, 0, nil, damaged(key)
	}
	return version, expires, value, nil
}

// decode is [header] as a record whose bytes are the caller's own. k is key
// once more, which whoever read raw has at hand.
func decode(key string, k, raw []byte) (store.Record, error) {
	version, expires, value, err := header(k, raw)
	if err != nil || version == 0 {
		return store.Record{Key: key}, err
	}
	value = append(make([]byte, 0, len(value)), value...) // never nil; raw dies with the bbolt transaction
	return store.Record{Key: key, Value: value, Version: version, Expires: store.ExpiryTime(expires)}, nil
}

// damaged names the kind of the record only.
func damaged(key []byte) error {
	return fmt.Errorf("%w: %q: checksum", store.ErrDamaged, kind(key))
}

// isFormat reports whether raw marks a file that this package can read.
func isFormat(raw []byte) bool { return bytes.Equal(raw, formatValue) }
