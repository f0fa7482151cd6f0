package boltstore

import (
	"bytes"
	"encoding/binary"
	"hash/fnv"
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

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	bucketEntry  = 0x01 // flag of a leaf element

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreelist  = 1<<64 - 1
)

var native = binary.NativeEndian

// entry is one element of a page: of a leaf a key with a value, of a branch
// the least key of a child and its page.
type entry struct {
	key, value []byte
	child      uint64
	isBucket   bool
}

// entries reads the elements of a branch or leaf page. They must follow each
// other without a gap, as bbolt writes them, so that a changed count or
// length does not go unseen.
func entries(page []byte) (list []entry, isLeaf bool, err error) {
	flags, count := native.Uint16(page[8:]), int(native.Uint16(page[10:]))
	isLeaf = flags == leafPage
	next := pageHeader + count*elementSize // where the next key begins
	if !isLeaf && flags != branchPage || next > len(page) || !isLeaf && count == 0 {
		return nil, false, corrupt("page header")
	}
	list = make([]entry, count)
	for i := range list {
		at := pageHeader + i*elementSize
		e := page[at : at+elementSize]
		var pos, klen, vlen uint64
		if isLeaf {
			f := native.Uint32(e)
			pos, klen, vlen = uint64(native.Uint32(e[4:])), uint64(native.Uint32(e[8:])), uint64(native.Uint32(e[12:]))
			if f&^bucketEntry != 0 {
				return nil, false, corrupt("page element")
			}
			list[i].isBucket = f == bucketEntry
		} else {
			pos, klen = uint64(native.Uint32(e)), uint64(native.Uint32(e[4:]))
			list[i].child = native.Uint64(e[8:])
		}
		if uint64(at)+pos != uint64(next) || klen == 0 || uint64(next)+klen+vlen > uint64(len(page)) {
			return nil, false, corrupt("page element")
		}
		list[i].key = page[next : next+int(klen)]
		list[i].value = page[next+int(klen) : next+int(klen+vlen)]
		next += int(klen + vlen)
	}
	return list, isLeaf, nil
}

// inOrder reports whether keys rise and lie from low (inclusive) to high
// (exclusive, nil: no bound).
func inOrder(list []entry, low, high []byte) error {
	for i, e := range list {
		if bytes.Compare(e.key, low) < 0 || i > 0 && bytes.Equal(e.key, low) || high != nil && bytes.Compare(e.key, high) >= 0 {
			return corrupt("keys out of order")
		}
		low = e.key
	}
	return nil
}

// sum64 is the checksum of bbolt's meta pages.
func sum64(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b)
	return h.Sum64()
}
