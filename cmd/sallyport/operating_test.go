package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOperatingTable wants each row of docs/operating.md to name a test that is
// there.
func TestOperatingTable(t *testing.T) {
	raw, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t, ".", "../..", "../../store/pgstore", "../../store/boltstore", "../../internal/adminsock", "../../activedirectory", "../../smtpsender", "../../webhooksender")
	name, rows := regexp.MustCompile("`(Test[A-Za-z0-9]+)`"), 0
	for line := range strings.Lines(string(raw)) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasSuffix(line, "| test |\n") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		named := name.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(named) == 0 {
			t.Errorf("no test holds the row %q", cells[0])
		}
		for _, n := range named {
			if !tests[n[1]] {
				t.Errorf("the row %q names %s, which is not there", cells[0], n[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("got %d rows, want a table", rows)
	}
}

// testNames returns the tests in some folders.
func testNames(t *testing.T, dirs ...string) map[string]bool {
	t.Helper()
	names, begin := map[string]bool{}, regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range begin.FindAllSubmatch(raw, -1) {
				names[string(m[1])] = true
			}
		}
	}
	return names
}
