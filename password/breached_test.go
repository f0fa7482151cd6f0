package password_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

// memory is a file in memory, to be written.
type memory struct {
	raw []byte
	at  int64
}

func (m *memory) Seek(offset int64, _ int) (int64, error) {
	m.at = offset // from the start, as all do here
	return offset, nil
}

func (m *memory) Write(p []byte) (int, error) {
	if end := m.at + int64(len(p)); end > int64(len(m.raw)) {
		m.raw = append(m.raw, make([]byte, end-int64(len(m.raw)))...)
	}
	m.at += int64(copy(m.raw[m.at:], p))
	return len(p), nil
}

// build makes the filter of a list and returns its file.
func build(t testing.TB, list string, plain bool) (raw []byte, kept int64, err error) {
	t.Helper()
	var file memory
	hashes := password.BreachedHashes(strings.NewReader(list))
	if plain {
		hashes = password.BreachedPasswords(strings.NewReader(list))
	}
	kept, err = password.BuildBreachFilter(&file, hashes)
	return file.raw, kept, err
}

func readFilter(t testing.TB, raw []byte) *password.BreachFilter {
	t.Helper()
	b, err := password.ReadBreachFilter(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// filterOf is the filter of a few passwords.
func filterOf(t testing.TB, list ...string) *password.BreachFilter {
	t.Helper()
	raw, _, err := build(t, strings.Join(list, "\n"), true)
	if err != nil {
		t.Fatal(err)
	}
	return readFilter(t, raw)
}

func contains(t testing.TB, b *password.BreachFilter, pw string) bool {
	t.Helper()
	found, err := b.Contains(pw)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// hashLine is a line of a list of hashes.
func hashLine(pw string) string {
	sum := sha1.Sum([]byte(pw))
	return strings.ToUpper(hex.EncodeToString(sum[:])) + ":7\r\n"
}

// TestBreachFilterFile holds the file to its form, which later versions read.
func TestBreachFilterFile(t *testing.T) {
	raw, kept, err := build(t, "password\nletmein\npassword\n", true) // 5BAA61E4…, B7A87573…
	if kept != 2 || err != nil {
		t.Fatalf("got %d, %v, want 2", kept, err)
	}
	head := []byte("sallyport breach\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00")
	sum := sha256.Sum256(head)
	want := string(head) + string(sum[:]) + "\x00\x00\x00\x00\x02\x00\x00\x00" + "\x5b\xaa\x61\xb7\xa8\x75"
	if string(raw) != want {
		t.Errorf("got %x\nwant %x", raw, want)
	}
}

func TestBreachFilterForms(t *testing.T) {
	plain := filterOf(t, "P\u00e4sswort eins", "Pa\u0308sswort zwei", " drei ", "")
	hashed := readFilter(t, must(build(t, hashLine("P\u00e4sswort eins")+hashLine("Pa\u0308sswort zwei")+hashLine("nul:0")[:40]+":0\n"+hashLine(""), false)))
	for _, c := range []struct {
		pw            string
		plain, hashed bool
	}{
		{"P\u00e4sswort eins", true, true},
		{"Pa\u0308sswort\u00a0eins", true, true}, // its form is listed
		{"P\u00e4sswort zwei", true, false},      // the list has a hash of another form
		{"Pa\u0308sswort zwei", true, true},      // as it was typed
		{" drei ", true, false},
		{"drei", false, false},
		{"p\u00e4sswort eins", false, false},
		{"nul:0", false, false},                   // padding
		{strings.Repeat("x", 1025), false, false}, // nor taken for the empty one
		{"", false, true},
	} {
		if got := contains(t, plain, c.pw); got != c.plain {
			t.Errorf("%.40q in a list in clear: got %v, want %v", c.pw, got, c.plain)
		}
		if got := contains(t, hashed, c.pw); got != c.hashed {
			t.Errorf("%.40q in a list of hashes: got %v, want %v", c.pw, got, c.hashed)
		}
	}
}

func must(raw []byte, _ int64, err error) []byte {
	if err != nil {
		panic(err)
	}
	return raw
}

// manyHashes is a list of n hashes, of "word 0" and so on.
func manyHashes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(hashLine(fmt.Sprint("word ", i)))
	}
	return b.String()
}

// TestBreachFilterFigures: all of the list are found, and of others less than one in
// a million, at the fullest buckets; the file is as small as is said.
func TestBreachFilterFigures(t *testing.T) {
	const n, others = 1 << 16, 500_000 // 16 to a bucket
	raw, kept, err := build(t, manyHashes(n), false)
	if err != nil || kept < n-16 {
		t.Fatalf("got %d, %v, want nearly %d", kept, err, n)
	}
	if len(raw) > n*7/2 {
		t.Errorf("got %d bytes, want at most 3.5 for each", len(raw))
	}
	b := readFilter(t, raw)
	if b.Count() != kept {
		t.Errorf("got a count of %d, want %d", b.Count(), kept)
	}
	for i := range n {
		if !contains(t, b, fmt.Sprint("word ", i)) {
			t.Fatalf("word %d is not found", i)
		}
	}
	wrong := 0
	for i := range others {
		if contains(t, b, fmt.Sprint("other ", i)) {
			wrong++
		}
	}
	if wrong > 3 { // half of one is to be expected
		t.Errorf("%d of %d others are found", wrong, others)
	}
	t.Logf("%d bytes, %d of %d others found", len(raw), wrong, others)
}

// TestBreachFilterOrder: the order of the list makes no other file, nor do doubles.
func TestBreachFilterOrder(t *testing.T) {
	lines := strings.SplitAfter(manyHashes(1000), "\n")
	lines = lines[:1000]
	one := must(build(t, strings.Join(lines, ""), false))
	sorted := slices.Clone(lines)
	slices.Sort(sorted)
	two := must(build(t, strings.Join(sorted, ""), false))
	three := must(build(t, strings.ToLower(strings.Join(sorted, "")), false))
	if !bytes.Equal(one, two) || !bytes.Equal(two, three) {
		t.Error("the order of the list or the case of its digits makes another file")
	}
	double := readFilter(t, must(build(t, strings.Join(sorted, "")+strings.Join(lines, ""), false)))
	if double.Count() != 1000 {
		t.Errorf("with doubles: got %d, want 1000", double.Count())
	}
}

// TestReadBreachFilterRefuses: what is no filter, or no whole one, is said.
func TestReadBreachFilterRefuses(t *testing.T) {
	good := must(build(t, manyHashes(100), false))
	change := func(at int, to byte) []byte {
		raw := bytes.Clone(good)
		raw[at] = to
		return raw
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"as it was made", good, ""},
		{"nothing", nil, "shorter than a header"},
		{"63 bytes", good[:63], "shorter than a header"},
		{"a header alone", good[:64], "64 bytes, its header says"},
		{"a byte too few", good[:len(good)-1], "its header says"},
		{"a byte too many", append(bytes.Clone(good), 0), "its header says"},
		{"another file", change(0, 'S'), "another kind of file"},
		{"not finished", append(make([]byte, 64), good[64:]...), "another kind of file"},
		{"version 2", change(16, 2), "version 2, only 1 is read"},
		{"a damaged number of bits", change(20, 4), "damaged header"},
		{"a damaged count", change(24, 99), "damaged header"},
		{"a damaged checksum", change(63, good[63]^1), "damaged header"},
		{"too many bits", sealed(29, 1), "29 bits for 1"},
		{"as full as can be", sealed(0, 16), "its header says 120"},
		{"too full", sealed(0, 17), "0 bits for 17"},
		{"a count that overflows", sealed(3, 1<<63), "3 bits for"},
	} {
		_, err := password.ReadBreachFilter(bytes.NewReader(c.raw), int64(len(c.raw)))
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, password.ErrBreachFilter) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// sealed is a header with a good checksum, and nothing behind it.
func sealed(bits uint32, count uint64) []byte {
	raw := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32([]byte("sallyport breach\x01\x00\x00\x00"), bits), count)
	sum := sha256.Sum256(raw)
	return append(raw, sum[:]...)
}

