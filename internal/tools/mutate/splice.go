package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// edit puts text around a range of a file, or in its place. No edit moves a
// line, so that places in the copy are those of the module.
type edit struct {
	pos, end      token.Pos
	from, to      int    // the same as offsets of the file
	before, after string // # is the number of the mutant
	replaces      bool   // before stands in the place of the range
	inner         bool   // its range has to keep its operator: others go around
}

type edits []edit

func wrap(n ast.Node, before, after string) edit {
	return edit{pos: n.Pos(), end: n.End(), before: before, after: after}
}

func swap(pos, end token.Pos, text string) edit {
	return edit{pos: pos, end: end, before: text, replaces: true}
}

// insertion is text at one place of a file.
type insertion struct {
	at, skip int // skip bytes of the source are left out
	text     string
	rank     [4]int // orders what stands at one place
}

// splice is the text of a file with mutants in it, each switched on by its
// number.
func splice(f *typed.File, runtime string, mutants []*mutant) []byte {
	name := int(f.Syntax.Name.End() - f.Syntax.FileStart)
	list := []insertion{{at: name, text: fmt.Sprintf("; import zmut %q", runtime)}}
	for i, m := range mutants {
		for _, e := range m.edits {
			inner := 0
			if e.inner {
				inner = 1
			}
			before, after := strings.ReplaceAll(e.before, "#", fmt.Sprint(m.number)), e.after
			switch size := e.to - e.from; {
			case e.replaces:
				list = append(list, insertion{e.from, size, before, [4]int{2}})
			default:
				// What ends at a place ends before anything begins there; the
				// larger begins first and ends last.
				list = append(list,
					insertion{e.from, 0, before, [4]int{1, -size, inner, i}},
					insertion{e.to, 0, after, [4]int{0, size, -inner, -i}})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b insertion) int {
		return cmp.Or(cmp.Compare(a.at, b.at), slices.Compare(a.rank[:], b.rank[:]))
	})
	var out []byte
	done := 0
	for _, in := range list {
		out = append(append(out, f.Text[done:in.at]...), in.text...)
		done = in.at + in.skip
	}
	return append(out, f.Text[done:]...)
}

// compiler finds out which mutants compile.
type compiler struct {
	m       *typed.Module
	runtime *types.Package
}

// runtimePath is where the package that switches mutants on is put.
const runtimePath = "internal/mutant"

func newCompiler(m *typed.Module, text []byte) (*compiler, error) {
	f, err := parser.ParseFile(m.Fset, "mutant.go", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: m.Imports}
	pkg, err := conf.Check(path.Join(m.Path, runtimePath), m.Fset, []*ast.File{f}, nil)
	return &compiler{m, pkg}, err
}

// importerOf is a function as an importer.
type importerOf func(path string) (*types.Package, error)

// Import returns the package of that path.
func (i importerOf) Import(path string) (*types.Package, error) { return i(path) }

// compile returns those of the mutants of one package that compile together.
func (c *compiler) compile(pkg *typed.Package, mutants []*mutant) []*mutant {
	for {
		lines := c.faults(pkg, mutants)
		if len(lines) == 0 {
			return mutants
		}
		var bad []*mutant
		for _, m := range mutants {
			if c.touches(pkg, m, lines) && len(c.faults(pkg, []*mutant{m})) > 0 {
				bad = append(bad, m)
			}
		}
		kept := slices.DeleteFunc(slices.Clone(mutants), func(m *mutant) bool {
			if len(bad) == 0 { // they compile alone, and not together
				return c.touches(pkg, m, lines)
			}
			return slices.Contains(bad, m)
		})
		if len(kept) == len(mutants) {
			return nil
		}
		mutants = kept
	}
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// touches reports whether a mutant changes one of those lines.
func (c *compiler) touches(pkg *typed.Package, m *mutant, lines []place) bool {
	for _, e := range m.edits {
		from, to := c.m.Fset.Position(e.pos).Line, c.m.Fset.Position(e.end).Line
		if slices.ContainsFunc(lines, func(p place) bool { return p.file == m.file && from <= p.line && p.line <= to }) {
			return true
		}
	}
	return false
}

// faults are the places at which a package with mutants in it does not compile.
func (c *compiler) faults(pkg *typed.Package, mutants []*mutant) (list []place) {
	fset := token.NewFileSet()
	byFile := perFile(mutants)
	var syntax []*ast.File
	for _, f := range pkg.Files {
		text := f.Text
		if here := byFile[f.Name]; len(here) > 0 {
			text = splice(f, c.runtime.Path(), here)
		}
		parsed, err := parser.ParseFile(fset, f.Name, text, parser.SkipObjectResolution)
		if err != nil {
			var faults scanner.ErrorList
			errors.As(err, &faults)
			for _, e := range faults {
				list = append(list, place{f.Name, e.Pos.Line})
			}
			return list
		}
		syntax = append(syntax, parsed)
	}
	conf := types.Config{
		Importer: importerOf(func(p string) (*types.Package, error) {
			if p == c.runtime.Path() {
				return c.runtime, nil
			}
			return c.m.Imports.Import(p)
		}),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				at := e.Fset.Position(e.Pos)
				list = append(list, place{at.Filename, at.Line})
			}
		},
	}
	_, _ = conf.Check(pkg.Path, fset, syntax, nil) // told of by Error
	return list
}

func perFile(mutants []*mutant) map[string][]*mutant {
	m := map[string][]*mutant{}
	for _, x := range mutants {
		m[x.file] = append(m[x.file], x)
	}
	return m
}
