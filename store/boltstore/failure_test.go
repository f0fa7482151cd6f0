package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// failed holds a store to refusing every call, and to closing at once.
func failed(t *testing.T, s *boltstore.Store) {
	t.Helper()
	within(t, func() {
		if _, err := s.Load(t.Context(), "a"); !errors.Is(err, boltstore.ErrFailed) {
			t.Errorf("Load afterwards: got error %v, want %v", err, boltstore.ErrFailed)
		}
		if err := s.Commit(t.Context(), change(put("b", "x"))); !errors.Is(err, boltstore.ErrFailed) {
			t.Errorf("Commit afterwards: got error %v, want %v", err, boltstore.ErrFailed)
		}
		s.Close()
	})
}

// TestPanicInCommit ruins a page that bbolt reads only while it commits, to
// merge its neighbour into it. bbolt then panics with its locks taken: whether
// the change landed is unknown, and the file is given back all the same.
func TestPanicInCommit(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	c := change(put("a", "x"))
	for i := range 200 {
		c.Writes = append(c.Writes, put(fmt.Sprintf("k/%03d", i), string(make([]byte, 100))))
	}
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pageOf := func(i int) int { // the last that names it
		p := len(file)/pageSize - 1
		for key := fmt.Appendf(nil, "k/%03d", i); p >= 0 && !bytes.Contains(file[p*pageSize:][:pageSize], key); p-- {
		}
		return p
	}
	ruined, first := pageOf(40), 41
	for pageOf(first) == ruined {
		first++
	}
	next := change()
	for i := first + 1; pageOf(i) == pageOf(first+1); i++ { // all of that page but one
		next.Writes = append(next.Writes, store.Write{Key: fmt.Sprintf("k/%03d", i), If: c.ID})
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(make([]byte, 16), int64(ruined)*int64(pageSize)) // its header
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	within(t, func() {
		if err := s.Commit(t.Context(), next); !errors.Is(err, store.ErrUnknown) || !errors.Is(err, boltstore.ErrCorrupt) {
			t.Errorf("got error %v, want one of unknown outcome that names the damage", err)
		}
	})
	failed(t, s)
	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrCorrupt) {
		t.Errorf("Open afterwards: got error %v, want %v", err, boltstore.ErrCorrupt)
	}
}

// TestFailedRollback: a rollback that fails leaves bbolt in a state that nobody
// knows.
func TestFailedRollback(t *testing.T) {
	s := open(t, tempPath(t), boltstore.Options{})
	if err := s.RollbackTwice(); err == nil {
		t.Error("a rollback that failed: got no error")
	}
	failed(t, s)
}

// TestFailedCommitOutcome: after a commit that failed the file shows whether it
// may have landed. Only one that did not, for want of room, leaves the store
// usable.
func TestFailedCommitOutcome(t *testing.T) {
	tests := []struct {
		name       string
		err        error
		unreadable bool
		want       error
		unknown    bool
		usable     bool
	}{
		{"disk full", syscall.ENOSPC, false, boltstore.ErrFull, false, true},
		{"quota used up", syscall.EDQUOT, false, boltstore.ErrFull, false, true},
		{"input or output", syscall.EIO, false, syscall.EIO, false, false},
		{"disk full, and the file cannot be read", syscall.ENOSPC, true, syscall.ENOSPC, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, tempPath(t), boltstore.Options{})
			err := s.CommitFailed(tt.err, tt.unreadable)
			if !errors.Is(err, tt.want) || errors.Is(err, store.ErrUnknown) != tt.unknown {
				t.Errorf("got error %v, want %v, of unknown outcome: %v", err, tt.want, tt.unknown)
			}
			if !tt.usable {
				failed(t, s)
				return
			}
			if err := s.Commit(t.Context(), change(put("a", "x"))); err != nil {
				t.Errorf("Commit afterwards: %v", err)
			}
		})
	}
}
