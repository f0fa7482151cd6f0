package guard

import (
	"net/http"
	"strings"
)

// writer sees to what caches may keep of an answer, at the moment its header leaves.
type writer struct {
	http.ResponseWriter
	known        bool // somebody is signed in
	behindFactor bool
	setsCookie   bool
	done         bool
}

// Unwrap serves [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (w *writer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		w.flush()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *writer) Write(b []byte) (int, error) {
	w.flush()
	return w.ResponseWriter.Write(b)
}

// Flush implements [http.Flusher], for handlers that look for it themselves.
func (w *writer) Flush() {
	w.flush()
	_ = http.NewResponseController(w.ResponseWriter).Flush() // where it cannot, nothing is lost
}

// flush sets what caches may do, once.
func (w *writer) flush() {
	if w.done {
		return
	}
	w.done = true
	h := w.Header()
	switch {
	case w.setsCookie || w.behindFactor || len(h.Values("Set-Cookie")) > 0:
		h.Set("Cache-Control", "no-store")
	case !w.known:
		h.Add("Vary", "Cookie, Authorization") // who is signed in may be shown something else
	case !isOwnersAlone(h.Values("Cache-Control")):
		h.Set("Cache-Control", "private, no-cache")
	}
}

// isOwnersAlone reports whether a handler has kept what others may not see from shared
// caches itself (RFC 9111 section 5.2.2).
func isOwnersAlone(list []string) bool {
	for _, part := range strings.Split(strings.Join(list, ","), ",") {
		name, _, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "private", "no-store":
			return !strings.Contains(strings.ToLower(strings.Join(list, ",")), "public")
		}
	}
	return false
}
