package boltstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// TestHolder names who has a file locked where the system's list leaves no doubt.
func TestHolder(t *testing.T) {
	me := os.Getpid()
	line := func(kind string, pid int, file string) string {
		return fmt.Sprintf("1: %s  ADVISORY  WRITE %d %s 0 EOF\n", kind, pid, file)
	}
	for _, tt := range []struct {
		name, locks string
		found       bool
	}{
		{"none", "", false},
		{"ours", line("FLOCK", me, "fd:01:42"), true},
		{"among others", line("FLOCK", 1, "fd:01:142") + line("POSIX", 1, "fd:01:42") + line("FLOCK", me, "fd:01:42"), true},
		{"another file", line("FLOCK", me, "fd:01:421"), false},
		{"another kind", line("POSIX", me, "fd:01:42"), false},
		{"in another container", line("FLOCK", 0, "fd:01:42"), false},
		{"two files of that number", line("FLOCK", me, "fd:01:42") + line("FLOCK", 1, "fd:02:42"), false},
		{"one that waits", strings.Replace(line("FLOCK", me, "fd:01:42"), "1: ", "1: -> ", 1), false},
		{"nonsense", "1: FLOCK\n:::\n\x00", false},
	} {
		got := boltstore.HolderIn(tt.locks, 42)
		if (got != "") != tt.found || tt.found && !strings.HasPrefix(got, fmt.Sprintf("process %d (", me)) {
			t.Errorf("%s: got %q, want it named %v", tt.name, got, tt.found)
		}
	}
}

// TestLockedBy: a file that is in use is told with its holder, and with nobody
// where there is none.
func TestLockedBy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := fmt.Sprintf("in use by process %d (", os.Getpid())
	if _, err := boltstore.Open(path, boltstore.Options{LockTimeout: 1}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Open: got error %v, want %q", err, want)
	}
	if _, err := boltstore.Check(t.Context(), path, boltstore.Options{LockTimeout: 1}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Check: got error %v, want %q", err, want)
	}
}

// FuzzHolder reads lists of locks: whatever stands in one, at most a process is
// named.
func FuzzHolder(f *testing.F) {
	f.Fuzz(func(t *testing.T, locks string, inode uint64) {
		if got := boltstore.HolderIn(locks, inode); got != "" && !strings.HasPrefix(got, "process ") {
			t.Errorf("got %q", got)
		}
	})
}
