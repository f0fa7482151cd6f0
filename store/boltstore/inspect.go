package boltstore

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// maxDepth is deeper than any tree of sound pages.
const maxDepth = 32

// inspector walks a bbolt file by plain reads, which cannot fault, and stops
// at the first thing that is not as bbolt would have written it. What it
// passes bbolt can walk without a panic. It cannot find a pointer that was
// turned into one to an older state of the same page.
type inspector struct {
	f        io.ReaderAt
	pageSize int
	pages    uint64   // the high-water mark: pages below it are in use or free
	seen     []uint64 // bit set of pages that are reached from the root
	buffers  [maxDepth][]byte
	lenient  bool   // leaves the records' checksums to those who read them
	due      uint64 // sum over the records that expire, less that over the index
}

// inspectFile judges a file whose page size bbolt has found out.
func inspectFile(f *os.File, pageSize int, lenient bool) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if pageSize < 512 || pageSize > 1<<24 || pageSize&(pageSize-1) != 0 {
		return corrupt("page size")
	}
	in := &inspector{f: f, pageSize: pageSize, lenient: lenient}
	root, freelist, err := in.meta()
	if err != nil {
		return err
	}
	if in.pages > uint64(info.Size())/uint64(pageSize) {
		return corrupt(fmt.Sprintf("%d bytes are too few for %d pages", info.Size(), in.pages))
	}
	in.seen = make([]uint64, in.pages/64+1)
	in.claim(0, 2)
	if err := in.root(root); err != nil {
		return err
	}
	if freelist != noFreelist {
		return in.freelist(freelist)
	}
	return nil
}

// meta reads the two meta pages and takes the later valid one, as bbolt does.
// A crash while one was written leaves the other.
func (in *inspector) meta() (root, freelist uint64, err error) {
	var latest uint64
	found := false
	for i := range 2 {
		b := make([]byte, pageHeader+metaSize)
		if _, err := in.f.ReadAt(b, int64(i*in.pageSize)); err != nil {
			return 0, 0, corrupt("meta pages cut off")
		}
		m := b[pageHeader:]
		txid := native.Uint64(m[48:])
		if native.Uint32(m) != boltMagic || native.Uint32(m[4:]) != boltVersion ||
			native.Uint64(m[56:]) != sum64(m[:56]) || found && txid < latest {
			continue
		}
		if native.Uint32(m[8:]) != uint32(in.pageSize) {
			return 0, 0, corrupt("page size")
		}
		found, latest = true, txid
		root, freelist, in.pages = native.Uint64(m[16:]), native.Uint64(m[32:]), native.Uint64(m[40:])
	}
	if !found {
		return 0, 0, corrupt("no valid meta page")
	}
	return root, freelist, nil
}

// claim marks n pages as used, once.
func (in *inspector) claim(id, n uint64) bool {
	if id >= in.pages || n > in.pages-id {
		return false
	}
	for ; n > 0; id, n = id+1, n-1 {
		if in.seen[id/64]&(1<<(id%64)) != 0 {
			return false
		}
		in.seen[id/64] |= 1 << (id % 64)
	}
	return true
}

// page reads a page with its overflow. It is valid until the next page of the
// same depth is read.
func (in *inspector) page(id uint64, depth int) ([]byte, error) {
	if depth >= maxDepth || id < 2 || id >= in.pages {
		return nil, corrupt(fmt.Sprintf("page %d is out of place", id))
	}
	b := in.buffers[depth]
	if len(b) < in.pageSize {
		b = make([]byte, in.pageSize)
	}
	if _, err := in.f.ReadAt(b[:in.pageSize], int64(id)*int64(in.pageSize)); err != nil {
		return nil, fmt.Errorf("reading page %d: %w", id, err)
	}
	n := uint64(native.Uint32(b[12:])) + 1
	if native.Uint64(b) != id || !in.claim(id, n) {
		return nil, corrupt(fmt.Sprintf("page %d is not itself, or reached twice", id))
	}
	if size := int(n) * in.pageSize; n > 1 {
		if len(b) < size {
			b = make([]byte, size)
		}
		if _, err := in.f.ReadAt(b[:size], int64(id)*int64(in.pageSize)); err != nil {
			return nil, fmt.Errorf("reading page %d: %w", id, err)
		}
	}
	in.buffers[depth] = b
	return b[:int(n)*in.pageSize], nil
}

