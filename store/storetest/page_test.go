package storetest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/store/storetest"
)

const (
	page       = "../../docs/stores.md"
	tableStart = "<!-- The table is written by `make tables`. -->\n"
	tableEnd   = "<!-- The table ends here. -->\n"
	codeStart  = "```go\n"
	codeEnd    = "\n```\n"
)

// TestPageTable holds the table in the documentation to the broken stores, or
// writes it if the environment says so.
func TestPageTable(t *testing.T) {
	text := readPage(t)
	before, rest, ok := strings.Cut(text, tableStart)
	got, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s lacks the marks around the table", page)
	}
	want := table()
	if got == want {
		return
	}
	if os.Getenv("SALLYPORT_WRITE_TABLES") == "" {
		t.Fatalf("the table in %s is not that of the code: run make tables", page)
	}
	if err := os.WriteFile(page, []byte(before+tableStart+want+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func table() string {
	var b strings.Builder
	stores := brokenStores()
	fmt.Fprintf(&b, "%d broken stores, %d subtests:\n\n| broken store | what it does | must fail in |\n|---|---|---|\n", len(stores), len(storetest.Names()))
	for _, s := range stores {
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", s.name, s.breaks, strings.Join(s.caught, "`, `"))
	}
	return b.String()
}

// TestPageStore holds the store in the documentation to the one that is tested.
func TestPageStore(t *testing.T) {
	src, err := os.ReadFile("logstore_test.go")
	if err != nil {
		t.Fatal(err)
	}
	want := codeStart + strings.Replace(string(src), "package storetest_test\n", "package logstore\n", 1) + codeEnd[1:]
	if !strings.Contains(readPage(t), want) {
		t.Errorf("%s does not hold logstore_test.go, as package logstore", page)
	}
}

// TestPageSubtests finds subtests that the page does not tell of.
func TestPageSubtests(t *testing.T) {
	text := readPage(t)
	for _, name := range storetest.Names() {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s does not name %s", page, name)
		}
	}
}

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
