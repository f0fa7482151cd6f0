package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Fault is an exported name without a doc comment.
type Fault struct {
	File string // slash-separated, below the top of the module
	Line int    // from 1
	Name string // as a caller writes it: Func, Type.Method, or "package p"
}

// String is the fault as editors like it: file:line name.
func (f Fault) String() string { return fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Name) }

// Undocumented returns the faults of the module whose top is fsys, ordered by
// file and line. Modules nested in it, testdata, and directories whose names
// begin with a dot or an underscore are not part of it. The error is that of
// a file that cannot be read or parsed.
func Undocumented(fsys fs.FS) ([]Fault, error) {
	c := checker{fset: token.NewFileSet(), spoken: map[string]bool{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(fsys, name)
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			return c.file(fsys, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.packages()
	slices.SortFunc(c.faults, func(a, b Fault) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	return c.faults, nil
}

// enter returns fs.SkipDir for a directory that is no part of the module.
func enter(fsys fs.FS, dir string) error {
	if dir == "." {
		return nil
	}
	if base := path.Base(dir); base == "testdata" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// checker gathers faults over the files of a module.
type checker struct {
	fset   *token.FileSet
	faults []Fault
	spoken map[string]bool // by directory: some file has the package comment
	first  []Fault         // the fault of each file, if its package is mute
}

func (c *checker) file(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(c.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	c.spoken[dir] = c.spoken[dir] || says(f.Doc)
	c.first = append(c.first, c.at(f.Name.Pos(), "package "+f.Name.Name))
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			c.function(d)
		case *ast.GenDecl:
			c.general(d)
		}
	}
	return nil
}

// packages adds one fault for each package without a package comment.
func (c *checker) packages() {
	for _, f := range c.first {
		if dir := path.Dir(f.File); !c.spoken[dir] {
			c.spoken[dir] = true // once a package
			c.faults = append(c.faults, f)
		}
	}
}

func (c *checker) function(d *ast.FuncDecl) {
	name := d.Name.Name
	if d.Recv != nil {
		recv := receiver(d.Recv.List[0].Type)
		if !ast.IsExported(recv) {
			return // out of a caller's sight
		}
		name = recv + "." + name
	}
	if d.Name.IsExported() {
		c.want(d.Name.Pos(), name, d.Doc)
	}
}

func (c *checker) general(d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			c.typ(d, s)
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() {
					c.want(n.Pos(), n.Name, s.Doc, s.Comment, d.Doc)
				}
			}
		}
	}
}

// typ wants a comment of a type's own: one over a group of types tells nothing
// of each.
func (c *checker) typ(d *ast.GenDecl, s *ast.TypeSpec) {
	if !s.Name.IsExported() {
		return
	}
	docs := []*ast.CommentGroup{s.Doc}
	if !d.Lparen.IsValid() {
		docs = append(docs, d.Doc)
	}
	c.want(s.Name.Pos(), s.Name.Name, docs...)
	it, ok := s.Type.(*ast.InterfaceType)
	if !ok {
		return
	}
	for _, m := range it.Methods.List {
		for _, n := range m.Names { // none: an embedded type
			if n.IsExported() {
				c.want(n.Pos(), s.Name.Name+"."+n.Name, m.Doc, m.Comment)
			}
		}
	}
}

// want adds a fault unless one of docs says something.
func (c *checker) want(pos token.Pos, name string, docs ...*ast.CommentGroup) {
	if !slices.ContainsFunc(docs, says) {
		c.faults = append(c.faults, c.at(pos, name))
	}
}

func (c *checker) at(pos token.Pos, name string) Fault {
	p := c.fset.Position(pos)
	return Fault{File: p.Filename, Line: p.Line, Name: name}
}

// says is false for a comment of directives (//go:…) alone.
func says(g *ast.CommentGroup) bool { return strings.TrimSpace(g.Text()) != "" }

// receiver is the name of the type T in T, *T, T[P] and *T[P, Q].
func receiver(x ast.Expr) string {
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.ParenExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}
