package interop_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestReadme holds the tables of README.md to the mounts that are tested.
func TestReadme(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"mounts": table(), "guards": guardTable()} {
		_, rest, ok := strings.Cut(string(raw), "<!-- "+name+" -->\n")
		got, _, end := strings.Cut(rest, "<!-- end -->")
		if !ok || !end {
			t.Fatalf("README.md has no table of %s", name)
		}
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// guardTable is the mounts of a guard as Markdown.
func guardTable() string {
	var b strings.Builder
	b.WriteString("| router | guarded by | page of | a header that stands twice |\n|---|---|---|---|\n")
	for _, m := range guardedMounts {
		of, twice := "net/http", "refused"
		if m.own {
			of = m.router
		}
		if m.fast {
			twice = "the last counts"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", m.router, m.how, of, twice)
	}
	return b.String()
}

// table is the mounts as Markdown.
func table() string {
	var b strings.Builder
	b.WriteString("| router | mounted by | requests arrive | spellings of a path | deadline of a held call |\n|---|---|---|---|---|\n")
	for _, m := range mounts {
		at, spellings, deadline := "at the root", "folded", "moved"
		switch {
		case m.kept:
			at = "below `" + m.prefix + "`, base path"
		case m.prefix != "":
			at = "below `" + m.prefix + "`, stripped"
		}
		if m.leaves {
			spellings = "as the router matches"
		}
		if m.fast {
			deadline = "the server's"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", m.router, m.how, at, spellings, deadline)
	}
	return b.String()
}
