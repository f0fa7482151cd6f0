package boltstore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// closedImage is a file that was closed, too large to be read as a whole when it
// is opened, with leaves, branches of two levels, free pages and values over
// several pages; and what it holds.
var closedImage = sync.OnceValues(func() ([]byte, map[string]store.Record) {
	dir, err := os.MkdirTemp("", "boltstore")
	check(err)
	defer os.RemoveAll(dir)
	path := dir + "/auth.db"
	s, err := boltstore.Open(path, boltstore.Options{})
	check(err)
	for n := range 10 {
		c := change()
		for i := n; i < 8000; i += 10 { // over the whole range, so that pages are replaced
			w := store.Write{Key: fmt.Sprintf("r/%016x/%d", uint64(i)*0x9e3779b97f4a7c15, i), Value: bytes.Repeat([]byte{byte(i)}, 500)}
			if i%1000 == 0 {
				w.Value = bytes.Repeat(w.Value, 40)
			}
			if i%3 == 0 {
				w.Expires = time.Unix(int64(1000+i), 0)
			}
			c.Writes = append(c.Writes, w)
		}
		check(s.Commit(context.Background(), c))
	}
	want := map[string]store.Record{}
	for r, err := range s.Scan(context.Background(), "", "") {
		check(err)
		want[r.Key] = r
	}
	check(s.Close())
	file, err := os.ReadFile(path)
	check(err)
	return file[:binary.NativeEndian.Uint64(laterMeta(file)[56:])*pageSize], want // without the room behind the last page
})

// check panics: images are made outside any test.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

func largeImage(t testing.TB) ([]byte, map[string]store.Record) {
	t.Helper()
	if os.Getpagesize() != pageSize {
		t.Skipf("pages of %d bytes", os.Getpagesize())
	}
	file, want := closedImage()
	return bytes.Clone(file), want
}

