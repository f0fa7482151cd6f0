package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// open opens a store, to be closed with the test.
func open(t testing.TB, url string) *pgstore.Store {
	t.Helper()
	s, err := pgstore.Open(context.Background(), url, pgstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// sql is a connection past the store.
func sql(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func exec(t testing.TB, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// count is the one number that a query answers.
func count(t testing.TB, c *pgx.Conn, sql string, args ...any) (n int) {
	t.Helper()
	if err := c.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func put(key, value string) store.Write { return store.Write{Key: key, Value: []byte(value)} }

func change(writes ...store.Write) store.Change {
	return store.Change{ID: rnd.Uint64(), Writes: writes}
}

// commit must succeed.
func commit(t testing.TB, s store.Store, writes ...store.Write) (id uint64) {
	t.Helper()
	c := change(writes...)
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatalf("Commit: %v", err)
	}
	return c.ID
}

func load(t testing.TB, s store.Store, key string) store.Record {
	t.Helper()
	r, err := s.Load(context.Background(), key)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return r[0]
}

// together calls fn n times at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

// at is a store that knows its schema, for the suite.
type at struct {
	*pgstore.Store
	url string
}

func TestContract(t *testing.T) {
	another := func(t *testing.T, s store.Store) store.Store { return at{open(t, s.(at).url), s.(at).url} }
	storetest.RunBackend(t, storetest.Backend{
		Open: func(t *testing.T) store.Store {
			url := pgtest.URL(t)
			return at{open(t, url), url}
		},
		Reopen: another,
		Crash:  another, // of the node: the server has what it has acknowledged
		Damage: func(t *testing.T, s store.Store, key string) {
			vandal := sql(t, s.(at).url)
			exec(t, vandal, "UPDATE sallyport_records SET value = NULL WHERE key = $1", []byte(key))
		},
		Cut: func(t *testing.T, s store.Store, n int) (store.Store, func()) {
			p := newProxy(t, s.(at).url)
			cut := open(t, p.url+"&pool_max_conns=1")
			commit(t, cut, store.Write{Key: "warm", Keep: true}) // its connection knows the statement
			way, after := toServer, n/2*37%320                   // somewhere in the commit, or in its answer
			if n%2 == 1 {
				way, after = toClient, n/2*5%42
			}
			p.cutAfter(way, after)
			return cut, func() { cut.Close() }
		},
	})
}

func TestReopen(t *testing.T) {
	url := pgtest.URL(t)
	s := open(t, url)
	id := commit(t, s, store.Write{Key: "a", Value: []byte{}, Expires: time.Unix(1000, 1)}, put("b", "x"))
	commit(t, s, store.Write{Key: "b", If: id})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, url)
	if r := load(t, again, "a"); r.Value == nil || len(r.Value) != 0 || r.Version != id || !r.Expires.Equal(time.Unix(1001, 0)) {
		t.Errorf("opened again: got %+v, want an empty value of version %d", r, id)
	}
	if r := load(t, again, "b"); r.Value != nil {
		t.Errorf("opened again: got %+v, want it deleted", r)
	}
}

// Two nodes, each with connections of its own, spend one code: one wins.
func TestTwoNodes(t *testing.T) {
	url := pgtest.URL(t)
	nodes := []*pgstore.Store{open(t, url), open(t, url)}
	for round := range 20 {
		code := fmt.Sprintf("code/%d", round)
		id := commit(t, nodes[0], put(code, "live"))
		won := make(chan int, 16)
		together(16, func(i int) {
			err := nodes[i%2].Commit(t.Context(), change(
				store.Write{Key: code, Value: []byte("spent"), If: id},
				put(fmt.Sprintf("session/%d/%d", round, i), "x"),
			))
			if err == nil {
				won <- i
			} else if !errors.Is(err, store.ErrConflict) {
				t.Errorf("Commit: got error %v, want %v", err, store.ErrConflict)
			}
		})
		if got := len(won); got != 1 {
			t.Errorf("round %d: %d of 16 spent the code, want 1", round, got)
		}
		sessions := 0
		for _, err := range nodes[1].Scan(t.Context(), fmt.Sprintf("session/%d/", round), "") {
			if err != nil {
				t.Fatal(err)
			}
			sessions++
		}
		if sessions != 1 {
			t.Errorf("round %d: %d sessions, want 1", round, sessions)
		}
	}
}

// Records that come and go under several writers, while every tombstone is
// swept as soon as it stands: nothing is lost, and no two changes ever wait for
// each other.
func TestNoDeadlocks(t *testing.T) {
	url := pgtest.URL(t)
	watch := sql(t, url)
	const deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
	before := count(t, watch, deadlocks)
	s := open(t, url+"&pool_max_conns=12&application_name=circles")
	keys := []string{"k/0", "k/1", "k/2", "k/3", "k/4", "k/5"}
	const callers, rounds = 10, 20
	together(callers, func(i int) {
		for n := range rounds {
			for turn := 0; ; turn++ {
				recs, err := s.Load(t.Context(), keys...)
				if err != nil {
					t.Errorf("Load: %v", err)
					return
				}
				c := change(put(fmt.Sprintf("done/%d/%d", i, n), "x"))
				for j, r := range recs { // each is replaced, deleted, made or held
					w := store.Write{Key: r.Key, If: r.Version}
					switch (i + n + j + turn) % 4 {
					case 0:
						w.Keep = true
					case 1, 2:
						w.Value = []byte("x")
					}
					c.Writes = append(c.Writes, w)
				}
				slices.Reverse(c.Writes) // the order is the store's business
				err = s.Commit(t.Context(), c)
				if err == nil {
					break
				}
				if !errors.Is(err, store.ErrConflict) {
					t.Errorf("Commit: %v", err)
					return
				}
			}
			if _, err := s.Sweep(t.Context(), time.Unix(1<<40, 0), 10); err != nil {
				t.Errorf("Sweep: %v", err)
				return
			}
		}
	})
	done := 0
	for _, err := range s.Scan(t.Context(), "done/", "") {
		if err != nil {
			t.Fatal(err)
		}
		done++
	}
	if done != callers*rounds {
		t.Errorf("got %d changes, want %d", done, callers*rounds)
	}
	s.Close()
	for count(t, watch, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'circles'") > 0 {
		// A connection hands in its statistics when it ends.
	}
	if got := count(t, watch, deadlocks); got != before {
		t.Errorf("got %d deadlocks, want none", got-before)
	}
}

func TestTombstones(t *testing.T) {
	url := pgtest.URL(t)
	s, watch := open(t, url), sql(t, url)
	rows := func() int { return count(t, watch, "SELECT count(*) FROM sallyport_records") }
	id := commit(t, s, put("a", "x"), store.Write{Key: "held", Keep: true})
	commit(t, s, store.Write{Key: "a", If: id}, put("live", "x"))
	if got := rows(); got != 3 {
		t.Errorf("got %d rows, want a record and two tombstones", got)
	}
	for _, before := range []time.Time{{}, time.Unix(1000, 0)} { // long before they were made
		if n, err := s.Sweep(t.Context(), before, 10); n != 0 || err != nil {
			t.Errorf("Sweep: got %d and error %v, want 0", n, err)
		}
	}
	if got := rows(); got != 3 {
		t.Errorf("got %d rows, want young tombstones to stay", got)
	}
	var many []store.Write
	for i := range 700 {
		many = append(many, store.Write{Key: fmt.Sprintf("many/%d", i), Keep: true})
	}
	commit(t, s, many...)
	if n, err := s.Sweep(t.Context(), time.Unix(1<<40, 0), 1); n != 0 || err != nil {
		t.Errorf("Sweep: got %d and error %v, want tombstones not to count", n, err)
	}
	if got := rows(); got != 1 {
		t.Errorf("got %d rows, want the record", got)
	}
}

// A sweep does not wait for a row that somebody holds.
func TestSweepPassesOver(t *testing.T) {
	url := pgtest.URL(t)
	s, holder := open(t, url), sql(t, url)
	old := time.Unix(1000, 0)
	commit(t, s, store.Write{Key: "a", Value: []byte("x"), Expires: old}, store.Write{Key: "b", Value: []byte("x"), Expires: old})
	exec(t, holder, "BEGIN")
	exec(t, holder, "SELECT FROM sallyport_records WHERE key = 'a' FOR UPDATE")
	if n, err := s.Sweep(t.Context(), time.Unix(2000, 0), 10); n != 1 || err != nil {
		t.Errorf("Sweep beside a lock: got %d and error %v, want 1", n, err)
	}
	exec(t, holder, "ROLLBACK")
	if n, err := s.Sweep(t.Context(), time.Unix(2000, 0), 10); n != 1 || err != nil {
		t.Errorf("Sweep after it: got %d and error %v, want 1", n, err)
	}
}

func TestDamagedRow(t *testing.T) {
	url := pgtest.URL(t)
	s, vandal := open(t, url), sql(t, url)
	commit(t, s, put("a", "x"), put("b", "x"), put("c", "x"))
	exec(t, vandal, "UPDATE sallyport_records SET value = NULL WHERE key = 'b'")
	if _, err := s.Load(t.Context(), "a", "b"); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Load: got error %v, want %v", err, store.ErrDamaged)
	}
	var got []string
	for r, err := range s.Scan(t.Context(), "", "") {
		got = append(got, fmt.Sprint(r.Key, " ", errors.Is(err, store.ErrDamaged)))
	}
	if want := "a false, b true, c false"; strings.Join(got, ", ") != want {
		t.Errorf("Scan: got %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestTooLargeTogether(t *testing.T) {
	s := open(t, pgtest.URL(t))
	value := make([]byte, store.MaxValue)
	var writes []store.Write
	for i := range 257 {
		writes = append(writes, store.Write{Key: fmt.Sprintf("k/%d", i), Value: value})
	}
	if err := s.Commit(t.Context(), change(writes...)); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("a change of 257 MiB: got error %v, want %v", err, store.ErrTooLarge)
	}
}

// A page holds more than a MiB by one record at most, or a scan of large values
// would fill the memory.
func TestScanLargeValues(t *testing.T) {
	s := open(t, pgtest.URL(t))
	var want []string
	for i := range 40 {
		key := fmt.Sprintf("k/%02d", i)
		want = append(want, key)
		commit(t, s, put(key, strings.Repeat("v", 300_000+i)))
	}
	var got []string
	for r, err := range s.Scan(t.Context(), "k/", "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
