package weblogin_test

import (
	"cmp"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	look "github.com/sallyport-auth/sallyport/internal/page"
)

// The tests of this file and of errors_walk_test.go hold what the pages say where something
// is wrong: a sentence of what happened, one of what to do next, in each language, in the
// title, in the summary and beside the field, and nothing of how the program sees it.

// raw is what no page may say: names of the program, statuses, values of Go.
var raw = regexp.MustCompile(`sallyport[:.]|weblogin|%!|\b[45][0-9][0-9]\b|<nil>|\{|\}|0x[0-9a-f]|\bErr[A-Z]|context (canceled|deadline)`)

// sentence is the end of one.
var sentence = regexp.MustCompile(`[.!?…](\s|$)`)

// wantSentences fails the test unless a text says what happened and what to do, in words for
// people.
func wantSentences(t *testing.T, what, text string) {
	t.Helper()
	if n := len(sentence.FindAllString(text, -1)); n < 2 {
		t.Errorf("%s: %q has %d sentences, want one of what happened and one of what to do", what, text, n)
	}
	if found := raw.FindString(text); found != "" {
		t.Errorf("%s: %q holds %q", what, text, found)
	}
}

// shownFault is what a page says is wrong with a field, or with the whole; empty: nothing.
func shownFault(p *page, field string) string {
	pattern := `(?s)<div class="alert" role="alert"[^>]*>.*?</strong></p>\s*<p>(.*?)</p>`
	if field != "" {
		pattern = `<p class="error" id="` + field + `-error">(.*?)</p>`
	}
	if m := regexp.MustCompile(pattern).FindSubmatch(p.Body); m != nil {
		return html.UnescapeString(string(m[1]))
	}
	return ""
}

// wantFault fails the test unless a page was refused with a fault of that field, where title
// and summary have it too.
func wantFault(t *testing.T, p *page, field string) {
	t.Helper()
	text := shownFault(p, field)
	if text == "" || p.Status < 400 {
		t.Fatalf("got no fault of %q, want one; the page is %v", field, p)
	}
	wantSentences(t, p.URL, text)
	first := strings.TrimPrefix(p.Title, "Error: ")
	if first == p.Title || !strings.Contains(html.UnescapeString(string(p.Body)), text) {
		t.Errorf("got the title %q, want the fault first", p.Title)
	}
	if field == "" {
		if !strings.HasPrefix(first, text) {
			t.Errorf("got the title %q, want %q in it", p.Title, text)
		}
		return
	}
	body := string(p.Body)
	if !regexp.MustCompile(`(?s)role="alert".*<a href="#` + field + `">`).MatchString(body) {
		t.Errorf("the summary does not lead to %s", field)
	}
	if !regexp.MustCompile(`<input id="` + field + `"[^>]*aria-describedby="[^"]*` + field + `-error"[^>]* aria-invalid="true"|<input class="code" id="` + field + `"[^>]*aria-invalid="true"`).MatchString(body) {
		t.Errorf("the field %s is not marked", field)
	}
}

// source is all of the package's own code, parsed.
func source(t *testing.T) (list []*ast.File) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// wordsOf are the words that an expression says, each a text of the pages, and how many of its
// parts are not to be read in the code, such as which rules a password breaks.
func wordsOf(e ast.Expr, named map[string]ast.Expr) (list []string, unread int) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if words, err := strconv.Unquote(e.Value); err == nil {
			return []string{words}, 0
		}
	case *ast.Ident:
		if named[e.Name] != nil {
			return wordsOf(named[e.Name], named)
		}
	case *ast.CallExpr:
		f, ok := e.Fun.(*ast.SelectorExpr)
		switch {
		case ok && f.Sel.Name == "Say":
			return wordsOf(e.Args[0], named)
		case ok && f.Sel.Name == "Sentences":
			for _, a := range e.Args {
				more, n := wordsOf(a, named)
				list, unread = append(list, more...), unread+n
			}
			return list, unread
		}
	}
	return nil, 1
}

