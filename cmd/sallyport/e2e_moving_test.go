package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestE2EMovingPages runs the lines of docs/from-aspnet.md and docs/from-django.md: a database
// of the other system, its query, and the import into the store of a server.
func TestE2EMovingPages(t *testing.T) {
	needTools(t, "bash", "sqlite3")
	for _, tt := range []struct {
		page, tables, query, database string
		blocks                        int
	}{
		{"from-aspnet.md", "identity", "identity.sql", "app.db", 1},
		{"from-django.md", "django", "django.sql", "db.sqlite3", 2},
	} {
		t.Run(tt.page, func(t *testing.T) {
			t.Parallel()
			dir, db := t.TempDir(), filepath.Join(t.TempDir(), "db")
			newWorldOn(t, "-store", "bolt:"+db)
			raw, err := os.ReadFile("../../testdata/" + tt.tables + ".sql")
			if err != nil {
				t.Fatal(err)
			}
			tool(t, raw, "sqlite3", filepath.Join(dir, tt.database))
			write(t, filepath.Join(dir, tt.query), pageQuery(t, tt.page, tt.tables+": sqlite"))
			admin(t, "", "role", "add", "-store", "bolt:"+db, "-name", "Nobody")
			blocks := shellBlocks(t, tt.page, tt.blocks)
			out := paste(t, "cd "+dir+"\n"+blocks[0], "bolt:/var/lib/sallyport/db", "bolt:"+db)
			if strings.Count(out, "4 created, 0 changed, 0 kept") != 2 {
				t.Errorf("got %s", out)
			}
			if tt.blocks == 1 {
				return
			}
			write(t, filepath.Join(dir, "names.sql"), pageQuery(t, tt.page, "django: csv"))
			out = paste(t, "cd "+dir+"\n"+blocks[1], "bolt:/var/lib/sallyport/db", "bolt:"+db)
			if !strings.Contains(out, "0 created") || strings.Contains(out, "refused") { // three of the four that came before
				t.Errorf("by commas: got %s", out)
			}
			left, err := filepath.Glob(filepath.Join(dir, "*.[jc]s*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left %q, %v, want no output of a query", left, err)
			}
		})
	}
}

// pageQuery is the query of a page that a comment names.
func pageQuery(t *testing.T, page, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)<!-- " + name + " -->\n```sql\n(.*?)```").FindSubmatch(raw)
	if m == nil {
		t.Fatalf("%s has no query %s", page, name)
	}
	return string(m[1])
}
