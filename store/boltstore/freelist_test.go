package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// laterMeta is the meta page of a file that counts.
func laterMeta(file []byte) []byte {
	meta := file[:pageSize]
	if other := file[pageSize : 2*pageSize]; binary.NativeEndian.Uint64(other[64:]) > binary.NativeEndian.Uint64(meta[64:]) {
		meta = other
	}
	return meta
}

// boltCheck has bbolt check a file: every page must be in use or free, and no
// page both.
func boltCheck(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestListOfFreePages holds the list that is written after a kill, and that of
// Close, to bbolt's own check.
func TestListOfFreePages(t *testing.T) {
	file, want := largeImage(t)
	path := write(t, file)
	boltCheck(t, path) // as Close left it
	s := open(t, path, boltstore.Options{})
	for key, w := range want { // many pages become free
		if w.Value[0]%2 == 0 {
			commit(t, s, store.Write{Key: key, If: w.Version})
			if len(all(t, s)) < 7900 {
				break
			}
		}
	}
	killed := tempPath(t)
	if err := crashImage(path, killed); err != nil {
		t.Fatal(err)
	}
	s.Close()
	boltCheck(t, path)
	for range 2 { // the list is written by the first
		open(t, killed, boltstore.Options{}).Close()
		boltCheck(t, killed)
	}
	full, err := os.ReadFile(killed)
	check(err)
	if meta := laterMeta(full); binary.NativeEndian.Uint64(meta[48:]) == 1<<64-1 {
		t.Error("after a kill no list was written")
	}
}

// TestDamagedList: a list that nothing vouches for is not believed.
func TestDamagedList(t *testing.T) {
	file, want := largeImage(t)
	at := func(b []byte) []byte { return b[binary.NativeEndian.Uint64(laterMeta(b)[48:])*pageSize:] }
	used := uint64(leafOf(t, file, slices.Sorted(maps.Keys(want))[100]))
	for _, tt := range []struct {
		name    string
		damage  func(b []byte)
		refused bool
	}{
		{"a page in use is listed", func(b []byte) { binary.NativeEndian.PutUint64(at(b)[24:], used) }, true},
		{"a page outside is listed", func(b []byte) { binary.NativeEndian.PutUint64(at(b)[24:], 1<<40) }, true},
		{"a page less is listed", func(b []byte) { binary.NativeEndian.PutUint16(at(b)[10:], binary.NativeEndian.Uint16(at(b)[10:])-1) }, false},
		{"no list", func(b []byte) { clear(at(b)[:pageSize]) }, true},
		{"no stamp", func(b []byte) { clear(laterMeta(b)[pageSize-16:]) }, false},
	} {
		b := bytes.Clone(file)
		tt.damage(b)
		path := write(t, b)
		s, err := boltstore.Open(path, boltstore.Options{})
		if tt.refused {
			if !errors.Is(err, boltstore.ErrCorrupt) {
				t.Errorf("%s: got error %v, want %v", tt.name, err, boltstore.ErrCorrupt)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if s.Inspecting() {
			t.Errorf("%s: the file was not read as a whole", tt.name)
		}
		if got := len(all(t, s)); got != len(want) {
			t.Errorf("%s: got %d records, want %d", tt.name, got, len(want))
		}
		s.Close()
	}
}
