package pgstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store"
)

// A sweep reads what is due and nothing else: not the records that are not, nor
// again and again the rows that it has deleted, which stay in the index until
// they are vacuumed.
func TestSweepReads(t *testing.T) {
	const portions, portion, live = 40, 500, 20_000
	url := pgtest.URL(t)
	s, watch := open(t, url), sql(t, url)
	exec(t, watch, "ALTER TABLE sallyport_records SET (autovacuum_enabled = off)")
	var writes []store.Write
	for i := range portions * portion {
		writes = append(writes, store.Write{Key: fmt.Sprintf("due/%d", i), Value: []byte("x"), Expires: time.Unix(int64(1000+i), 0)})
	}
	for i := range live {
		writes = append(writes, store.Write{Key: fmt.Sprintf("live/%d", i), Value: []byte("x"), Expires: time.Unix(int64(1_000_000+i), 0)})
	}
	commit(t, s, writes...)
	sweep := func(n int) {
		s := open(t, url+"&application_name=sweeper")
		for range n {
			if got, err := s.Sweep(t.Context(), time.Unix(500_000, 0), portion); got != portion || err != nil {
				t.Fatalf("Sweep: got %d and error %v, want %d", got, err, portion)
			}
		}
		s.Close()
	}
	read := func(n int) int {
		before := blocksRead(t, watch)
		sweep(n)
		return blocksRead(t, watch) - before
	}
	sweep(portions - 11)
	one, ten := read(1), read(10)
	if ten > 3*one {
		t.Errorf("read %d blocks of the index for one portion, which passes all that was deleted, and %d for ten", one, ten)
	}
	if got := count(t, watch, "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relid = 'sallyport_records'::regclass"); got != 0 {
		t.Errorf("read %d rows past the index, want none", got)
	}
	if n, err := s.Sweep(t.Context(), time.Unix(500_000, 0), portion); n != 0 || err != nil {
		t.Errorf("Sweep: got %d and error %v, want 0", n, err)
	}
}

// blocksRead is how many blocks of the index of what expires were read until
// the last sweeper ended, which is when its connections hand in statistics.
func blocksRead(t *testing.T, watch *pgx.Conn) int {
	t.Helper()
	for count(t, watch, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sweeper'") > 0 {
	}
	return count(t, watch, `SELECT idx_blks_read + idx_blks_hit FROM (
		SELECT idx_blks_read, idx_blks_hit FROM pg_statio_user_indexes
		WHERE indexrelid = 'sallyport_records_expires'::regclass) AS one`)
}

// What falls due before the place where the last portion ended is found as well.
func TestSweepLooksBack(t *testing.T) {
	s := open(t, pgtest.URL(t))
	due := func(key string, at int64) store.Write {
		return store.Write{Key: key, Value: []byte("x"), Expires: time.Unix(at, 0)}
	}
	commit(t, s, due("a", 1000), due("b", 2000), due("c", 3000))
	for _, want := range []int{1, 1} { // full portions, up to 2000
		if n, err := s.Sweep(t.Context(), time.Unix(5000, 0), 1); n != want || err != nil {
			t.Fatalf("Sweep: got %d and error %v, want %d", n, err, want)
		}
	}
	commit(t, s, due("a", 1000), due("d", 1500))
	if n, err := s.Sweep(t.Context(), time.Unix(5000, 0), 50); n != 3 || err != nil {
		t.Errorf("Sweep: got %d and error %v, want the three that are left", n, err)
	}
	commit(t, s, due("a", 1000))
	if n, err := s.Sweep(t.Context(), time.Unix(1500, 0), 50); n != 1 || err != nil {
		t.Errorf("Sweep: got %d and error %v, want the one that is new", n, err)
	}
}
