package password

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// ErrBreachFilter means that a file is no sound filter of breached passwords: a
// foreign one, one of a newer version, or one that is cut short or damaged.
var ErrBreachFilter = errors.New("password: not a sound filter of breached passwords")

// BreachFilter looks passwords up in a file that [BuildBreachFilter] made of a list
// of published passwords. A password of the list is always found; of others one in a
// million is taken for one of them, at most. A look-up is two short reads and keeps
// nothing in memory. It serves any number of goroutines.
type BreachFilter struct {
	file  io.ReaderAt
	close func() error
	head  breachHeader
}

// The file is a header of 64 bytes, a directory and the fingerprints. Numbers are
// little-endian, fingerprints big-endian.
//
//	 0  16 bytes  "sallyport breach"
//	16  uint32    version, 1
//	20  uint32    b, the number of bits that choose a bucket
//	24  uint64    count of fingerprints
//	32  32 bytes  SHA-256 of the 32 bytes before it
//	64  uint32    2^b+1 times: how many fingerprints stand before the bucket
//	..  3 bytes   count times: the fingerprints of each bucket, ascending
//
// Of the SHA-1 of a password, its first b bits choose the bucket and the next 24 are
// the fingerprint. With at most 16 fingerprints a bucket on average, a password that
// is not in the list meets its own among them at most 16 times in 2^24, which is less
// than once in a million.
const (
	breachMagic    = "sallyport breach"
	breachVersion  = 1
	breachHeadSize = 64
	fingerprint    = 3  // bytes
	bucketLoad     = 16 // fingerprints on average, at most

	// maxBucket is far more than chance puts into a bucket, and bounds what a
	// damaged directory can have read.
	maxBucket = 4096
	// maxBreachBits keeps counts within 32 bits.
	maxBreachBits = 28
)

// breachHeader is what the first bytes of a filter say.
type breachHeader struct {
	bits  uint
	count int64
}

// OpenBreachFilter opens the filter at path, which stays open until Close. A file
// that is replaced by renaming another one onto it is still read as it was. Errors:
// those of the file, and [ErrBreachFilter].
func OpenBreachFilter(path string) (*BreachFilter, error) {
	info, err := os.Stat(path) // before it is opened, which would wait for the other end of a pipe
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: no regular file", path, ErrBreachFilter)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b, err := readBreachFile(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return b, nil
}

func readBreachFile(f *os.File) (*BreachFilter, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b, err := ReadBreachFilter(f, info.Size())
	if err != nil {
		return nil, err
	}
	b.close = f.Close
	return b, nil
}

// ReadBreachFilter returns the filter that file holds in its first size bytes, which
// are all of it. The file must stay as it is and readable as long as the filter is
// used. The error of an unsound one is [ErrBreachFilter].
func ReadBreachFilter(file io.ReaderAt, size int64) (*BreachFilter, error) {
	raw := make([]byte, breachHeadSize)
	n, err := file.ReadAt(raw[:min(size, breachHeadSize)], 0)
	if n < len(raw) && (err == nil || err == io.EOF) {
		return nil, fmt.Errorf("%w: shorter than a header", ErrBreachFilter)
	}
	if n < len(raw) {
		return nil, err
	}
	head, err := readBreachHeader(raw)
	if err != nil {
		return nil, err
	}
	if want := head.size(); size != want {
		return nil, fmt.Errorf("%w: %d bytes, its header says %d: damaged, or not written to its end", ErrBreachFilter, size, want)
	}
	return &BreachFilter{file: file, close: func() error { return nil }, head: head}, nil
}

func readBreachHeader(raw []byte) (h breachHeader, err error) {
	if string(raw[:16]) != breachMagic {
		return h, fmt.Errorf("%w: it begins like another kind of file", ErrBreachFilter)
	}
	if v := binary.LittleEndian.Uint32(raw[16:]); v != breachVersion {
		return h, fmt.Errorf("%w: version %d, only %d is read: build it anew", ErrBreachFilter, v, breachVersion)
	}
	if sum := sha256.Sum256(raw[:32]); !bytes.Equal(sum[:], raw[32:]) {
		return h, fmt.Errorf("%w: damaged header", ErrBreachFilter)
	}
	bits, count := binary.LittleEndian.Uint32(raw[20:]), binary.LittleEndian.Uint64(raw[24:])
	if bits > maxBreachBits || count > bucketLoad<<bits {
		return h, fmt.Errorf("%w: header with %d bits for %d passwords", ErrBreachFilter, bits, count)
	}
	return breachHeader{bits: uint(bits), count: int64(count)}, nil
}

