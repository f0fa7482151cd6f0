package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"sort"

	"github.com/sallyport-auth/sallyport/store"
)

// bbolt's file format, as far as it is read here (bbolt internal/common,
// version 2; numbers are in the byte order of the machine): pages that begin
// with id (8 bytes), flags (2), count (2), overflow (4); then one element of
// 16 bytes for each entry, then all keys and values without a gap.
const (
	pageHeader  = 16
	elementSize = 16
	metaSize    = 64
	bucketSize  = 16 // root page (8), sequence (8); then the page itself, if the root is 0

	minPageSize = 1 << 10 // bbolt looks for no others
	maxPageSize = 1 << 24

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10
	bucketEntry  = 0x01 // flag of a leaf element

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreelist  = 1<<64 - 1

	maxDepth = 32 // deeper than any tree of sound pages
)

var native = binary.NativeEndian

// entry is one element of a page: of a leaf a key with a value, of a branch
// the least key of a child and its page.
type entry struct {
	key, value []byte
	child      uint64
	isBucket   bool
}

// bounds is where the keys of a page must lie: from low (inclusive) to high
// (exclusive, nil: no bound).
type bounds struct{ low, high []byte }

// within are the bounds of the child at place i.
func (b bounds) within(list []entry, i int) bounds {
	if i+1 < len(list) {
		b.high = list[i+1].key
	}
	b.low = list[i].key
	return b
}

// pageCount is how many pages that of this id has with its overflow.
func pageCount(header []byte, id uint64, m meta) (uint64, error) {
	n := uint64(native.Uint32(header[12:])) + 1
	if native.Uint64(header) != id || id < 2 || id >= m.pages || n > m.pages-id {
		return 0, corrupt("it is not itself")
	}
	return n, nil
}

// sound reads a branch or leaf page with its overflow, whose elements are
// appended to list, and holds it to what bbolt would have written.
func sound(page []byte, pageSize int, within bounds, list []entry) (_ []entry, isLeaf bool, err error) {
	list, isLeaf, err = entries(page, list)
	if err != nil {
		return nil, false, err
	}
	used := pageHeader + len(list)*elementSize
	for _, e := range list {
		used += len(e.key) + len(e.value)
		if e.isBucket {
			return nil, false, corrupt("a bucket inside a bucket")
		}
	}
	if max(1, (used+pageSize-1)/pageSize)*pageSize != len(page) {
		return nil, false, corrupt("its length")
	}
	return list, isLeaf, inOrder(list, within)
}

// entries appends the elements of a branch or leaf page to list. They must
// follow each other without a gap, as bbolt writes them, so that a changed count
// or length does not go unseen.
func entries(page []byte, list []entry) (_ []entry, isLeaf bool, err error) {
	flags, count := native.Uint16(page[8:]), int(native.Uint16(page[10:]))
	isLeaf = flags == leafPage
	next := pageHeader + count*elementSize // where the next key begins
	if !isLeaf && flags != branchPage || next > len(page) || !isLeaf && count == 0 {
		return nil, false, corrupt("page header")
	}
	list = slices.Grow(list, count)
	for i := range count {
		at := pageHeader + i*elementSize
		e, ok := element(page, at, isLeaf)
		if size := len(e.key) + len(e.value); !ok || keyOffset(page, at, isLeaf) != uint64(next) {
			return nil, false, corrupt("page element")
		} else {
			next += size
		}
		list = append(list, e)
	}
	return list, isLeaf, nil
}

// keyOffset is where the key of the element at that offset begins.
func keyOffset(page []byte, at int, isLeaf bool) uint64 {
	if isLeaf {
		return uint64(at) + uint64(native.Uint32(page[at+4:]))
	}
	return uint64(at) + uint64(native.Uint32(page[at:]))
}

// element reads the element at that offset, and reports whether it lies in the
// page.
func element(page []byte, at int, isLeaf bool) (e entry, ok bool) {
	var klen, vlen uint64
	if isLeaf {
		flags := native.Uint32(page[at:])
		klen, vlen = uint64(native.Uint32(page[at+8:])), uint64(native.Uint32(page[at+12:]))
		if flags&^bucketEntry != 0 {
			return entry{}, false
		}
		e.isBucket = flags == bucketEntry
	} else {
		klen, e.child = uint64(native.Uint32(page[at+4:])), native.Uint64(page[at+8:])
	}
	from := keyOffset(page, at, isLeaf)
	if klen == 0 || from+klen+vlen > uint64(len(page)) {
		return entry{}, false
	}
	e.key, e.value = page[from:from+klen], page[from+klen:from+klen+vlen]
	return e, true
}

// childOf is the place of the child of a branch in which key belongs.
func childOf(list []entry, key []byte) int {
	return max(0, sort.Search(len(list), func(i int) bool { return bytes.Compare(list[i].key, key) > 0 })-1)
}

// hold returns an error if keys that rise do not lie within. Only a root, which
// has no bounds, may be empty.
func (b bounds) hold(list []entry) error {
	if len(list) == 0 && b.low != nil {
		return corrupt("it is empty")
	}
	if len(list) > 0 && (bytes.Compare(list[0].key, b.low) < 0 || b.high != nil && bytes.Compare(list[len(list)-1].key, b.high) >= 0) {
		return corrupt("keys out of order")
	}
	return nil
}

// inOrder reports whether keys rise and lie within their bounds.
func inOrder(list []entry, within bounds) error {
	for i := 1; i < len(list); i++ {
		if bytes.Compare(list[i-1].key, list[i].key) >= 0 {
			return corrupt("keys out of order")
		}
	}
	return within.hold(list)
}

// sum64 is the checksum of bbolt's meta pages.
func sum64(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}

// kind is what may be said of a key: the id may be what an attacker would like to
// read in a log.
func kind(key []byte) string { return store.TableOf(string(key)) }

// describe says where a page of the records belongs.
func (b bounds) describe(id uint64) string {
	return fmt.Sprintf("page %d (records, from %q to %q)", id, kind(b.low), kind(b.high))
}
