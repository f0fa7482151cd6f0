package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// condition negates the condition of an if, a for or a case. Of == and != that
// is what binary does with them.
func (f *finder) condition(e ast.Expr) {
	if e == nil || inverts(e) || f.pkg.Info.Types[e].Value != nil {
		return
	}
	f.add(e, negatedCondition, "condition negated", wrap(e, "zmut.Not(#, ", ")"))
}

// returned flips a bool that is returned.
func (f *finder) returned(e ast.Expr) {
	t := f.pkg.Info.Types[e].Type
	if t == nil || inverts(e) {
		return
	}
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
		f.add(e, flippedBool, "returned bool flipped", wrap(e, "zmut.Not(#, ", ")"))
	}
}

// inverts reports whether e is a comparison that binary inverts.
func inverts(e ast.Expr) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	return ok && (b.Op == token.EQL || b.Op == token.NEQ)
}

// shifted names, for each comparison whose boundary can move, what it becomes
// and who does that.
var shifted = map[token.Token]struct{ to, by string }{
	token.LSS: {"<=", "Less"},
	token.LEQ: {"<", "LessEqual"},
	token.GTR: {">=", "Greater"},
	token.GEQ: {">", "GreaterEqual"},
}

// binary does what can be done to an operator of two bools or two that are
// compared.
func (f *finder) binary(e *ast.BinaryExpr) {
	switch e.Op {
	case token.EQL:
		f.add(e, comparison, "== → !=", wrap(e, "zmut.Not(#, ", ")"))
	case token.NEQ:
		f.add(e, comparison, "!= → ==", wrap(e, "zmut.Not(#, ", ")"))
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		s := shifted[e.Op]
		w := wrap(e, "zmut."+s.by+"(#, ", ")")
		w.inner = true
		f.add(e, boundary, e.Op.String()+" → "+s.to, w, swap(e.OpPos, e.OpPos+token.Pos(len(e.Op.String())), ","))
	case token.LAND:
		f.exchange(e, "&& → ||")
		f.operand(e.X, e.Op, "(zmut.Is(#) || (")
		f.operand(e.Y, e.Op, "(zmut.Is(#) || (")
	case token.LOR:
		f.exchange(e, "|| → &&")
		f.operand(e.X, e.Op, "(!zmut.Is(#) && (")
		f.operand(e.Y, e.Op, "(!zmut.Is(#) && (")
	}
}

// exchange makes && of || and the reverse. It negates both operands and the
// whole, which is the same and leaves the order of evaluation as it was.
func (f *finder) exchange(e *ast.BinaryExpr, operator string) {
	f.add(e, connective, operator, wrap(e, "zmut.Not(#, ", ")"), wrap(e.X, "zmut.Not(#, ", ")"), wrap(e.Y, "zmut.Not(#, ", ")"))
}

// operand takes away one operand of a chain, as if && had true there, and ||
// false. The chain before the last operator is no operand of its own.
func (f *finder) operand(e ast.Expr, op token.Token, before string) {
	if b, ok := e.(*ast.BinaryExpr); ok && b.Op == op {
		return
	}
	f.add(e, droppedGuard, "operand of "+op.String()+" dropped", wrap(e, before, "))"))
}

// timeCompared shifts the boundary of Time.Before and Time.After.
func (f *finder) timeCompared(call *ast.CallExpr) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 1 || sel.Sel.Name != "Before" && sel.Sel.Name != "After" || !isTime(f.pkg.Info.Types[sel.X].Type, "Time") {
		return
	}
	w := wrap(call, "zmut."+sel.Sel.Name+"(#, ", "")
	w.inner = true
	from, to := f.offset(sel.X.End()), f.offset(call.Lparen)
	lines := strings.Repeat("\n", strings.Count(string(f.file.Text[from:to]), "\n"))
	f.add(call, boundary, sel.Sel.Name+" also when equal", w, swap(sel.X.End(), call.Lparen+1, ", "+lines))
}