// bytes writes the header.
func (h breachHeader) bytes() []byte {
	raw := make([]byte, 0, breachHeadSize)
	raw = append(raw, breachMagic...)
	raw = binary.LittleEndian.AppendUint32(raw, breachVersion)
	raw = binary.LittleEndian.AppendUint32(raw, uint32(h.bits))
	raw = binary.LittleEndian.AppendUint64(raw, uint64(h.count))
	sum := sha256.Sum256(raw)
	return append(raw, sum[:]...)
}

// prints is the offset of the first fingerprint.
func (h breachHeader) prints() int64 { return breachHeadSize + 4*(1<<h.bits+1) }

// size is that of the whole file.
func (h breachHeader) size() int64 { return h.prints() + fingerprint*h.count }

// bucket and print are the parts of the first eight bytes of a hash.
func (h breachHeader) bucket(key uint64) int64 { return int64(key >> (64 - h.bits)) }

func (h breachHeader) print(key uint64) uint32 { return uint32(key>>(40-h.bits)) & 0xffffff }

// breachKey is the part of a hash that decides: its first eight bytes.
func breachKey(hash [sha1.Size]byte) uint64 { return binary.BigEndian.Uint64(hash[:]) }

// Close closes the file of [OpenBreachFilter]. No other method may be called after
// it.
func (b *BreachFilter) Close() error { return b.close() }

// Count returns how many passwords the filter tells apart: those of the list, but for
// one in a million, each once.
func (b *BreachFilter) Count() int64 { return b.head.count }

// Contains reports whether a password is in the list, as it was typed or in the form
// that is hashed. The error is that of reading the file, or [ErrBreachFilter] where
// it is damaged; whoever sets a password refuses then.
func (b *BreachFilter) Contains(password string) (bool, error) {
	if len(password) > typed.MaxPassword {
		return false, nil // nobody can have it
	}
	for _, form := range typed.Passwords(password) {
		found, err := b.holds(breachKey(sha1.Sum([]byte(form))))
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// holds looks for a key in its bucket.
func (b *BreachFilter) holds(key uint64) (bool, error) {
	first, end, err := b.bounds(b.head.bucket(key))
	if err != nil {
		return false, err
	}
	raw := make([]byte, fingerprint*(end-first))
	if err := b.read(raw, b.head.prints()+fingerprint*first); err != nil {
		return false, err
	}
	want := b.head.print(key)
	for ; len(raw) > 0; raw = raw[fingerprint:] {
		if uint32(raw[0])<<16|uint32(raw[1])<<8|uint32(raw[2]) == want {
			return true, nil
		}
	}
	return false, nil
}

// bounds returns which fingerprints stand in a bucket.
func (b *BreachFilter) bounds(bucket int64) (first, end int64, err error) {
	var raw [8]byte
	if err := b.read(raw[:], breachHeadSize+4*bucket); err != nil {
		return 0, 0, err
	}
	first, end = int64(binary.LittleEndian.Uint32(raw[:])), int64(binary.LittleEndian.Uint32(raw[4:]))
	if first > end || end > b.head.count || end-first > maxBucket {
		return 0, 0, fmt.Errorf("%w: damaged directory", ErrBreachFilter)
	}
	return first, end, nil
}

// read fills raw. The file was found to be long enough, so an end is a fault.
func (b *BreachFilter) read(raw []byte, at int64) error {
	n, err := b.file.ReadAt(raw, at)
	if n == len(raw) {
		return nil
	}
	return fmt.Errorf("reading breached passwords: %w", errors.Join(err, io.ErrUnexpectedEOF))
}
