package sallyport_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestReadmePrograms holds the programs of the README to the compiled examples
// they are copied from, and to the lengths it promises.
func TestReadmePrograms(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		example string
		lines   int
	}{{"Example", 12}, {"Example_outcomes", 14}, {"Example_mounted", 25}} {
		body := exampleBody(t, p.example)
		if n := strings.Count(body, "\n"); n > p.lines {
			t.Errorf("%s has %d lines, want at most %d", p.example, n, p.lines)
		}
		if !strings.Contains(string(readme), "```go\n"+body+"```") {
			t.Errorf("README.md lacks the body of %s:\n%s", p.example, body)
		}
	}
}

// TestReadmeLife holds the test that README.md says walks the life of an account to the
// length that it says.
func TestReadmeLife(t *testing.T) {
	src, err := os.ReadFile("sallyporttest/life_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, walk, found := strings.Cut(string(src), "\nfunc TestAccountLife(")
	if n := strings.Count(walk, "\n"); !found || n >= 40 {
		t.Errorf("TestAccountLife has %d lines, want less than 40", n)
	}
}

// exampleBody is the body of an example, one tab less deep and without its
// output comment.
func exampleBody(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, "example_test.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
			body := string(src[files.Position(fn.Body.Lbrace).Offset+2 : files.Position(fn.Body.Rbrace).Offset])
			var out strings.Builder
			for line := range strings.Lines(body) {
				if !strings.Contains(line, "// Output:") {
					out.WriteString(strings.TrimPrefix(line, "\t"))
				}
			}
			return out.String()
		}
	}
	t.Fatalf("no example %s", name)
	return ""
}
