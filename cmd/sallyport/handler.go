package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

// handler is what the port leads to.
func (s *settings) handler(site *site) (http.Handler, error) {
	issuer, err := url.Parse(site.issuer)
	if err != nil {
		return nil, errors.New("-issuer: not a URL")
	}
	o := httpadapter.Options{BasePath: s.basePath.or(issuer.EscapedPath()), TrustedProxies: s.proxies, Logger: site.log}
	if s.pages != "" {
		o.Files = os.DirFS(s.pages)
	}
	adapter, err := httpadapter.New(site.engine, o)
	if err != nil && s.pages != "" {
		err = fmt.Errorf("-pages %s: %w", s.pages, err)
	}
	if err == nil && s.documentation.or(peer.IsLoopbackHost(issuer.Hostname())) {
		adapter, err = apidocs.Add(adapter, apidocs.Options{Files: o.Files, Demo: s.documented(site, issuer)})
	}
	if err != nil || site.outbox == nil {
		return adapter, err
	}
	outbox, status := newOutboxPage(site.outbox), &statusPage{newDevelop("'self'")}
	secret := s.shown != (apidocs.Demo{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == outboxPath:
			outbox.ServeHTTP(w, r)
		case r.URL.Path == statusPath:
			status.ServeHTTP(w, r)
		case secret && isDocumentation(r) && !isLocal(r): // somebody leads others to the demo
			http.Error(w, "The documentation has passwords of the demo, and is shown on this machine alone.", http.StatusForbidden)
		default:
			adapter.ServeHTTP(w, r)
		}
	}), nil
}

// isDocumentation reports whether a request may be one for the documentation, in any spelling.
func isDocumentation(r *http.Request) bool {
	return strings.Contains(ascii.Fold(r.URL.Path), apidocs.Folder)
}

// documented is what the documentation is filled with. It holds a secret only where the demo has
// put one.
func (s *settings) documented(site *site, issuer *url.URL) apidocs.Demo {
	e := s.shown
	if site.outbox != nil {
		e.Outbox = issuer.Scheme + "://" + issuer.Host + outboxPath
	}
	return e
}
