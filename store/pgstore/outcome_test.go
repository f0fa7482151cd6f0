package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// A Commit is one round trip, and so is a Load of any number of keys, once the
// connection knows the statements: Bind, Execute, Sync.
func TestRoundTrips(t *testing.T) {
	p := newProxy(t, pgtest.URL(t))
	s := open(t, p.url+"&pool_max_conns=1")
	var keys []string
	for i := range 20 {
		keys = append(keys, fmt.Sprintf("k/%d", i))
	}
	version := uint64(0)
	for round := range 3 {
		if _, err := s.Load(t.Context(), keys...); err != nil {
			t.Fatal(err)
		}
		wantMessages(t, "Load", p, round > 0)
		version = commit(t, s, store.Write{Key: "a", Value: []byte("x"), If: version}, put(fmt.Sprintf("new/%d", round), "x"), store.Write{Key: "none", Keep: true})
		wantMessages(t, "Commit", p, round > 0)
	}
}

func wantMessages(t *testing.T, what string, p *proxy, known bool) {
	t.Helper()
	sent, _ := p.seen()
	if known && sent != "BES" {
		t.Errorf("%s: sent the messages %q, want %q", what, sent, "BES")
	}
}

// The connection is cut at every byte of the answer to a commit, and at many of
// the commit itself. Repeating the identical change settles it: it has landed
// once, whatever had happened.
func TestCutAtEveryByte(t *testing.T) {
	direct := pgtest.URL(t)
	p := newProxy(t, direct)
	s, other := open(t, p.url+"&pool_max_conns=1"), open(t, direct)
	version, total := uint64(0), 0
	for way, stride := range []int{toServer: 11, toClient: 1} {
		had := map[string]int{}
		for n := 0; ; n += stride {
			for warm := false; !warm; { // a new connection learns the statement
				err := s.Commit(t.Context(), change(store.Write{Key: "warm", Keep: true}))
				if warm = err == nil; !warm && !errors.Is(err, store.ErrUnknown) { // the last cut came after the answer
					t.Fatalf("Commit: %v", err)
				}
			}
			total++
			c := change(
				store.Write{Key: "count", Value: strconv.AppendInt(nil, int64(total), 10), If: version},
				put(fmt.Sprintf("event/%d", total), "x"),
			)
			p.cutAfter(way, n)
			err := s.Commit(t.Context(), c)
			whole := p.disarm()
			had[settle(t, other, c, err)]++
			version = c.ID
			if got := string(load(t, other, "count").Value); got != strconv.Itoa(total) {
				t.Fatalf("after %d changes: the counter is %s", total, got)
			}
			if whole {
				break
			}
		}
		if had["unknown"] == 0 && way == toServer || had["landed"] == 0 && way == toClient {
			t.Errorf("direction %d: got the outcomes %v, want some of either kind", way, had)
		}
	}
	events := 0
	for range other.Scan(t.Context(), "event/", "") {
		events++
	}
	if events != total {
		t.Errorf("got %d events, want %d", events, total)
	}
}

// A server that is shut down may have committed before it says so: only an
// ERROR is its word that nothing was written.
func TestFatalIsUnknown(t *testing.T) {
	direct := pgtest.URL(t)
	p := newProxy(t, direct)
	s, other := open(t, p.url+"&pool_max_conns=1"), open(t, direct)
	commit(t, s, put("warm", "x"))
	p.last = "E\x00\x00\x00\x21SFATAL\x00VFATAL\x00C57P01\x00Mended\x00\x00"
	p.cutAfter(toClient, 31) // BindComplete, DataRow and CommandComplete, but not ReadyForQuery
	c := change(put("event", "x"))
	err := s.Commit(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "57P01") {
		t.Fatalf("got error %v, want the server's", err)
	}
	if got := settle(t, other, c, err); got != "landed" {
		t.Errorf("the change: got %s, want landed", got)
	}
}

// settle repeats a change over another connection until it has landed, and says
// what had become of it: known, landed or unknown (and not landed).
func settle(t *testing.T, s store.Store, c store.Change, err error) string {
	t.Helper()
	event := c.Writes[len(c.Writes)-1].Key
	switch {
	case err == nil:
		if got := load(t, s, event).Version; got != c.ID {
			t.Fatalf("an acknowledged change has not landed: version %d, want %d", got, c.ID)
		}
		return "known"
	case !errors.Is(err, store.ErrUnknown):
		t.Fatalf("a cut connection: got error %v, want %v", err, store.ErrUnknown)
	}
	switch err := s.Commit(t.Context(), c); {
	case err == nil:
		return "unknown"
	case !errors.Is(err, store.ErrConflict):
		t.Fatalf("repeating: %v", err)
	}
	if got := load(t, s, event).Version; got != c.ID {
		t.Fatalf("repeating: a conflict, and no record of this change: version %d", got)
	}
	return "landed"
}

// counter is a record that counts.
type counter int

