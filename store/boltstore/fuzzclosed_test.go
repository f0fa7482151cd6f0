package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// FuzzOpenClosed reads a damaged bbolt file that was closed and is inspected beside
// serving: no record may be another than it was, or absent.
func FuzzOpenClosed(f *testing.F) {
	file, want := largeImage(f)
	keys := slices.Sorted(maps.Keys(want))
	for _, flags := range []uint16{1, 2, 16} { // branches, leaves, the list
		for _, id := range pagesOf(file, flags)[:1] {
			edit := binary.BigEndian.AppendUint32(nil, uint32(id*pageSize))
			for _, at := range []byte{8, 10, 12, 16, 20, 24, 40, 60} {
				seed := append(bytes.Clone(edit), 1)
				binary.BigEndian.PutUint32(seed, uint32(id*pageSize)+uint32(at))
				f.Add(seed)
			}
		}
	}
	f.Fuzz(func(t *testing.T, edits []byte) {
		b := bytes.Clone(file)
		for len(edits) >= 5 {
			b[int(binary.BigEndian.Uint32(edits))%len(b)] ^= edits[4]
			edits = edits[5:]
		}
		path := write(t, b)
		within(t, func() {
			s, err := boltstore.Open(path, boltstore.Options{})
			if err != nil {
				if !typed(err) {
					t.Errorf("got error %v, want a typed one", err)
				}
				return
			}
			defer s.Close()
			for i := 0; i < len(keys); i += 20 {
				key := keys[i]
				recs, err := s.Load(t.Context(), key)
				if err == nil && !equal(recs[0], want[key]) || err != nil && !errors.Is(err, store.ErrDamaged) {
					t.Fatalf("record %q: got %v and error %v", key, recs, err)
				}
			}
			for r, err := range s.Scan(t.Context(), "", "") {
				if err != nil && !typed(err) {
					t.Errorf("Scan at %q: got error %v, want a typed one", r.Key, err)
				}
			}
			s.Inspected()
			if _, err := boltstore.Check(t.Context(), path, boltstore.Options{LockTimeout: 1}); !errors.Is(err, boltstore.ErrLocked) {
				t.Errorf("Check of an open file: got error %v, want %v", err, boltstore.ErrLocked)
			}
		})
	})
}
