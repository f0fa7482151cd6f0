package httpadapter

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/token"
)

// Route is one method of one path, for hosts that register leaves with a
// router of their own. No two patterns overlap.
type Route struct {
	Method string // GET, POST or OPTIONS; a router that keeps HEAD apart gives it the GET handler
	// Path is the path, the base path included. A variable segment, always the
	// last, stands in braces; the handler reads it from the request's path, not
	// from the router.
	Path    string
	Pattern string // Method, a blank and Path: what http.ServeMux takes
	Handler http.Handler
	Doc     string // what it is for, in one sentence
	Page    bool   // people see it; what it answers is HTML
	// Operation is what an API takes and answers here; nil: of a page or a preflight.
	// It is the caller's own.
	Operation *Operation
}

// serve handles one request. The leaf turns an error into an answer, so serve
// returns one only if nothing has been written yet.
type serve func(w http.ResponseWriter, r *http.Request) error

// leaf is one path with its methods.
type leaf struct {
	a     *Adapter
	path  string // below the base path
	page  bool   // refusals are HTML, and no other origin reads anything
	verbs []verb
}

type verb struct {
	method  string
	doc     string
	op      *Operation // nil: of a page or a preflight. Nobody writes to it
	serve   serve
	changes bool // a GET that changes something, and so has no HEAD
}

// on adds a method to a leaf.
func (l *leaf) on(method, doc string, s serve) *leaf {
	l.verbs = append(l.verbs, verb{method: method, doc: doc, serve: s})
	return l
}

// does adds a method to the leaf of an API.
func (l *leaf) does(method string, op *Operation, s serve) *leaf {
	l.verbs = append(l.verbs, verb{method: method, doc: op.Doc, op: op, serve: s})
	return l
}

// leaf adds the path of an API to the table.
func (a *Adapter) leaf(path string) *leaf {
	l := &leaf{a: a, path: path}
	return a.add(l.on(http.MethodOptions, "The preflight of a browser, which asks whether a page of another origin may call.", l.preflight))
}

// pageLeaf adds the path of a page to the table.
func (a *Adapter) pageLeaf(path string) *leaf { return a.add(&leaf{a: a, path: path, page: true}) }

func (a *Adapter) add(l *leaf) *leaf {
	path := l.path
	a.leaves = append(a.leaves, l)
	if before, _, variable := strings.Cut(path, "{"); variable {
		a.open[ascii.Fold(before)] = l
	} else {
		a.fixed[ascii.Fold(path)] = l
	}
	return l
}

// mount fills the table of routes.
func (a *Adapter) mount() {
	a.leaf("/connect/token").
		does(http.MethodPost, &tokenOperation, a.token)
	a.leaf(token.RevocationPath).
		does(http.MethodPost, &revokeOperation, a.revoke)
	a.leaf(token.IntrospectionPath).
		does(http.MethodPost, &introspectOperation, a.introspect)
	a.leaf("/connect/userinfo").
		does(http.MethodGet, &userInfoOperation, a.userInfo).
		does(http.MethodPost, userInfoOperation.named("postUserInfo", "The same as GET."), a.userInfo)
	a.mountPrincipal()
	a.leaf(token.DiscoveryPath).
		does(http.MethodGet, &discoveryOperation, a.discovery)
	a.leaf(token.MetadataPath).
		does(http.MethodGet, discoveryOperation.named("metadata", "The same document, by the name of RFC 8414."), a.discovery)
	a.leaf(token.JWKSPath).
		does(http.MethodGet, &jwksOperation, a.jwks)
	a.leaf("/api/Password/Change").
		does(http.MethodPost, &changeOperation, a.changePassword)
	a.leaf("/api/Password/BeginReset").
		does(http.MethodPost, &beginResetOperation, a.beginReset)
	a.leaf("/api/Password/FinishReset").
		does(http.MethodPost, &finishResetOperation, a.finishReset)
	a.mountEnrollment()
	if !a.opts.WithoutPages {
		a.mountPages()
	}
}

