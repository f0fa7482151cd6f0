package boltstore

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// meta is what the later valid meta page of a file says, and where it stands.
type meta struct {
	pageSize int
	root     uint64 // page of the bucket of buckets
	sequence uint64 // of that bucket
	freelist uint64 // page of the list of free pages, or noFreelist
	pages    uint64 // pages below are in use or free; the rest of the file is nothing
	txid     uint64
}

// readMeta reads the two meta pages and takes the later valid one, as bbolt
// does: a crash while one was written leaves the other. A file that is shorter
// than its pages is refused here, before any of them is looked at.
func readMeta(f *os.File) (m meta, err error) {
	info, err := f.Stat()
	if err != nil {
		return meta{}, err
	}
	m, found := metaAt(f, 0)
	second, valid := meta{}, false
	if found {
		second, valid = metaAt(f, int64(m.pageSize))
	}
	// Where the first is not valid, the size of pages is not known: the second
	// is the first valid one at the end of a page of some size.
	for size := int64(minPageSize); !found && !valid && size <= maxPageSize && size < info.Size(); size *= 2 {
		if second, valid = metaAt(f, size); valid && int64(second.pageSize) != size {
			return meta{}, corrupt("page size")
		}
	}
	switch {
	case !found && !valid && !beginsLikeBolt(f):
		return meta{}, fmt.Errorf("%w: it begins like no store (if it was one, its beginning was written over: restore a backup)", ErrForeign)
	case !found && !valid:
		return meta{}, corrupt("no valid meta page")
	case found && valid && m.pageSize != second.pageSize:
		return meta{}, corrupt("page size")
	case valid && (!found || second.txid > m.txid):
		m = second
	}
	switch {
	case m.pageSize < minPageSize || m.pageSize > maxPageSize || m.pageSize&(m.pageSize-1) != 0:
		return meta{}, corrupt("page size")
	case m.pages > uint64(info.Size())/uint64(m.pageSize):
		return meta{}, corrupt(fmt.Sprintf("%d bytes are too few for %d pages", info.Size(), m.pages))
	case m.pages < 3:
		return meta{}, corrupt("meta page")
	}
	return m, nil
}

// beginsLikeBolt reports whether a file begins with the number of the first page,
// which is zero, as far as it goes.
func beginsLikeBolt(f *os.File) bool {
	var b [8]byte
	_, err := f.ReadAt(b[:], 0)
	return (err == nil || err == io.EOF) && b == [8]byte{}
}

// metaAt reads the meta page at that offset, and reports whether it is valid.
func metaAt(f *os.File, offset int64) (meta, bool) {
	b := make([]byte, pageHeader+metaSize)
	if _, err := f.ReadAt(b, offset); err != nil {
		return meta{}, false
	}
	b = b[pageHeader:]
	m := meta{
		pageSize: int(native.Uint32(b[8:])),
		root:     native.Uint64(b[16:]), sequence: native.Uint64(b[24:]), freelist: native.Uint64(b[32:]),
		pages: native.Uint64(b[40:]), txid: native.Uint64(b[48:]),
	}
	return m, native.Uint32(b) == boltMagic && native.Uint32(b[4:]) == boltVersion && native.Uint64(b[56:]) == sum64(b[:56])
}

// offset is where the meta page stands.
func (m meta) offset() int64 { return int64(m.txid%2) * int64(m.pageSize) }

// encode is the meta page, with the stamp of its list of free pages.
func (m meta) encode(stamp []byte) []byte {
	page := make([]byte, m.pageSize)
	native.PutUint64(page, m.txid%2)
	native.PutUint16(page[8:], metaPage)
	b := page[pageHeader:]
	native.PutUint32(b, boltMagic)
	native.PutUint32(b[4:], boltVersion)
	native.PutUint32(b[8:], uint32(m.pageSize))
	native.PutUint64(b[16:], m.root)
	native.PutUint64(b[24:], m.sequence)
	native.PutUint64(b[32:], m.freelist)
	native.PutUint64(b[40:], m.pages)
	native.PutUint64(b[48:], m.txid)
	native.PutUint64(b[56:], sum64(b[:56]))
	copy(page[m.pageSize-stampSize:], stamp)
	return page
}

// stampSize is the end of a meta page, which bbolt leaves empty, and empties
// when it writes the page again.
const stampSize = 16

// stamp vouches for a list of free pages: bbolt has no checksum for it, and
// would hand pages out that are in use. It holds the transaction's id and the
// CRC-32C of the list, both at the end of the meta page, in a sector that holds
// nothing else.
func (m meta) stamp(list []byte) []byte {
	b := make([]byte, stampSize)
	native.PutUint64(b, m.txid)
	native.PutUint32(b[8:], crc32.Checksum(list, castagnoli))
	copy(b[12:], "free")
	return b
}

func (m meta) stampOffset() int64 { return m.offset() + int64(m.pageSize-stampSize) }
