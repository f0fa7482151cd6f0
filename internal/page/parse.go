package page

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"text/template/parse"
)

//go:embed *.html
var files embed.FS

// ours are our templates, whose functions say nothing yet: those of a language are put in
// their place once the texts are known.
var ours = template.Must(template.New("").Funcs(functions(&locale{}, "")).ParseFS(files, "*.html"))

// functions are what templates call, in a language.
func functions(l *locale, style string) template.FuncMap {
	return template.FuncMap{
		"t":        l.say,
		"lang":     func() string { return l.tag },
		"name":     named,
		"apart":    apart,
		"unbroken": unbroken,
		"groups":   Groups,
		"method":   l.method,
		"methods":  l.methods,
		"appName":  l.appName,
		"period":   l.period,
		"ago":      l.ago,
		"clock":    l.clock,
		"day":      l.day,
		"when":     l.when,
		"style":    func() template.CSS { return template.CSS(style) },
		"script":   func() template.JS { return template.JS(script) },
		"field":    func(p Page, id, hint string) field { return field{p, id, hint} },
	}
}

// parseAll returns our templates with a host's in the place of those that it defines.
func parseAll(own map[string]string) (*template.Template, error) {
	if len(own) == 0 {
		return ours, nil
	}
	set := template.Must(ours.Clone())
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if _, err := set.New(name).Parse(own[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	if errs == nil {
		errs = append(errs, checkOwn(set, own))
	}
	return set, errors.Join(errs...)
}

// drawIn returns the templates as they speak a language.
func drawIn(set *template.Template, l *locale, style string) (*template.Template, error) {
	c, err := set.Clone()
	if err != nil {
		return nil, err
	}
	return c.Funcs(functions(l, style)), nil
}

// allTexts are all texts, in order: those that templates say, and those that code does.
func allTexts(set *template.Template) []string {
	list := textsOf(set)
	for words := range said(english) {
		list[words] = true
	}
	return slices.Sorted(maps.Keys(list))
}

// InTemplates returns what our own templates say, for the list of all texts.
func InTemplates() []string { return slices.Sorted(maps.Keys(textsOf(ours))) }

// textsOf are the texts that templates say.
func textsOf(set *template.Template) map[string]bool {
	list := map[string]bool{}
	for _, t := range set.Templates() {
		if t.Tree != nil {
			walk(t.Tree.Root, list)
		}
	}
	return list
}

// walk notes the texts below a node of a template: the first argument of each call of t.
func walk(n parse.Node, list map[string]bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range n.Nodes {
			walk(inner, list)
		}
	case *parse.ActionNode:
		walk(n.Pipe, list)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, list)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, list)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, list)
	case *parse.TemplateNode:
		walk(n.Pipe, list)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			walk(c, list)
		}
	case *parse.CommandNode:
		noteCall(n, list)
		for _, a := range n.Args {
			walk(a, list)
		}
	}
}

func walkBranch(n *parse.BranchNode, list map[string]bool) {
	walk(n.Pipe, list)
	walk(n.List, list)
	walk(n.ElseList, list)
}

func noteCall(n *parse.CommandNode, list map[string]bool) {
	if len(n.Args) < 2 {
		return
	}
	name, ok := n.Args[0].(*parse.IdentifierNode)
	if !ok || name.Ident != "t" {
		return
	}
	if s, ok := n.Args[1].(*parse.StringNode); ok {
		if words, err := strconv.Unquote(s.Quoted); err == nil {
			list[words] = true
		}
	}
}
