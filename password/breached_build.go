package password

import (
	"bufio"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
)

// Bounds of [BuildBreachFilter].
const (
	// MaxBreached is how many hashes a list has at most.
	MaxBreached = 1<<32 - 1

	// MaxUnsortedBreached is how many a list has at most that is not in the order of
	// its hashes: those are sorted in memory, eight bytes each.
	MaxUnsortedBreached = 100_000_000
)

// BuildBreachFilter writes the filter of a list to a file that is empty, and returns
// how many passwords it holds. It goes through the list twice: first to count it,
// then to write.
//
// A list in ascending order, as the well-known ones come, costs up to half a byte of
// memory for each hash. Any other has [MaxUnsortedBreached] at most and costs eight
// bytes more for each: 0.8 GiB in all, and what the collector leaves lying meanwhile
// (see debug.SetGCPercent). The file has about three and a half bytes for each.
//
// Errors: those of the list and the file, and [ErrBreachList] for a list that is
// empty, too long, or of no hashes. The file is worth nothing then; its header is
// written last.
func BuildBreachFilter(to io.WriteSeeker, hashes iter.Seq2[[sha1.Size]byte, error]) (kept int64, err error) {
	count, sorted, err := survey(hashes)
	if err != nil {
		return 0, err
	}
	w, err := newBreachWriter(to, count)
	if err != nil {
		return 0, err
	}
	if sorted {
		for hash, err := range hashes {
			if err == nil {
				err = w.add(breachKey(hash))
			}
			if err != nil {
				return 0, err
			}
		}
	} else if err := w.addSorted(hashes, count); err != nil {
		return 0, err
	}
	if err := w.finish(); err != nil {
		return 0, err
	}
	return w.head.count, nil
}

// survey counts a list and says whether it ascends.
func survey(hashes iter.Seq2[[sha1.Size]byte, error]) (count int64, sorted bool, err error) {
	last := uint64(0)
	sorted = true
	for hash, err := range hashes {
		if err != nil {
			return 0, false, err
		}
		key := breachKey(hash)
		sorted = sorted && key >= last
		last = key
		count++
	}
	return count, sorted, checkBreachCount(count, sorted)
}

func checkBreachCount(count int64, sorted bool) error {
	switch {
	case count == 0:
		return fmt.Errorf("%w: nothing in it", ErrBreachList)
	case count > MaxBreached:
		return fmt.Errorf("%w: %d lines, limit %d", ErrBreachList, count, MaxBreached)
	case !sorted && count > MaxUnsortedBreached:
		return fmt.Errorf("%w: %d lines that are not in order, limit %d: sort them by their hashes", ErrBreachList, count, MaxUnsortedBreached)
	}
	return nil
}

// breachWriter writes the fingerprints of ascending keys as they come, and keeps the
// directory until the end.
type breachWriter struct {
	to        io.WriteSeeker
	out       *bufio.Writer
	head      breachHeader // its count is that of what was written
	directory []byte       // 2^bits+1 numbers
	next      int64        // the first bucket whose start is not known yet
	first     int64        // the first fingerprint of the bucket before it
	limit     int64        // keys that are still to come
	last      uint64
}

func newBreachWriter(to io.WriteSeeker, count int64) (*breachWriter, error) {
	w := &breachWriter{to: to, out: bufio.NewWriterSize(to, 1<<20), limit: count}
	for count > bucketLoad<<w.head.bits {
		w.head.bits++
	}
	w.directory = make([]byte, 0, 4*(1<<w.head.bits+1))
	_, err := to.Seek(w.head.prints(), io.SeekStart)
	return w, err
}

// addSorted sorts a list in memory and adds it.
func (w *breachWriter) addSorted(hashes iter.Seq2[[sha1.Size]byte, error], count int64) error {
	keys := make([]uint64, 0, count) // at once: growing would take as much again
	for hash, err := range hashes {
		if err != nil {
			return err
		}
		keys = append(keys, breachKey(hash))
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := w.add(key); err != nil {
			return err
		}
	}
	return nil
}

var errListChanged = fmt.Errorf("%w: it became another while it was read", ErrBreachList)

// add writes a key that is not below the last one.
func (w *breachWriter) add(key uint64) error {
	if w.limit--; w.limit < 0 || key < w.last {
		return errListChanged
	}
	bucket, print := w.head.bucket(key), w.head.print(key)
	if w.head.count > 0 && bucket == w.head.bucket(w.last) && print == w.head.print(w.last) {
		return nil // it stands there
	}
	w.last = key
	w.reach(bucket)
	if w.head.count-w.first == maxBucket {
		return fmt.Errorf("%w: more than %d begin alike, so they are no hashes", ErrBreachList, maxBucket)
	}
	w.head.count++
	w.out.WriteByte(byte(print >> 16)) // whose error the last one repeats
	w.out.WriteByte(byte(print >> 8))
	return w.out.WriteByte(byte(print))
}

// reach notes where the buckets up to that one begin.
func (w *breachWriter) reach(bucket int64) {
	for ; w.next <= bucket; w.next++ {
		w.directory = binary.LittleEndian.AppendUint32(w.directory, uint32(w.head.count))
		w.first = w.head.count
	}
}

// finish writes the directory, and the header last.
func (w *breachWriter) finish() error {
	if w.limit > 0 {
		return errListChanged
	}
	w.reach(1 << w.head.bits)
	if err := w.out.Flush(); err != nil {
		return err
	}
	for _, part := range []struct {
		at  int64
		raw []byte
	}{{breachHeadSize, w.directory}, {0, w.head.bytes()}} {
		if _, err := w.to.Seek(part.at, io.SeekStart); err != nil {
			return err
		}
		if _, err := w.to.Write(part.raw); err != nil {
			return err
		}
	}
	return nil
}
