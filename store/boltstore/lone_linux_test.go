package boltstore_test

import (
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// BenchmarkLone is one record of 200 bytes a commit by a lone writer, in turns
// with db.Update of the same record in a plain bbolt file, among 10,000 others
// each. Medians, and their ratio.
func BenchmarkLone(b *testing.B) {
	s := open(b, tempPath(b), boltstore.Options{})
	db, err := bolt.Open(tempPath(b), 0o600, &bolt.Options{
		FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoStatistics: true, InitialMmapSize: 1 << 30,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	value, bucket := make([]byte, 200), []byte("records")
	update := func(keys ...string) {
		if err := db.Update(func(tx *bolt.Tx) error {
			into, err := tx.CreateBucketIfNotExists(bucket)
			for _, k := range keys {
				if err == nil {
					err = into.Put([]byte(k), value)
				}
			}
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	ours := func(keys ...string) {
		c := change()
		for _, k := range keys {
			c.Writes = append(c.Writes, store.Write{Key: k, Value: value})
		}
		if err := s.Commit(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	crowd := make([]string, 10_000)
	for i := range crowd {
		crowd[i] = "session/" + rnd.Hex(16)
	}
	update(crowd...)
	ours(crowd...)
	var mine, theirs []time.Duration
	for b.Loop() {
		theirs = append(theirs, timed(func() { update("session/" + rnd.Hex(16)) }))
		mine = append(mine, timed(func() { ours("session/" + rnd.Hex(16)) }))
	}
	b.ReportMetric(float64(median(mine))/float64(median(theirs)), "×Update")
	b.ReportMetric(float64(median(theirs))/1e3, "µs-Update")
}
