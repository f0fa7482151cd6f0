package storetest_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

func TestLogStore(t *testing.T) {
	open := func(t *testing.T, path string) store.Store {
		s, err := OpenLog(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	path := func(s store.Store) string { return s.(*LogStore).file.Name() }
	storetest.RunBackend(t, storetest.Backend{
		Open:   func(t *testing.T) store.Store { return open(t, filepath.Join(t.TempDir(), "log")) },
		Reopen: func(t *testing.T, s store.Store) store.Store { return open(t, path(s)) },
		Crash: func(t *testing.T, s store.Store) store.Store {
			left, err := os.ReadFile(path(s)) // its last line may be half written
			if err != nil {
				t.Fatal(err)
			}
			image := filepath.Join(t.TempDir(), "crashed")
			if err := os.WriteFile(image, left, 0o600); err != nil {
				t.Fatal(err)
			}
			return open(t, image)
		},
	})
}

// The kit cannot damage what is only in memory, so the log does by itself what
// there is to do: refuse a file of which a line was changed, but take one that
// a crash has cut off.
func TestLogStoreDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	s, err := OpenLog(path)
	for i, key := range []string{"a", "b", "c"} {
		if err == nil {
			err = s.Commit(t.Context(), store.Change{ID: uint64(i + 1), Writes: []store.Write{{Key: key, Value: []byte("x")}}})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		changed := append([]byte{}, whole...)
		changed[n] ^= 1
		for name, file := range map[string][]byte{"changed": changed, "cut off": whole[:n]} {
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := OpenLog(path)
			if err != nil {
				if !errors.Is(err, store.ErrDamaged) || name == "cut off" {
					t.Errorf("%s at byte %d: got error %v", name, n, err)
				}
				continue
			}
			recs, err := s.Load(t.Context(), "a", "b", "c")
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range recs {
				if last := i == len(recs)-1 || recs[i+1].Value == nil; r.Value == nil && !last || r.Value != nil && string(r.Value) != "x" {
					t.Errorf("%s at byte %d: got %q, then more", name, n, r.Value)
				}
			}
			if name == "changed" && recs[1].Value == nil && n < len(whole)/3 {
				t.Errorf("changed at byte %d: opened without what stands behind it", n)
			}
			s.Close()
		}
	}
}