// tree walks the tree below a page and calls leaf for each entry. Keys must
// rise, and lie from low (inclusive) to high (exclusive, nil: no bound).
func (in *inspector) tree(id uint64, depth int, low, high []byte, leaf func(entry, int) error) error {
	page, err := in.page(id, depth)
	if err != nil {
		return err
	}
	list, isLeaf, err := entries(page)
	if err != nil {
		return err
	}
	if err := inOrder(list, low, high); err != nil {
		return err
	}
	for i, e := range list {
		if isLeaf {
			err = leaf(e, depth)
		} else {
			upper := high
			if i+1 < len(list) {
				upper = list[i+1].key
			}
			err = in.tree(e.child, depth+1, e.key, upper, leaf)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// root walks the buckets, which must be those that this package makes.
func (in *inspector) root(id uint64) error {
	var format, records, expiry bool
	err := in.tree(id, 0, nil, nil, func(e entry, depth int) error {
		if !e.isBucket {
			return ErrForeign
		}
		switch {
		case bytes.Equal(e.key, aboutBucket):
			return in.bucket(e.value, depth+1, func(k, v []byte) error {
				format = format || bytes.Equal(k, formatKey) && isFormat(v)
				return nil
			})
		case bytes.Equal(e.key, recordsBucket):
			records = true
			return in.bucket(e.value, depth+1, in.record)
		case bytes.Equal(e.key, expiryBucket):
			expiry = true
			return in.bucket(e.value, depth+1, in.dueEntry)
		default:
			return ErrForeign
		}
	})
	switch {
	case err != nil:
		return err
	case !format:
		return ErrForeign
	case !records || !expiry:
		return corrupt("a bucket is missing")
	case in.due != 0 && !in.lenient:
		return corrupt("the expiry index does not match the records")
	}
	return nil
}

// bucket walks one bucket, which lies in its own pages or, while it is small,
// inside its entry of the root page.
func (in *inspector) bucket(value []byte, depth int, leaf func(k, v []byte) error) error {
	if len(value) < bucketSize {
		return corrupt("bucket header")
	}
	visit := func(e entry, _ int) error {
		if e.isBucket {
			return corrupt("a bucket inside a bucket")
		}
		return leaf(e.key, e.value)
	}
	if root := native.Uint64(value); root != 0 {
		return in.tree(root, depth, nil, nil, visit)
	}
	if len(value) < bucketSize+pageHeader {
		return corrupt("inline bucket")
	}
	list, isLeaf, err := entries(value[bucketSize:])
	if err != nil || !isLeaf {
		return corrupt("inline bucket")
	}
	if err := inOrder(list, nil, nil); err != nil {
		return err
	}
	for _, e := range list {
		if err := visit(e, depth); err != nil {
			return err
		}
	}
	return nil
}

func (in *inspector) record(k, v []byte) error {
	_, expires, _, err := header(k, v)
	switch {
	case in.lenient:
	case err != nil:
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case expires != 0:
		in.due += sum64(dueKey(expires, k))
	}
	return nil
}

func (in *inspector) dueEntry(k, v []byte) error {
	if len(k) < 9 || len(v) != 0 {
		return corrupt("expiry index")
	}
	in.due -= sum64(k)
	return nil
}

// freelist judges a list of free pages that another program wrote (bbolt
// compact does; this package does not): bbolt would hand those pages out, so
// none may be in use.
func (in *inspector) freelist(id uint64) error {
	page, err := in.page(id, 0)
	if err != nil {
		return err
	}
	count, ids := uint64(native.Uint16(page[10:])), page[pageHeader:]
	if count == 0xFFFF && len(ids) >= 8 { // too many for two bytes: the first entry counts
		count, ids = native.Uint64(ids), ids[8:]
	}
	if native.Uint16(page[8:]) != freelistPage || count > uint64(len(ids)/8) {
		return corrupt("list of free pages")
	}
	for i := range count {
		if !in.claim(native.Uint64(ids[8*i:]), 1) {
			return corrupt("a page in use is listed as free")
		}
	}
	return nil
}
