package boltstore_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// login is what a login writes: a session beside what is known of the account, that,
// and an event.
func login(i int, account string, version uint64) []store.Write {
	end := time.Unix(int64(2e9)+int64(i), 0)
	return []store.Write{
		{Key: "of/" + account[:12] + rnd.Hex(10) + "/session", Value: make([]byte, 300), Expires: end},
		{Key: fmt.Sprintf("event/%016x%s", i, rnd.Hex(8)), Value: make([]byte, 200), Expires: end.Add(400 * 24 * time.Hour)},
		{Key: "of/" + account + "/ageing", Value: make([]byte, 60), If: version},
	}
}

// crowdedFile makes a store in which so many accounts have each logged in once.
func crowdedFile(tb testing.TB, n int) (s *boltstore.Store, accounts []string, versions []uint64) {
	tb.Helper()
	path := tempPath(tb)
	s = open(tb, path, boltstore.Options{})
	accounts, versions = make([]string, n), make([]uint64, n)
	for i := range accounts {
		accounts[i] = rnd.Hex(16)
	}
	batch := min(max(1000, n/10), 16_000)
	for i := 0; i < n; i += batch {
		c := change()
		for j := i; j < min(n, i+batch); j++ {
			c.Writes = append(c.Writes, login(j, accounts[j], 0)...)
			versions[j] = c.ID
		}
		if err := s.Commit(tb.Context(), c); err != nil {
			tb.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Logf("%d accounts: %d bytes each", n, info.Size()/int64(n))
	return s, accounts, versions
}

// written is how many bytes this process has written.
func written(tb testing.TB) int64 {
	tb.Helper()
	io, err := os.ReadFile("/proc/self/io")
	if err != nil {
		tb.Skip(err)
	}
	for line := range bytes.Lines(io) {
		if count, ok := bytes.CutPrefix(line, []byte("wchar: ")); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSpace(count)), 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			return n
		}
	}
	tb.Skip("no count of what was written")
	return 0
}

// BenchmarkLogin is the commit of one login after another, by number of accounts
// that logged in before.
func BenchmarkLogin(b *testing.B) {
	for _, n := range []int{10_000, records(b)} {
		var s *boltstore.Store
		var accounts []string
		var versions []uint64
		i := n
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) {
			if s == nil {
				s, accounts, versions = crowdedFile(b, n)
			}
			before := written(b)
			b.ReportAllocs()
			for b.Loop() {
				a := int(rnd.Uint64() % uint64(n))
				versions[a] = commit(b, s, login(i, accounts[a], versions[a])...)
				i++
			}
			b.ReportMetric(float64(written(b)-before)/float64(b.N)/1024, "KiB-written/op")
		})
	}
}
