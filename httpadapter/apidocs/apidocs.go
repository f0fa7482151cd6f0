package apidocs

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

// Folder is the path of the documents, below the base path of the adapter.
const Folder = "/documentation/"

// Options say what the documents look like and what they are filled with. The zero value is
// right for every host.
type Options struct {
	// Name, Logo and Files are the look of the page, as those of [httpadapter.Options].
	Name  string
	Logo  []byte
	Files fs.FS

	// Demo fills the forms of the page and the environment of Postman. What is left out of
	// it is the published example.
	Demo Demo
}

// Add returns an adapter that serves the documentation of another, and all that the other does.
// The path of the page is [Folder] with index.html after it. It returns all faults of the options
// at once, and an error where the documentation is there already.
func Add(adapter *httpadapter.Adapter, opts Options) (*httpadapter.Adapter, error) {
	if adapter == nil {
		return nil, errors.New("apidocs: the adapter is missing")
	}
	m, err := newMaker(adapter, opts)
	if err != nil {
		return nil, err
	}
	var docs []httpadapter.Document
	for _, document := range []func() (httpadapter.Document, error){m.page, m.script, m.document, m.collection, m.environment} {
		d, err := document()
		if err != nil {
			return nil, fmt.Errorf("apidocs: %s: %w", d.Path, err)
		}
		docs = append(docs, d)
	}
	return adapter.With(docs...)
}

// maker makes the documents of one adapter.
type maker struct {
	issuer string
	public string // the path of the issuer, which public paths begin with
	routes []httpadapter.Route
	demo   Demo
	theme  *page.Theme
}

func newMaker(adapter *httpadapter.Adapter, opts Options) (*maker, error) {
	issuer, err := url.Parse(adapter.Issuer())
	if err != nil {
		return nil, errors.New("apidocs: the engine's issuer is not a URL")
	}
	m := &maker{issuer: strings.TrimSuffix(adapter.Issuer(), "/"), public: strings.TrimSuffix(issuer.EscapedPath(), "/"), demo: opts.Demo.filled()}
	var errs []error
	if !peer.IsLoopbackHost(issuer.Hostname()) && m.demo.hasSecrets() {
		errs = append(errs, errors.New("apidocs: Options.Demo: the documents are for everybody, so they hold no secret unless the issuer is a loopback address"))
	}
	if strings.HasPrefix(m.public, "//") { // which a browser takes for the name of another server
		errs = append(errs, errors.New("apidocs: the path of the issuer begins with two slashes"))
	}
	errs = append(errs, m.demo.check())
	if m.theme, err = page.NewTheme(page.Look{Name: opts.Name, Logo: opts.Logo, Files: opts.Files}); err != nil {
		errs = append(errs, fmt.Errorf("apidocs: Options.Name, Logo and Files: %w", err))
	}
	base := adapter.BasePath()
	for _, r := range adapter.Routes() {
		r.Path = strings.TrimPrefix(r.Path, base)
		m.routes = append(m.routes, r)
	}
	return m, errors.Join(errs...)
}

// operations are the routes of the API, in the order of the table. Their paths are those below
// the issuer.
func (m *maker) operations() (list []httpadapter.Route) {
	for _, r := range m.routes {
		if r.Operation != nil {
			list = append(list, r)
		}
	}
	return list
}

// document is the OpenAPI document.
func (m *maker) document() (httpadapter.Document, error) {
	body, err := OpenAPI(m.routes, About{Issuer: m.issuer, Title: m.theme.Brand().Name})
	return data("openapi.json", "The API as an OpenAPI 3.1 document.", "application/json; charset=UTF-8", body), err
}

// has reports whether the adapter serves a path, such as one that a host left out.
func (m *maker) has(method, pattern string) bool {
	for _, r := range m.routes {
		if r.Method == method && strings.HasSuffix(r.Path, pattern) {
			return true
		}
	}
	return false
}

// data returns a document for programs, which pages of other sites cannot load either.
func data(name, doc, contentType string, body []byte) httpadapter.Document {
	return httpadapter.Document{
		Path: Folder + name, ContentType: contentType, Doc: doc, Body: body,
		Header: http.Header{"Cross-Origin-Resource-Policy": {"same-origin"}, "X-Robots-Tag": {"noindex"}},
	}
}
