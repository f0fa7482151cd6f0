package sallyport_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestThreatModel wants each row of docs/threat-model.md to name a test, and each test that
// the page names to be there.
func TestThreatModel(t *testing.T) {
	raw, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, rows := testsBelow(t), 0
	for line := range strings.Lines(string(raw)) {
		named := namedTest.FindAllStringSubmatch(line, -1)
		if strings.HasPrefix(line, "| to ") {
			if rows++; len(named) == 0 {
				t.Errorf("no test holds the row %s", line)
			}
		}
		for _, n := range named {
			if !tests[n[1]] {
				t.Errorf("the page names %s, which is not there", n[1])
			}
		}
	}
	if rows < 30 {
		t.Errorf("got %d rows, want the tables", rows)
	}
}

var (
	namedTest = regexp.MustCompile("`(Test[A-Za-z0-9]+)`")
	testBegin = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
)

// testsBelow are the tests of the module and of those beside it.
func testsBelow(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name != "." && strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path.Base(name), "_test.go") {
			return nil
		}
		raw, err := os.ReadFile(name)
		for _, m := range testBegin.FindAllSubmatch(raw, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
