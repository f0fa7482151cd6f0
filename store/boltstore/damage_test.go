package boltstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/internal/proof"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

const pageSize = 4096 // of the images below, whatever the machine's is

// image is a store file with leaf, branch and overflow pages, and what it
// holds. The last commit changes nothing but "last", so that a file whose
// later meta page is damaged, which bbolt opens as it was one commit before,
// still holds all else.
func image(t testing.TB) (file []byte, want map[string]store.Record) {
	t.Helper()
	if os.Getpagesize() != pageSize {
		t.Skipf("pages of %d bytes", os.Getpagesize())
	}
	s := open(t, tempPath(t), boltstore.Options{})
	var writes []store.Write
	for i := range 400 {
		w := store.Write{Key: fmt.Sprintf("r/%03d", i), Value: bytes.Repeat([]byte{byte(i)}, 20+i%200)}
		if i%50 == 0 {
			w.Value = bytes.Repeat(w.Value, 400) // over several pages
		}
		if i%3 == 0 {
			w.Expires = time.Unix(int64(1000+i), 0)
		}
		writes = append(writes, w)
	}
	commit(t, s, writes...)
	commit(t, s, put("last", "1"))
	want = map[string]store.Record{}
	for _, r := range all(t, s) {
		want[r.Key] = r
	}
	delete(want, "last")
	var b bytes.Buffer
	if err := s.Backup(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), want
}

// typed reports whether err is one that this package names.
func typed(err error) bool {
	return errors.Is(err, boltstore.ErrCorrupt) || errors.Is(err, boltstore.ErrForeign) || errors.Is(err, store.ErrDamaged)
}

// judge opens a damaged file. It must be refused with a typed error, or hold
// what it held and work. An abort or a hang would end the whole test.
func judge(t *testing.T, name string, file []byte, want map[string]store.Record) (opened bool) {
	t.Helper()
	path := tempPath(t)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	within(t, func() {
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			if !typed(err) {
				t.Errorf("%s: got error %v, want a typed one", name, err)
			}
			return
		}
		opened = true
		defer s.Close()
		got := 0
		for r, err := range s.Scan(t.Context(), "r/", "") {
			if w := want[r.Key]; err != nil || !equal(r, w) {
				t.Errorf("%s: opened, but record %q is wrong (error %v)", name, r.Key, err)
			}
			got++
		}
		if got != len(want) {
			t.Errorf("%s: opened with %d records, want %d", name, got, len(want))
		}
		commit(t, s, put("new", "x"))
		if n, err := s.Sweep(t.Context(), time.Unix(5000, 0), 1000); err != nil || n != 134 {
			t.Errorf("%s: opened, but Sweep answered %d and error %v, want 134", name, n, err)
		}
	})
	return opened
}

// inChild is set in the process that TestDamagedFiles runs itself in.
const inChild = "SALLYPORT_TEST_DAMAGE"

// TestDamagedFiles opens damaged files in a process of its own: where one
// aborts it, this one lives on to say which it was.
func TestDamagedFiles(t *testing.T) {
	if os.Getenv(inChild) != "" {
		damagedFiles(t)
		damagedClosedFiles(t)
		fmt.Println(allJudged)
		return
	}
	image(t) // skips where it cannot be made
	cmd := exec.Command(os.Args[0], "-test.run=^TestDamagedFiles$", "-test.v", "-test.timeout=30m")
	cmd.Env = append(os.Environ(), inChild+"=1")
	out, err := cmd.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || !slices.Contains(lines, allJudged) {
		t.Errorf("%v, and it said last:\n%s", err, strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}

// allJudged is what the process says when it has got through.
const allJudged = "all damaged files were judged"

func damagedFiles(t *testing.T) {
	file, want := image(t)
	r := rand.New(rand.NewPCG(1, 2)) // the same damage each time
	pages := len(file) / pageSize
	refused := map[string]int{}
	each := 10
	if os.Getenv("SALLYPORT_LONG") != "" {
		each = 1000
	}
	for _, d := range damageKinds(r, pages) {
		for i := range each {
			name := fmt.Sprintf("%s (%d)", d.kind, i)
			fmt.Println(name) // the last that is said, should it abort
			if !judge(t, name, d.damage(bytes.Clone(file)), want) {
				refused[d.kind]++
			}
			if t.Failed() {
				return
			}
		}
		proof.Note(t, "damage", d.kind, "files", each)
		proof.Note(t, "damage", d.kind, "refused with a typed error", refused[d.kind])
		proof.Note(t, "damage", d.kind, "opened with all that was in it", each-refused[d.kind])
		proof.Note(t, "damage", d.kind, "wrong data, hung or aborted", 0)
	}
	if refused["untouched"] != 0 || refused["cut off"] != each || refused["zeroed from somewhere on"] < each/2 {
		t.Errorf("refused, of %d each: %v", each, refused)
	}
}

func TestForeignFiles(t *testing.T) {
	foreign := tempPath(t)
	db, err := bolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte("sessions"))
		if err != nil {
			return err
		}
		return b.Put([]byte("k"), []byte("v"))
	}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := boltstore.Open(foreign, boltstore.Options{}); !errors.Is(err, boltstore.ErrForeign) {
		t.Errorf("another program's database: got error %v, want %v", err, boltstore.ErrForeign)
	}
	type file struct {
		content []byte
		want    error
	}
	others := map[string]file{
		"empty":        {nil, boltstore.ErrCorrupt},
		"a byte":       {[]byte{1}, boltstore.ErrForeign},
		"a zero byte":  {[]byte{0}, boltstore.ErrCorrupt},
		"a short text": {[]byte("hello"), boltstore.ErrForeign},
		"text":         {bytes.Repeat([]byte("this is no database\n"), 2000), boltstore.ErrForeign},
		"zeroes":       {make([]byte, 64<<10), boltstore.ErrCorrupt},
		"two pages":    {make([]byte, 2*os.Getpagesize()), boltstore.ErrCorrupt},
	}
	for name, f := range others {
		content, want := f.content, f.want
		path := tempPath(t)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := boltstore.Open(path, boltstore.Options{})
		if !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want %v", name, err, want)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, content) {
			t.Errorf("%s: the file was changed (error %v)", name, err)
		}
	}
	if !t.Failed() {
		proof.Note(t, "damage", "another file", "files", len(others)+1)
		proof.Note(t, "damage", "another file", "refused with a typed error", len(others)+1)
		proof.Note(t, "damage", "another file", "opened with all that was in it", 0)
		proof.Note(t, "damage", "another file", "wrong data, hung or aborted", 0)
	}
}

