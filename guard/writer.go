package guard

import (
	"maps"
	"net/http"
	"strings"
)

// writer sees to what caches may keep of an answer, at the moment its header leaves.
type writer struct {
	http.ResponseWriter
	known        bool // somebody is signed in
	behindFactor bool
	cookiesAlone bool // without a cookie the answer is the handler's
	done         bool
}

// Unwrap serves [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter]. An interim answer, such as 103, brings no
// cookie: what caches may do is said by the last one alone.
func (w *writer) WriteHeader(status int) {
	if interim := status < 200 && status != http.StatusSwitchingProtocols; !interim {
		w.settle()
		w.ResponseWriter.WriteHeader(status)
		return
	}
	h := w.Header()
	cookies, some := h["Set-Cookie"]
	delete(h, "Set-Cookie")
	w.ResponseWriter.WriteHeader(status)
	if some {
		h["Set-Cookie"] = cookies
	}
}

// Write implements [http.ResponseWriter].
func (w *writer) Write(b []byte) (int, error) {
	w.settle()
	return w.ResponseWriter.Write(b)
}

// Flush implements [http.Flusher], for handlers that look for it themselves.
func (w *writer) Flush() {
	w.settle()
	_ = http.NewResponseController(w.ResponseWriter).Flush() // where it cannot, nothing is lost
}

// settle sets what caches may do, once.
func (w *writer) settle() {
	if w.done {
		return
	}
	w.done = true
	h := w.Header()
	switch {
	case w.behindFactor || len(h.Values("Set-Cookie")) > 0:
		h.Set("Cache-Control", "no-store")
	case w.cookiesAlone:
		return
	case !w.known:
		h.Add("Vary", "Cookie, Authorization") // who is signed in may be shown something else
		return
	case !isOwnersAlone(h.Values("Cache-Control")):
		h.Set("Cache-Control", "private, no-cache")
	}
	maps.DeleteFunc(h, func(name string, _ []string) bool { return speaksToProxies(name) })
}

// speaksToProxies reports whether a header tells shared caches something else than
// Cache-Control does: by a name of RFC 9213, such as CDN-Cache-Control, or one from before.
func speaksToProxies(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "-cache-control") || name == "surrogate-control" || name == "x-accel-expires"
}

// isOwnersAlone reports whether a handler has kept what others may not see from shared
// caches itself (RFC 9111 section 5.2.2). One that keeps some headers alone, as by
// private="Set-Cookie", has not.
func isOwnersAlone(list []string) bool {
	alone := false
	for _, part := range strings.Split(strings.ToLower(strings.Join(list, ",")), ",") {
		switch part = strings.TrimSpace(part); {
		case part == "private" || part == "no-store":
			alone = true
		case part == "public", strings.ContainsRune(part, '"'): // within quotes a comma parts nothing
			return false
		}
	}
	return alone
}
