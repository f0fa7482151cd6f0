package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// function is one with many parameters.
type function struct {
	file   string
	line   int
	name   string
	params int
}

// manyParams lists the functions of the module that have more than n parameters,
// receivers not counted. Methods of interfaces and function fields count too.
func manyParams(m *typed.Module, n int) (list []function, err error) {
	fset := token.NewFileSet()
	for _, dir := range slices.Sorted(maps.Keys(m.Packages)) {
		p := m.Packages[dir]
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			ast.Inspect(f, func(node ast.Node) bool {
				id, t := signature(node)
				if t != nil && t.Params.NumFields() > n {
					list = append(list, function{path.Join(dir, name), fset.Position(id.Pos()).Line, id.Name, t.Params.NumFields()})
				}
				return true
			})
		}
	}
	return list, nil
}

// signature is the name and type of a function that node declares.
func signature(node ast.Node) (*ast.Ident, *ast.FuncType) {
	switch node := node.(type) {
	case *ast.FuncDecl:
		return node.Name, node.Type
	case *ast.Field:
		if t, ok := node.Type.(*ast.FuncType); ok && len(node.Names) == 1 {
			return node.Names[0], t
		}
	}
	return nil, nil
}