func (c *counter) Fields(f *record.Fields) {
	f.Int(1, "n", (*int)(c))
	f.End()
}

// The server ends a connection each 10 ms, as long as there are four: to make
// one may take that long. Callers see errors, counters do not.
func TestTerminated(t *testing.T) {
	url := pgtest.URL(t)
	s := open(t, url+"&application_name=victim&pool_max_conns=6")
	db := store.NewDB(s, "")
	counters := store.NewTable[counter]("counter", store.TableOptions{})
	killer := sql(t, url)
	stop := make(chan struct{})
	var killed atomic.Int64
	var reaper sync.WaitGroup
	reaper.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				killed.Add(int64(count(t, killer, `SELECT count(pg_terminate_backend(pid)) FROM (
					SELECT pid FROM pg_stat_activity WHERE application_name = 'victim' ORDER BY random() OFFSET 3 LIMIT 1) AS one`)))
			}
		}
	})
	var landed, failed atomic.Int64
	together(6, func(i int) {
		own := strconv.Itoa(i)
		for n := 0; killed.Load() < 20; n++ {
			ids := []string{own}
			if n%4 == 0 { // callers that meet stand in a queue
				ids = append(ids, "shared")
			}
			for {
				err := db.Run(context.Background(), time.Unix(1000, 0), func(tx *store.Tx) error {
					for _, id := range ids {
						n, _, err := counters.Get(tx, id)
						if err == nil {
							err = counters.Put(tx, id, n+1, time.Time{})
						}
						if err != nil {
							return err
						}
					}
					return nil
				})
				if err == nil {
					landed.Add(int64(len(ids)))
					break
				}
				if errors.Is(err, store.ErrUnknown) {
					t.Errorf("an outcome stayed unknown: %v", err)
					return
				}
				failed.Add(1) // nothing was written: once more
			}
		}
	})
	close(stop)
	reaper.Wait()
	err := store.Run(t.Context(), open(t, url), time.Unix(1000, 0), func(tx *store.Tx) error {
		sum := 0
		for _, id := range []string{"shared", "0", "1", "2", "3", "4", "5"} {
			n, _, err := counters.Get(tx, id)
			if err != nil {
				return err
			}
			sum += int(n)
		}
		if sum != int(landed.Load()) {
			t.Errorf("counted %d, want %d (%d failures, %d connections ended)", sum, landed.Load(), failed.Load(), killed.Load())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What the server reports as an error has written nothing, and that is known.
func TestReportedErrors(t *testing.T) {
	url := pgtest.URL(t)
	s, other, holder := open(t, url+"&statement_timeout=50ms"), open(t, url), sql(t, url)
	id := commit(t, other, put("a", "x"))
	exec(t, holder, "BEGIN")
	exec(t, holder, "SELECT FROM sallyport_records WHERE key = 'a' FOR UPDATE")
	err := s.Commit(t.Context(), change(store.Write{Key: "a", Value: []byte("y"), If: id}))
	if err == nil || errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrConflict) {
		t.Errorf("a statement that took too long: got error %v, want the server's", err)
	}
	exec(t, holder, "ROLLBACK")
	if got := load(t, other, "a"); got.Version != id {
		t.Errorf("it has landed all the same: %+v", got)
	}
}

// A caller who leaves while the commit waits for a lock does not know.
func TestCancelledUnderWay(t *testing.T) {
	url := pgtest.URL(t)
	s, holder := open(t, url), sql(t, url)
	id := commit(t, s, put("a", "x"))
	exec(t, holder, "BEGIN")
	exec(t, holder, "SELECT FROM sallyport_records WHERE key = 'a' FOR UPDATE")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := change(store.Write{Key: "a", Value: []byte("y"), If: id}, put("event", "x"))
	err := s.Commit(ctx, c)
	if !errors.Is(err, store.ErrUnknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want %v of %v", err, store.ErrUnknown, context.DeadlineExceeded)
	}
	exec(t, holder, "ROLLBACK")
	settle(t, s, c, err)
	if got := load(t, s, "a"); string(got.Value) != "y" || got.Version != c.ID {
		t.Errorf("got %+v, want the change to have landed", got)
	}
}

// A server that cannot be reached is a plain error: nothing was sent.
func TestUnreachable(t *testing.T) {
	p := newProxy(t, pgtest.URL(t))
	s := open(t, p.url+"&pool_max_conns=1")
	commit(t, s, put("a", "x"))
	p.close()
	p.cutAfter(toServer, 0)
	if err := s.Commit(t.Context(), change(put("b", "x"))); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("a connection that was cut: got error %v, want %v", err, store.ErrUnknown)
	}
	if err := s.Commit(t.Context(), change(put("b", "x"))); err == nil || errors.Is(err, store.ErrUnknown) {
		t.Errorf("no connection: got error %v, want a definite one", err)
	}
	if _, err := s.Load(t.Context(), "b"); err == nil {
		t.Error("Load over no connection: no error")
	}
}
