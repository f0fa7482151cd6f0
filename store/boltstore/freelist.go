package boltstore

import (
	"bytes"
	"errors"
	"os"
)

// pageSet is a set of pages, a bit for each.
type pageSet []uint64

func newPageSet(pages uint64) pageSet { return make(pageSet, pages/64+1) }

func (s pageSet) has(id uint64) bool { return s[id/64]&(1<<(id%64)) != 0 }
func (s pageSet) add(id uint64)      { s[id/64] |= 1 << (id % 64) }

// claim adds n pages from id on, and reports whether none was there before.
func (s pageSet) claim(id, n uint64) bool {
	for ; n > 0; id, n = id+1, n-1 {
		if s.has(id) {
			return false
		}
		s.add(id)
	}
	return true
}

// readFreelist reads the list of free pages, and reports whether its stamp
// vouches for it. Without one (another program wrote the list) it is good only
// if no page of it is in use.
func readFreelist(f *os.File, m meta) (page, ids []byte, stamped bool, err error) {
	page, err = readPage(f, m, m.freelist, nil)
	if err != nil {
		return nil, nil, false, err
	}
	count, ids := uint64(native.Uint16(page[10:])), page[pageHeader:]
	if count == 0xFFFF && len(ids) >= 8 { // too many for two bytes: the first entry counts
		count, ids = native.Uint64(ids), ids[8:]
	}
	if native.Uint16(page[8:]) != freelistPage || count > uint64(len(ids)/8) {
		return nil, nil, false, corrupt("list of free pages")
	}
	stamp := make([]byte, stampSize)
	if _, err := f.ReadAt(stamp, m.stampOffset()); err != nil {
		return nil, nil, false, err
	}
	return page, ids[:8*count], bytes.Equal(stamp, m.stamp(page)), nil
}

// checkFreelist holds the list to the pages in use: bbolt hands out what it
// lists.
func checkFreelist(f *os.File, m meta, used pageSet) error {
	page, ids, _, err := readFreelist(f, m)
	if err != nil {
		return err
	}
	if !used.claim(m.freelist, uint64(len(page)/m.pageSize)) {
		return corrupt("the list of free pages lies where something else does")
	}
	for ; len(ids) > 0; ids = ids[8:] {
		if id := native.Uint64(ids); id < 2 || id >= m.pages || !used.claim(id, 1) {
			return corrupt("a page in use is listed as free")
		}
	}
	return nil
}

// stampFreelist vouches for the list that bbolt has just written.
func stampFreelist(f *os.File) error {
	m, err := readMeta(f)
	if err != nil {
		return err
	}
	page, _, _, err := readFreelist(f, m)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(m.stamp(page), m.stampOffset())
	return errors.Join(err, f.Sync())
}

// writeFreelist does what an empty commit of bbolt would: it writes the pages
// that are not in use as a list, and a meta page that names it. bbolt then need
// not walk all pages to find out, one by one, in a goroutine where a damaged
// one ends the process. It returns the id of that commit.
func writeFreelist(f *os.File, m meta, used pageSet) (txid uint64, err error) {
	free := make([]uint64, 0, m.pages)
	for id := uint64(2); id < m.pages; id++ {
		if !used.has(id) {
			free = append(free, id)
		}
	}
	n := (pageHeader+8*(uint64(len(free))+1))/uint64(m.pageSize) + 1
	at, free := takeRun(free, n)
	if at == 0 { // behind all others
		at, m.pages = m.pages, m.pages+n
	}
	page := freelistBytes(at, n, free, m.pageSize)
	if _, err := f.WriteAt(page, int64(at)*int64(m.pageSize)); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	m.freelist, m.txid = at, m.txid+1
	if _, err := f.WriteAt(m.encode(m.stamp(page)), m.offset()); err != nil {
		return 0, err
	}
	return m.txid, f.Sync()
}

// takeRun takes n pages that lie side by side out of free, and returns the
// first; 0 if there are none.
func takeRun(free []uint64, n uint64) (first uint64, rest []uint64) {
	for i := 0; i+int(n) <= len(free); i++ {
		if free[i+int(n)-1] == free[i]+n-1 {
			first = free[i]
			return first, append(free[:i], free[i+int(n):]...)
		}
	}
	return 0, free
}

// freelistBytes is a list of free pages as bbolt writes it, n pages long.
func freelistBytes(at, n uint64, free []uint64, pageSize int) []byte {
	page := make([]byte, n*uint64(pageSize))
	native.PutUint64(page, at)
	native.PutUint16(page[8:], freelistPage)
	native.PutUint32(page[12:], uint32(n-1))
	ids := page[pageHeader:]
	if len(free) < 0xFFFF {
		native.PutUint16(page[10:], uint16(len(free)))
	} else {
		native.PutUint16(page[10:], 0xFFFF)
		native.PutUint64(ids, uint64(len(free)))
		ids = ids[8:]
	}
	for i, id := range free {
		native.PutUint64(ids[8*i:], id)
	}
	return page
}
