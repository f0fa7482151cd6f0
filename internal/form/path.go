package form

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/ascii"
)

// CutSuffixFold returns s without the suffix, which it compares without regard
// to ASCII case, and whether s ends in it.
func CutSuffixFold(s, suffix string) (before string, ok bool) {
	n := len(s) - len(suffix)
	if n < 0 || !ascii.Equal(s[n:], suffix) {
		return s, false
	}
	return s[:n], true
}

// LastSegment returns the variable part of a path in its escaped form. Ids and
// tokens need no percent codes, so a segment that has one is unknown.
func LastSegment(r *http.Request) string {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	return Copied(path[strings.LastIndexByte(path, '/')+1:])
}

// IsLocalHost reports whether a server on this machine may be called by this Host
// header: it must be its own name, given in lower case, or a loopback name.
// Otherwise a page could let its own name resolve to this machine and read the
// answers (DNS rebinding).
func IsLocalHost(header, own string) bool {
	name, ok := hostName(ascii.Fold(header))
	if !ok {
		return false
	}
	switch name {
	case own, "127.0.0.1", "localhost", "::1":
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
