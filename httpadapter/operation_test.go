package httpadapter_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// operations are those of the table, by id.
func operations(t *testing.T) map[string]*httpadapter.Operation {
	t.Helper()
	list := map[string]*httpadapter.Operation{}
	for _, r := range newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{CompatValidateByGet: true}).adapter.Routes() {
		if api := !r.Page && r.Method != "OPTIONS"; api != (r.Operation != nil) {
			t.Errorf("%s: got the operation %v, want one: %v", r.Pattern, r.Operation, api)
		}
		if r.Operation == nil {
			continue
		}
		if list[r.Operation.ID] != nil || r.Operation.Doc != r.Doc {
			t.Errorf("%s: got the id %q twice, or the sentence %q beside %q", r.Pattern, r.Operation.ID, r.Operation.Doc, r.Doc)
		}
		list[r.Operation.ID] = r.Operation
	}
	return list
}

func TestOperations(t *testing.T) {
	sentence := regexp.MustCompile(`^[A-Z].*\.$`)
	for id, o := range operations(t) {
		if o.Tag == "" || !sentence.MatchString(o.Doc) {
			t.Errorf("%s: got the tag %q and %q", id, o.Tag, o.Doc)
		}
		seen := map[string]bool{}
		for _, f := range o.Fields {
			for _, name := range append(f.Also, f.Name) {
				if key := strings.ToLower(name); name == "" || seen[key] {
					t.Errorf("%s: got the field %q twice", id, name)
				} else {
					seen[key] = true
				}
			}
			if !sentence.MatchString(f.Doc) || f.In == 0 || f.In&httpadapter.InBody != 0 && !o.Form && !o.JSON {
				t.Errorf("%s: got %+v, want a sentence and a place that the operation reads", id, f)
			}
		}
		statuses := map[int]bool{}
		for _, a := range o.Answers {
			statuses[a.Status] = true
			if !sentence.MatchString(a.Doc) || (a.Media == "application/json") != (a.Schema != "") {
				t.Errorf("%s: got %+v, want a sentence, and a schema of JSON alone", id, a)
			}
		}
		for _, status := range []int{200, 421, 500, 503} {
			if !statuses[status] {
				t.Errorf("%s: got no answer %d", id, status)
			}
		}
	}
}

// TestOperationsMixed: an operation whose fields may stand in the query or in the body says that they
// stand in one of them all, and refuses a call that mixes them.
func TestOperationsMixed(t *testing.T) {
	count := 0
	for _, r := range newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{}).adapter.Routes() {
		o := r.Operation
		if o == nil {
			continue
		}
		either := slices.ContainsFunc(o.Fields, func(f httpadapter.Field) bool { return f.In == httpadapter.InQuery|httpadapter.InBody })
		if says := strings.Contains(o.Text, "a call that mixes them is refused"); says != either {
			t.Errorf("%s: fields stand in either place: %v; it says so: %v", r.Pattern, either, says)
		}
		if !either || len(o.Fields) < 2 {
			continue
		}
		count++
		second := o.Fields[1].Name
		call := httptest.NewRequest(r.Method, r.Path+"?requestId=5162e29f-30ab-456c-abb5-9065143ec071", strings.NewReader(second+"=x"))
		call.Host = "127.0.0.1:5000"
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		r.Handler.ServeHTTP(w, call)
		if want := `"error_description":"` + second + `"`; w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s, mixed: got %d %s, want 400 with %s", r.Pattern, w.Code, w.Body, want)
		}
	}
	if count < 5 {
		t.Errorf("got %d operations with two such fields, want 5 at least", count)
	}
}

// TestOperationsAreCopies changes what one caller was given.
func TestOperationsAreCopies(t *testing.T) {
	spoil := func(o *httpadapter.Operation) {
		o.ID, o.Answers[0].Doc, o.Fields[0].Name, o.Fields[0].Values[0] = "x", "x", "x", "x"
		clear(o.Fields)
	}
	h := shared()
	for range 2 {
		for _, r := range h.adapter.Routes() {
			if r.Pattern == "POST /connect/token" {
				if f := r.Operation.Fields[0]; r.Operation.ID != "token" || f.Name != "grant_type" || f.Values[0] != "VGAuthenticator" {
					t.Fatalf("got %+v, want it as it was", r.Operation)
				}
				spoil(r.Operation)
			}
		}
	}
}

// TestRequiredFields leaves out what an operation always wants, in a call that has all else.
func TestRequiredFields(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{CompatValidateByGet: true})
	for _, r := range h.adapter.Routes() {
		if r.Operation == nil {
			continue
		}
		for _, f := range r.Operation.Fields {
			if !f.Required || f.In == httpadapter.InPath {
				continue
			}
			sent := usualFields(r.Operation)
			sent.Del(f.Name)
			target, body := r.Path, sent.Encode()
			if f.In == httpadapter.InQuery {
				target, body = r.Path+"?"+sent.Encode(), ""
			}
			if a := h.do(request(r.Method, target, body, "Content-Type", formType)); a.status < 400 || a.status >= 500 {
				t.Errorf("%s without %s: got %d %s, want a refusal", r.Pattern, f.Name, a.status, a.body)
			}
		}
	}
}