// texts are what is said in a language for English words.
func texts(t *testing.T, language string) (list map[string]string) {
	t.Helper()
	b, err := os.ReadFile("../internal/page/texts/" + language + ".json")
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestFaultsSayWhatToDo reads every fault in the code of the package: each says what happened
// and what to do, in each language. What a language lacks is for the test of the texts.
func TestFaultsSayWhatToDo(t *testing.T) {
	files, named := source(t), map[string]ast.Expr{}
	for _, f := range files {
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					if v := s.(*ast.ValueSpec); len(v.Values) == 1 {
						named[v.Names[0].Name] = v.Values[0]
					}
				}
			}
		}
	}
	languages, n := map[string]map[string]string{"en": {}, "fr": texts(t, "fr"), "de": texts(t, "de")}, 0
	for _, text := range faultTexts(files) {
		n++
		words, unread := wordsOf(text, named)
		for language, said := range languages {
			whole := strings.Repeat("What is not read. ", unread)
			for _, w := range words {
				whole += " " + cmp.Or(said[w], w)
			}
			wantSentences(t, language, whole)
		}
	}
	if n < 40 {
		t.Errorf("got %d faults in the code, want all of them", n)
	}
}

// faultTexts are the texts of all literals of faults, and of what blank makes one of.
func faultTexts(files []*ast.File) (list []ast.Expr) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit: // of a map of faults too, whose elements have no type
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Text" && isFault(n) {
							list = append(list, kv.Value)
						}
					}
				}
			case *ast.CallExpr:
				if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "blank" {
					missing := &ast.BasicLit{Kind: token.STRING, Value: `"Something is missing."`}
					list = append(list, &ast.CallExpr{Fun: &ast.SelectorExpr{X: ast.NewIdent("page"), Sel: ast.NewIdent("Sentences")}, Args: []ast.Expr{missing, n.Args[1]}})
				}
			}
			return true
		})
	}
	return list
}

// isFault reports whether a literal is a page.Fault: a Note has a Title, and a Link a To.
func isFault(n *ast.CompositeLit) bool {
	for _, e := range n.Elts {
		key, ok := e.(*ast.KeyValueExpr).Key.(*ast.Ident)
		if !ok || key.Name != "Text" && key.Name != "Field" {
			return false
		}
	}
	return true
}

// notFaults are the reasons that no page says as a fault, and why.
var notFaults = map[string]string{
	"NoReason":            "nothing is wrong",
	"ReasonFactorProven":  "the page of what was enrolled says it",
	"ReasonFactorWanted":  "of a refresh, which no page makes",
	"ReasonHasFactor":     "of an invitation, whose page is in httpadapter",
	"ReasonFactorSkipped": "of a sign-in that was granted",
}

// tabled are the reasons that stand in a table of the pages.
func tabled(t *testing.T) map[string]bool {
	t.Helper()
	list := map[string]bool{}
	for _, f := range source(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			if kv, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.SelectorExpr); ok && strings.HasPrefix(key.Sel.Name, "Reason") {
					list[key.Sel.Name] = true
				}
			}
			return true
		})
	}
	return list
}

// reasons are the constants of outcome.go and their values.
func reasons(t *testing.T) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../outcome.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			list[v.Names[0].Name], _ = strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if len(list) < 30 {
		t.Fatalf("got %v, want the reasons of outcome.go", list)
	}
	return list
}

// TestReasonsAreKnown: no reason of the engine is unknown to the pages.
func TestReasonsAreKnown(t *testing.T) {
	known := tabled(t)
	for name := range reasons(t) {
		if !known[name] && notFaults[name] == "" {
			t.Errorf("no table of the pages has %s; say there what happened and what to do, or say in notFaults why no page says it", name)
		}
	}
}

// TestStatusesSayWhatToDo: a call that cannot be served says so in words, whatever its status,
// in each language.
func TestStatusesSayWhatToDo(t *testing.T) {
	th, err := look.NewTheme(look.Look{})
	if err != nil {
		t.Fatal(err)
	}
	for status := 400; status < 600; status++ {
		if http.StatusText(status) == "" {
			continue
		}
		for _, language := range th.Languages() {
			b, err := th.Render(look.OfStatus(status), language)
			if err != nil {
				t.Fatal(err)
			}
			body := string(b)
			if i := strings.Index(body, "<h1>"); i >= 0 {
				body = strings.TrimSpace(regexp.MustCompile(`</h1>`).ReplaceAllString(body[i:], ". "))
			}
			wantSentences(t, language+" "+strconv.Itoa(status), strings.TrimSpace(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, "")))
		}
	}
}

// missingFrom are the members of a list that a set lacks, in order.
func missingFrom(list []string, has map[string]bool) (missing []string) {
	for _, one := range list {
		if !has[one] {
			missing = append(missing, one)
		}
	}
	slices.Sort(missing)
	return missing
}
