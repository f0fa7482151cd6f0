package pgstore_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

// TestNamedLater: a store that was made by the search path serves when it is named
// by its schema later, as it is once a pooler stands before the database, and the
// other way round.
func TestNamedLater(t *testing.T) {
	direct, pooled := pgtest.PooledURL(t, "transaction")
	bare, schema := withoutSchema(t, direct)
	through, _ := withoutSchema(t, pooled)
	byPath, bySchema := pgstore.Options{Prefix: "by_path"}, pgstore.Options{Prefix: "by_schema", Schema: schema}
	commit(t, lend(t, direct, byPath), put("k", "x"))
	commit(t, lend(t, bare, bySchema), put("k", "x"))
	later := func(o pgstore.Options, schema string) pgstore.Options { o.Schema = schema; return o }
	for _, tt := range []struct {
		name string
		open func() (*pgstore.Store, error)
	}{
		{"schema after path, New", func() (*pgstore.Store, error) { return pgstore.New(t.Context(), pool(t, bare), later(byPath, schema)) }},
		{"schema after path, New through a pooler", func() (*pgstore.Store, error) {
			return pgstore.New(t.Context(), pool(t, through), later(byPath, schema))
		}},
		{"schema after path, Open through a pooler", func() (*pgstore.Store, error) { return pgstore.Open(t.Context(), pooled, byPath) }},
		{"schema after path, Open", func() (*pgstore.Store, error) { return pgstore.Open(t.Context(), bare, later(byPath, schema)) }},
		{"path after schema", func() (*pgstore.Store, error) { return pgstore.Open(t.Context(), direct, later(bySchema, "")) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := tt.open()
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			r := load(t, s, "k")
			if r.Value == nil {
				t.Fatal("it does not hold what was written by its other name")
			}
			w := put("k", tt.name)
			w.If = r.Version
			commit(t, s, w)
		})
	}
}

// lend returns a store on a pool of the host's.
func lend(t *testing.T, url string, o pgstore.Options) *pgstore.Store {
	t.Helper()
	s, err := pgstore.New(t.Context(), pool(t, url), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchemaOfAnyName: the search path may name a schema that has to be quoted.
func TestSchemaOfAnyName(t *testing.T) {
	direct := pgtest.URL(t)
	for _, name := range []string{"My Schema", `a"b`, "straße"} {
		t.Run(name, func(t *testing.T) {
			admin := sql(t, direct)
			quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
			exec(t, admin, "CREATE SCHEMA "+quoted)
			t.Cleanup(func() { exec(t, admin, "DROP SCHEMA "+quoted+" CASCADE") })
			bare, _ := withoutSchema(t, direct)
			commit(t, open(t, bare+"&search_path="+url.PathEscape(quoted)), put("k", "x"))
		})
	}
}

// TestOpenTries: what could commit nothing is not opened.
func TestOpenTries(t *testing.T) {
	for _, tt := range []struct {
		name, does string
		opened     func(direct, schema string) (url string)
		says       string
	}{
		{"the schema was renamed", "ALTER SCHEMA % RENAME TO %_moved", func(direct, schema string) string {
			return strings.Replace(direct, "search_path="+schema, "search_path="+schema+"_moved", 1)
		}, "renamed"},
		{"a right is missing", "CREATE ROLE % LOGIN; GRANT USAGE ON SCHEMA % TO %; GRANT SELECT ON ALL TABLES IN SCHEMA % TO %", func(direct, schema string) string {
			return strings.Replace(direct, "user=postgres", "user="+schema, 1)
		}, "right"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			direct := pgtest.URL(t)
			_, schema := withoutSchema(t, direct)
			open(t, direct)
			exec(t, sql(t, direct), strings.ReplaceAll(tt.does, "%", schema))
			_, err := pgstore.Open(t.Context(), tt.opened(direct, schema), pgstore.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got error %v, want one that says %q", err, tt.says)
			}
		})
	}
}
