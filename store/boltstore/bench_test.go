package boltstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// BenchmarkCommit is one record of 200 bytes a commit, by several writers.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, tempPath(b), boltstore.Options{})
			value := make([]byte, 200)
			var n atomic.Int64
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for n.Add(1) <= int64(b.N) {
						commit(b, s, store.Write{Key: "session/" + rnd.Hex(16), Value: value})
					}
				})
			}
			wg.Wait()
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	s := open(b, tempPath(b), boltstore.Options{})
	commit(b, s, put("session/x", string(make([]byte, 200))))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Load(b.Context(), "session/x"); err != nil {
				b.Error(err)
			}
		}
	})
}
