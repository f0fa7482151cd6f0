package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
)

func TestMain(m *testing.M) {
	code := m.Run()
	served.Clean()
	os.Exit(code)
}

const spaPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>SPA</title><link rel="icon" href="data:,"><script src="/oidc-client-ts.js"></script>`

// pageServer serves a page with oidc-client-ts, from an origin of its own.
func pageServer(t *testing.T) string {
	t.Helper()
	dir, err := served.Interop()
	if err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(dir, "node", "node_modules", "oidc-client-ts", "dist", "browser", "oidc-client-ts.min.js")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oidc-client-ts.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, library) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(spaPage)) // a page that does not arrive fails the test
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// TestSPA logs in from a page of another origin. A page of a third origin reads
// nothing.
func TestSPA(t *testing.T) {
	t.Parallel()
	served.NeedBrowser(t)
	listed, stranger := pageServer(t), pageServer(t)
	s := served.Start(t, []served.User{served.Mailed("marie")}, listed)
	got, _ := script(t, "spa.mjs", append(s.Env("SPA", "marie"), "SPA="+listed, "STRANGER="+stranger)...)
	want := []string{"login", "userinfo", "refresh", "preflight", "unreadable", "stranger"}
	if !slices.Equal(got, want) {
		t.Errorf("got the steps %q, want %q", got, want)
	}
}
