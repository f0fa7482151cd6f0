package pgstore_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

// pool is one of the host's own, without anything that the store would set.
func pool(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// withoutSchema takes the search path out of a URL.
func withoutSchema(t *testing.T, with string) (bare, schema string) {
	t.Helper()
	u, err := url.Parse(with)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	schema = q.Get("search_path")
	q.Del("search_path")
	u.RawQuery = q.Encode()
	return u.String(), schema
}

// TestNew: several stores live on one pool of the host's, each under its own names,
// and leave it open.
func TestNew(t *testing.T) {
	direct, pooled := pgtest.PooledURL(t, "transaction")
	bare, schema := withoutSchema(t, direct)
	through, _ := withoutSchema(t, pooled)
	for _, tt := range []struct {
		name, url string
		o         pgstore.Options
	}{
		{"the search path's", direct, pgstore.Options{}},
		{"a prefix", direct, pgstore.Options{Prefix: "auth"}},
		{"a schema", bare, pgstore.Options{Schema: schema, Prefix: "by_schema"}},
		{"through a pooler", through, pgstore.Options{Schema: schema, Prefix: "pooled"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := pool(t, tt.url)
			s, err := pgstore.New(t.Context(), p, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if r := load(t, s, "k"); r.Value != nil {
				t.Error("it shares records with another")
			}
			commit(t, s, put("k", tt.name))
			again, err := pgstore.New(t.Context(), p, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if r := load(t, again, "k"); string(r.Value) != tt.name {
				t.Errorf("made again: got %q, want what it held", r.Value)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := p.Ping(t.Context()); err != nil {
				t.Errorf("the pool was closed: %v", err)
			}
			if _, err := s.Load(t.Context(), "k"); err == nil {
				t.Error("a closed store answers")
			}
		})
	}
	if got := count(t, sql(t, direct), "SELECT count(*) FROM pg_tables WHERE schemaname = $1", schema); got != 8 {
		t.Errorf("got %d tables in the schema, want two for each of four stores", got)
	}
}

// TestNames refuses what is no plain name, before anything is asked of the
// database.
func TestNames(t *testing.T) {
	for _, name := range []string{`a"b`, "a.b", "a b", "1a", "A", "ä", "-", "a;drop table x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		for _, o := range []pgstore.Options{{Schema: name}, {Prefix: name}} {
			if _, err := pgstore.Open(t.Context(), "postgres://127.0.0.1:1/x", o); !errors.Is(err, pgstore.ErrName) {
				t.Errorf("Open with %+v: got error %v, want %v", o, err, pgstore.ErrName)
			}
			if _, err := pgstore.New(t.Context(), nil, o); !errors.Is(err, pgstore.ErrName) {
				t.Errorf("New with %+v: got error %v, want %v", o, err, pgstore.ErrName)
			}
		}
	}
}

// TestNewRefuses: a pool that leads elsewhere in clear, or to what may lose
// changes.
func TestNewRefuses(t *testing.T) {
	direct := pgtest.URL(t)
	for _, tt := range []struct {
		name, url string
		want      error // nil: any
	}{
		{"another machine", "postgres://u@db.example.com/x?sslmode=disable", pgstore.ErrTransport},
		{"changes that may be lost", direct + "&synchronous_commit=off", pgstore.ErrNotDurable},
		{"a database that takes no writes", direct + "&default_transaction_read_only=on", nil},
	} {
		_, err := pgstore.New(t.Context(), pool(t, tt.url), pgstore.Options{})
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got error %v, want %v", tt.name, err, tt.want)
		}
	}
}