// TestBreachFilterDamaged: a directory that cannot be is said at the look-up.
func TestBreachFilterDamaged(t *testing.T) {
	body := func(count uint64, first, end uint32) []byte {
		raw := sealed(9, count) // 513 numbers
		raw = binary.LittleEndian.AppendUint32(raw, first)
		for range 512 {
			raw = binary.LittleEndian.AppendUint32(raw, end)
		}
		return append(raw, make([]byte, 3*count)...)
	}
	first := make([]byte, 0)
	for i := 0; len(first) == 0; i++ { // a password of the first bucket
		pw := fmt.Sprint(i)
		if sum := sha1.Sum([]byte(pw)); binary.BigEndian.Uint32(sum[:])>>23 == 0 {
			first = []byte(pw)
		}
	}
	for _, c := range []struct {
		name       string
		count      uint64
		begin, end uint32
		good       bool
	}{
		{"sound", 5000, 0, 4096, true},
		{"backwards", 5000, 2, 1, false},
		{"at the end", 4000, 0, 4000, true},
		{"behind the end", 4000, 0, 4001, false},
		{"too large a bucket", 5000, 0, 4097, false},
	} {
		_, err := readFilter(t, body(c.count, c.begin, c.end)).Contains(string(first))
		if c.good != (err == nil) || err != nil && !errors.Is(err, password.ErrBreachFilter) {
			t.Errorf("%s: got %v, good: %v", c.name, err, c.good)
		}
	}
}

