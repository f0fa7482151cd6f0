package boltstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// TestDiskFull fills a file system of one MiB, which only root can make.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no file system to fill: %v", err)
	}
	path := filepath.Join(dir, "auth.db")
	var s *boltstore.Store
	t.Cleanup(func() {
		s.Close()
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	s = open(t, path, boltstore.Options{})
	var ids []uint64
	var err error
	for err == nil && len(ids) < 2000 {
		c := change(store.Write{Key: fmt.Sprintf("r/%04d", len(ids)), Value: make([]byte, 2000)})
		if err = s.Commit(t.Context(), c); err == nil {
			ids = append(ids, c.ID)
		}
	}
	if !errors.Is(err, boltstore.ErrFull) {
		t.Fatalf("after %d records: got error %v, want %v", len(ids), err, boltstore.ErrFull)
	}
	if got := len(all(t, s)); got != len(ids) {
		t.Errorf("while full: got %d records, want %d", got, len(ids))
	}
	for i, id := range ids[:20] {
		commit(t, s, store.Write{Key: fmt.Sprintf("r/%04d", i), If: id})
	}
	commit(t, s, put("room", "again"))
	s.Close()
	s = open(t, path, boltstore.Options{})
	if got, want := len(all(t, s)), len(ids)-20+1; got != want {
		t.Errorf("opened again: got %d records, want %d", got, want)
	}
}
