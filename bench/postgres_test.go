package bench

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport-auth/sallyport/store"
)

// postgresURL names a database that may be filled, as make bench sets it: a
// server of its own, with every commit synced to the disk.
const postgresURL = "SALLYPORT_BENCH_POSTGRES"

func postgres(b *testing.B) string {
	b.Helper()
	base := os.Getenv(postgresURL)
	if base == "" {
		b.Skip(postgresURL + " is not set")
	}
	return base
}

// schema makes an empty schema and answers a URL that leads into it.
func schema(b *testing.B) string {
	b.Helper()
	return schemaURL(b, newSchema(b))
}

func newSchema(b *testing.B) (name string) {
	b.Helper()
	name = "bench" + time.Now().UTC().Format("20060102150405") + "x" + randomKey()[8:16]
	makeSchema(b, name)
	return name
}

func makeSchema(b *testing.B, name string) {
	b.Helper()
	if _, err := connect(b, postgres(b)).Exec(b.Context(), "CREATE SCHEMA "+name); err != nil {
		b.Fatal(err)
	}
}

func hasSchema(b *testing.B, name string) (found bool) {
	b.Helper()
	const query = `SELECT EXISTS (SELECT FROM information_schema.schemata WHERE schema_name = $1)`
	if err := connect(b, postgres(b)).QueryRow(b.Context(), query, name).Scan(&found); err != nil {
		b.Fatal(err)
	}
	return found
}

func schemaURL(b *testing.B, name string) string {
	b.Helper()
	u, err := url.Parse(postgres(b))
	if err != nil {
		b.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func connect(b *testing.B, url string) *pgxpool.Pool {
	b.Helper()
	pool, err := pgxpool.New(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return pool
}

// timed is a store that adds up the time of its loads and of its commits.
type timed struct {
	store.Store
	loads, commits time.Duration
}

func (s *timed) Load(ctx context.Context, keys ...string) ([]store.Record, error) {
	began := time.Now()
	defer func() { s.loads += time.Since(began) }()
	return s.Store.Load(ctx, keys...)
}

func (s *timed) Commit(ctx context.Context, c store.Change) error {
	began := time.Now()
	defer func() { s.commits += time.Since(began) }()
	return s.Store.Commit(ctx, c)
}

// upserter writes one row and syncs it, which is what every commit does at least.
func upserter(b *testing.B) (upsert func()) {
	b.Helper()
	pool := connect(b, schema(b))
	const table = `CREATE TABLE t (k bytea PRIMARY KEY, v bytea NOT NULL, version bigint NOT NULL)`
	if _, err := pool.Exec(b.Context(), table); err != nil {
		b.Fatal(err)
	}
	const statement = `INSERT INTO t VALUES ($1, $2, $3) ON CONFLICT (k) DO UPDATE SET v = excluded.v, version = excluded.version`
	value, rows := bytes.Repeat([]byte{7}, recordBytes), 0
	b.Cleanup(func() {
		var got int
		if err := pool.QueryRow(context.Background(), `SELECT count(*) FROM t`).Scan(&got); err != nil || got != rows {
			b.Errorf("got %d rows, %v, want %d", got, err, rows)
		}
	})
	return func() {
		if _, err := pool.Exec(b.Context(), statement, []byte(randomKey()), value, 1); err != nil {
			b.Fatal(err)
		}
		rows++
	}
}

// BenchmarkPostgres is the last call of a login with an authenticator: it takes
// the request, spends the code and writes the session. The signature is free,
// because it would hide the rest. After each stands one row written and synced,
// since in a loop of its own that finds everything warm and takes half the time;
// so it does beside it, as what nobody can undercut.
func BenchmarkPostgres(b *testing.B) {
	if !free {
		b.Skip("measured in the free binary")
	}
	b.Run("step3", func(b *testing.B) {
		s, upsert := &timed{Store: openPostgres(b, schema(b))}, upserter(b)
		fill(b, s)
		m := newMFALogin(b, s, false)
		var spent, loading, committing, upserting time.Duration
		for b.Loop() {
			form := m.first(b)
			s.loads, s.commits = 0, 0
			began := time.Now()
			m.last(b, form)
			spent += time.Since(began)
			loading += s.loads
			committing += s.commits
			began = time.Now()
			upsert()
			upserting += time.Since(began)
		}
		m.check(b)
		b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "step-ns/op")
		b.ReportMetric(float64(loading.Nanoseconds())/float64(b.N), "load-ns/op")
		b.ReportMetric(float64(committing.Nanoseconds())/float64(b.N), "commit-ns/op")
		b.ReportMetric(float64(upserting.Nanoseconds())/float64(b.N), "upsert-ns/op")
	})
	b.Run("upsert", func(b *testing.B) {
		upsert := upserter(b)
		for b.Loop() {
			upsert()
		}
	})
}
