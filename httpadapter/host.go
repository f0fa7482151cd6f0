package httpadapter

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/form"
)

// publicPath returns the path as the browser knows it, to lead it to the page that
// it is on.
func (a *Adapter) publicPath(r *http.Request) string {
	return a.outer + strings.TrimSuffix(r.URL.EscapedPath(), "/")
}

// parentPath returns publicPath without its last segment, for the scope of a cookie.
func (a *Adapter) parentPath(r *http.Request) string {
	path := a.publicPath(r)
	return path[:max(0, strings.LastIndexByte(path, '/'))]
}

// hostAllowed reports whether a request may have this Host header. If the issuer
// is this machine, only its own names are served. The Host is used for nothing
// else.
func (a *Adapter) hostAllowed(host string) bool {
	return !a.loopback || form.IsLocalHost(host, a.issuerHost)
}

// address returns the network address of the user behind a request, without a
// port. It is empty if the address cannot be known.
func (a *Adapter) address(r *http.Request) string {
	if a.opts.ClientAddress != nil {
		return a.opts.ClientAddress(r)
	}
	return form.Address(r, a.opts.TrustedProxies)
}
