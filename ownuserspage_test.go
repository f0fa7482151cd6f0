package sallyport_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOwnUsersPage wants every program of docs/own-users.md to stand in the example, which
// is compiled.
func TestOwnUsersPage(t *testing.T) {
	page, err := os.ReadFile("docs/own-users.md")
	if err != nil {
		t.Fatal(err)
	}
	var compiled strings.Builder
	files, _ := filepath.Glob("examples/ownusers/*.go")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		compiled.Write(text)
	}
	programs := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(programs) == 0 {
		t.Error("the page has no program")
	}
	for _, p := range programs {
		if !strings.Contains(compiled.String(), p[1]) {
			t.Errorf("no example has this:\n%s", p[1])
		}
	}
}
