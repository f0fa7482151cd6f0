package sallyport_test

import (
	"context"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// blockTests are, for each kind of block that a page of docs has, the tests that run it, start
// a program with it, or hold it to the code. Go stands in compiled files everywhere
// ([TestPagesGo]).
var blockTests = map[string]string{
	"active-directory.md json":    "TestE2EPageSettings",
	"behind-a-proxy.md caddyfile": "TestE2EProxyPage", "behind-a-proxy.md nginx": "TestE2EProxyPage", "behind-a-proxy.md sh": "TestE2EProxyPage",
	"client-commands.md sh": "TestE2EClientCommandsPage", "client-commands.md json": "TestE2EClientCommandsPage",
	"clients.md json": "TestE2EClientsPageFile", "clients.md sh": "TestE2EClientsPage",
	"factors.md json":    "TestE2EFactorsPageFile",
	"from-aspnet.md sh":  "TestE2EMovingPages",
	"from-aspnet.md sql": "TestIdentityPostgres", // that of SQL Server is not run, and the page says so
	"from-django.md sh":  "TestE2EMovingPages", "from-django.md sql": "TestDjangoPostgres",
	"from-visual-guard.md json": "TestE2EVisualGuardPage", "from-visual-guard.md sh": "TestE2EVisualGuardPage",
	"grants.md sh": "TestE2EGrantsPage", "grants.md powerbuilder": "TestPowerBuilderForms", "grants.md csharp": "TestClients", "grants.md ts": "TestClients",
	"keys.md sh":        "TestE2EKeysPage",
	"moving.md sh":      "TestE2EOperatingPage",
	"operating.md json": "TestE2EPageSettings", "operating.md sh": "TestE2EOperatingPage", "operating.md sql": "TestOperatingPageRole",
	"request.md mermaid": "TestRequestDiagram",
	"statuses.md sh":     "TestE2EStatusesPage",
	"tokens.md sh":       "TestE2ETokensPage", "tokens.md js": "TestTokensPageNode",
	"tokens.md csharp": "TestTokensPageNames", "tokens.md properties": "TestTokensPageNames", // those are not run, and the page says so
	"tutorial.md sh": "TestE2ETutorial", "tutorial.md text": "TestE2ETutorial",
	"web-app.md html": "TestSignOutByTheHostsForm",
}

var blockBegin = regexp.MustCompile("(?m)^```([a-z]+)$")

// TestBlocksAreHeld wants each kind of block in a page of docs to be held by a test. A block
// of no kind is a text that nobody types.
func TestBlocksAreHeld(t *testing.T) {
	pages, err := fs.Glob(os.DirFS("docs"), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, seen := testsBelow(t), []string{}
	for _, page := range pages {
		raw, err := os.ReadFile("docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range blockBegin.FindAllStringSubmatch(string(raw), -1) {
			what := page + " " + m[1]
			if m[1] == "go" || slices.Contains(seen, what) {
				continue
			}
			seen = append(seen, what)
			if !tests[blockTests[what]] {
				t.Errorf("%s: no test runs these blocks, want one in blockTests, got %q", what, blockTests[what])
			}
		}
	}
	for what := range blockTests {
		if !slices.Contains(seen, what) {
			t.Errorf("blockTests: %s has no such block", what)
		}
	}
}

// TestOperatingPageRole gives a role the settings that docs/operating.md gives it.
func TestOperatingPageRole(t *testing.T) {
	page, err := os.ReadFile("docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "```sql\n")
	lines, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("docs/operating.md has no block of SQL")
	}
	db, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.WithoutCancel(t.Context()))
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var settings []string
	if _, err := tx.Exec(t.Context(), "CREATE ROLE sallyport;"+lines); err != nil {
		t.Fatal(err)
	}
	if err := tx.QueryRow(t.Context(), "SELECT rolconfig FROM pg_roles WHERE rolname = 'sallyport'").Scan(&settings); err != nil || len(settings) != strings.Count(lines, "ALTER ROLE") {
		t.Errorf("got the settings %q, %v", settings, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}
