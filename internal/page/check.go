package page

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template/parse"
)

// checkOwn returns what is wrong with a host's templates that can be parsed: what no page
// draws, and what is no sound HTML, would show only once somebody looks.
func checkOwn(set *template.Template, own map[string]string) error {
	var errs []error
	drawn := drawnBy(set)
	for _, t := range sorted(set) {
		file := t.Tree.ParseName
		switch _, theirs := own[file]; {
		case !theirs:
		case t.Name() == file && !parse.IsEmptyTree(t.Tree.Root):
			errs = append(errs, fmt.Errorf("%s: holds text outside of all templates, which no page draws; put it between {{define %q}} and {{end}}", file, strings.TrimSuffix(file, ".html")))
		case t.Name() != file && ours.Lookup(t.Name()) == nil && !drawn[t.Name()]:
			errs = append(errs, fmt.Errorf("%s: no page draws the template %q; want one of ours, which are %q", file, t.Name(), pageNames()))
		}
	}
	return errors.Join(append(errs, checkHTML(set))...)
}

// checkHTML returns the first fault of the templates as HTML. They are escaped before they
// are drawn, so no data is needed.
func checkHTML(set *template.Template) error {
	trial, err := set.Clone()
	if err != nil {
		return err
	}
	for _, name := range pageNames() {
		err := trial.ExecuteTemplate(io.Discard, name, nil)
		if fault, ok := errors.AsType[*template.Error](err); ok {
			file := name
			if t := set.Lookup(fault.Name); t != nil && t.Tree != nil {
				file = t.Tree.ParseName
			}
			return fmt.Errorf("%s: the page %q is no sound HTML: %w", file, name, fault)
		}
	}
	return nil
}

// pageNames are those of our templates that are a whole page.
func pageNames() (list []string) {
	for _, t := range sorted(ours) {
		if slices.Contains(calls(t.Tree.Root), "top") {
			list = append(list, t.Name())
		}
	}
	return list
}

// drawnBy are the templates that others call.
func drawnBy(set *template.Template) map[string]bool {
	list := map[string]bool{}
	for _, t := range sorted(set) {
		for _, name := range calls(t.Tree.Root) {
			list[name] = true
		}
	}
	return list
}

// sorted are the templates of a set that hold something, by their names.
func sorted(set *template.Template) []*template.Template {
	byName := map[string]*template.Template{}
	for _, t := range set.Templates() {
		if t.Tree != nil && t.Tree.Root != nil {
			byName[t.Name()] = t
		}
	}
	list := make([]*template.Template, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, byName[name])
	}
	return list
}

// calls are the templates that a node of a template calls.
func calls(n parse.Node) (list []string) {
	branch := func(n *parse.BranchNode) []string { return append(calls(n.List), calls(n.ElseList)...) }
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, inner := range n.Nodes {
			list = append(list, calls(inner)...)
		}
	case *parse.IfNode:
		return branch(&n.BranchNode)
	case *parse.RangeNode:
		return branch(&n.BranchNode)
	case *parse.WithNode:
		return branch(&n.BranchNode)
	case *parse.TemplateNode:
		return []string{n.Name}
	}
	return list
}
