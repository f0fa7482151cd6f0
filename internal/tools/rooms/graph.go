package main

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// graph says for each file which others it uses, and what of them.
type graph map[string]map[string]map[string]bool

// edge is that one file uses names of another.
type edge struct {
	from, to string
	names    []string
}

// uses looks at every name in the package that is declared in another of its
// files, at package level or as a method. Fields come with their types.
func uses(fset *token.FileSet, p *typed.Package) graph {
	g := graph{}
	for _, f := range p.Files {
		from := path.Base(f.Name)
		g[from] = map[string]map[string]bool{}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			name, at := declared(p, id)
			if name == "" {
				return true
			}
			to := path.Base(fset.Position(at).Filename)
			if to != from {
				if g[from][to] == nil {
					g[from][to] = map[string]bool{}
				}
				g[from][to][name] = true
			}
			return true
		})
	}
	return g
}

// declared is the name that an identifier stands for and where it is declared,
// or nothing unless it is a package-level name or a method of p.
func declared(p *typed.Package, id *ast.Ident) (name string, at token.Pos) {
	obj := p.Info.Uses[id]
	if obj == nil || obj.Pkg() != p.Types {
		return "", token.NoPos
	}
	if fn, ok := obj.(*types.Func); ok {
		fn = fn.Origin() // of a method of an instance, where it is written
		if recv := fn.Signature().Recv(); recv != nil {
			return receiver(recv.Type()) + fn.Name(), fn.Pos()
		}
	}
	if obj.Parent() != p.Types.Scope() {
		return "", token.NoPos
	}
	return obj.Name(), obj.Pos()
}

// receiver is "Type." for a method of Type.
func receiver(t types.Type) string {
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name() + "."
	}
	return ""
}

// edges are all edges in the order of their files.
func (g graph) edges() (list []edge) {
	for _, from := range slices.Sorted(maps.Keys(g)) {
		for _, to := range slices.Sorted(maps.Keys(g[from])) {
			list = append(list, edge{from, to, slices.Sorted(maps.Keys(g[from][to]))})
		}
	}
	return list
}

// pairs are the files that use each other, each pair once.
func (g graph) pairs() (list []edge) {
	for _, e := range g.edges() {
		if e.from < e.to && g[e.to][e.from] != nil {
			list = append(list, e)
		}
	}
	return list
}

// knots are the strongly connected components of more than one file, the
// largest first.
func (g graph) knots() (list [][]string) {
	reach := map[string]map[string]bool{}
	for from := range g {
		reach[from] = map[string]bool{}
		g.walk(from, reach[from])
	}
	done := map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(g)) {
		if done[from] {
			continue
		}
		knot := []string{from}
		for _, to := range slices.Sorted(maps.Keys(g)) {
			if to != from && reach[from][to] && reach[to][from] {
				knot = append(knot, to)
				done[to] = true
			}
		}
		if len(knot) > 1 {
			list = append(list, knot)
		}
	}
	slices.SortStableFunc(list, func(a, b []string) int { return cmp.Compare(len(b), len(a)) })
	return list
}

// walk adds to seen all that can be reached from a file.
func (g graph) walk(from string, seen map[string]bool) {
	for to := range g[from] {
		if !seen[to] {
			seen[to] = true
			g.walk(to, seen)
		}
	}
}
