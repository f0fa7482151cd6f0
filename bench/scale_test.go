package bench

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
)

// Stores of many accounts, each with a session, stand in files that the report
// keeps from pass to pass; without it they are made anew and are small.
const (
	accountsSetting = "SALLYPORT_BENCH_ACCOUNTS"          // numbers, separated by commas
	rowsSetting     = "SALLYPORT_BENCH_POSTGRES_ACCOUNTS" // the same for PostgreSQL, where filling takes longest
	filesSetting    = "SALLYPORT_BENCH_FILES"             // a folder
)

func accounts(b *testing.B, setting string) (list []int) {
	b.Helper()
	text := os.Getenv(setting)
	if text == "" {
		return []int{100, 200}
	}
	for one := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n < 1 {
			b.Fatalf("%s: got %q, want numbers", setting, text)
		}
		list = append(list, n)
	}
	return list
}

// inhabitedFile is the path of a store with so many accounts, which is made if
// it is not there.
func inhabitedFile(b *testing.B, n int) string {
	b.Helper()
	dir := os.Getenv(filesSetting)
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("accounts-%d.db", n))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	s := boltAt(b, path+".new")
	inhabit(b, s, n)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		b.Fatal(err)
	}
	return path
}

// inhabitedSchema is the same in PostgreSQL. A run of the report knows its
// schemas by the name of its folder.
func inhabitedSchema(b *testing.B, n int) store.Store {
	b.Helper()
	if os.Getenv(filesSetting) == "" {
		s := openPostgres(b, schemaURL(b, newSchema(b)))
		inhabit(b, s, n)
		return s
	}
	sum := sha256.Sum256([]byte(os.Getenv(filesSetting)))
	name := fmt.Sprintf("accounts%d_%x", n, sum[:4])
	filled := name + "_filled" // an empty schema that is made last
	if hasSchema(b, filled) {
		return openPostgres(b, schemaURL(b, name))
	}
	makeSchema(b, name)
	s := openPostgres(b, schemaURL(b, name))
	inhabit(b, s, n)
	makeSchema(b, filled)
	return s
}

// inhabit adds accounts, and logs each of them in once.
func inhabit(b *testing.B, s store.Store, n int) {
	b.Helper()
	k := newKit(b, s, false, realTime)
	populate(b, k, 0, n, nil)
	l := library{handler: k.Handler(), path: "/connect/token"}
	list := callersOf(b, l, clients)
	spread(clients, n, func(client, i int) bool {
		got := list[client].send(loginForm(person(i)))
		if got != http.StatusOK {
			b.Errorf("got status %d, want %d", got, http.StatusOK)
		}
		return got == http.StatusOK
	})
}

// BenchmarkFill makes stores in memory of many accounts with a session each.
func BenchmarkFill(b *testing.B) {
	for _, n := range accounts(b, accountsSetting) {
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) {
			for range b.N {
				inhabit(b, memory(b), n)
			}
		})
	}
}

// BenchmarkFiles makes the stores that the benchmarks after it look for, once:
// its time is that of filling them.
func BenchmarkFiles(b *testing.B) {
	for _, n := range accounts(b, accountsSetting) {
		b.Run(fmt.Sprintf("bbolt/accounts=%d", n), func(b *testing.B) {
			info, err := os.Stat(inhabitedFile(b, n))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size()), "file-B/op")
		})
	}
	for _, n := range accounts(b, rowsSetting) {
		b.Run(fmt.Sprintf("PostgreSQL/accounts=%d", n), func(b *testing.B) { inhabitedSchema(b, n) })
	}
}

// lone is a login by name and password on a large store.
type lone struct {
	accounts int
	kit      *sallyporttest.Kit
	call     *caller

	spent   time.Duration
	written float64
}

func newLone(b *testing.B, s store.Store, n int) *lone {
	k := newKit(b, s, false, realTime)
	return &lone{accounts: n, kit: k, call: newCaller(b, k.Handler(), "/connect/token")}
}

// login logs somebody in.
func (l *lone) login(b *testing.B) {
	form := loginForm(person(rand.IntN(l.accounts)))
	before, began := bytesWritten(), time.Now()
	l.call.post(b, form, http.StatusOK)
	l.spent += time.Since(began)
	l.written += bytesWritten() - before
}

// BenchmarkLone is a login on stores of many accounts, in turns, so that all have
// the same machine. Bytes are those given to the system's calls that write.
func BenchmarkLone(b *testing.B) {
	b.Run("bbolt", func(b *testing.B) {
		for _, l := range benchLone(b, accounts(b, accountsSetting), func(n int) store.Store { return inspectedFile(b, n) }) {
			b.ReportMetric(l.written/float64(b.N), fmt.Sprintf("accounts=%d-written-B/op", l.accounts))
		}
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		benchLone(b, accounts(b, rowsSetting), func(n int) store.Store { return inhabitedSchema(b, n) })
	})
}

func benchLone(b *testing.B, sizes []int, open func(n int) store.Store) (list []*lone) {
	for _, n := range sizes {
		list = append(list, newLone(b, open(n), n))
	}
	for range 20 { // the pages that every login needs are read by then
		for _, l := range list {
			l.login(b)
		}
	}
	for _, l := range list {
		l.spent, l.written = 0, 0
	}
	for b.Loop() {
		for _, l := range list {
			l.login(b)
		}
	}
	for _, l := range list {
		b.ReportMetric(float64(l.spent.Nanoseconds())/float64(b.N), fmt.Sprintf("accounts=%d-ns/op", l.accounts))
	}
	return list
}

// bytesWritten is what this process has given to calls that write since it
// began; 0 where the system does not tell.
func bytesWritten() float64 {
	raw, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), "wchar: ")
	line, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.ParseFloat(line, 64)
	if err != nil {
		return 0
	}
	return n
}
