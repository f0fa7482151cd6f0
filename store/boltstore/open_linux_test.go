package boltstore_test

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// records is how many a large file holds: 100,000, or as many as the variable
// SALLYPORT_RECORDS says.
func records(tb testing.TB) int {
	tb.Helper()
	said := os.Getenv("SALLYPORT_RECORDS")
	if said == "" {
		return 100_000
	}
	n, err := strconv.Atoi(said)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// largeFile makes a store of so many records of 500 bytes, and copies it as a
// killed process would leave it. Half of them expire.
func largeFile(tb testing.TB, n int) (closed, killed string) {
	tb.Helper()
	closed, killed = tempPath(tb), tempPath(tb)
	s := open(tb, closed, boltstore.Options{})
	const batch = 50_000
	for i := 0; i < n; i += batch {
		c := store.Change{ID: rnd.Uint64()}
		for j := i; j < min(n, i+batch); j++ {
			w := store.Write{Key: fmt.Sprintf("session/%08x%s", j, rnd.Hex(12)), Value: make([]byte, 500)}
			if j%2 == 0 {
				w.Expires = time.Unix(int64(2e9)+int64(j), 0)
			}
			c.Writes = append(c.Writes, w)
		}
		if err := s.Commit(tb.Context(), c); err != nil {
			tb.Fatal(err)
		}
	}
	for range 100 { // the list of free pages is not empty
		commit(tb, s, store.Write{Key: "session/" + rnd.Hex(16), Value: make([]byte, 500)})
	}
	if err := copyFile(closed, killed); err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return closed, killed
}

// copyFile copies a file to which nobody writes.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	return out.Close()
}

// forget takes a file out of memory, so that the next reading is the disk's.
func forget(tb testing.TB, path string) {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		tb.Fatal(err)
	}
	const dontNeed = 4
	if _, _, errno := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); errno != 0 {
		tb.Fatal(errno)
	}
}

// BenchmarkOpen opens a large file of which nothing is in memory: one that was
// closed; and one that was not, beside reading that file once, in turns.
func BenchmarkOpen(b *testing.B) {
	n := records(b)
	closed, killed := largeFile(b, n)
	fresh := tempPath(b)
	b.Run(fmt.Sprintf("records=%d/closed", n), func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			forget(b, closed)
			b.StartTimer()
			s, err := boltstore.Open(closed, boltstore.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			s.Close()
		}
	})
	b.Run(fmt.Sprintf("records=%d/killed", n), func(b *testing.B) {
		var opening, reading []time.Duration
		for range b.N {
			if err := copyFile(killed, fresh); err != nil { // opening it mends it
				b.Fatal(err)
			}
			forget(b, fresh)
			reading = append(reading, timed(func() { readAll(b, fresh) }))
			forget(b, fresh)
			opening = append(opening, timed(func() {
				s, err := boltstore.Open(fresh, boltstore.Options{})
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
			}))
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(median(opening).Seconds(), "s-open")
		b.ReportMetric(median(reading).Seconds(), "s-read")
		b.ReportMetric(median(opening).Seconds()/median(reading).Seconds(), "×read")
	})
}

func timed(fn func()) time.Duration {
	begin := time.Now()
	fn()
	return time.Since(begin)
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

func readAll(tb testing.TB, path string) {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<20)); err != nil {
		tb.Fatal(err)
	}
}