// mountPages adds the pages that people see.
func (a *Adapter) mountPages() {
	pages := a.engine.Pages()
	a.pageLeaf(pages.Enroll+"/{requestId}").
		on(http.MethodGet, "The page on which a user enrols a second factor.", a.openEnrollPage).
		on(http.MethodPost, "The forms of that page.", a.postEnrollPage)
	a.pageLeaf(pages.Link+"/{token}").
		on(http.MethodGet, "The page of a link that was sent. Looking changes nothing.", a.openLinkPage).
		on(http.MethodPost, "The answer to the link.", a.postLinkPage)
	a.mountKeyPage(a.resetKeyPage())
	a.mountAddressPages()
	a.mountKeyPage(a.inviteKeyPage())
	if a.engine.CanSignUp() {
		a.mountKeyPage(a.verifyKeyPage())
	}
}

// Routes returns the table that [Adapter.ServeHTTP] serves, in a fixed order.
// The slice is the caller's own.
func (a *Adapter) Routes() []Route {
	var out []Route
	for _, l := range a.leaves {
		for _, v := range l.verbs {
			path := a.opts.BasePath + l.path
			out = append(out, Route{Method: v.method, Path: path, Pattern: v.method + " " + path, Handler: l, Doc: v.doc, Page: l.page, Operation: v.op.copy()})
		}
	}
	return out
}

// Register gives every route to a mux that takes patterns as [http.ServeMux]
// does.
func (a *Adapter) Register(mux interface {
	Handle(pattern string, handler http.Handler)
}) {
	for _, r := range a.Routes() {
		mux.Handle(r.Pattern, r.Handler)
	}
}

// ServeHTTP serves every route. It compares paths without regard to ASCII case
// and to one slash at the end, and never redirects.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l := a.find(r.URL.EscapedPath()); l != nil {
		l.ServeHTTP(w, r)
		return
	}
	a.fail(w, r, &leaf{a: a}, &form.Refusal{Status: http.StatusNotFound, Code: "not_found"})
}

// ServeHTTP serves the methods of one path.
func (l *leaf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = form.WithSteadyContext(r)
	if err := l.answer(w, r); err != nil {
		l.a.fail(w, r, l, err)
	}
}

func (l *leaf) answer(w http.ResponseWriter, r *http.Request) error {
	if !l.a.hostAllowed(r.Host) {
		return form.Refuse(http.StatusMisdirectedRequest, "Host")
	}
	if !l.page {
		w.Header().Add("Vary", "Origin")
	}
	for i := range l.verbs { // no copy: calls may be held in here
		v := &l.verbs[i]
		if v.method == r.Method || v.method == http.MethodGet && r.Method == http.MethodHead && !v.changes {
			return v.serve(w, r)
		}
	}
	w.Header().Set("Allow", strings.Join(l.methods(), ", "))
	return form.Refuse(http.StatusMethodNotAllowed, "method")
}

// methods returns the methods for the Allow header.
func (l *leaf) methods() []string {
	var out []string
	for _, v := range l.verbs {
		out = append(out, v.method)
		if v.method == http.MethodGet && !v.changes {
			out = append(out, http.MethodHead)
		}
	}
	slices.Sort(out)
	return out
}

// find returns the leaf of a path in its escaped form, or nil. A percent code in
// a fixed segment and a doubled slash match nothing: with them a request could
// get past a proxy that refuses some paths.
func (a *Adapter) find(escaped string) *leaf {
	path, ok := strings.CutPrefix(ascii.Fold(escaped), a.base)
	if !ok {
		return nil
	}
	path = strings.TrimSuffix(path, "/") // only one: a path that ends in two is in no table
	if l := a.fixed[path]; l != nil {
		return l
	}
	last := strings.LastIndexByte(path, '/') + 1
	if last == len(path) { // the last segment is empty
		return nil
	}
	return a.open[path[:last]]
}