// A file that bbolt's own tools rewrote has a list of free pages.
func TestSyncedFreelist(t *testing.T) {
	file, want := image(t)
	path := tempPath(t)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, nil) // writes the list
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	file, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !judge(t, "with a list", bytes.Clone(file), want) {
		t.Error("with a list of free pages: refused")
	}
	meta := file[16:]
	if other := file[pageSize+16:]; binary.NativeEndian.Uint64(other[48:]) > binary.NativeEndian.Uint64(meta[48:]) {
		meta = other
	}
	list := file[binary.NativeEndian.Uint64(meta[32:])*pageSize:]
	binary.NativeEndian.PutUint16(list[10:], 1)
	binary.NativeEndian.PutUint64(list[16:], binary.NativeEndian.Uint64(meta[16:])) // the root page is free, it says
	if judge(t, "with a wrong list", file, want) {
		t.Error("with a list that frees the root page: opened")
	}
}

// flip changes a value wherever it stands in a file.
func flip(t *testing.T, path, old, new string) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, []byte(old)) {
		t.Fatalf("%q is not in the file", old)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(file, []byte(old), []byte(new)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedRecord(t *testing.T) {
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	old := time.Unix(1000, 0)
	id := commit(t, s, put("r/1", "fine"), store.Write{Key: "r/2", Value: []byte("to-be-damaged"), Expires: old},
		store.Write{Key: "r/3", Value: []byte("fine"), Expires: old})
	s.Close()
	flip(t, path, "to-be-damaged", "to-be-DAMAGED")

	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrCorrupt) || !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open: got error %v, want %v", err, boltstore.ErrCorrupt)
	}
	s = open(t, path, boltstore.Options{InsecureDamagedRecords: true})
	if _, err := s.Load(t.Context(), "r/1", "r/2"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load: got error %v, want %v", err, store.ErrDamaged)
	}
	got := ""
	for r, err := range s.Scan(t.Context(), "", "") {
		got += fmt.Sprint(r.Key, " ", errors.Is(err, store.ErrDamaged), " ")
	}
	if want := "r/1 false r/2 true r/3 false "; got != want {
		t.Errorf("Scan: got %q, want %q", got, want)
	}
	errs := s.CommitTogether(t.Context(),
		change(store.Write{Key: "r/2", If: id}),
		change(store.Write{Key: "r/1", Value: []byte("still fine"), If: id}))
	if !errors.Is(errs[0], store.ErrDamaged) || errs[1] != nil {
		t.Errorf("Commit: got errors %v, want %v for the damaged record alone", errs, store.ErrDamaged)
	}
	if n, err := s.Sweep(t.Context(), time.Unix(2000, 0), 10); n != 1 || err != nil {
		t.Errorf("Sweep: got %d and error %v, want the sound record alone", n, err)
	}
	file, err := os.ReadFile(path)
	check(err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	check(err)
	for rest, at := file, 0; bytes.Contains(rest, []byte("to-be-DAMAGED")); rest = file[at:] {
		at += bytes.Index(rest, []byte("to-be-DAMAGED")) + 1
		_, err := f.WriteAt([]byte("to-be-damaged"), int64(at-1))
		check(err)
	}
	check(f.Close())
	if n, err := s.Sweep(t.Context(), time.Unix(2000, 0), 10); n != 1 || err != nil {
		t.Errorf("Sweep once it is mended: got %d and error %v, want 1", n, err)
	}
}

// TestDamagedNearRecord: an error names the table of a record that lies beside
// others, and not its id, which stands in the middle of the key.
func TestDamagedNearRecord(t *testing.T) {
	const id = "00112233445566778899aabbccddeeff"
	path := tempPath(t)
	s := open(t, path, boltstore.Options{})
	commit(t, s, put("of/"+id+"/session", "to-be-damaged"))
	s.Close()
	flip(t, path, "to-be-damaged", "to-be-DAMAGED")
	_, opening := boltstore.Open(path, boltstore.Options{})
	s = open(t, path, boltstore.Options{InsecureDamagedRecords: true})
	_, loading := s.Load(t.Context(), "of/"+id+"/session")
	s.Close()
	findings, err := boltstore.Check(t.Context(), path, boltstore.Options{})
	if err != nil || len(findings) == 0 {
		t.Fatalf("got the findings %v, error %v", findings, err)
	}
	for _, err := range append(findings, opening, loading) {
		if !errors.Is(err, store.ErrDamaged) || strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), "session") {
			t.Errorf("got error %v, want damage of a session and no id", err)
		}
	}
}

