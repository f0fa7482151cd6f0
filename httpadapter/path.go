package httpadapter

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// cutSuffixFold returns s without the suffix, which it compares without regard
// to ASCII case, and whether s ends in it.
func cutSuffixFold(s, suffix string) (before string, ok bool) {
	n := len(s) - len(suffix)
	if n < 0 || !ascii.Equal(s[n:], suffix) {
		return s, false
	}
	return s[:n], true
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

// lastSegment returns the variable part of a path in its escaped form. Ids and
// tokens need no percent codes, so a segment that has one is unknown.
func lastSegment(r *http.Request) string {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	return copied(path[strings.LastIndexByte(path, '/')+1:])
}

// publicPath returns the path as the browser knows it, for the scope of a
// cookie.
func (a *Adapter) publicPath(r *http.Request) string {
	return a.outer + strings.TrimSuffix(r.URL.EscapedPath(), "/")
}

// hostAllowed reports whether a request may have this Host header. If the issuer
// is this machine, the Host must be the issuer's or a loopback name: otherwise a
// page could let its own name resolve to this machine and read the answers (DNS
// rebinding). The Host is used for nothing else.
func (a *Adapter) hostAllowed(host string) bool {
	if !a.loopback {
		return true
	}
	name, ok := hostName(ascii.Fold(host))
	if !ok {
		return false
	}
	switch name {
	case a.issuerHost, "127.0.0.1", "localhost", "::1":
		return true
	}
	return false
}

// hostName returns a Host header without its port, and whether it is valid.
func hostName(host string) (name string, ok bool) {
	var port string
	if rest, v6 := strings.CutPrefix(host, "["); v6 {
		if name, port, ok = strings.Cut(rest, "]"); !ok {
			return "", false
		}
	} else if i := strings.IndexByte(host, ':'); i >= 0 {
		name, port = host[:i], host[i:]
	} else {
		name = host
	}
	if port == "" {
		return name, true
	}
	return name, port[0] == ':' && strings.Trim(port[1:], "0123456789") == ""
}