// brokenFile reads its header and nothing else.
type brokenFile struct{ head []byte }

var errBroken = errors.New("the disk is gone")

func (b brokenFile) ReadAt(p []byte, at int64) (int, error) {
	if at > 0 {
		return 0, errBroken
	}
	return copy(p, b.head), nil
}

// TestBreachFilterUnreadable: a list that cannot be read says nothing of a password.
func TestBreachFilterUnreadable(t *testing.T) {
	raw := must(build(t, "password\n", true))
	b, err := password.ReadBreachFilter(brokenFile{raw[:64]}, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := b.Contains("xkvqzwpb"); found || !errors.Is(err, errBroken) {
		t.Errorf("got %v, %v, want %v", found, err, errBroken)
	}
	if _, err := password.ReadBreachFilter(brokenFile{raw[:9]}, int64(len(raw))); err == nil {
		t.Error("half a header was read")
	}
}

func TestOpenBreachFilter(t *testing.T) {
	dir := t.TempDir()
	path, foreign := filepath.Join(dir, "filter"), filepath.Join(dir, "foreign")
	for name, raw := range map[string][]byte{path: must(build(t, "password\n", true)), foreign: bytes.Repeat([]byte("x"), 100)} {
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := password.OpenBreachFilter(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(foreign, path); err != nil {
		t.Fatal(err)
	}
	if !contains(t, b, "password") || contains(t, b, "xkvqzwpb") {
		t.Error("another file in its place is read")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := b.Contains("password"); err == nil {
		t.Error("it is read after Close")
	}
	for name, want := range map[string]error{path: password.ErrBreachFilter, dir: password.ErrBreachFilter, foreign: os.ErrNotExist} {
		if _, err := password.OpenBreachFilter(name); !errors.Is(err, want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

// FuzzBreachFilter reads a filter of breached passwords: whatever the file, a look-up
// ends, and asks for no more than a bucket.
func FuzzBreachFilter(f *testing.F) {
	f.Add(must(build(f, "password\nletmein\n", true)), "password")
	f.Add(must(build(f, manyHashes(40), false)), "word 3")
	f.Add(sealed(0, 0), "password")
	f.Add(append(sealed(0, 1), "\x01\x00\x00\x00\x00\x00\x00\x00xyz"...), "password")
	f.Add([]byte("sallyport breach"), "")
	f.Fuzz(func(t *testing.T, raw []byte, pw string) {
		b, err := password.ReadBreachFilter(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			if !errors.Is(err, password.ErrBreachFilter) {
				t.Errorf("got %v", err)
			}
			return
		}
		if _, err := b.Contains(pw); err != nil && !errors.Is(err, password.ErrBreachFilter) {
			t.Errorf("got %v", err)
		}
		if b.Count() < 0 || 3*b.Count() > int64(len(raw)) {
			t.Errorf("got a count of %d in %d bytes", b.Count(), len(raw))
		}
	})
}
