package boltstore_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// BenchmarkSweep sweeps a tenth of a large file. Keys are random, so each page that
// holds what is due holds others too. The second store sweeps what lies together.
func BenchmarkSweep(b *testing.B) {
	n := records(b)
	for _, together := range []bool{false, true} {
		b.Run(fmt.Sprintf("records=%d/together=%v", n, together), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				s := open(b, tempPath(b), boltstore.Options{})
				for i := 0; i < n; i += 10_000 {
					c := change()
					for j := i; j < min(n, i+10_000); j++ {
						w := store.Write{Key: "session/" + rnd.Hex(16), Value: make([]byte, 300), Expires: time.Unix(5000, 0)}
						if together {
							w.Key = fmt.Sprintf("session/%08x", j) + rnd.Hex(12)
						}
						if j%10 == 0 && !together || j < n/10 && together {
							w.Expires = time.Unix(1000, 0)
						}
						c.Writes = append(c.Writes, w)
					}
					commit(b, s, c.Writes...)
				}
				first := timed(func() { sweepAll(b, s, 900, 0) })
				b.StartTimer()
				sweepAll(b, s, 2000, n/10)
				b.StopTimer()
				none := timed(func() { sweepAll(b, s, 2000, 0) })
				b.ReportMetric(first.Seconds(), "s-reading-what-was-written")
				b.ReportMetric(float64(none.Nanoseconds()), "ns-of-nothing")
				b.ReportMetric(float64(len(s.Zones())), "zones")
				s.Close()
			}
		})
	}
}

func sweepAll(tb testing.TB, s store.Store, before int64, want int) {
	tb.Helper()
	swept := 0
	for {
		n, err := s.Sweep(tb.Context(), time.Unix(before, 0), 2000)
		if err != nil {
			tb.Fatal(err)
		}
		if swept += n; n < 50 {
			break
		}
	}
	if swept != want {
		tb.Fatalf("swept %d, want %d", swept, want)
	}
}

// BenchmarkZones is the memory that a large file takes beside its pages: opened
// after a kill, when all of it has been read.
func BenchmarkZones(b *testing.B) {
	n := records(b)
	closed, killed := largeFile(b, n)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for name, path := range map[string]string{"closed": closed, "killed": killed} {
		b.Run(fmt.Sprintf("records=%d/%s", n, name), func(b *testing.B) {
			before := heap()
			var s *boltstore.Store
			took := timed(func() { s = open(b, path, boltstore.Options{}) })
			s.Inspected()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(took.Seconds(), "s-open")
			b.ReportMetric(float64(heap()-before)/float64(n), "heap-B/record")
			b.ReportMetric(float64(len(s.Zones())), "zones")
			s.Close()
		})
	}
}
