package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// own is what a host gives, as it was read.
type own struct {
	brand     Brand
	style     string
	templates map[string]string            // by the name of the file
	texts     map[string]map[string]string // by the language
}

// Bounds of what a host gives. The style is a part of every page.
const (
	maxStyle = 64 << 10 // bytes
	maxFile  = 1 << 20  // bytes of any other file
)

// readOwn reads a look, and returns all its faults at once.
func readOwn(l Look) (*own, error) {
	o := &own{style: style, templates: map[string]string{}, texts: map[string]map[string]string{}}
	var errs []error
	if l.Files != nil {
		errs = append(errs, o.readFiles(&l))
	}
	var err error
	if o.brand, err = NewBrand(l.Name, l.Logo); err != nil {
		errs = append(errs, err)
	}
	return o, errors.Join(errs...)
}

// readFiles reads the files that have a meaning, and refuses all others: one that is spelt
// wrong would be left out without a word. Folders are the host's.
func (o *own) readFiles(l *Look) error {
	entries, err := fs.ReadDir(l.Files, ".")
	if err != nil {
		return fmt.Errorf("reading the files of the pages: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		b, err := readFile(l.Files, e.Name())
		if err == nil {
			err = o.take(l, e.Name(), b)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Name(), err))
		}
	}
	return errors.Join(errs...)
}

func readFile(files fs.FS, name string) ([]byte, error) {
	b, err := fs.ReadFile(files, name)
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("has %d bytes; want at most %d", len(b), maxFile)
	}
	return b, err
}

// take puts a file where it belongs.
func (o *own) take(l *Look, name string, b []byte) error {
	text := strings.TrimPrefix(string(b), "\ufeff")
	kind, rest, _ := strings.Cut(name, ".")
	switch {
	case name == "style.css":
		return o.setStyle(text, strings.TrimPrefix(o.style, style))
	case name == "theme.css":
		return o.setStyle(o.style, text)
	case name == "brand.txt":
		name := strings.TrimSpace(text)
		if _, err := NewBrand(name, nil); err != nil {
			return err
		}
		l.Name = cmp.Or(l.Name, name)
	case kind == "logo" && slices.Contains([]string{"svg", "png", "jpg", "gif", "webp"}, rest):
		if _, err := NewBrand("", b); err != nil {
			return err
		}
		if len(l.Logo) == 0 {
			l.Logo = b
		}
	case kind == "texts" && strings.HasSuffix(rest, ".json"):
		return o.setTexts(strings.TrimSuffix(rest, ".json"), text)
	case path.Ext(name) == ".html":
		o.templates[name] = text
	default:
		return errors.New("is no file of the pages; want style.css, theme.css, brand.txt, logo.svg, logo.png, logo.jpg, logo.gif, logo.webp, texts.LANGUAGE.json or a template with the ending .html")
	}
	return nil
}

// setStyle keeps a style sheet and what is added to it.
func (o *own) setStyle(sheet, added string) error {
	if strings.Contains(strings.ToLower(sheet+added), "</style") {
		return errors.New("holds </style, which would end it within a page")
	}
	if len(sheet)+len(added) > maxStyle {
		return fmt.Errorf("makes a style sheet of %d bytes; want at most %d, since it is a part of every page", len(sheet)+len(added), maxStyle)
	}
	o.style = sheet + added
	return nil
}

func (o *own) setTexts(tag, text string) error {
	if t, err := language.Parse(tag); err != nil || t.String() != tag {
		return fmt.Errorf("%q is no tag of a language; want one such as de or pt-BR", tag)
	}
	var texts map[string]string
	if err := json.Unmarshal([]byte(text), &texts); err != nil {
		return fmt.Errorf("want one JSON object of texts: %w", err)
	}
	if texts == nil {
		return errors.New("want one JSON object of texts, got null")
	}
	o.texts[tag] = texts
	return nil
}

// tags are those of all languages, English first, then ours, then the host's.
func (o *own) tags() []string {
	tags := []string{english, "fr", "de"}
	var more []string
	for tag := range o.texts {
		if !slices.Contains(tags, tag) {
			more = append(more, tag)
		}
	}
	slices.Sort(more)
	return append(tags, more...)
}
