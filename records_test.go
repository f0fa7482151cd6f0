package sallyport_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
)

// recordsPage tells what rests in a store; between the marks stands a table that
// is written from the code.
const (
	recordsPage  = "docs/records.md"
	recordsStart = "<!-- table: written by make tables -->\n\n"
	recordsEnd   = "\n<!-- end of table -->\n"
)

// TestRecordsPage holds the page to the code, or writes it if the environment says
// so. A number that is used twice, or a field that has become another, is seen
// there by whoever reads the change.
func TestRecordsPage(t *testing.T) {
	text, err := os.ReadFile(recordsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), recordsStart)
	got, after, ended := strings.Cut(rest, recordsEnd)
	if !ok || !ended {
		t.Fatalf("%s lacks the marks around the table", recordsPage)
	}
	want := recordsTable()
	if got == want {
		return
	}
	if os.Getenv("SALLYPORT_WRITE_TABLES") == "" {
		t.Fatalf("the table in %s is not that of the code: run make tables", recordsPage)
	}
	if err := os.WriteFile(recordsPage, []byte(before+recordsStart+want+recordsEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func recordsTable() string {
	var b strings.Builder
	for _, d := range sallyport.Records() {
		fmt.Fprintf(&b, "### `%s`\n\n| field | number | holds |\n|---|---|---|\n", d.Name())
		for _, f := range d.Outline() {
			number, holds, _ := strings.Cut(f.Value, " ")
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, number, holds)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
