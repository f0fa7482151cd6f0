package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// inspection judges the pages of a file that was opened without a walk, at the
// latest when an answer would rest on them: what is read or written leads from
// the root to a leaf, and each page on that way is read by a plain read and
// judged unless it was before. So keys in the range of a damaged page are denied
// for as long as it is damaged, absent ones too.
type inspection struct {
	f       *os.File
	meta    meta            // as it was opened; pages behind its last are this store's own
	lenient bool            // where a record is damaged, absence of others is believed
	judged  []atomic.Uint64 // pages that were found sound, a bit for each
	rooms   sync.Pool       // of *descent
}

func newInspection(f *os.File, m meta, o Options) *inspection {
	return &inspection{
		f: f, meta: m, lenient: o.InsecureDamagedRecords,
		judged: make([]atomic.Uint64, m.pages/64+1),
		rooms:  sync.Pool{New: func() any { return new(descent) }},
	}
}

func (in *inspection) isJudged(id uint64) bool {
	return id >= in.meta.pages || in.judged[id/64].Load()&(1<<(id%64)) != 0
}

func (in *inspection) setJudged(id uint64) {
	if id < in.meta.pages {
		in.judged[id/64].Or(1 << (id % 64))
	}
}

// descent is one way from a root to a leaf.
type descent struct {
	pages  [maxDepth][]byte
	other  []byte // a page beside the way
	list   []entry
	leaf   bounds
	id     uint64
	entire bool // no record of the leaf is damaged
}

// damagedPage is a page that was found damaged, and the keys that it may hold.
type damagedPage struct {
	at     string
	within bounds
	cause  error
}

func newDamagedPage(r ref, cause error) *damagedPage {
	return &damagedPage{r.within.describe(r.id), bounds{bytes.Clone(r.within.low), bytes.Clone(r.within.high)}, cause}
}

func (d *damagedPage) Error() string   { return d.at + ": " + d.cause.Error() }
func (d *damagedPage) Unwrap() []error { return []error{store.ErrDamaged, d.cause} }

// place is the tree of the records as a transaction sees it.
type place struct {
	root  uint64 // 0: inline, in a page that was judged when the file was opened
	pages uint64 // of the file
}

func placeOf(tx *bolt.Tx, pageSize int) place {
	return place{uint64(tx.Bucket(recordsBucket).Root()), uint64(tx.Size()) / uint64(pageSize)}
}

// descend leads to the leaf in which key belongs. With merging, the pages that
// bbolt may merge into those of the way are judged too, as it may where
// something is deleted.
func (in *inspection) descend(d *descent, p place, key []byte, merging bool) error {
	m := in.meta
	m.pages = p.pages
	d.id, d.leaf = p.root, bounds{}
	for depth := range maxDepth {
		list, isLeaf, err := in.page(m, &d.pages[depth], ref{id: d.id, within: d.leaf}, d)
		if err != nil {
			return err
		}
		if d.leaf.low != nil && bytes.Compare(key, d.leaf.low) >= 0 && bytes.Compare(key, list[0].key) < 0 {
			// A page begins with the key that leads to it, so that one is damaged.
			return newDamagedPage(ref{id: d.id, within: d.leaf}, corrupt("it begins with another key"))
		}
		if isLeaf {
			return nil
		}
		i := childOf(list, key)
		if merging {
			if err := in.beside(m, d, list, i); err != nil {
				return err
			}
		}
		d.id, d.leaf = list[i].child, d.leaf.within(list, i)
	}
	return corrupt("the tree is too deep")
}

// beside judges the page that bbolt would merge with the child at place i: the
// left one, of the first the right one.
func (in *inspection) beside(m meta, d *descent, list []entry, i int) error {
	other := i - 1
	if i == 0 {
		other = 1
	}
	if other >= len(list) {
		return nil
	}
	kept := d.list
	d.list = nil
	_, _, err := in.page(m, &d.other, ref{id: list[other].child, within: d.leaf.within(list, other)}, d)
	d.list = kept
	return err
}

// page reads a page of the tree, and judges it unless it was before.
func (in *inspection) page(m meta, room *[]byte, r ref, d *descent) (list []entry, isLeaf bool, err error) {
	if *room, err = readPage(in.f, m, r.id, *room); err == nil {
		if in.isJudged(r.id) {
			d.entire = true
			if d.list, isLeaf, err = entries(*room, d.list[:0]); err == nil {
				err = r.within.hold(d.list) // another may lead to it wrongly
			}
		} else {
			d.list, isLeaf, err = in.judge(*room, r, d)
		}
	}
	if err != nil {
		return nil, false, newDamagedPage(r, err)
	}
	return d.list, isLeaf, nil
}

func (in *inspection) judge(page []byte, r ref, d *descent) (list []entry, isLeaf bool, err error) {
	list, isLeaf, err = sound(page, in.meta.pageSize, r.within, d.list[:0])
	if err != nil {
		return d.list, false, err
	}
	d.entire = true
	for i := 0; isLeaf && i < len(list); i++ {
		_, _, _, err := header(list[i].key, list[i].value)
		d.entire = d.entire && err == nil
	}
	if d.entire {
		in.setJudged(r.id)
	}
	return list, isLeaf, nil
}

// key returns nil where what bbolt finds under key may be believed. Absence may
// not where a record beside it is damaged, which may be the one that is missing,
// nor where the next page holds what comes before its bounds: then it is these
// that are damaged.
func (in *inspection) key(p place, key []byte, merging bool) error {
	if p.root == 0 {
		return nil
	}
	d := in.rooms.Get().(*descent)
	defer in.rooms.Put(d)
	if err := in.descend(d, p, key, merging); err != nil {
		return err
	}
	i := childOf(d.list, key)
	switch {
	case len(d.list) > 0 && bytes.Equal(d.list[i].key, key):
		return nil // its own checksum decides
	case !d.entire && !in.lenient:
		return fmt.Errorf("%w: beside %q in page %d", store.ErrDamaged, kind(key), d.id)
	case i == len(d.list)-1 && d.leaf.high != nil:
		return in.descend(d, p, bytes.Clone(d.leaf.high), false)
	}
	return nil
}

// each calls fn for the entries from a key on, until it returns false. It reads
// them from the pages it has judged, since a cursor of bbolt looks ahead into
// others. For each damaged page it calls skip, and goes on behind it if that
// returns nil.
func (in *inspection) each(p place, from []byte, fn func(e entry) bool, skip func(error) error) error {
	d := in.rooms.Get().(*descent)
	defer in.rooms.Put(d)
	for {
		err := in.descend(d, p, from, false)
		high := bytes.Clone(d.leaf.high)
		if damage, ok := errors.AsType[*damagedPage](err); ok {
			if err := skip(err); err != nil {
				return err
			}
			high = damage.within.high
		} else if err != nil {
			return err
		} else {
			for _, e := range d.list {
				if bytes.Compare(e.key, from) >= 0 && !fn(e) {
					return nil
				}
			}
		}
		if high == nil {
			return nil
		}
		from = high
	}
}
