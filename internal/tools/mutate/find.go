package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// mutant is one small change of the code.
type mutant struct {
	number   int // by which it is switched on; 0 while it is not compiled in
	dir      string
	file     string
	line     int
	function string
	kind     kind
	operator string // what was done to text, as the list of survivors names it
	text     string // of the code that is changed, in one line
	edits    edits
}

// kind is a group of operators that the score is given for.
type kind string

const (
	negatedCondition kind = "condition negated"
	comparison       kind = "comparison inverted"
	boundary         kind = "boundary shifted"
	connective       kind = "and/or exchanged"
	droppedGuard     kind = "guard dropped"
	flippedBool      kind = "bool flipped"
	deletedStatement kind = "statement deleted"
	movedConstant    kind = "constant moved"
	earlyReturn      kind = "early return"
)

// kinds is all of them in the order of the table.
var kinds = []kind{negatedCondition, comparison, boundary, connective, droppedGuard, flippedBool, deletedStatement, movedConstant, earlyReturn}

// finder collects the mutants of one function after the other.
type finder struct {
	fset     *token.FileSet
	pkg      *typed.Package
	file     *typed.File
	function string
	found    []*mutant
}

// find lists every mutant of a package, in the order of the code. Generated
// files have none, nor have String and GoString.
func find(fset *token.FileSet, pkg *typed.Package) []*mutant {
	f := &finder{fset: fset, pkg: pkg}
	for _, f.file = range pkg.Files {
		if ast.IsGenerated(f.file.Syntax) {
			continue
		}
		for _, d := range f.file.Syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || fn.Name.Name == "String" || fn.Name.Name == "GoString" {
				continue
			}
			f.function = functionName(fn)
			f.early(fn)
			ast.PreorderStack(fn.Body, nil, f.visit)
		}
	}
	return f.found
}

// functionName is Name or Type.Name.
func functionName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + fn.Name.Name
		default:
			return fn.Name.Name
		}
	}
}

// visit looks at one node; stack are those around it.
func (f *finder) visit(n ast.Node, stack []ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR // constants and types have to stay constant
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.ForStmt:
		f.condition(n.Cond)
	case *ast.SwitchStmt:
		if n.Tag == nil {
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					f.condition(e)
				}
			}
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.ReturnStmt:
		for _, e := range n.Results {
			f.returned(e)
		}
	case ast.Stmt:
	case ast.Expr:
		return f.expression(n, stack)
	}
	return true
}

// expression tries what is done to expressions, and reports whether to look at
// their parts.
func (f *finder) expression(e ast.Expr, stack []ast.Node) bool {
	if tv := f.pkg.Info.Types[e]; tv.Value != nil {
		if !keepsConstant(e, stack) {
			f.constant(e, tv.Type)
		}
		return false
	}
	switch e := e.(type) {
	case *ast.ArrayType, *ast.StructType, *ast.FuncType, *ast.InterfaceType, *ast.MapType:
		return false
	case *ast.BinaryExpr:
		f.binary(e)
	case *ast.UnaryExpr:
		// Where a condition or what is returned is negated as a whole,
		// dropping the sign would be the same.
		if e.Op == token.NOT && !judged(e, stack) {
			f.add(e, flippedBool, "! dropped", wrap(e, "zmut.Not(#, ", ")"))
		}
	case *ast.CallExpr:
		if f.logs(e) {
			return false
		}
		f.timeCompared(e)
	}
	return true
}

// judged reports whether e is itself a condition or a result.
func judged(e ast.Expr, stack []ast.Node) bool {
	child := ast.Node(e)
	for _, n := range slices.Backward(stack) {
		switch n := n.(type) {
		case *ast.ParenExpr:
			child = n
			continue
		case *ast.IfStmt:
			return n.Cond == child
		case *ast.ForStmt:
			return n.Cond == child
		case *ast.CaseClause, *ast.ReturnStmt:
			return true
		}
		return false
	}
	return false
}

// keepsConstant reports whether the language, or sense, wants the constant e to
// remain as it is: the key of an array's element, and the capacity in make.
func keepsConstant(e ast.Expr, stack []ast.Node) bool {
	if len(stack) == 0 {
		return false
	}
	switch p := stack[len(stack)-1].(type) {
	case *ast.KeyValueExpr:
		return p.Key == e
	case *ast.CallExpr:
		fn, ok := p.Fun.(*ast.Ident)
		return ok && fn.Name == "make" && len(p.Args) == 3 && p.Args[2] == e
	}
	return false
}

// logs reports whether a call only writes a log.
func (f *finder) logs(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	obj, ok := f.pkg.Info.Uses[sel.Sel].(*types.Func)
	return ok && obj.Pkg() != nil && (obj.Pkg().Path() == "log" || obj.Pkg().Path() == "log/slog")
}

// add notes a mutant that changes n.
func (f *finder) add(n ast.Node, k kind, operator string, e ...edit) {
	from, to := f.offset(n.Pos()), f.offset(n.End())
	f.found = append(f.found, &mutant{
		dir: f.pkg.Dir, file: f.file.Name, line: f.fset.Position(n.Pos()).Line, function: f.function,
		kind: k, operator: operator, text: oneLine(string(f.file.Text[from:to])), edits: f.placed(e),
	})
}

// placed turns the positions of edits into offsets of the file.
func (f *finder) placed(list edits) edits {
	for i := range list {
		list[i].from, list[i].to = f.offset(list[i].pos), f.offset(list[i].end)
	}
	return list
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

// maxText bounds what is shown of a long statement, in characters.
const maxText = 100

// oneLine is code with all white space as single spaces, cut at maxText.
func oneLine(code string) string {
	r := []rune(strings.Join(strings.Fields(code), " "))
	return string(r[:min(len(r), maxText)])
}
