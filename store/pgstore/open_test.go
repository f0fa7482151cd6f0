package pgstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

// Nodes that start at once on an empty database agree on who makes the schema.
func TestOpenRace(t *testing.T) {
	url := pgtest.URL(t)
	together(8, func(int) {
		s, err := pgstore.Open(context.Background(), url, pgstore.Options{})
		if err != nil {
			t.Errorf("Open: %v", err)
			return
		}
		if err := s.Commit(context.Background(), change(put("a", "x"))); err != nil && !errors.Is(err, store.ErrConflict) {
			t.Errorf("Commit: %v", err)
		}
		s.Close()
	})
	if got := count(t, sql(t, url), "SELECT count(*) FROM sallyport_schema"); got != 1 {
		t.Errorf("got %d migrations, want 1", got)
	}
}

// Two schemas of one database have nothing in common.
func TestSearchPath(t *testing.T) {
	a, b := open(t, pgtest.URL(t)), open(t, pgtest.URL(t))
	commit(t, a, put("k", "x"))
	if r := load(t, b, "k"); r.Value != nil {
		t.Errorf("got %q in another schema", r.Value)
	}
}

func TestTransport(t *testing.T) {
	tests := []struct {
		name, url string
		refused   bool
	}{
		{"no mode", "postgres://u@db.example.com/x", true},
		{"disable", "postgres://u@db.example.com/x?sslmode=disable", true},
		{"allow", "postgres://u@db.example.com/x?sslmode=allow", true},
		{"prefer", "postgres://u@db.example.com/x?sslmode=prefer", true},
		{"require", "postgres://u@db.example.com/x?sslmode=require", true},
		{"verify-ca", "postgres://u@db.example.com/x?sslmode=verify-ca", true},
		{"verify-full", "postgres://u@db.example.com/x?sslmode=verify-full", false},
		{"verify-full without a name", "postgres://u@db.example.com/x?sslmode=verify-full&sslsni=0", false},
		{"an address", "postgres://u@192.0.2.1/x", true},
		{"the second host", "postgres://u@127.0.0.1,db.example.com/x?sslmode=prefer", true},
		{"the host in a parameter", "postgres:///x?host=db.example.com", true},
		{"a name that begins well", "postgres://localhost.example.com/x", true},
		{"loopback", "postgres://127.0.0.1:1/x", false},
		{"loopback, version 6", "postgres://[::1]:1/x", false},
		{"localhost", "postgres://localhost:1/x", false},
		{"a socket", "postgres:///x?host=/nowhere", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // nothing is dialled: only what is refused before matters
			_, err := pgstore.Open(ctx, tt.url, pgstore.Options{})
			if err == nil || errors.Is(err, pgstore.ErrTransport) != tt.refused {
				t.Errorf("got error %v, want refused %v", err, tt.refused)
			}
			_, err = pgstore.Open(ctx, tt.url, pgstore.Options{InsecureTransport: true})
			if err == nil || errors.Is(err, pgstore.ErrTransport) {
				t.Errorf("InsecureTransport: got error %v, want one of the context", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	url := pgtest.URL(t)
	open(t, url)
	later := pgtest.URL(t)
	open(t, later)
	exec(t, sql(t, later), "INSERT INTO sallyport_schema VALUES (99)")
	tests := []struct {
		name, url string
		want      error // nil: any
	}{
		{"no URL", "postgres://u:hidden@[::1/x", pgstore.ErrURL},
		{"a mode that is none", "postgres://u:hidden@h/x?sslmode=hidden", pgstore.ErrURL},
		{"a certificate that is not there", "postgres://u:hidden@h/x?sslmode=verify-full&sslrootcert=/nowhere", pgstore.ErrURL},
		{"a server that is not there", "postgres://u:hidden@127.0.0.1:1/x", nil},
		{"a database that is not there", strings.Replace(url, "/postgres?", "/none?", 1), nil},
		{"a schema that is not there", url + "none", nil},
		{"changes that may be lost", url + "&synchronous_commit=off", pgstore.ErrNotDurable},
		{"a database that takes no writes", url + "&default_transaction_read_only=on", nil},
		{"a later schema", later, pgstore.ErrForeign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := pgstore.Open(t.Context(), tt.url, pgstore.Options{})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got error %v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

// A database whose default is stricter does not change what a commit sees.
func TestIsolationIsOurs(t *testing.T) {
	s := open(t, pgtest.URL(t)+"&default_transaction_isolation=serializable")
	commit(t, s, put("n", "x"))
	together(8, func(i int) {
		for {
			r, err := s.Load(t.Context(), "n")
			if err == nil {
				err = s.Commit(t.Context(), change(store.Write{Key: "n", Value: []byte("x"), If: r[0].Version}))
			}
			if err == nil {
				return
			}
			if !errors.Is(err, store.ErrConflict) {
				t.Errorf("Commit: %v", err)
				return
			}
		}
	})
}

// Once the schema is there, a node needs no right to change it.
func TestOpenWithFewRights(t *testing.T) {
	url := pgtest.URL(t)
	open(t, url)
	admin := sql(t, url)
	var clerk string // roles belong to all schemas
	if err := admin.QueryRow(t.Context(), "SELECT 'clerk_' || current_schema()").Scan(&clerk); err != nil {
		t.Fatal(err)
	}
	exec(t, admin, "CREATE ROLE "+clerk+" LOGIN")
	exec(t, admin, "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO "+clerk+"', current_schema()); END $$")
	exec(t, admin, "GRANT SELECT, INSERT, UPDATE, DELETE ON sallyport_records TO "+clerk)
	exec(t, admin, "GRANT SELECT ON sallyport_schema TO "+clerk)
	s := open(t, strings.Replace(url, "user=postgres", "user="+clerk, 1))
	commit(t, s, put("a", "x"))
	if r := load(t, s, "a"); string(r.Value) != "x" {
		t.Errorf("got %q, want x", r.Value)
	}
}
