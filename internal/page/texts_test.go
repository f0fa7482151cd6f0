package page_test

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/page"
)

// update writes the list of the texts anew: make texts.
var update = flag.Bool("update", false, "write texts/en.json")

// sayers are the functions whose first constant string is a text of the pages, by the folder
// in which they are called.
var sayers = map[string][]string{
	".": {"Say"}, "../../httpadapter": {"Say"}, "../../weblogin": {"Say"},
	"../../password": {"NewViolation"}, "../../internal/typed": {"NewFault"}, "../..": {"NewViolation", "NewFault"},
}

// allSaid are all texts, of code and of templates.
func allSaid(t *testing.T) map[string]string {
	t.Helper()
	list := saidInCode(t)
	for _, words := range page.InTemplates() {
		list[words] = words
	}
	return list
}

// saidInCode are all texts that code says.
func saidInCode(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for dir, names := range sayers {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				noteTexts(t, path, names, list)
			}
		}
	}
	delete(list, "%s")
	return list
}

func noteTexts(t *testing.T, path string, names []string, list map[string]string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !slices.Contains(names, nameOf(call.Fun)) {
			return true
		}
		for _, a := range call.Args {
			if lit, ok := a.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				words, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				list[words] = words
				return true
			}
		}
		return true
	})
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// TestTexts: texts/en.json lists all texts, each for itself, so that a host can copy it.
func TestTexts(t *testing.T) {
	want := allSaid(t)
	if *update {
		b, err := json.MarshalIndent(want, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		b = []byte(strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(b)))
		if err := os.WriteFile("texts/en.json", append(b, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, "texts/en.json"); !maps.Equal(got, want) {
		for words := range want {
			if _, ok := got[words]; !ok {
				t.Errorf("texts/en.json lacks %q; make texts writes it", words)
			}
		}
		for words := range got {
			if _, ok := want[words]; !ok {
				t.Errorf("texts/en.json has %q, which no page says; make texts writes it", words)
			}
		}
	}
}

func read(t *testing.T, path string) (texts map[string]string) {
	t.Helper()
	b, err := fs.ReadFile(os.DirFS("."), path)
	if err == nil {
		err = json.Unmarshal(b, &texts)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return texts
}

// TestTranslations: French and German say every text, no text that there is not, and each
// place of it once.
func TestTranslations(t *testing.T) {
	th := plain(t)
	for tag, list := range th.Missing() {
		t.Errorf("%s lacks %d texts: %q", tag, len(list), list)
	}
	for _, tag := range []string{"fr", "de"} {
		for _, fault := range th.Unsaid(tag) {
			t.Errorf("texts/%s.json: %s", tag, fault)
		}
	}
}