func write(t testing.TB, file []byte) (path string) {
	t.Helper()
	path = tempPath(t)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pagesOf are the ids of all pages with these flags, in use or not.
func pagesOf(file []byte, flags uint16) (ids []int) {
	for id := 2; id < len(file)/pageSize; id++ {
		p := file[id*pageSize:]
		if binary.NativeEndian.Uint64(p) == uint64(id) && binary.NativeEndian.Uint16(p[8:]) == flags {
			ids = append(ids, id)
		}
	}
	return ids
}

// leafOf is the page that a key lies in: of those that hold it, or an older state
// of it, the one without which it is denied.
func leafOf(t testing.TB, file []byte, key string) int {
	t.Helper()
	for _, id := range pagesOf(file, 2) {
		if !bytes.Contains(file[id*pageSize:(id+1)*pageSize], []byte(key)) {
			continue
		}
		b := bytes.Clone(file)
		clear(b[id*pageSize:][:pageSize])
		s := open(t, write(t, b), boltstore.Options{})
		if _, err := s.Load(t.Context(), key); err != nil {
			s.Close()
			return id
		}
		s.Close()
	}
	t.Fatalf("no leaf of %q", key)
	return 0
}

// TestOpenClosed: a file that was closed is served at once and inspected
// meanwhile; one that was not is read first.
func TestOpenClosed(t *testing.T) {
	file, want := largeImage(t)
	path := write(t, file)
	s := open(t, path, boltstore.Options{})
	if !s.Inspecting() {
		t.Error("a file that was closed: was read as a whole")
	}
	for key, w := range want {
		if recs, err := s.Load(t.Context(), key); err != nil || !equal(recs[0], w) {
			t.Fatalf("Load of %q while it is inspected: got error %v, or another record", key, err)
		}
	}
	if got := all(t, s); len(got) != len(want) {
		t.Errorf("Scan while it is inspected: got %d records, want %d", len(got), len(want))
	}
	s.Inspected()
	if s.Inspecting() {
		t.Error("a sound file: inspection does not end")
	}
	commit(t, s, put("new", "x"))
	killed := tempPath(t)
	if err := crashImage(path, killed); err != nil {
		t.Fatal(err)
	}
	s.Close()

	for name, path := range map[string]string{"closed again": path, "killed": killed} {
		var log bytes.Buffer
		s := open(t, path, boltstore.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if s.Inspecting() != (name == "closed again") {
			t.Errorf("%s: inspecting is %v", name, s.Inspecting())
		}
		if said := strings.Contains(log.String(), "the whole file was read"); said != (name == "killed") {
			t.Errorf("%s: progress in the log is %v: %s", name, said, log.String())
		}
		if got := all(t, s); len(got) != len(want)+1 {
			t.Errorf("%s: got %d records, want %d", name, len(got), len(want)+1)
		}
		size := func() int64 {
			info, err := os.Stat(path)
			check(err)
			return info.Size()
		}
		before := size()
		for i := range 20 {
			commit(t, s, put(fmt.Sprint("more/", i), "x"))
		}
		if size() > before+1<<16 {
			t.Errorf("%s: the file grew from %d to %d bytes, as if no page were free", name, before, size())
		}
		s.Close()
	}
}

// A reader takes nothing from a file that was closed, so it stays as it was.
func TestOpenWithoutWriting(t *testing.T) {
	file, _ := largeImage(t)
	path := write(t, file)
	s := open(t, path, boltstore.Options{})
	all(t, s)
	s.Close()
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, file) {
		t.Errorf("opened, read and closed: the file was changed (error %v)", err)
	}
}

// TestDamagedLeaf: what lies in the range of a damaged page is denied, absent
// keys too, and the rest served.
func TestDamagedLeaf(t *testing.T) {
	file, want := largeImage(t)
	keys := slices.Sorted(maps.Keys(want))
	there := keys[3000]
	id := leafOf(t, file, there)
	for name, damage := range map[string]func(p []byte){
		"zeroes":          func(p []byte) { clear(p) },
		"another's":       func(p []byte) { copy(p[8:], file[leafOf(t, file, keys[10])*pageSize+8:][:pageSize-8]) },
		"an entry less":   func(p []byte) { binary.NativeEndian.PutUint16(p[10:], binary.NativeEndian.Uint16(p[10:])-1) },
		"longer":          func(p []byte) { binary.NativeEndian.PutUint32(p[12:], 1) },
		"a key's last":    func(p []byte) { p[bytes.Index(p, []byte(there))+len(there)-1] ^= 1 },
		"a value's first": func(p []byte) { p[bytes.Index(p, []byte(there))+len(there)+20] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			b := bytes.Clone(file)
			damage(b[id*pageSize:][:pageSize])
			path := write(t, b)
			var log bytes.Buffer
			s := open(t, path, boltstore.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			for range 2 { // while it is inspected, and afterwards
				for key, known := range map[string]bool{there: false, there + "/absent": false, keys[0]: true, "absent": true} {
					if _, err := s.Load(t.Context(), key); known != (err == nil) || err != nil && !errors.Is(err, store.ErrDamaged) {
						t.Errorf("Load of %q: got error %v, want one: %v", key, err, !known)
					}
				}
				if err := s.Commit(t.Context(), change(put(there+"/absent", "x"))); !errors.Is(err, store.ErrDamaged) {
					t.Errorf("Commit in its range: got error %v, want %v", err, store.ErrDamaged)
				}
				s.Inspected()
			}
			commit(t, s, store.Write{Key: keys[0], Value: []byte("x"), If: want[keys[0]].Version})
			bad := 0
			for _, err := range s.Scan(t.Context(), "", "") {
				if err != nil {
					bad++
				}
			}
			if bad == 0 {
				t.Error("Scan: no error")
			}
			if n, err := s.Sweep(t.Context(), time.Unix(20000, 0), 10000); err != nil || n < 2600 || n > 2667 {
				t.Errorf("Sweep: got %d and error %v, want nearly all of 2667", n, err)
			}
			if got := log.String(); !strings.Contains(got, "finding=") || strings.Contains(got, there) {
				t.Errorf("log: got %s, want the finding without a key", got)
			}
			s.Close()
			findings, err := boltstore.Check(t.Context(), path, boltstore.Options{})
			if err != nil || len(findings) == 0 {
				t.Errorf("Check: got %v and error %v, want findings", findings, err)
			}
			for _, f := range findings {
				if !typed(f) || strings.Contains(f.Error(), there) {
					t.Errorf("Check: got %v, want a typed finding without a key", f)
				}
			}
		})
	}
}

// TestDeleteBesideDamage: bbolt merges a page that has become small with its
// neighbour. Where that is damaged, the deletion is refused and the store lives.
func TestDeleteBesideDamage(t *testing.T) {
	file, want := largeImage(t)
	keys := slices.Sorted(maps.Keys(want))
	id := leafOf(t, file, keys[3000])
	clear(file[id*pageSize:][:pageSize])
	s := open(t, write(t, file), boltstore.Options{})
	denied := 0
	for _, k := range keys[2950:3050] {
		err := s.Commit(t.Context(), change(store.Write{Key: k, If: want[k].Version}))
		if errors.Is(err, store.ErrDamaged) {
			denied++
		} else if err != nil {
			t.Fatalf("deleting %q: %v", k, err)
		}
	}
	if denied < 5 || denied > 40 {
		t.Errorf("%d of 100 deletions were denied, want those in the damaged page and beside it", denied)
	}
	commit(t, s, put("new", "x"))
}

// TestFullWithDamage: when a commit fails for want of room, bbolt walks all
// pages in a goroutine of its own, where a damaged one would end this process.
func TestFullWithDamage(t *testing.T) {
	file, want := largeImage(t)
	keys := slices.Sorted(maps.Keys(want))
	id := leafOf(t, file, keys[3000])
	clear(file[id*pageSize:][:pageSize])
	s := open(t, write(t, file), boltstore.Options{MaxSize: int64(len(file)) + 1<<16})
	commit(t, s, put("new", "x")) // the list of free pages is used up
	large := change(put("large", strings.Repeat("x", 1<<20)))
	large.Writes = append(large.Writes, put("larger", strings.Repeat("x", 1<<20)))
	for i := range 8 {
		large.Writes = append(large.Writes, put(fmt.Sprint("larger/", i), strings.Repeat("x", 1<<20)))
	}
	if err := s.Commit(t.Context(), large); !errors.Is(err, boltstore.ErrCorrupt) {
		t.Errorf("no room in a damaged file: got error %v, want %v", err, boltstore.ErrCorrupt)
	}
	failed(t, s)
}

// damagedClosedFiles does to files that were closed what damagedFiles does to
// others. Whether refused or served: no record may be absent or another, and
// nothing may abort or hang.
func damagedClosedFiles(t *testing.T) {
	file, want := largeImage(t)
	r := rand.New(rand.NewPCG(3, 4))
	each := 2
	if os.Getenv("SALLYPORT_LONG") != "" {
		each = 100
	}
	denied := map[string]int{}
	for _, d := range damageKinds(r, len(file)/pageSize) {
		for i := range each {
			name := fmt.Sprintf("closed, %s (%d)", d.kind, i)
			fmt.Println(name)
			if judgeClosed(t, name, d.damage(bytes.Clone(file)), want) > 0 {
				denied[d.kind]++
			}
			if t.Failed() {
				return
			}
		}
		row := "a closed file: " + d.kind
		proof.Note(t, "damage", row, "files", each)
		proof.Note(t, "damage", row, "refused with a typed error", denied[d.kind])
		proof.Note(t, "damage", row, "opened with all that was in it", each-denied[d.kind])
		proof.Note(t, "damage", row, "wrong data, hung or aborted", 0)
	}
	if denied["untouched"] != 0 || denied["cut off"] != each || denied["zeroed from somewhere on"] == 0 {
		t.Errorf("denied, of %d each: %v", each, denied)
	}
}

// judgeClosed returns how much was denied.
func judgeClosed(t *testing.T, name string, file []byte, want map[string]store.Record) (denied int) {
	within(t, func() {
		s, err := boltstore.Open(write(t, file), boltstore.Options{})
		if err != nil {
			denied = 1
			if !typed(err) {
				t.Errorf("%s: Open: got error %v, want a typed one", name, err)
			}
			return
		}
		defer s.Close()
		mine := func(err error) bool { // it is right, or denied
			if err != nil && !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%s: got error %v, want %v", name, err, store.ErrDamaged)
			}
			if err != nil {
				denied++
			}
			return err == nil
		}
		n := 0
		for key, w := range want {
			recs, err := s.Load(t.Context(), key)
			if mine(err) && !equal(recs[0], w) {
				t.Errorf("%s: record %q is wrong", name, key)
			}
			if n++; n%800 != 0 {
				continue
			}
			recs, err = s.Load(t.Context(), key+"/absent")
			if mine(err) && recs[0].Value != nil {
				t.Errorf("%s: got a record that was never there", name)
			}
			mine(s.Commit(t.Context(), change(put(key+"/new", "x"))))
			mine(s.Commit(t.Context(), change(store.Write{Key: key, If: w.Version})))
		}
		if _, err := s.Sweep(t.Context(), time.Unix(20000, 0), 10000); err != nil {
			t.Errorf("%s: Sweep: %v", name, err)
		}
		s.Inspected()
		mine(s.Commit(t.Context(), change(put("a", "x"))))
	})
	return denied
}

