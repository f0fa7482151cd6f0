package httpadapter

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

func cutSuffixFold(s, suffix string) string {
	if len(s) >= len(suffix) && ascii.Fold(s[len(s)-len(suffix):]) == ascii.Fold(suffix) {
		return s[:len(s)-len(suffix)]
	}
	return s
}

// find returns the leaf of a path as it was sent, escapes and all: a percent
// code in a fixed segment matches nothing, since it would be another spelling
// of what some proxy in front may have refused. So would be a doubled slash.
func (a *Adapter) find(escaped string) *leaf {
	path, ok := strings.CutPrefix(ascii.Fold(escaped), a.base)
	if !ok {
		return nil
	}
	path = strings.TrimSuffix(path, "/") // one: what has two is in no table
	if l := a.fixed[path]; l != nil {
		return l
	}
	i := strings.LastIndexByte(path, '/')
	if i < 0 || i == len(path)-1 {
		return nil
	}
	return a.open[path[:i+1]]
}

// lastSegment is the variable part of a path, as it was sent. Ids and tokens
// have no character that needs a percent code, so what has one names nothing.
func lastSegment(r *http.Request) string {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	return keep(path[strings.LastIndexByte(path, '/')+1:])
}

// publicPath is the path as the browser knows it, for the scope of a cookie.
func (a *Adapter) publicPath(r *http.Request) string {
	return a.outer + strings.TrimSuffix(r.URL.EscapedPath(), "/")
}

// hostAllowed guards an adapter on this machine against pages that rebind
// their own name to it: the Host must be the issuer's or a loopback name. It
// is compared, and used for nothing.
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

// hostName cuts the port off a Host header.
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
