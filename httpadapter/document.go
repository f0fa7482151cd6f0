package httpadapter

import (
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// Document is a file that an adapter serves beside its routes, by GET and HEAD. It does not
// change while it is served, and other origins read none of it.
type Document struct {
	Path        string // below the base path; each segment of letters, digits, '-', '_', '.' and '~'
	ContentType string
	Doc         string      // what it is for, in one sentence
	Page        bool        // people see it; what refuses a call is HTML too
	Header      http.Header // beside those of every answer, such as Content-Security-Policy
	Body        []byte
}

// With returns an adapter that serves documents beside what a serves, by the same rules: the
// same hosts, paths without regard to ASCII case and one slash at the end, 405 for other
// methods, and nothing that a cache may store. They stand at the end of [Adapter.Routes]. The
// adapter a stays as it is, and so must the documents. A path that is no path, or is there
// already, is an error, and so is what is no content type.
func (a *Adapter) With(docs ...Document) (*Adapter, error) {
	b := *a
	b.leaves, b.fixed = slices.Clone(a.leaves), maps.Clone(a.fixed)
	for i := range docs {
		d := &docs[i]
		if d.Path == "" || !validBase(d.Path) {
			return nil, fmt.Errorf("httpadapter: a document has the path %q; want letters, digits, '-', '_', '.' or '~' after single slashes", d.Path)
		}
		if _, _, err := mime.ParseMediaType(d.ContentType); err != nil {
			return nil, fmt.Errorf("httpadapter: the document %s has the content type %q; want one such as text/html; charset=utf-8", d.Path, d.ContentType)
		}
		if b.serves(d.Path) {
			return nil, fmt.Errorf("httpadapter: the path %s of a document is there already", d.Path)
		}
		b.add((&leaf{a: a, path: d.Path, page: d.Page}).on(http.MethodGet, d.Doc, a.document(*d)))
	}
	return &b, nil
}

// serves reports whether the table has a path, be it as one of many that a variable stands for.
func (a *Adapter) serves(path string) bool {
	path = ascii.Fold(path)
	return a.fixed[path] != nil || a.open[path[:strings.LastIndexByte(path, '/')+1]] != nil
}

// document serves one document.
func (a *Adapter) document(d Document) serve {
	return func(w http.ResponseWriter, r *http.Request) error {
		maps.Copy(w.Header(), d.Header.Clone())
		writeBody(w, http.StatusOK, d.ContentType, d.Body)
		return nil
	}
}

// Issuer returns the URL that all paths are below, the base path included.
func (a *Adapter) Issuer() string { return a.engine.Issuer() }

// BasePath returns the path below which requests arrive, which those of [Adapter.Routes] begin with.
func (a *Adapter) BasePath() string { return a.opts.BasePath }
