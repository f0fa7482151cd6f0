package sallyporttest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// control is a field or a button of a form.
type control struct {
	node *html.Node
	kind string // "text", "hidden", "checkbox", "radio", "select", "submit" or "other"
	name string
	// words are what it can be found by beside its name: its id, its labels, and
	// of a button its text.
	words []string
}

// controls returns those that belong to a form, in the order of the page.
func (p *Page) controls(form *html.Node) (all []*control) {
	for n := range elements(p.doc) {
		c := &control{node: n, kind: kindOf(n)}
		if c.kind == "" || p.formOf(n) != form {
			continue
		}
		c.name, _ = attribute(n, "name")
		if id, ok := attribute(n, "id"); ok {
			c.words = append(c.words, id)
		}
		c.words = append(c.words, p.labels(n)...)
		if c.kind == "submit" {
			c.words = append(c.words, buttonText(n))
		}
		all = append(all, c)
	}
	return all
}

// formOf returns the form that an element belongs to: the one that it names, or else
// the one around it.
func (p *Page) formOf(n *html.Node) *html.Node {
	id, named := attribute(n, "form")
	if !named {
		return within(n, atom.Form)
	}
	return p.byID(id)
}

func (p *Page) byID(id string) *html.Node {
	for n := range elements(p.doc) {
		if got, ok := attribute(n, "id"); ok && got == id {
			return n
		}
	}
	return nil
}

// kindOf says what kind of control an element is; empty: none.
func kindOf(n *html.Node) string {
	switch n.DataAtom {
	case atom.Textarea:
		return "text"
	case atom.Select:
		return "select"
	case atom.Button:
		if kind, _ := attribute(n, "type"); strings.EqualFold(kind, "button") || strings.EqualFold(kind, "reset") {
			return "other"
		}
		return "submit"
	case atom.Input:
		switch kind, _ := attribute(n, "type"); strings.ToLower(kind) {
		case "hidden":
			return "hidden"
		case "checkbox":
			return "checkbox"
		case "radio":
			return "radio"
		case "submit":
			return "submit"
		case "button", "image", "reset", "file":
			return "other"
		}
		return "text"
	}
	return ""
}

// labels returns the texts that name an element.
func (p *Page) labels(n *html.Node) (texts []string) {
	if text, ok := attribute(n, "aria-label"); ok {
		texts = append(texts, oneLine(text))
	}
	ids, _ := attribute(n, "aria-labelledby")
	for _, id := range strings.Fields(ids) {
		if by := p.byID(id); by != nil {
			texts = append(texts, oneLine(visibleText(by)))
		}
	}
	id, hasID := attribute(n, "id")
	for l := range elements(p.doc, atom.Label) {
		to, says := attribute(l, "for")
		if says && hasID && to == id || !says && within(n, atom.Label) == l {
			texts = append(texts, oneLine(visibleText(l)))
		}
	}
	return texts
}

func buttonText(n *html.Node) string {
	if n.DataAtom == atom.Button {
		return oneLine(visibleText(n))
	}
	if text, ok := attribute(n, "value"); ok {
		return oneLine(text)
	}
	return "Submit" // what browsers write on a button that says nothing
}

// is reports whether the control goes by that name, id or label.
func (c *control) is(name string) bool {
	return name != "" && (c.name == name || slices.Contains(c.words, name))
}

// isDisabled reports whether the control, or a fieldset around it, is disabled.
func (c *control) isDisabled() bool {
	if _, ok := attribute(c.node, "disabled"); ok {
		return true
	}
	for up := range c.node.Ancestors() {
		if _, ok := attribute(up, "disabled"); ok && up.DataAtom == atom.Fieldset {
			return true
		}
	}
	return false
}

// value is what the control sends.
func (c *control) value() string {
	value, there := attribute(c.node, "value")
	switch {
	case c.node.DataAtom == atom.Textarea:
		if c.node.FirstChild != nil {
			return c.node.FirstChild.Data
		}
		return ""
	case !there && (c.kind == "checkbox" || c.kind == "radio"):
		return "on"
	}
	return value
}

// setValue writes into a field of text.
func (c *control) setValue(value string) {
	if c.node.DataAtom != atom.Textarea {
		setAttribute(c.node, "value", value, true)
		return
	}
	for c.node.FirstChild != nil {
		c.node.RemoveChild(c.node.FirstChild)
	}
	c.node.AppendChild(&html.Node{Type: html.TextNode, Data: value})
}

// options are those of a select.
func (c *control) options() []*html.Node {
	return slices.Collect(elements(c.node, atom.Option))
}

// chosen returns the options of a select that are sent. One that takes a single
// option sends the last that is selected, or else the first that may be.
func (c *control) chosen() (picked []*html.Node) {
	var free *html.Node
	for _, o := range c.options() {
		if isOff(o) {
			continue
		}
		if free == nil {
			free = o
		}
		if _, on := attribute(o, "selected"); on {
			picked = append(picked, o)
		}
	}
	if _, many := attribute(c.node, "multiple"); many {
		return picked
	}
	if len(picked) == 0 && free != nil {
		return []*html.Node{free}
	}
	return picked[max(len(picked)-1, 0):]
}

// isOff reports whether an option, or the group that it stands in, is disabled.
func isOff(o *html.Node) bool {
	_, off := attribute(o, "disabled")
	if group := within(o, atom.Optgroup); group != nil && !off {
		_, off = attribute(group, "disabled")
	}
	return off
}

// optionValue is what an option sends.
func optionValue(o *html.Node) string {
	if value, ok := attribute(o, "value"); ok {
		return value
	}
	return oneLine(visibleText(o))
}

// String says how the control can be found.
func (c *control) String() string {
	s := c.kind
	if c.name != "" {
		s += fmt.Sprintf(" %q", c.name)
	}
	for _, w := range c.words {
		s += fmt.Sprintf(" %q", w)
	}
	return s
}
