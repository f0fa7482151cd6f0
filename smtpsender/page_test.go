package smtpsender_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/message"
)

// TestMailPage holds docs/mail.md to the compiled example, to the languages that there are,
// and to tests that are there.
func TestMailPage(t *testing.T) {
	read := func(path string) string {
		t.Helper()
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	page := read("../docs/mail.md")
	_, body, _ := strings.Cut(read("example_test.go"), "func Example() {\n")
	body = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(body), "}"), "\n\t", "\n")
	if body = strings.TrimPrefix(body, "\t"); !strings.Contains(page, "```go\n"+body+"```") {
		t.Errorf("the page lacks the body of Example:\n%s", body)
	}
	var tests strings.Builder
	for _, folder := range []string{".", "../message", "../webhooksender"} {
		files, err := filepath.Glob(folder + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			tests.WriteString(read(file))
		}
	}
	named := regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(page, -1)
	for _, n := range named {
		if !strings.Contains(tests.String(), "\nfunc "+n[1]+"(") {
			t.Errorf("the page names %s, which is not there", n[1])
		}
	}
	if len(named) < 4 || len(message.Languages()) != 3 || !strings.Contains(page, "\nEnglish, French and German.") {
		t.Errorf("the page names %d tests, and languages other than %q", len(named), message.Languages())
	}
}
