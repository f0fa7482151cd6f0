package bench

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	fillPortion  = 10_000 // records of one change while a store is filled
	sweepPortion = 250    // about what upkeep deletes at a time
	loadKeys     = 11     // of the last call of a login
)

// BenchmarkPostgresScale is what the store costs with so many records, of which
// every other one is due: a Load of eleven, a commit of one new record beside an
// upsert, then the sweep of all that is due, in portions.
func BenchmarkPostgresScale(b *testing.B) {
	if os.Getenv("SALLYPORT_LONG") == "" {
		b.Skip("SALLYPORT_LONG is not set")
	}
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) { benchScale(b, n) })
	}
}

// scaleKey is the key of the i-th record: they lie anywhere among each other.
func scaleKey(i int) string {
	sum := sha256.Sum256(fmt.Append(nil, i))
	return "session/" + hex.EncodeToString(sum[:16])
}

func benchScale(b *testing.B, n int) {
	url := schema(b)
	s, upsert := openPostgres(b, url), upserter(b)
	began := time.Now()
	populate(b, s, n)
	filling, disk := time.Since(began), diskBytes(b, url)

	value, lap := bytes.Repeat([]byte{7}, recordBytes), time.Now()
	var loading, committing, upserting time.Duration
	spent := func(sum *time.Duration) {
		now := time.Now()
		*sum += now.Sub(lap)
		lap = now
	}
	var ignored time.Duration
	for b.Loop() {
		keys := make([]string, loadKeys)
		for i := range keys {
			keys[i] = scaleKey(rand.IntN(n))
		}
		spent(&ignored)
		recs, err := s.Load(b.Context(), keys...)
		if err != nil || recs[0].Value == nil || recs[loadKeys-1].Value == nil {
			b.Fatalf("got %+v and error %v, want records", recs, err)
		}
		spent(&loading)
		if err := commitOne(b.Context(), s, randomKey(), value); err != nil {
			b.Fatal(err)
		}
		spent(&committing)
		upsert()
		spent(&upserting)
	}
	report(b, filling, n, "fill-ns/record")
	b.ReportMetric(disk/float64(n), "disk-B/record")
	report(b, loading, b.N, "load-ns/op")
	report(b, committing, b.N, "commit-ns/op")
	report(b, upserting, b.N, "upsert-ns/op")
	benchSweep(b, s, n/2)
}

func report(b *testing.B, d time.Duration, per int, unit string) {
	b.ReportMetric(float64(d.Nanoseconds())/float64(per), unit)
}

// populate writes n records, of which those of an even number are due.
func populate(b *testing.B, s store.Store, n int) {
	b.Helper()
	for from := 0; from < n; from += fillPortion {
		c := store.Change{ID: rnd.Uint64()}
		for i := from; i < min(n, from+fillPortion); i++ {
			w := store.Write{Key: scaleKey(i), Value: make([]byte, recordBytes), Expires: time.Unix(2e9+int64(i), 0)}
			if i%2 == 0 {
				w.Expires = time.Unix(1e9+int64(i), 0)
			}
			c.Writes = append(c.Writes, w)
		}
		if err := s.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// benchSweep deletes what is due, in portions: all of it, and by itself the last
// tenth, which comes after what is deleted and perhaps not yet vacuumed.
func benchSweep(b *testing.B, s store.Store, due int) {
	began, swept, last := time.Now(), 0, time.Time{}
	for {
		n, err := s.Sweep(b.Context(), time.Unix(2e9, 0), sweepPortion)
		if err != nil {
			b.Fatal(err)
		}
		if swept += n; n < sweepPortion {
			break
		}
		if last.IsZero() && swept >= due-due/10 {
			last = time.Now()
		}
	}
	if swept != due {
		b.Errorf("swept %d records, want %d", swept, due)
	}
	report(b, time.Since(began), due, "sweep-ns/record")
	report(b, time.Since(last), due/10, "sweep-last-ns/record")
}

// diskBytes is what the table takes, with its indexes.
func diskBytes(b *testing.B, url string) (n float64) {
	b.Helper()
	const size = "SELECT pg_total_relation_size('sallyport_records')::float8"
	if err := connect(b, url).QueryRow(b.Context(), size).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