// TestPointerToAnother: a branch leads to a leaf that is sound, and is another's,
// or an older state of its own.
func TestPointerToAnother(t *testing.T) {
	file, want := largeImage(t)
	keys := slices.Sorted(maps.Keys(want))
	var holding []int // the leaf of a key, and older states of it
	there := ""
	for i := 3000; len(holding) < 2; i++ {
		there, holding = keys[i], nil
		for _, id := range pagesOf(file, 2) {
			if bytes.Contains(file[id*pageSize:][:pageSize], []byte(there)) {
				holding = append(holding, id)
			}
		}
	}
	from := leafOf(t, file, there)
	wrong := append(slices.DeleteFunc(holding, func(id int) bool { return id == from }), leafOf(t, file, keys[10]))
	for _, to := range wrong {
		b := bytes.Clone(file)
		repoint(b, uint64(from), uint64(to))
		if _, err := boltstore.Open(write(t, b), boltstore.Options{}); !errors.Is(err, boltstore.ErrCorrupt) {
			t.Errorf("to page %d: got error %v, want %v", to, err, boltstore.ErrCorrupt)
		}
	}
}

// repoint has all branches lead to another page.
func repoint(file []byte, from, to uint64) {
	for _, id := range pagesOf(file, 1) {
		p := file[id*pageSize:][:pageSize]
		for at := 16; at < 16+16*int(binary.NativeEndian.Uint16(p[10:])); at += 16 {
			if binary.NativeEndian.Uint64(p[at+8:]) == from {
				binary.NativeEndian.PutUint64(p[at+8:], to)
			}
		}
	}
}

// TestKeyOfBranch: a branch names a greater key than the leaf begins with, so that
// its first key is looked for in the leaf before.
func TestKeyOfBranch(t *testing.T) {
	file, want := largeImage(t)
	tried := 0
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if last := key[len(key)-1]; last%2 == 1 || tried == 10 {
			continue
		}
		b, leads := bytes.Clone(file), false
		for _, id := range pagesOf(b, 1) {
			if at := bytes.Index(b[id*pageSize:][:pageSize], []byte(key)); at >= 0 {
				b[id*pageSize+at+len(key)-1]++
				leads = true
			}
		}
		if !leads {
			continue
		}
		s, err := boltstore.Open(write(t, b), boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		recs, err := s.Load(t.Context(), key)
		if err == nil && recs[0].Value == nil {
			t.Errorf("Load of %q: got no record and no error", key)
		}
		if err != nil {
			tried++
		}
		s.Close()
	}
	if tried == 0 {
		t.Error("no branch led elsewhere")
	}
}
