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

// inspectBeside judges what nobody has asked for yet, and ends with Close. Once
// every page was found sound nothing needs judging any more.
func (s *Store) inspectBeside() {
	defer close(s.inspected)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	findings := 0
	for _, name := range [][]byte{recordsBucket, expiryBucket} {
		for from, done := []byte(nil), false; !done; {
			select {
			case <-s.closing:
				return
			case <-time.After(besidePause):
			}
			var found []error
			err := s.view(ctx, func(tx *bolt.Tx) (err error) {
				from, done, found, err = s.inspection.Load().portion(tx, name, from)
				return err
			})
			if errors.Is(err, store.ErrClosed) {
				return
			}
			if err != nil {
				s.log.Error("boltstore: the inspection ended early", "error", err)
				return
			}
			for _, f := range found {
				s.log.Error("boltstore: damage; restore a backup", "finding", f)
			}
			findings += len(found)
		}
	}
	if findings == 0 {
		s.inspection.Store(nil)
	}
	s.log.Info("boltstore: every page was inspected", "findings", findings)
}

// portion judges the leaves of a tree from a key on, until it has read enough,
// and returns where to go on.
func (in *inspection) portion(tx *bolt.Tx, name, from []byte) (next []byte, done bool, found []error, err error) {
	p := placeOf(tx, name, in.meta.pageSize)
	if p.root == 0 {
		return nil, true, nil, nil
	}
	d := in.rooms.Get().(*descent)
	defer in.rooms.Put(d)
	for range max(1, besidePages*4096/in.meta.pageSize) {
		err := in.descend(d, p, from, false)
		high := d.leaf.high
		if damage, ok := errors.AsType[*damagedPage](err); ok {
			found, high = append(found, err), damage.within.high
		} else if err != nil {
			return nil, false, found, err
		} else if !d.entire {
			found = append(found, damagedRecords(d)...)
		}
		if high == nil {
			return nil, true, found, nil
		}
		from = bytes.Clone(high)
	}
	return from, false, found, nil
}

// damagedRecords names those of a leaf.
func damagedRecords(d *descent) (found []error) {
	for _, e := range d.list {
		if _, _, _, err := header(e.key, e.value); err != nil {
			found = append(found, fmt.Errorf("page %d: %w", d.id, err))
		}
	}
	return found
}