// TestFieldsOfOthers sends to a route, in JSON, what other routes of its group read: it is let
// pass and not read, and what no route knows is refused.
func TestFieldsOfOthers(t *testing.T) {
	h := shared()
	const js = "application/json"
	for _, tt := range []struct {
		name, path, body, want string
		status                 int
	}{
		{"enrolment", api + "ValidateEmail", `{"requestId":"x","secureCode":"1","email":"a@example.com","client_id":"x"}`, unknownRequest, 404},
		{"enrolment, twice", api + "ValidateEmail", `{"requestId":"x","secureCode":"1","email":"a","EMAIL":"a"}`, `{"error":"invalid_request","error_description":"email"}`, 400},
		{"enrolment, unknown", api + "ValidateEmail", `{"requestId":"x","secureCode":"1","admin":"1"}`, `{"error":"invalid_request","error_description":"admin"}`, 400},
		{"a name that is not read", api + "ValidateEmail", `{"requestId":"x","secureCode":"1","name":"` + strings.Repeat("x", 1000) + `"}`, unknownRequest, 404},
		{"passwords", "/api/Password/BeginReset", `{"key":"x","newPassword":"x","secureCode":"1"}`, `{"error":"invalid_request","error_description":"Username"}`, 400},
		{"passwords, unknown", "/api/Password/BeginReset", `{"Username":"x","email":"x"}`, `{"error":"invalid_request","error_description":"email"}`, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h.do(request("POST", tt.path, tt.body, "Content-Type", js)).want(t, tt.status, tt.want)
		})
	}
}

// TestOperationFields compares the fields in the table with those that stand in the source
// of what serves each operation: every one that is read stands there, and none is idle.
func TestOperationFields(t *testing.T) {
	src := readSource(t)
	for id, o := range operations(t) {
		var want []string
		for _, f := range o.Fields {
			if f.In&^httpadapter.InPath != 0 {
				want = append(want, f.Name)
			}
		}
		roots := src.mounts[strings.TrimSuffix(strings.TrimSuffix(id, "ByGet"), "Get")]
		if len(roots) == 0 {
			if len(want) > 0 {
				t.Errorf("%s: found nothing that serves it", id)
			}
			continue
		}
		slices.Sort(want)
		if got := src.reads(roots); !slices.Equal(got, want) {
			t.Errorf("%s: the source reads %q, the table has %q", id, got, want)
		}
	}
}

// source is what of the package's own text tells which fields are read.
type source struct {
	mounts map[string][]ast.Node // by the id of an operation: what it is mounted with
	funcs  map[string]ast.Node   // bodies of functions and of an adapter's methods, and values of variables
}

// readSource reads the package.
func readSource(t *testing.T) *source {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	s := &source{mounts: map[string][]ast.Node{}, funcs: map[string]ast.Node{}}
	ids := map[string]string{} // by the name of the variable
	var rows [][]ast.Expr      // that may name an operation and what serves it
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil {
					s.funcs[n.Name.Name] = n.Body
				} else if p, ok := n.Recv.List[0].Type.(*ast.StarExpr); ok && p.X.(*ast.Ident).Name == "Adapter" {
					s.funcs["Adapter."+n.Name.Name] = n.Body
				}
			case *ast.CallExpr:
				rows = append(rows, append(slices.Clone(n.Args), n.Fun))
			case *ast.CompositeLit:
				rows = append(rows, n.Elts)
			case *ast.ValueSpec:
				for i, v := range n.Values {
					ids[n.Names[i].Name] = idIn(v)
					s.funcs[n.Names[i].Name] = v
				}
			}
			return true
		})
	}
	for _, row := range rows {
		for i, e := range row {
			if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
				if v, ok := u.X.(*ast.Ident); ok && ids[v.Name] != "" {
					for _, beside := range row[i+1:] {
						s.mounts[ids[v.Name]] = append(s.mounts[ids[v.Name]], beside)
					}
				}
			}
		}
	}
	return s
}

// idIn is the id of the operation that an expression makes: its field ID, or the first text
// among the arguments of a call.
func idIn(e ast.Expr) (id string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if k, ok := n.Key.(*ast.Ident); ok && k.Name == "ID" && id == "" {
				id = literal(n.Value)
			}
		case *ast.CallExpr:
			if len(n.Args) > 0 && id == "" {
				id = literal(n.Args[0])
			}
		}
		return id == ""
	})
	return id
}

func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		s, _ := strconv.Unquote(l.Value)
		return s
	}
	return ""
}

// reads returns the names by which something indexes what was sent, here and in what it
// calls or names. The client's credentials are read by form.ClientOf, and the field of an
// address stands in the call of sendStep.
func (s *source) reads(nodes []ast.Node) []string {
	found, seen := map[string]bool{}, map[string]bool{}
	var look func(n ast.Node) bool
	follow := func(name string) {
		if name == "ClientOf" {
			found["client_id"], found["client_secret"] = true, true
		}
		if body := s.funcs[name]; body != nil && !seen[name] {
			seen[name] = true
			ast.Inspect(body, look)
		}
	}
	look = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			if isFields(n.X) {
				found[literal(n.Index)] = true
			}
			if v, ok := n.X.(*ast.Ident); ok && v.Name == "grants" {
				follow(v.Name)
			}
		case *ast.SelectorExpr:
			if v, ok := n.X.(*ast.Ident); !ok || v.Name == "a" { // or (*Adapter)
				follow("Adapter." + n.Sel.Name)
			} else if v.Name == "form" {
				follow(n.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok {
				follow(f.Name)
			}
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "sendStep" {
				found[literal(n.Args[1])] = true
			}
		}
		return true
	}
	for _, n := range nodes {
		if v, ok := n.(*ast.Ident); ok {
			follow(v.Name)
		}
		ast.Inspect(n, look)
	}
	delete(found, "") // an index that is no text
	return slices.Sorted(maps.Keys(found))
}

// isFields reports whether an expression is what was sent, by its name.
func isFields(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "f" || e.Name == "query"
	case *ast.SelectorExpr:
		return e.Sel.Name == "fields"
	}
	return false
}
