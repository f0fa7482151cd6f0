package password_test

import (
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/password"
)

func TestBreachLists(t *testing.T) {
	const hash = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8" // of "password"
	const want40 = "want a SHA-1 hash in 40 hexadecimal digits"
	for _, c := range []struct {
		name, list string
		plain      bool
		want       string
	}{
		{"a hash", hash, false, ""},
		{"a line end", hash + "\n", false, ""},
		{"a count", hash + ":3\r\n", false, ""},
		{"a blank behind", hash + ":3 \t\n", false, ""},
		{"empty lines", "\n \n" + hash + "\n\n", false, ""},
		{"lower case", strings.ToLower(hash), false, ""},
		{"a byte order mark", "\ufeff" + hash, false, ""},
		{"39 digits", hash[1:], false, "line 1: " + want40},
		{"41 digits", hash + "0", false, "line 1: " + want40},
		{"42 digits", hash + "00", false, "line 1: " + want40},
		{"no digit", "G" + hash[1:], false, "line 1: " + want40},
		{"no count", hash + ":", false, "line 1: " + want40},
		{"a count that is none", hash + ":3x", false, "line 1: " + want40},
		{"a count below 0", hash + ":-3", false, "line 1: " + want40},
		{"a blank before", " " + hash, false, "line 1: " + want40},
		{"a wrong line after others", hash + "\n\n" + hash + "\npassword\n", false, "line 4: " + want40},
		{"nothing", "", false, "nothing in it"},
		{"padding alone", hash + ":0\n" + hash + ":00", false, "nothing in it"},
		{"empty lines alone", "\r\n\r\n", false, "nothing in it"},
		{"clear", "password\n", true, ""},
		{"clear, with a byte order mark", "\ufeffpassword", true, ""},
		{"clear, nothing", "\n\n", true, "nothing in it"},
		{"65,535 bytes", "password\n" + strings.Repeat("x", 65535) + "\n", true, ""},
		{"65,536 bytes", "password\n" + strings.Repeat("x", 65536) + "\n", true, "line 2: longer than"},
	} {
		raw, _, err := build(t, c.list, c.plain)
		switch {
		case c.want != "":
			if !errors.Is(err, password.ErrBreachList) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %q", c.name, err, c.want)
			}
		case err != nil:
			t.Errorf("%s: got %v, want none", c.name, err)
		case !contains(t, readFilter(t, raw), "password"):
			t.Errorf("%s: the password is not found", c.name)
		}
	}
}

// keys is a list of hashes that begin with those numbers. Each use of it takes the
// next list, the last one for ever.
func keys(lists ...[]uint64) iter.Seq2[[sha1.Size]byte, error] {
	use := 0
	return func(yield func([sha1.Size]byte, error) bool) {
		list := lists[min(use, len(lists)-1)]
		use++
		for _, k := range list {
			var hash [sha1.Size]byte
			binary.BigEndian.PutUint64(hash[:], k)
			if !yield(hash, nil) {
				return
			}
		}
	}
}

// alike are n hashes that fall into one bucket.
func alike(n int) (list []uint64) {
	for i := range n {
		list = append(list, uint64(i)<<32)
	}
	return list
}

func TestBuildBreachFilterRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		lists [][]uint64
		want  string
	}{
		{"sound", [][]uint64{{1, 2, 3}}, ""},
		{"fewer the second time", [][]uint64{{1, 2, 3}, {1, 2}}, "became another"},
		{"more the second time", [][]uint64{{1, 2}, {1, 2, 3}}, "became another"},
		{"in another order", [][]uint64{{1, 2 << 60, 3 << 60}, {1, 3 << 60, 2 << 60}}, "became another"},
		{"fewer, out of order", [][]uint64{{3, 2, 1}, {3, 2}}, "became another"},
		{"more, out of order", [][]uint64{{3, 2}, {3, 2, 1}}, "became another"},
		{"4,096 that begin alike", [][]uint64{alike(4096)}, ""},
		{"4,097 that begin alike", [][]uint64{alike(4097)}, "more than 4096 begin alike"},
	} {
		f, err := os.Create(filepath.Join(t.TempDir(), "filter"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		kept, err := password.BuildBreachFilter(f, keys(c.lists...))
		if c.want == "" && (err != nil || kept == 0) {
			t.Errorf("%s: got %d, %v, want none", c.name, kept, err)
		}
		if c.want != "" && (kept != 0 || !errors.Is(err, password.ErrBreachList) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %d, %v, want %q", c.name, kept, err, c.want)
		}
	}
}

// TestBreachCount: how many lines a list has, in order or not.
func TestBreachCount(t *testing.T) {
	const all, some = 4_294_967_295, 100_000_000
	for _, c := range []struct {
		count  int64
		sorted bool
		want   string
	}{
		{0, true, "nothing in it"},
		{1, true, ""},
		{all - 1, true, ""},
		{all, true, ""},
		{all + 1, true, "4294967296 lines, limit 4294967295"},
		{0, false, "nothing in it"},
		{some - 1, false, ""},
		{some, false, ""},
		{some + 1, false, "100000001 lines that are not in order, limit 100000000: sort them by their hashes"},
		{some + 1, true, ""},
		{all + 1, false, "4294967296 lines, limit 4294967295"},
	} {
		want := c.want
		if want != "" {
			want = "password: list of breached passwords: " + want
		}
		if got := text(password.CheckBreachCount(c.count, c.sorted)); got != want {
			t.Errorf("%d, in order: %v: got %q, want %q", c.count, c.sorted, got, want)
		}
	}
}

// text is what an error says, "" for none.
func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// brokenWriter fails at one of its calls.
type brokenWriter struct {
	io.WriteSeeker
	left int
}

func (b *brokenWriter) call() error {
	if b.left--; b.left < 0 {
		return errBroken
	}
	return nil
}

func (b *brokenWriter) Write(p []byte) (int, error) {
	if err := b.call(); err != nil {
		return 0, err
	}
	return b.WriteSeeker.Write(p)
}

func (b *brokenWriter) Seek(offset int64, whence int) (int64, error) {
	if err := b.call(); err != nil {
		return 0, err
	}
	return b.WriteSeeker.Seek(offset, whence)
}

// TestBuildBreachFilterBroken: a file that fails anywhere makes no filter.
func TestBuildBreachFilterBroken(t *testing.T) {
	for calls := range 7 {
		f, err := os.Create(filepath.Join(t.TempDir(), "filter"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		kept, err := password.BuildBreachFilter(&brokenWriter{f, calls}, keys([]uint64{1 << 60, 2 << 60}))
		if good := calls == 6; good && (err != nil || kept != 2) || !good && (!errors.Is(err, errBroken) || kept != 0) {
			t.Errorf("%d good calls: got %d, %v", calls, kept, err)
		}
		if _, err := password.OpenBreachFilter(f.Name()); (err == nil) != (calls == 6) {
			t.Errorf("%d good calls: opened with %v", calls, err)
		}
	}
}

// FuzzBreachList reads a list of breached passwords, of hashes and in clear: what is
// good makes a filter that holds each of its lines.
func FuzzBreachList(f *testing.F) {
	f.Add("password\nletmein\n")
	f.Add(hashLine("password") + hashLine("letmein"))
	f.Add("\ufeff\r\n5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:0\n")
	f.Add("\xff\n:\n")
	f.Fuzz(func(t *testing.T, list string) {
		for _, plain := range []bool{false, true} {
			raw, kept, err := build(t, list, plain)
			if err != nil {
				if !errors.Is(err, password.ErrBreachList) {
					t.Errorf("got %v", err)
				}
				continue
			}
			b := readFilter(t, raw)
			if b.Count() != kept || kept > int64(strings.Count(list, "\n")+1) {
				t.Errorf("got %d and a count of %d", kept, b.Count())
			}
			if line, _, _ := strings.Cut(strings.TrimPrefix(list, "\ufeff"), "\n"); plain && len(line) <= 1024 {
				if line = strings.TrimSuffix(line, "\r"); line != "" && !contains(t, b, line) {
					t.Errorf("%q is not found", line)
				}
			}
		}
	})
}
