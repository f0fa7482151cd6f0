package sallyporttest

import (
	"iter"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// oneLine is text with its blanks joined and its apostrophes straight: the form in
// which texts are compared.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "’", "'")
}

// visibleText is what a reader sees, a line for each block.
func visibleText(n *html.Node) string {
	var b strings.Builder
	writeText(&b, n)
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func writeText(b *strings.Builder, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(strings.ReplaceAll(n.Data, "\n", " "))
		return
	case html.ElementNode:
		if _, hidden := attribute(n, "hidden"); hidden || isUnseen(n.DataAtom) {
			return
		}
	}
	apart := n.Type == html.ElementNode && !isInline(n.DataAtom)
	if apart {
		b.WriteByte('\n')
	}
	for c := range n.ChildNodes() {
		writeText(b, c)
	}
	if apart {
		b.WriteByte('\n')
	}
}

// isUnseen reports whether the text inside an element is not shown, or is the value
// of a field.
func isUnseen(a atom.Atom) bool {
	switch a {
	case atom.Head, atom.Script, atom.Style, atom.Template, atom.Select, atom.Datalist, atom.Textarea:
		return true
	}
	return false
}

// isInline reports whether an element stands within a line of text.
func isInline(a atom.Atom) bool {
	switch a {
	case atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Cite, atom.Code, atom.Data, atom.Del, atom.Dfn, atom.Em, atom.I,
		atom.Img, atom.Ins, atom.Kbd, atom.Label, atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strong,
		atom.Sub, atom.Sup, atom.Time, atom.U, atom.Var, atom.Wbr:
		return true
	}
	return false
}

// attribute returns the value of an attribute.
func attribute(n *html.Node, name string) (value string, ok bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// setAttribute sets an attribute, or takes it away.
func setAttribute(n *html.Node, name, value string, there bool) {
	for i, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			n.Attr = append(n.Attr[:i:i], n.Attr[i+1:]...)
			break
		}
	}
	if there {
		n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
	}
}

// elements are those inside n of the given kinds, or all, in the order of the page.
// What stands in a template is not part of the page.
func elements(n *html.Node, kinds ...atom.Atom) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for e := range n.Descendants() {
			if e.Type != html.ElementNode || len(kinds) > 0 && !slices.Contains(kinds, e.DataAtom) || within(e, atom.Template) != nil {
				continue
			}
			if !yield(e) {
				return
			}
		}
	}
}

// within returns the nearest element of that kind around n, nil if there is none.
func within(n *html.Node, a atom.Atom) *html.Node {
	for up := range n.Ancestors() {
		if up.Type == html.ElementNode && up.DataAtom == a {
			return up
		}
	}
	return nil
}
