package sallyporttest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Form is a form of a [Page]. Its fields are named by their label, their name or
// their id, its buttons by their text. Methods that fill in return the form, so that
// they stand in one line with [Form.Submit].
type Form struct {
	page     *Page
	node     *html.Node
	controls []*control
}

// Fill types a value into a field of text, in the place of what stands there.
func (f *Form) Fill(name, value string) *Form {
	f.page.browser.t.Helper()
	c := f.one("field to fill in", name, "text")
	if _, fixed := attribute(c.node, "readonly"); fixed {
		f.page.browser.t.Fatalf("sallyporttest: got the field %q on %s, which is readonly, want one to fill in", name, f.page.at.Path)
	}
	c.setValue(value)
	return f
}

// Value returns what stands in a field of text, or in a hidden one.
func (f *Form) Value(name string) string {
	f.page.browser.t.Helper()
	return f.one("field", name, "text", "hidden").value()
}

// Tick ticks a box.
func (f *Form) Tick(name string) *Form {
	f.page.browser.t.Helper()
	setAttribute(f.one("box", name, "checkbox").node, "checked", "", true)
	return f
}

// Untick takes the tick from a box.
func (f *Form) Untick(name string) *Form {
	f.page.browser.t.Helper()
	setAttribute(f.one("box", name, "checkbox").node, "checked", "", false)
	return f
}

// Choose picks an option, named by its text or value, of a list, or one of several
// radio buttons, named by its label, id or value; their field is then the name that
// they share. A list that takes several options gets one more.
func (f *Form) Choose(name, option string) *Form {
	f.page.browser.t.Helper()
	if radios := f.find(oneLine(name), "radio"); len(radios) > 0 {
		f.pickRadio(radios, name, option)
		return f
	}
	c := f.one("list", name, "select")
	var names []string
	for _, o := range c.options() {
		text, value := oneLine(visibleText(o)), optionValue(o)
		names = append(names, text)
		if isOff(o) || text != oneLine(option) && value != option {
			continue
		}
		c.choose(o)
		return f
	}
	f.page.browser.t.Fatalf("sallyporttest: got no option %q in %q on %s, want one; it has %q", option, name, f.page.at.Path, names)
	return f
}

func (f *Form) pickRadio(radios []*control, name, option string) {
	f.page.browser.t.Helper()
	i := slices.IndexFunc(radios, func(c *control) bool {
		return !c.isDisabled() && (c.value() == option || slices.Contains(c.words, oneLine(option)))
	})
	if i < 0 {
		f.page.browser.t.Fatalf("sallyporttest: got no option %q in %q on %s, want one; it has%s", option, name, f.page.at.Path, list(radios))
	}
	for j, c := range radios {
		setAttribute(c.node, "checked", "", i == j)
	}
}

// choose selects one option of a list.
func (c *control) choose(o *html.Node) {
	if _, many := attribute(c.node, "multiple"); !many {
		for _, other := range c.options() {
			setAttribute(other, "selected", "", false)
		}
	}
	setAttribute(o, "selected", "", true)
}

// Submit presses a button, named by its text, and returns the page that follows. An
// empty text presses Enter: that is the form's only button, or none if it has none.
func (f *Form) Submit(button string) *Page {
	f.page.browser.t.Helper()
	var by *control
	buttons := f.ofKind("submit")
	if button != "" || len(buttons) > 0 {
		pressed := f.find(oneLine(button), "submit")
		if button == "" {
			pressed = buttons
		}
		if len(pressed) != 1 || pressed[0].isDisabled() {
			f.page.browser.t.Fatalf("sallyporttest: got %d buttons %q on %s, want one that is not disabled; the form has%s", len(pressed), button, f.page.at.Path, list(buttons))
		}
		by = pressed[0]
	}
	return f.send(by)
}

// send sends the form as the button that was pressed has it, or as its own
// attributes do.
func (f *Form) send(by *control) *Page {
	f.page.browser.t.Helper()
	to := *f.page.at
	if action := f.setting(by, "action"); action != "" {
		to = *f.page.resolve(action)
	}
	if kind := f.setting(by, "enctype"); kind != "" && !strings.EqualFold(kind, "application/x-www-form-urlencoded") {
		f.page.browser.t.Fatalf("sallyporttest: got a form on %s that is sent as %s, want application/x-www-form-urlencoded", f.page.at.Path, kind)
	}
	v := visit{to: &to, site: "same-origin", from: f.page}
	switch method := strings.ToLower(f.setting(by, "method")); method {
	case "", "get":
		v.method, to.RawQuery = http.MethodGet, f.encode(by)
	case "post":
		v.method, v.form = http.MethodPost, f.encode(by)
	default:
		f.page.browser.t.Fatalf("sallyporttest: got a form on %s with the method %s, want get or post", f.page.at.Path, method)
	}
	return f.page.browser.visit(v)
}

// setting is an attribute of the form, which the pressed button may override.
func (f *Form) setting(by *control, name string) string {
	if by != nil {
		if value, ok := attribute(by.node, "form"+name); ok {
			return value
		}
	}
	value, _ := attribute(f.node, name)
	return value
}

// encode puts together what the form sends, in the order of the page, hidden fields
// included, and of the buttons the one that was pressed.
func (f *Form) encode(by *control) string {
	var parts []string
	add := func(name, value string) {
		value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\n", "\r\n")
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	for _, c := range f.controls {
		if c.name == "" || c.isDisabled() || within(c.node, atom.Datalist) != nil {
			continue
		}
		_, checked := attribute(c.node, "checked")
		switch {
		case c.kind == "text", c.kind == "hidden", c == by, (c.kind == "checkbox" || c.kind == "radio") && checked:
			add(c.name, c.value())
		case c.kind == "select":
			for _, o := range c.chosen() {
				add(c.name, optionValue(o))
			}
		}
	}
	return strings.Join(parts, "&")
}

// has reports whether the form, a field or a button of it goes by that name.
func (f *Form) has(name string) bool {
	for _, key := range []string{"id", "name", "action"} {
		if value, ok := attribute(f.node, key); ok && value == name {
			return true
		}
	}
	return len(f.find(name)) > 0
}

// find returns the controls of these kinds, of all if none is given, that go by a
// name.
func (f *Form) find(name string, kinds ...string) (found []*control) {
	for _, c := range f.ofKind(kinds...) {
		if c.is(name) {
			found = append(found, c)
		}
	}
	return found
}

func (f *Form) ofKind(kinds ...string) (found []*control) {
	for _, c := range f.controls {
		if len(kinds) == 0 || slices.Contains(kinds, c.kind) {
			found = append(found, c)
		}
	}
	return found
}

// one returns the only control of these kinds that goes by a name and can be used.
func (f *Form) one(what, name string, kinds ...string) *control {
	f.page.browser.t.Helper()
	found := f.find(oneLine(name), kinds...)
	if len(found) != 1 {
		f.page.browser.t.Fatalf("sallyporttest: got %d times a %s %q on %s, want it once; the form has%s", len(found), what, name, f.page.at.Path, list(f.controls))
	}
	if found[0].isDisabled() {
		f.page.browser.t.Fatalf("sallyporttest: got the %s %q on %s disabled, want to use it", what, name, f.page.at.Path)
	}
	return found[0]
}

// String says what the form is and what it has.
func (f *Form) String() string {
	var names []string
	for _, c := range f.controls {
		names = append(names, c.String())
	}
	return fmt.Sprintf("form %s %s: %s", f.setting(nil, "method"), f.setting(nil, "action"), strings.Join(names, "; "))
}
