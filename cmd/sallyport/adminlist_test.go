package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/sallyport-auth/sallyport"
	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
	files "github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// atOnce is how many accounts one commit makes; it has a bound.
const atOnce = 5_000

// listSize is how many accounts are listed, and how much live heap that may take over
// an idle engine: what the collector would take away is not counted.
func listSize() (users int, room uint64) {
	if os.Getenv("SALLYPORT_LONG") != "" {
		return 100_000, 16 << 20
	}
	return 20_000, 6 << 20
}

// engineOn is an engine over a bbolt file, and how to close it.
func engineOn(t *testing.T, path string, keys sealed.Keys) (*sallyport.Engine, func()) {
	t.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := sallyport.New(t.Context(), sallyport.Config{Store: s, Keys: keys, Issuer: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	return e, func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestAdminListRoom: a list of many accounts is told as it is read.
func TestAdminListRoom(t *testing.T) {
	users, room := listSize()
	path, keys := filepath.Join(t.TempDir(), "db"), sealed.NewKeys()
	e, done := engineOn(t, path, keys)
	for i := 0; i < users; i += atOnce {
		var d files.File
		for n := i; n < i+atOnce; n++ {
			d.Users = append(d.Users, files.User{Name: fmt.Sprintf("user%06d", n), Email: fmt.Sprintf("user%06d@example.com", n)})
		}
		if _, err := e.Apply(t.Context(), d, files.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	done()
	e, done = engineOn(t, path, keys) // one that has no part of them in memory
	defer done()
	idle, most, peak, listed := live(), uint64(0), uint64(0), 0
	err := command.Dispatch(t.Context(), e, "user list", nil, func(any) error {
		if listed++; listed%1000 == 0 {
			peak = max(peak, heap())
			most = max(most, live())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "accounts", listed, users)
	t.Logf("%d accounts took %d KiB of live heap over idle, %d with what was yet to be collected", users, (most-idle)>>10, (peak-idle)>>10)
	if most-idle > room {
		t.Errorf("took %d KiB of heap over idle, want %d at most", (most-idle)>>10, room>>10)
	}
}

// live is how much of the heap is in use, in bytes.
func live() uint64 {
	runtime.GC()
	runtime.GC() // what the first has found is gone after the second
	return heap()
}

func heap() uint64 {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}
