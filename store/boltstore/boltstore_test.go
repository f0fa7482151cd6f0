package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		crashWriter(path) // until it is killed
	}
	goleak.VerifyTestMain(m)
}

// open opens a store in a file, which it creates.
func open(t testing.TB, path string, o boltstore.Options) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func tempPath(t testing.TB) string { return filepath.Join(t.TempDir(), "auth.db") }

func put(key, value string) store.Write { return store.Write{Key: key, Value: []byte(value)} }

func change(writes ...store.Write) store.Change {
	return store.Change{ID: rnd.Uint64(), Writes: writes}
}

// commit must succeed.
func commit(t testing.TB, s store.Store, writes ...store.Write) (id uint64) {
	t.Helper()
	c := change(writes...)
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return c.ID
}

// all is everything in the store.
func all(t testing.TB, s store.Store) (recs []store.Record) {
	t.Helper()
	for r, err := range s.Scan(context.Background(), "", "") {
		if err != nil {
			t.Fatalf("Scan: %v", err)
		}
		recs = append(recs, r)
	}
	return recs
}

func equal(a, b store.Record) bool {
	return a.Key == b.Key && bytes.Equal(a.Value, b.Value) && a.Version == b.Version && a.Expires.Equal(b.Expires)
}

// within fails the test if fn has not ended after a minute, which on a machine
// that has much else to do is not a hang.
func within(t *testing.T, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it hangs")
	}
}

// filed is a store that knows its file, for the suite.
type filed struct {
	*boltstore.Store
	path string
}

func TestContract(t *testing.T) {
	at := func(t *testing.T, path string) store.Store { return filed{open(t, path, boltstore.Options{}), path} }
	storetest.RunBackend(t, storetest.Backend{
		Open:   func(t *testing.T) store.Store { return at(t, tempPath(t)) },
		Reopen: func(t *testing.T, s store.Store) store.Store { return at(t, s.(filed).path) },
		Crash: func(t *testing.T, s store.Store) store.Store {
			path := tempPath(t)
			if err := crashImage(s.(filed).path, path); err != nil {
				t.Fatal(err)
			}
			return at(t, path)
		},
		Damage: func(t *testing.T, s store.Store, key string) { damageRecord(t, s.(filed), key) },
	})
}

func TestReopen(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	var writes []store.Write
	for i := range 500 {
		writes = append(writes, store.Write{
			Key:     fmt.Sprintf("r/%03d", i),
			Value:   bytes.Repeat([]byte{byte(i)}, i*7),
			Expires: time.Unix(int64(1000+i), 0),
		})
	}
	id := commit(t, s, writes...)
	for i := range 100 { // what was changed and deleted stays so
		commit(t, s, store.Write{Key: writes[i].Key, If: id}, put(fmt.Sprintf("n/%d", i), "new"))
	}
	want := all(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, boltstore.Options{})
	if got := all(t, again); !slices.EqualFunc(got, want, equal) {
		t.Errorf("opened again: got %d records, want the %d that were there", len(got), len(want))
	}
	if n, err := again.Sweep(t.Context(), time.Unix(5000, 0), 1000); n != 400 || err != nil {
		t.Errorf("Sweep after opening again: got %d and error %v, want 400", n, err)
	}
}

func TestFile(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode of the file: got %#o, want 0600", got)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("beside the file: got %v and error %v, want nothing", files, err)
	}
	if _, err := boltstore.Open(filepath.Join(path, "..", "no-folder", "x.db"), boltstore.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open in no folder: got error %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := boltstore.Open(t.TempDir(), boltstore.Options{}); err == nil {
		t.Error("Open of a folder: no error")
	}
	s.Close()
}

func TestLocked(t *testing.T) {
	path := tempPath(t)
	first := open(t, path, boltstore.Options{})
	within(t, func() {
		_, err := boltstore.Open(path, boltstore.Options{LockTimeout: 100 * time.Millisecond})
		if !errors.Is(err, boltstore.ErrLocked) {
			t.Errorf("second Open: got error %v, want %v", err, boltstore.ErrLocked)
		}
		if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrLocked) {
			t.Errorf("second Open: got error %v, want %v", err, boltstore.ErrLocked)
		}
	})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, boltstore.Options{})
}

// Many may start at once on a file that is not there; one of them gets it.
func TestCreateRace(t *testing.T) {
	path := tempPath(t)
	var wg sync.WaitGroup
	stores := make(chan *boltstore.Store, 8)
	for range 8 {
		wg.Go(func() {
			s, err := boltstore.Open(path, boltstore.Options{LockTimeout: 200 * time.Millisecond})
			if err == nil {
				stores <- s
			} else if !errors.Is(err, boltstore.ErrLocked) {
				t.Errorf("Open: got error %v, want %v", err, boltstore.ErrLocked)
			}
		})
	}
	wg.Wait()
	close(stores)
	n := 0
	for s := range stores {
		n++
		commit(t, s, put("a", "x"))
		s.Close()
	}
	if n != 1 {
		t.Errorf("%d opened the file at once, want 1", n)
	}
}

