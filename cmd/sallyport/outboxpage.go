package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"html/template"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/peer"
)

// outboxPath is where the outbox is shown.
const outboxPath = "/dev/outbox"

var (
	//go:embed outbox.html
	outboxHTML string
	//go:embed outbox.css
	outboxCSS string

	outboxTemplate = template.Must(template.New("outbox").Parse(outboxHTML))
)

// develop is what the pages for development have in common.
type develop struct {
	policy string // Content-Security-Policy: our one style sheet and nothing else
}

// newDevelop returns it for pages whose forms lead to an address of forms: 'none' or 'self'.
func newDevelop(forms string) develop {
	sum := sha256.Sum256([]byte(outboxCSS))
	style := base64.StdEncoding.EncodeToString(sum[:])
	return develop{"default-src 'none'; style-src 'sha256-" + style + "'; base-uri 'none'; form-action " + forms + "; frame-ancestors 'none'"}
}

// allows sets the headers of a page and reports whether it may be shown; else it has said
// why not, of a page that is called what.
func (p develop) allows(w http.ResponseWriter, r *http.Request, what string) bool {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", p.policy)
	switch {
	case !isLocal(r):
		http.Error(w, what+" is shown on this machine alone.", http.StatusForbidden)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, what+" can only be read.", http.StatusMethodNotAllowed)
	default:
		return true
	}
	return false
}

// outboxPage shows an outbox to whoever sits at this machine.
type outboxPage struct {
	develop
	outbox *outbox
}

func newOutboxPage(o *outbox) *outboxPage { return &outboxPage{newDevelop("'none'"), o} }

// ServeHTTP answers GET with a page, or with JSON lines, oldest first, where
// the caller accepts application/json.
func (p *outboxPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !p.allows(w, r, "The outbox"):
	case acceptsJSON(r):
		p.lines(w)
	default:
		p.page(w)
	}
}

// isLocal reports whether a request was made on this machine, for this machine:
// by a loopback peer, through no proxy that says so, and under a name that no
// page elsewhere can take (DNS rebinding).
func isLocal(r *http.Request) bool {
	for name := range r.Header {
		if ofProxy(name) {
			return false
		}
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !peer.IsLoopbackHost(from) {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host // without a port
	}
	return peer.IsLoopbackHost(host)
}

// ofProxy reports whether a header, in the form of Go, is one that proxies and tunnels add: the
// standard ones, those that begin as others of their kind do, and those that are named after who
// is behind them, such as X-Real-Ip of nginx.
func ofProxy(name string) bool {
	for _, begin := range []string{"Forwarded", "X-Forwarded", "X-Original-", "X-Envoy-", "Cf-", "Cdn-"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	for _, end := range []string{"-Client-Ip", "-Clientip", "-Real-Ip", "-Connecting-Ip"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "Via"
}

func acceptsJSON(r *http.Request) bool {
	for _, one := range strings.Split(strings.Join(r.Header["Accept"], ","), ",") {
		if t, _, err := mime.ParseMediaType(one); err == nil && t == "application/json" {
			return true
		}
	}
	return false
}

func (p *outboxPage) lines(w http.ResponseWriter) {
	var b bytes.Buffer
	for _, m := range p.outbox.messages() {
		line, err := m.line()
		if err != nil {
			http.Error(w, "A message cannot be shown.", http.StatusInternalServerError)
			return
		}
		b.Write(line)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, _ = w.Write(b.Bytes()) // a reader who has gone is told nothing
}

func (p *outboxPage) page(w http.ResponseWriter) {
	list := p.outbox.messages()
	slices.Reverse(list)
	var b bytes.Buffer
	if err := outboxTemplate.Execute(&b, struct {
		Style    template.CSS
		Messages []posted
	}{template.CSS(outboxCSS), list}); err != nil {
		http.Error(w, "The outbox cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_, _ = w.Write(b.Bytes())
}
