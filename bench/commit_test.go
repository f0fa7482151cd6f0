package bench

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// crowd is how many records a store holds before it is measured, and
// recordBytes how large they and the measured ones are.
const (
	crowd       = 10_000
	recordBytes = 200
)

// writers are numbers of goroutines that write at once.
var writers = []int{1, 8, 64}

func randomKey() string { return "session/" + rnd.Hex(16) }

// crowded is a fresh boltstore with a crowd in it.
func crowded(tb testing.TB) store.Store {
	tb.Helper()
	s, err := boltstore.Open(filepath.Join(tb.TempDir(), "ours.db"), boltstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	fill(tb, s)
	return s
}

// fill commits a crowd at once.
func fill(tb testing.TB, s store.Store) {
	tb.Helper()
	c := store.Change{ID: 1}
	for range crowd {
		c.Writes = append(c.Writes, store.Write{Key: randomKey(), Value: make([]byte, recordBytes)})
	}
	if err := s.Commit(tb.Context(), c); err != nil {
		tb.Fatal(err)
	}
}

var changes atomic.Uint64

// commitOne commits one record through the contract.
func commitOne(ctx context.Context, s store.Store, key string, value []byte) error {
	return s.Commit(ctx, store.Change{ID: changes.Add(1) + 1, Writes: []store.Write{{Key: key, Value: value}}})
}

var plainBucket = []byte("records")

// plainBolt is a fresh bbolt file with a crowd in it, and nothing of ours. It
// has the options that our store found best.
func plainBolt(tb testing.TB) *bolt.DB {
	tb.Helper()
	db, err := bolt.Open(filepath.Join(tb.TempDir(), "plain.db"), 0o600, &bolt.Options{
		FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoStatistics: true, InitialMmapSize: 1 << 30,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	err = db.Update(func(tx *bolt.Tx) error {
		bucket, err := tx.CreateBucket(plainBucket)
		for range crowd {
			if err != nil {
				return err
			}
			err = bucket.Put([]byte(randomKey()), make([]byte, recordBytes))
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

func updateOne(db *bolt.DB, key string, value []byte) error {
	return db.Update(func(tx *bolt.Tx) error { return tx.Bucket(plainBucket).Put([]byte(key), value) })
}

// BenchmarkCommit is one durable record of 200 bytes a commit. Time is wall
// time by number of writes, all writers together.
func BenchmarkCommit(b *testing.B) {
	if free {
		b.Skip("measured in the other binary")
	}
	for _, n := range writers {
		b.Run(fmt.Sprintf("boltstore/writers=%d", n), func(b *testing.B) {
			s := crowded(b)
			benchWrites(b, n, func(key string, value []byte) error { return commitOne(b.Context(), s, key, value) })
			checkWritten(b, s)
		})
		b.Run(fmt.Sprintf("update/writers=%d", n), func(b *testing.B) {
			db := plainBolt(b)
			benchWrites(b, n, func(key string, value []byte) error { return updateOne(db, key, value) })
		})
	}
}

func benchWrites(b *testing.B, n int, write func(key string, value []byte) error) {
	value := bytes.Repeat([]byte{7}, recordBytes)
	var begun atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range n {
		wg.Go(func() {
			for begun.Add(1) <= int64(b.N) {
				if err := write(randomKey(), value); err != nil {
					b.Errorf("writing: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
}

// checkWritten counts what is there.
func checkWritten(b *testing.B, s store.Store) {
	b.Helper()
	got := 0
	for _, err := range s.Scan(b.Context(), "session/", "") {
		if err != nil {
			b.Fatal(err)
		}
		got++
	}
	if got != crowd+b.N {
		b.Errorf("got %d records, want %d", got, crowd+b.N)
	}
}