// TestDamageWhileOpen ruins the file under an open store.
func TestDamageWhileOpen(t *testing.T) {
	for _, c := range []struct {
		name string
		ruin func(f *os.File) error
	}{
		{"pages zeroed", func(f *os.File) error { _, err := f.WriteAt(make([]byte, 400*pageSize), 2*pageSize); return err }},
		{"cut off after the meta pages", func(f *os.File) error { return f.Truncate(2 * pageSize) }},
		{"meta pages zeroed", func(f *os.File) error { _, err := f.WriteAt(make([]byte, 2*pageSize), 0); return err }},
		{"cut off wholly", func(f *os.File) error { return f.Truncate(0) }},
	} {
		file, _ := image(t)
		path := tempPath(t)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path, boltstore.Options{})
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.ruin(f), f.Close()); err != nil {
			t.Fatal(err)
		}
		within(t, func() {
			for range 2 {
				if _, err := s.Load(t.Context(), "r/007"); !errors.Is(err, boltstore.ErrCorrupt) {
					t.Errorf("%s: Load: got error %v, want %v", c.name, err, boltstore.ErrCorrupt)
				}
				if err := s.Commit(t.Context(), change(put("r/007", "x"))); !errors.Is(err, boltstore.ErrCorrupt) {
					t.Errorf("%s: Commit: got error %v, want %v", c.name, err, boltstore.ErrCorrupt)
				}
				for _, err := range s.Scan(t.Context(), "", "") {
					if !errors.Is(err, boltstore.ErrCorrupt) {
						t.Errorf("%s: Scan: got error %v, want %v", c.name, err, boltstore.ErrCorrupt)
					}
				}
				if _, err := s.Sweep(t.Context(), time.Unix(5000, 0), 100); !errors.Is(err, boltstore.ErrCorrupt) {
					t.Errorf("%s: Sweep: got error %v, want %v", c.name, err, boltstore.ErrCorrupt)
				}
			}
			s.Close()
		})
	}
}

// FuzzOpen reads a bbolt file that was edited: whatever comes of it, nothing may
// panic or hang. An edit is an offset in four bytes and what is XORed there. The
// checksums of the meta pages are mended afterwards, so that edits of those get
// through.
func FuzzOpen(f *testing.F) {
	file, _ := image(f)
	f.Add([]byte{0, 0, 0, 24, 1})                                    // page size
	f.Add([]byte{0, 0, 0, 32, 1, 0, 0, 16, 32, 1})                   // both root pages
	f.Add([]byte{0, 0, 0, 56, 0xff, 0, 0, 16, 56, 0xff})             // both high-water marks
	f.Add([]byte{0, 0, 0, 48, 0xff, 0, 0, 16, 48, 0xff})             // both lists of free pages
	f.Add([]byte{0, 0, 32, 10, 1, 0, 0, 48, 10, 1, 0, 0, 64, 10, 1}) // counts of elements
	f.Fuzz(func(t *testing.T, edits []byte) {
		b := bytes.Clone(file)
		for len(edits) >= 5 {
			b[int(binary.BigEndian.Uint32(edits))%len(b)] ^= edits[4]
			edits = edits[5:]
		}
		for _, at := range []int{16, pageSize + 16} {
			h := fnv.New64a()
			h.Write(b[at : at+56])
			binary.NativeEndian.PutUint64(b[at+56:], h.Sum64())
		}
		path := tempPath(t)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		within(t, func() {
			s, err := boltstore.Open(path, boltstore.Options{InsecureDamagedRecords: true})
			if err != nil {
				if !typed(err) {
					t.Errorf("got error %v, want a typed one", err)
				}
				return
			}
			defer s.Close()
			for r, err := range s.Scan(t.Context(), "", "") {
				if err != nil && !typed(err) {
					t.Errorf("Scan at %q: got error %v, want a typed one", r.Key, err)
				}
			}
			if err := s.Commit(t.Context(), change(put("new", "x"))); err != nil {
				t.Errorf("Commit: %v", err)
			}
		})
	})
}