// isTime reports whether t is the type of that name of package time.
func isTime(t types.Type, name string) bool {
	n, ok := t.(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "time"
}

// constant moves an integer by one each way, and makes a duration twice and half
// as long. Types with names of their own are left alone: their values are names.
func (f *finder) constant(e ast.Expr, t types.Type) {
	value := f.pkg.Info.Types[e].Value
	if isTime(t, "Duration") {
		if constant.Sign(value) != 0 {
			f.add(e, movedConstant, "×2", wrap(e, "zmut.Double(#, ", ")"))
			f.add(e, movedConstant, "÷2", wrap(e, "zmut.Half(#, ", ")"))
		}
		return
	}
	b, ok := t.(*types.Basic)
	if lit, isLit := ast.Unparen(e).(*ast.BasicLit); !ok || b.Info()&types.IsInteger == 0 || b.Info()&types.IsUntyped != 0 || isLit && lit.Kind == token.CHAR {
		return
	}
	f.add(e, movedConstant, "+1", wrap(e, "zmut.Add["+b.Name()+"](#, 1, ", ")"))
	f.add(e, movedConstant, "-1", wrap(e, "zmut.Add["+b.Name()+"](#, -1, ", ")"))
}

// statements deletes what stands for itself: assignments, calls, ++, -- and
// sends. What declares is needed by what follows, and without a panic the
// function would lack an end.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE || allBlank(s.Lhs) {
				continue
			}
		case *ast.ExprStmt:
			call, ok := ast.Unparen(s.X).(*ast.CallExpr)
			if !ok || f.logs(call) {
				continue
			}
			if fn, ok := call.Fun.(*ast.Ident); ok && fn.Name == "panic" {
				continue
			}
		case *ast.IncDecStmt, *ast.SendStmt:
		default:
			continue
		}
		f.add(s, deletedStatement, "statement deleted", wrap(s, "if !zmut.Is(#) { ", " }"))
	}
}

func allBlank(list []ast.Expr) bool {
	for _, e := range list {
		if id, ok := e.(*ast.Ident); !ok || id.Name != "_" {
			return false
		}
	}
	return true
}

// early returns zero values at once. A function that does no more than that
// anyway is left alone.
func (f *finder) early(fn *ast.FuncDecl) {
	if len(fn.Body.List) == 0 || f.onlyZero(fn.Body.List[0]) {
		return
	}
	var zeros []string
	if results := fn.Type.Results; results != nil {
		for _, field := range results.List {
			if len(field.Names) == 0 {
				zeros = append(zeros, fmt.Sprintf("zmut.Zero[%s]()", f.file.Text[f.offset(field.Type.Pos()):f.offset(field.Type.End())]))
			}
		}
	}
	e := edit{pos: fn.Body.Lbrace + 1, end: fn.Body.Lbrace + 1, before: "if zmut.Is(#) { return " + oneSpaced(strings.Join(zeros, ", ")) + " }; "}
	f.add(fn.Name, earlyReturn, "returns at once", e)
}

// onlyZero reports whether s returns nothing but zero values.
func (f *finder) onlyZero(s ast.Stmt) bool {
	r, ok := s.(*ast.ReturnStmt)
	if !ok {
		return false
	}
	for _, e := range r.Results {
		tv := f.pkg.Info.Types[e]
		switch {
		case tv.IsNil():
		case tv.Value == nil:
			return false
		case tv.Value.Kind() == constant.Bool && !constant.BoolVal(tv.Value):
		case tv.Value.Kind() == constant.String && constant.StringVal(tv.Value) == "":
		case tv.Value.Kind() == constant.Int && constant.Sign(tv.Value) == 0:
		default:
			return false
		}
	}
	return true
}

// oneSpaced is code without line breaks, so that no line moves.
func oneSpaced(code string) string { return strings.Join(strings.Fields(code), " ") }
