package weblogin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// Pages serves the pages of an engine. It is safe for concurrent use; make it with [New].
type Pages struct {
	engine *sallyport.Engine
	guard  *guard.Guard
	opts   Options
	paths  guard.Options // those of the guard
	theme  *page.Theme
	mux    *http.ServeMux

	site   string // scheme and host of the issuer
	cookie string // what the names of ours begin with
	secure bool
	shown  shownCodes
}

// New makes the pages of the engine of a guard, and returns all faults of the options at once.
func New(g *guard.Guard, o Options) (*Pages, error) {
	if g == nil {
		return nil, errors.New("weblogin: the guard is missing")
	}
	o, err := o.filled()
	theme, themeErr := page.NewTheme(page.Look{Name: o.Name, Logo: o.Logo, Files: o.Files, Location: o.Location})
	if themeErr != nil {
		themeErr = fmt.Errorf("weblogin: Options.Name, Logo and Files: %w", themeErr)
	}
	if err := errors.Join(err, themeErr); err != nil {
		return nil, err
	}
	p := &Pages{engine: g.Engine(), guard: g, opts: o, paths: g.Options(), theme: theme, mux: http.NewServeMux()}
	p.cookie, p.secure = p.engine.SessionCookie()
	if err := p.mountMailed(); err != nil {
		return nil, err
	}
	for _, r := range p.routes() {
		p.mux.Handle(r.path, p.handler(r))
	}
	return p, nil
}

// Wrap returns a handler that serves the pages, and hands every other request to next.
func (p *Pages) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, pattern := p.mux.Handler(r); pattern != "" {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP serves the pages alone: what is none of them is 404.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// Missing returns the English texts that each language of the pages lacks but English, by its
// tag: they are said in English there. It is for a test of the host's.
func (p *Pages) Missing() map[string][]string { return p.theme.Missing() }

// mountMailed adds the pages that mails lead to, and the enrolment: those of the adapter.
func (p *Pages) mountMailed() error {
	issuer, err := url.Parse(p.engine.Issuer())
	if err != nil {
		return errors.New("weblogin: the issuer is no URL")
	}
	p.site = issuer.Scheme + "://" + issuer.Host
	base := strings.TrimSuffix(issuer.EscapedPath(), "/")
	a, err := httpadapter.New(p.engine, httpadapter.Options{
		BasePath: base, Name: p.opts.Name, Logo: p.opts.Logo, Files: p.opts.Files, Location: p.opts.Location,
		ClientAddress: p.guard.Address, Logger: p.opts.Logger, SignIn: p.paths.SignIn,
	})
	if err != nil {
		return fmt.Errorf("weblogin: %w", err)
	}
	seen := map[string]bool{}
	for _, r := range a.Routes() {
		if r.Page && !seen[r.Path] {
			seen[r.Path] = true
			p.mux.Handle(r.Path, r.Handler)
		}
	}
	return nil
}
