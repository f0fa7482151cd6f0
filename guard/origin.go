package guard

import (
	"net/http"
	"strings"
)

// fromElsewhere is told of what another site has a browser send.
const fromElsewhere = "This request came from another site, and nothing was done. Open the page here, and try again."

// place is where a browser says that a request comes from.
type place int

const (
	unsaid  place = iota // it says nothing
	here                 // a page of this site, or its user
	foreign              // another site
)

// placeOf reads what a browser says. Host is not looked at: proxies rewrite it.
func (g *Guard) placeOf(r *http.Request) place {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 0 {
		if len(site) == 1 && (site[0] == "same-origin" || site[0] == "none") {
			return here
		}
		return foreign
	}
	switch origin := r.Header.Values("Origin"); {
	case len(origin) == 0:
		return unsaid
	case len(origin) == 1 && origin[0] == g.origin:
		return here
	}
	return foreign
}

// changes reports whether a request may change something: by its method (RFC 9110 section
// 9.2.1), or because it opens a WebSocket, over which anything may be asked.
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions || opensSocket(r)
}

// opensSocket reports whether a request wants the connection for a WebSocket.
func opensSocket(r *http.Request) bool {
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Upgrade"), ",")), "websocket")
}

// isOwn reports whether a request that brings the cookie comes from a page of this site, or
// changes nothing.
func (g *Guard) isOwn(r *http.Request) bool { return !changes(r) || g.placeOf(r) == here }

// maySign reports whether a request may sign somebody in or out. What another site sends may
// not, by whatever method and also without the cookie: browsers leave a SameSite=Lax cookie
// out of its forms and take the one in the answer all the same.
func (g *Guard) maySign(r *http.Request) bool {
	where := g.placeOf(r)
	return where == here || where == unsaid && len(r.CookiesNamed(g.cookie)) == 0
}

// SameSite is a link of a chain of handlers that refuses what a browser sends from another
// site and may change something, whether or not it brings the cookie: for forms to which
// nobody is signed in yet, such as the sign-in itself, by which another site would sign its
// visitors in as somebody else. What says nothing of where it comes from passes: it is no
// browser's. An answer that sets a cookie leaves with no-store.
func (g *Guard) SameSite(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if changes(r) && g.placeOf(r) == foreign {
			refuse(w, http.StatusForbidden, fromElsewhere)
			return
		}
		out := &writer{ResponseWriter: w, cookiesAlone: true}
		defer out.settle()
		next.ServeHTTP(out, r)
	})
}
