package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// tree is a bucket: its pages or, while it is small, its entries, which then
// stand in the page of the bucket of buckets.
type tree struct {
	root   uint64 // 0: inline
	inline []entry
}

// readRecords reads the bucket of buckets, which must hold those that this
// package makes and no others, and returns that of the records. A few names fit
// into one page.
func readRecords(f *os.File, m meta) (records tree, err error) {
	page, err := readPage(f, m, m.root, nil)
	if err != nil {
		return tree{}, err
	}
	list, isLeaf, err := entries(page, nil)
	if err == nil && !isLeaf {
		err = ErrForeign
	}
	if err == nil {
		err = inOrder(list, bounds{})
	}
	var format, found bool
	for _, e := range list {
		var t tree
		if !e.isBucket {
			err = ErrForeign
		}
		if err != nil {
			return tree{}, err
		}
		t, err = readTree(e)
		switch {
		case bytes.Equal(e.key, aboutBucket):
			for _, a := range t.inline {
				format = format || bytes.Equal(a.key, formatKey) && isFormat(a.value)
			}
		case bytes.Equal(e.key, recordsBucket):
			records, found = t, true
		default:
			err = errors.Join(ErrForeign, err)
		}
	}
	switch {
	case err != nil:
		return tree{}, err
	case !format:
		return tree{}, ErrForeign
	case !found:
		return tree{}, corrupt("a bucket is missing")
	}
	return records, nil
}

func readTree(e entry) (tree, error) {
	if len(e.value) < bucketSize {
		return tree{}, corrupt("bucket header")
	}
	t := tree{root: native.Uint64(e.value)}
	if t.root != 0 {
		return t, nil
	}
	if len(e.value) < bucketSize+pageHeader {
		return tree{}, corrupt("inline bucket")
	}
	list, isLeaf, err := entries(e.value[bucketSize:], nil)
	if err != nil || !isLeaf {
		return tree{}, corrupt("inline bucket")
	}
	t.inline = list
	for _, e := range list {
		if e.isBucket {
			return tree{}, corrupt("a bucket inside a bucket")
		}
	}
	return t, inOrder(list, bounds{})
}

// readPage reads a page with its overflow into b, which grows where it must.
func readPage(f *os.File, m meta, id uint64, b []byte) ([]byte, error) {
	if id < 2 || id >= m.pages {
		return nil, corrupt(fmt.Sprintf("page %d is out of place", id))
	}
	b = sized(b, m.pageSize)
	at := int64(id) * int64(m.pageSize)
	if _, err := f.ReadAt(b, at); err != nil {
		return nil, fmt.Errorf("%w: page %d: %w", ErrCorrupt, id, err)
	}
	n, err := pageCount(b, id, m)
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	if n == 1 {
		return b, nil
	}
	b = sized(b, int(n)*m.pageSize)
	if _, err := f.ReadAt(b, at); err != nil {
		return nil, fmt.Errorf("%w: page %d: %w", ErrCorrupt, id, err)
	}
	return b, nil
}

// sized is b with that length.
func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
