package boltstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// The inspection beside serving reads so many pages in one transaction, and
// pauses so long before the next: 64 MiB a second at most, and never a
// transaction for long, which would keep pages from being used again.
const (
	besidePages = 256 // of 4 KiB
	besidePause = time.Second / 64
)

// inspectBeside judges what nobody has asked for yet, and tells the zones what
// expires there. It ends with Close. Once every page was found sound nothing needs
// judging any more.
func (s *Store) inspectBeside() {
	defer close(s.inspected)
	defer s.zones.settle()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	findings := 0
	for from, done := []byte(nil), false; !done; {
		select {
		case <-s.closing:
			return
		case <-time.After(besidePause):
		}
		var r reading
		s.zones.watch()
		err := s.view(ctx, func(tx *bolt.Tx) (err error) {
			r, err = s.inspection.Load().portion(tx, from)
			return err
		})
		if errors.Is(err, store.ErrClosed) {
			return
		}
		if err != nil {
			s.log.Error("boltstore: the inspection ended early", "error", err)
			return
		}
		s.zones.learn(stretch{string(from), string(r.next), r.zones.list})
		for _, f := range r.found {
			s.log.Error("boltstore: damage; restore a backup", "finding", f)
		}
		findings += len(r.found)
		from, done = r.next, r.next == nil
	}
	if findings == 0 {
		s.inspection.Store(nil)
	}
	s.log.Info("boltstore: every page was inspected", "findings", findings)
}

// reading is what a portion of the inspection has come to.
type reading struct {
	next  []byte // where to go on, nil at the end
	found []error
	zones cutter
}

// portion judges the leaves from a key on, until it has read enough.
func (in *inspection) portion(tx *bolt.Tx, from []byte) (r reading, err error) {
	p := placeOf(tx, in.meta.pageSize)
	if p.root == 0 { // its page was judged at opening, and the next sweep reads it
		r.zones.add(from, 0, 0)
		return r, nil
	}
	d := in.rooms.Get().(*descent)
	defer in.rooms.Put(d)
	for range max(1, besidePages*4096/in.meta.pageSize) {
		err := in.descend(d, p, from, false)
		high := d.leaf.high
		if damage, ok := errors.AsType[*damagedPage](err); ok {
			r.found, high = append(r.found, err), damage.within.high
			r.zones.add(from, 0, 0) // each sweep will look whether it can be read
		} else if err != nil {
			return r, err
		} else {
			r.leaf(d, from)
		}
		if high == nil {
			r.next = nil
			return r, nil
		}
		from = bytes.Clone(high)
		r.next = from
	}
	return r, nil
}

// leaf takes down what a leaf holds from a key on.
func (r *reading) leaf(d *descent, from []byte) {
	size, earliest := 0, int64(never)
	for _, e := range d.list {
		_, expires, _, err := header(e.key, e.value)
		if err != nil {
			r.found = append(r.found, fmt.Errorf("page %d: %w", d.id, err))
			earliest = 0
		}
		if bytes.Compare(e.key, from) >= 0 {
			size, earliest = size+len(e.key)+len(e.value), earlier(earliest, expires)
		}
	}
	r.zones.add(from, size, earliest)
}
