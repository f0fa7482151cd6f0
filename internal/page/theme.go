package page

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/text/language"
)

// Look is what a host gives its pages in the place of ours. The zero Look is ours, without a
// name, in UTC.
type Look struct {
	Name string // of the host, above every page; empty: what brand.txt says
	Logo []byte // a picture beside it; empty: logo.svg, logo.png, logo.jpg, logo.gif or logo.webp
	// Files, if not nil, hold what takes the place of ours: style.css all of the style
	// sheet, theme.css what is added to it, such as colours; *.html templates, each by its
	// name; texts.LANGUAGE.json a map of English texts to those that are said for them.
	Files    fs.FS
	Location *time.Location // whose clocks the pages show; nil: UTC
}

// Theme is how all pages look, in all their languages. It does not change, and is safe for
// concurrent use.
type Theme struct {
	brand   Brand
	style   string
	policy  string
	locales []*locale                                     // English first
	drawn   map[string]func() (*template.Template, error) // by the tag of a locale; made when somebody looks
	matcher language.Matcher
	texts   []string // all that there are, in English
}

// NewTheme reads what a host gives, and returns all its faults at once.
func NewTheme(l Look) (*Theme, error) {
	own, err := readOwn(l)
	if err != nil {
		return nil, err
	}
	place := cmp.Or(l.Location, time.UTC)
	if l.Files != nil || place != time.UTC {
		return newTheme(own, place)
	}
	th := *unchanged()
	th.brand = own.brand
	return &th, nil
}

// unchanged is our own look, which all themes share that change nothing of it but the brand.
var unchanged = sync.OnceValue(func() *Theme {
	own, err := readOwn(Look{})
	if err == nil {
		var th *Theme
		if th, err = newTheme(own, time.UTC); err == nil {
			return th
		}
	}
	panic("page: our own pages: " + err.Error()) // each test would
})

func newTheme(own *own, place *time.Location) (*Theme, error) {
	set, err := parseAll(own.templates)
	if err != nil {
		return nil, err
	}
	th := &Theme{brand: own.brand, style: own.style, policy: policyOf(own.style), drawn: map[string]func() (*template.Template, error){}}
	th.texts = allTexts(set)
	var errs []error
	var tags []language.Tag
	for _, tag := range own.tags() {
		texts, err := merge(tag, own.texts[tag], th.texts)
		errs = append(errs, err)
		lo := &locale{tag: tag, texts: texts, place: place}
		th.locales, tags = append(th.locales, lo), append(tags, language.Make(tag))
		th.drawn[tag] = sync.OnceValues(func() (*template.Template, error) { return drawIn(set, lo, th.style) })
	}
	th.matcher = language.NewMatcher(tags)
	return th, errors.Join(errs...)
}

// Languages returns the tags of the languages of the pages, English first.
func (th *Theme) Languages() []string {
	tags := make([]string, len(th.locales))
	for i, l := range th.locales {
		tags[i] = l.tag
	}
	return tags
}

// Missing returns the English texts that each language but English lacks, which are said in
// English there.
func (th *Theme) Missing() map[string][]string {
	list := map[string][]string{}
	for _, l := range th.locales[1:] {
		for _, text := range th.texts {
			if _, ok := l.texts[text]; !ok {
				list[l.tag] = append(list[l.tag], text)
			}
		}
	}
	return list
}

// Language returns the tag of the language for somebody whose account says one, which may be
// empty, and whose browser sends that Accept-Language.
func (th *Theme) Language(account, accepts string) string {
	if len(accepts) > maxAccepts {
		accepts = ""
	}
	// A tag that cannot be read is none, and so is a list of which a part cannot be.
	wanted, _, err := language.ParseAcceptLanguage(accepts)
	if err != nil {
		wanted = nil
	}
	if own, err := language.Parse(account); account != "" && err == nil {
		wanted = append([]language.Tag{own}, wanted...)
	}
	_, i, _ := th.matcher.Match(wanted...)
	return th.locales[i].tag
}

// maxAccepts bounds the Accept-Language that is read, in bytes.
const maxAccepts = 256

// Render returns a page as HTML in the language of that tag, or in English.
func (th *Theme) Render(p Page, tag string) ([]byte, error) {
	p.Brand = th.brand
	drawn := th.drawn[tag]
	if drawn == nil {
		drawn = th.drawn[english]
	}
	set, err := drawn()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = set.ExecuteTemplate(&b, p.Name, p)
	return b.Bytes(), err
}

// english is the language of the texts in templates and code.
const english = "en"
