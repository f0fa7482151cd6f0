package sallyport_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pkg is what the rules look at: where each import and each reading of the
// clock stands, as file:line.
type pkg struct {
	files   []string
	imports map[string]string
	clock   []string
}

// readModule reads every package of the module, whatever the build tags of its
// files, without its tests.
func readModule(t *testing.T, fsys fs.FS) map[string]pkg {
	t.Helper()
	pkgs := map[string]pkg{}
	err := walkGo(fsys, func(name string, src []byte) error {
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		dir := path.Dir(name)
		if dir == "." {
			dir = root
		}
		p, err := readFile(pkgs[dir], name, src)
		pkgs[dir] = p
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

// walkGo calls visit for each Go file of the module whose top is fsys. Nested
// modules, testdata and hidden directories are not part of it.
func walkGo(fsys fs.FS, visit func(name string, src []byte) error) error {
	return fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != ".":
			_, nested := fs.Stat(fsys, path.Join(name, "go.mod"))
			if nested == nil || d.Name() == "testdata" || strings.ContainsAny(d.Name()[:1], "._") {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".go") && d.Type().IsRegular():
			src, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			return visit(name, src)
		}
		return nil
	})
}

// readFile answers p with what one more of its files imports and reads.
func readFile(p pkg, name string, src []byte) (pkg, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return p, err
	}
	at := func(n ast.Node) string { return fmt.Sprintf("%s:%d", name, fset.Position(n.Pos()).Line) }
	if p.imports == nil {
		p.imports = map[string]string{}
	}
	p.files = append(p.files, name)
	clock := "" // what the file calls package time
	for _, spec := range f.Imports {
		dep, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return p, err
		}
		p.imports[dep] = at(spec)
		if dep != "time" {
			continue
		}
		clock = dep
		if spec.Name != nil {
			clock = spec.Name.Name
		}
		if clock == "." {
			p.clock = append(p.clock, at(spec)) // it could hide any number
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(clocks, s.Sel.Name) {
			if x, ok := s.X.(*ast.Ident); ok && clock != "" && x.Name == clock {
				p.clock = append(p.clock, at(s))
			}
		}
		return true
	})
	return p, nil
}
