package memstore_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// session is what a login leaves but for its event: a session, of the lengths that
// it has in the engine.
func session(id uint64) store.Change {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], id*0x9e3779b97f4a7c15) // spread over the order of keys
	return store.Change{ID: id, Writes: []store.Write{
		{Key: fmt.Sprintf("of/%x%x/session", b, b), Value: bytes.Repeat([]byte{byte(id)}, 230), Expires: time.Unix(1_900_000_000+int64(id/100), 0)},
	}}
}

// fill makes so many sessions.
func fill(tb testing.TB, s store.Store, n uint64) {
	tb.Helper()
	for id := range n {
		if err := s.Commit(tb.Context(), session(id+1)); err != nil {
			tb.Fatal(err)
		}
	}
}

// heap returns the bytes that are live.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkSession is what a session costs in a store of 100,000: to write them, and the heap that stays.
func BenchmarkSession(b *testing.B) {
	const sessions = 100_000
	for b.Loop() {
		before := heap()
		s := memstore.New()
		fill(b, s, sessions)
		b.ReportMetric(float64(heap()-before)/sessions, "live-B/session")
		s.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sessions, "ns/session")
}

// BenchmarkFill fills a store with records of accounts, five each.
func BenchmarkFill(b *testing.B) {
	value := make([]byte, 150)
	for _, accounts := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(accounts), func(b *testing.B) {
			for b.Loop() {
				r := rand.New(rand.NewPCG(1, 2))
				s := memstore.New()
				for i := range accounts {
					id := fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())
					c := store.Change{ID: uint64(i + 1)}
					for _, table := range []string{"account/", "ageing/", "event/", "factors/", "name/"} {
						w := store.Write{Key: table + id, Value: value}
						if table == "event/" {
							w.Expires = time.Unix(1_900_000_000+int64(i), 0)
						}
						c.Writes = append(c.Writes, w)
					}
					if err := s.Commit(b.Context(), c); err != nil {
						b.Fatal(err)
					}
				}
				s.Close()
			}
		})
	}
}

// BenchmarkLoad has the shape of a login's second round.
func BenchmarkLoad(b *testing.B) {
	const sessions = 50_000
	s := memstore.New()
	fill(b, s, sessions)
	r := rand.New(rand.NewPCG(1, 2))
	rounds := make([][]string, 1000)
	for i := range rounds {
		for range 4 {
			for _, w := range session(1 + r.Uint64N(sessions)).Writes {
				rounds[i] = append(rounds[i], w.Key)
			}
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := s.Load(b.Context(), rounds[i%len(rounds)]...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan is the first scan after so many writes.
func BenchmarkScan(b *testing.B) {
	const sessions = 100_000
	for b.Loop() {
		b.StopTimer()
		s := memstore.New()
		fill(b, s, sessions)
		b.StartTimer()
		for _, err := range s.Scan(b.Context(), "none", "") {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*sessions), "ns/record")
}

// BenchmarkSweep deletes what a sweep finds due.
func BenchmarkSweep(b *testing.B) {
	const sessions = 100_000
	for b.Loop() {
		b.StopTimer()
		s := memstore.New()
		fill(b, s, sessions)
		b.StartTimer()
		if n, err := s.Sweep(b.Context(), time.Unix(3e9, 0), 1e9); n != 2*sessions || err != nil {
			b.Fatalf("got %d and error %v", n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*sessions), "ns/record")
}
