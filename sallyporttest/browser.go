package sallyporttest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Browser walks the pages of a handler: it keeps cookies, follows redirects, and
// fills in and sends the forms that it finds. Make one with [Kit.Browser]; two of
// them are two people. A Browser and its pages belong to one goroutine.
//
// There is no network: the handler is called, at the scheme and host of the
// engine's issuer, with the headers that tell a server which page a call came from
// (Sec-Fetch-Site, Origin, Referer). Scripts are not run. What a browser checks
// before it sends a form (required, pattern, maxlength) is not checked, so that a
// test sees what the server says to it.
//
// What cannot be done, such as filling in a field that is not there, ends the test
// at once and says what is there instead.
type Browser struct {
	t      testing.TB
	clock  *Clock
	origin *url.URL
	http   *http.Client
}

// maxRedirects is how many redirects in a row a browser follows.
const maxRedirects = 20

// Browser returns a browser without cookies before h, which is the host's own
// handler with the engine mounted in it, or [Kit.Handler]. Its time is the kit's
// clock.
func (k *Kit) Browser(h http.Handler) *Browser {
	k.t.Helper()
	issuer, err := url.Parse(k.Engine.Issuer())
	if err != nil {
		k.t.Fatalf("sallyporttest: reading the issuer: %v", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		k.t.Fatalf("sallyporttest: making a cookie jar: %v", err)
	}
	b := &Browser{t: k.t, clock: k.Clock, origin: &url.URL{Scheme: issuer.Scheme, Host: issuer.Host}}
	b.http = &http.Client{
		Transport:     inside{h},
		Jar:           &cookies{t: k.t, jar: jar, now: k.config.Now, ends: map[cookieKey]kept{}},
		CheckRedirect: b.redirect,
	}
	return b
}

// Open opens an address as somebody does who types it: a path, with or without a
// query, or a whole address at the browser's host, such as the enrolment URL of an
// answer.
func (b *Browser) Open(address string) *Page {
	b.t.Helper()
	u, err := b.origin.Parse(address)
	if err != nil {
		b.t.Fatalf("sallyporttest: got an address that cannot be read, want a path or an address below %s: %v", b.origin, err)
	}
	return b.visit(visit{method: http.MethodGet, to: u, site: "none"})
}

// visit is one page to be asked for.
type visit struct {
	method string
	to     *url.URL
	form   string // of a POST, encoded
	site   string // Sec-Fetch-Site
	from   *Page  // nil: no page leads here
}

func (b *Browser) visit(v visit) *Page {
	b.t.Helper()
	if !b.isHome(v.to) {
		b.t.Fatalf("sallyporttest: got an address at %s://%s, want one below %s", v.to.Scheme, v.to.Host, b.origin)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, v.method, v.to.String(), strings.NewReader(v.form))
	if err != nil {
		b.t.Fatalf("sallyporttest: asking for %s: %v", v.to.Path, err)
	}
	v.describe(req.Header, b.origin.String())
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatalf("sallyporttest: asking for %s: %v", v.to.Path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		b.t.Fatalf("sallyporttest: reading the page of %s: %v", v.to.Path, err)
	}
	return b.read(res, body)
}

// describe sets the headers that a browser sends with the call for a page.
func (v visit) describe(h http.Header, origin string) {
	h.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	h.Set("User-Agent", "Mozilla/5.0 (sallyporttest)")
	h.Set("Sec-Fetch-Site", v.site)
	h.Set("Sec-Fetch-Mode", "navigate")
	h.Set("Sec-Fetch-Dest", "document")
	h.Set("Sec-Fetch-User", "?1")
	silent := v.from != nil && v.from.isSilent()
	if v.from != nil && !silent {
		h.Set("Referer", v.from.URL)
	}
	if v.method == http.MethodGet {
		return
	}
	h.Set("Content-Type", "application/x-www-form-urlencoded")
	if silent {
		origin = "null" // so says the Fetch standard of a page without a referrer
	}
	h.Set("Origin", origin)
}

// redirect decides on each redirect. One that leads to another host is not
// followed: [Page.Away] tells where it leads.
func (b *Browser) redirect(next *http.Request, past []*http.Request) error {
	if !b.isHome(next.URL) {
		return http.ErrUseLastResponse
	}
	if len(past) > maxRedirects {
		return errors.New("too many redirects")
	}
	next.Header.Del("Referer") // the client's own; a browser names the page where it began
	if from := past[0].Header.Get("Referer"); from != "" {
		next.Header.Set("Referer", from)
	}
	if next.Method == http.MethodGet {
		next.Header.Del("Origin")
	}
	return nil
}

// isHome reports whether u is at the browser's host.
func (b *Browser) isHome(u *url.URL) bool {
	return u.Scheme == b.origin.Scheme && strings.EqualFold(u.Host, b.origin.Host)
}

// inside takes calls to a handler in this process.
type inside struct{ handler http.Handler }

// RoundTrip makes of the call what a server would have read, and calls the handler.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), body)
	in.Header, in.Host, in.ContentLength, in.RemoteAddr = r.Header.Clone(), r.URL.Host, r.ContentLength, from+":49152"
	if r.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true, ServerName: r.URL.Hostname()}
	}
	out := httptest.NewRecorder()
	i.handler.ServeHTTP(out, in)
	res := out.Result()
	res.Request = r
	return res, nil
}
