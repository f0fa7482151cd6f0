package sallyport_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// otherSystem is one that accounts move from: testdata has its tables with a few users, and a
// page the queries that export them.
type otherSystem struct{ page, name string }

// query is the one that the page has for a database.
func (o otherSystem) query(t *testing.T, database string) string {
	t.Helper()
	page, err := os.ReadFile(o.page)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)<!-- " + o.name + ": " + database + " -->\n```sql\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatalf("%s has no query for %s", o.page, database)
	}
	return string(m[1])
}

func (o otherSystem) tables(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + o.name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// inSQLite is what the query prints for SQLite.
func (o otherSystem) inSQLite(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil && os.Getenv("SALLYPORT_REQUIRE_TOOLS") == "" {
		t.Skip(err)
	}
	var out, said bytes.Buffer
	c := exec.Command(program, ":memory:")
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(o.tables(t)+o.query(t, "sqlite")), &out, &said
	if err := c.Run(); err != nil || said.Len() > 0 {
		t.Fatalf("sqlite3: %v, %s", err, said.String())
	}
	return out.String()
}

// inPostgres is what the query prints for PostgreSQL, after a change of the tables.
func (o otherSystem) inPostgres(t *testing.T, change string) string {
	t.Helper()
	db, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	if _, err := db.Exec(t.Context(), o.tables(t)+change); err != nil {
		t.Fatal(err)
	}
	rows, err := db.Query(t.Context(), strings.TrimSuffix(strings.TrimSpace(o.query(t, "postgres")), ";"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (line string, err error) {
		return line, r.Scan(&line)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// moved is an engine into which all that was printed is imported.
func moved(t *testing.T, printed string) *sallyporttest.Kit {
	t.Helper()
	k := hosted(t)
	if err := setup(k).CreateRole(t.Context(), directory.NewRole{Name: "Nobody"}); err != nil {
		t.Fatal(err)
	}
	rows, err := directory.ReadImport(strings.NewReader(printed), directory.ImportJSONL)
	if err != nil {
		t.Fatal(err)
	}
	for r := range setup(k).Import(t.Context(), rows, directory.ImportOptions{}) {
		if r.Action != directory.ActionCreated {
			t.Errorf("got %+v, want it created; the rows are\n%s", r, printed)
		}
	}
	return k
}