func TestMaxSize(t *testing.T) {
	path := tempPath(t)
	const maxSize = 1 << 20
	s := open(t, path, boltstore.Options{MaxSize: maxSize})
	var ids []uint64
	var err error
	for err == nil && len(ids) < 2000 {
		c := change(store.Write{Key: fmt.Sprintf("r/%04d", len(ids)), Value: make([]byte, 2000), Expires: time.Unix(1000, 0)})
		if err = s.Commit(t.Context(), c); err == nil {
			ids = append(ids, c.ID)
		}
	}
	if !errors.Is(err, boltstore.ErrFull) || len(ids) < 100 {
		t.Fatalf("after %d records: got error %v, want %v", len(ids), err, boltstore.ErrFull)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > maxSize {
		t.Errorf("file: got %d bytes and error %v, want at most %d", info.Size(), err, maxSize)
	}
	if got := len(all(t, s)); got != len(ids) {
		t.Errorf("while full: got %d records, want %d", got, len(ids))
	}

	// In one batch with what does not fit, what does not grow lands.
	errs := s.CommitTogether(t.Context(),
		change(store.Write{Key: "r/0000", Value: make([]byte, 2000), If: ids[0]}),
		change(put("large", strings.Repeat("x", 900_000))),
		change(store.Write{Key: "r/0001", If: ids[1]}),
		change(put("r/0002", "stale")))
	for i, want := range []error{nil, boltstore.ErrFull, nil, store.ErrConflict} {
		if !errors.Is(errs[i], want) {
			t.Errorf("change %d of a batch that does not fit: got error %v, want %v", i, errs[i], want)
		}
	}
	if n, err := s.Sweep(t.Context(), time.Unix(2000, 0), 10_000); n == 0 || err != nil {
		t.Errorf("Sweep while full: got %d and error %v", n, err)
	}
	for i := range 50 {
		commit(t, s, store.Write{Key: fmt.Sprintf("again/%d", i), Value: make([]byte, 2000)})
	}
	want := all(t, s)
	s.Close()
	if got := all(t, open(t, path, boltstore.Options{MaxSize: maxSize})); !slices.EqualFunc(got, want, equal) {
		t.Errorf("opened again: got %d records, want %d", len(got), len(want))
	}
}

func TestBackup(t *testing.T) {
	s := open(t, tempPath(t), boltstore.Options{})
	for i := range 200 {
		commit(t, s, store.Write{Key: fmt.Sprintf("r/%03d", i), Value: make([]byte, i*20), Expires: time.Unix(int64(i), 0)})
	}
	want := all(t, s)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // the copy is hot
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				commit(t, s, put(fmt.Sprintf("z/%d", i), "later"))
			}
		}
	})
	path := tempPath(t)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Backup(f)
	close(stop)
	wg.Wait()
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	got := all(t, open(t, path, boltstore.Options{}))
	if len(got) < len(want) || !slices.EqualFunc(got[:len(want)], want, equal) {
		t.Errorf("backup: got %d records, want the %d that were there at the start", len(got), len(want))
	}
	for _, r := range got[len(want):] {
		if !strings.HasPrefix(r.Key, "z/") {
			t.Errorf("backup: got %q beside what was there", r.Key)
		}
	}
	if err := s.Backup(failing{}); err == nil {
		t.Error("Backup to a writer that fails: no error")
	}
	s.Close()
	if err := s.Backup(&bytes.Buffer{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Backup after Close: got error %v, want %v", err, store.ErrClosed)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no room") }

// After a failed commit nobody knows what the disk holds: nothing is answered
// any more, not even a read.
func TestFailedCommit(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	id := commit(t, s, put("a", "before"))
	if err := s.CloseFile(); err != nil {
		t.Fatal(err)
	}
	within(t, func() {
		errs := s.CommitTogether(t.Context(), change(put("b", "x")), change(put("a", "conflicts")))
		for i, err := range errs {
			if err == nil || errors.Is(err, store.ErrConflict) {
				t.Errorf("change %d of the batch that failed: got error %v, want the failure", i, err)
			}
		}
		if err := s.Commit(t.Context(), change(put("c", "x"))); !errors.Is(err, boltstore.ErrFailed) {
			t.Errorf("Commit afterwards: got error %v, want %v", err, boltstore.ErrFailed)
		}
		if _, err := s.Load(t.Context(), "a"); !errors.Is(err, boltstore.ErrFailed) {
			t.Errorf("Load afterwards: got error %v, want %v", err, boltstore.ErrFailed)
		}
		if _, err := s.Sweep(t.Context(), time.Unix(1000, 0), 1); !errors.Is(err, boltstore.ErrFailed) {
			t.Errorf("Sweep afterwards: got error %v, want %v", err, boltstore.ErrFailed)
		}
		if err := s.Backup(&bytes.Buffer{}); !errors.Is(err, boltstore.ErrFailed) {
			t.Errorf("Backup afterwards: got error %v, want %v", err, boltstore.ErrFailed)
		}
		s.Close()
	})
	got := all(t, open(t, path, boltstore.Options{}))
	if len(got) != 1 || got[0].Version != id {
		t.Errorf("opened again: got %v, want what was acknowledged", got)
	}
}

// What a crash could still undo must not be read.
func TestReadsWaitForTheSync(t *testing.T) {
	s := open(t, tempPath(t), boltstore.Options{})
	commit(t, s, put("a", "x"))
	land := s.InFlight()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if recs, err := s.Load(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Load before the sync: got %v and error %v, want it to wait", recs, err)
	}
	for r, err := range s.Scan(ctx, "", "") {
		if err == nil {
			t.Errorf("Scan before the sync: got %q", r.Key)
		}
	}
	done := make(chan error)
	go func() {
		_, err := s.Load(t.Context(), "a")
		done <- err
	}()
	land()
	if err := <-done; err != nil {
		t.Errorf("Load once it has landed: got error %v", err)
	}
}

func TestChangeTooLarge(t *testing.T) {
	s := open(t, tempPath(t), boltstore.Options{})
	var c store.Change
	value := make([]byte, store.MaxValue)
	for i := range 257 {
		c.Writes = append(c.Writes, store.Write{Key: fmt.Sprint("k", i), Value: value})
	}
	c.ID = 1
	if err := s.Commit(t.Context(), c); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("a change of 257 MiB: got error %v, want %v", err, store.ErrTooLarge)
	}
}
