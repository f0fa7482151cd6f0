package main_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	command "github.com/sallyport-auth/sallyport/cmd/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

func newOutbox(t *testing.T, path string) (sallyport.Sender, http.Handler) {
	t.Helper()
	s, h, err := command.NewOutbox(path, func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

func show(h http.Handler, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://localhost:5000/dev/outbox", nil)
	r.RemoteAddr = "127.0.0.1:4711"
	change(r)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestOutboxPageIsLocal(t *testing.T) {
	s, h := newOutbox(t, "")
	if err := s.Send(t.Context(), sallyport.Message{Kind: "otp", Code: "918273"}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"this machine", func(*http.Request) {}, 200},
		{"IPv6", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:4711", "[::1]:5000" }, 200},
		{"no port", func(r *http.Request) { r.Host = "127.0.0.1" }, 200},
		{"HEAD", func(r *http.Request) { r.Method = http.MethodHead }, 200},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:4711" }, 403},
		{"another name", func(r *http.Request) { r.Host = "rebound.example:5000" }, 403},
		{"no name", func(r *http.Request) { r.Host = "" }, 403},
		{"a name that begins alike", func(r *http.Request) { r.Host = "localhost.example" }, 403},
		{"Forwarded", func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.1") }, 403},
		{"X-Forwarded-For", func(r *http.Request) { r.Header.Set("x-forwarded-for", "127.0.0.1") }, 403},
		{"X-Forwarded-Host", func(r *http.Request) { r.Header.Set("X-Forwarded-Host", "") }, 403},
		{"X-Real-IP", func(r *http.Request) { r.Header.Set("X-Real-IP", "192.0.2.1") }, 403},
		{"CF-Connecting-IP", func(r *http.Request) { r.Header.Set("CF-Connecting-IP", "192.0.2.1") }, 403},
		{"True-Client-IP", func(r *http.Request) { r.Header.Set("True-Client-IP", "192.0.2.1") }, 403},
		{"X-Cluster-Client-IP", func(r *http.Request) { r.Header.Set("X-Cluster-Client-IP", "192.0.2.1") }, 403},
		{"X-Original-Host", func(r *http.Request) { r.Header.Set("X-Original-Host", "example.com") }, 403},
		{"X-Forwarded", func(r *http.Request) { r.Header.Set("X-Forwarded", "for=192.0.2.1") }, 403},
		{"Via", func(r *http.Request) { r.Header.Set("Via", "1.1 proxy") }, 403},
		{"POST", func(r *http.Request) { r.Method = http.MethodPost }, 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := show(h, tt.change)
			equal(t, "status", w.Code, tt.want)
			equal(t, "Cache-Control", w.Header().Get("Cache-Control"), "no-store")
			if shown := strings.Contains(w.Body.String(), "918273"); shown != (tt.want == 200) {
				t.Errorf("the code is shown: got %v, want %v", shown, tt.want == 200)
			}
		})
	}
}

func TestOutboxPage(t *testing.T) {
	s, h := newOutbox(t, "")
	m := sallyport.Message{
		Channel: mfa.Email, Kind: "link", To: "a@example.com", User: "<b>", Link: "http://localhost:5000/mfa/link/x&y", Subject: "s", Text: "<script>",
	}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	w := show(h, func(*http.Request) {})
	page := w.Body.String()
	for _, want := range []string{`<a href="http://localhost:5000/mfa/link/x&amp;y"`, "&lt;b&gt;", "&lt;script&gt;",
		"<header>", "<main>", `<article aria-labelledby="m0">`, `<h2 id="m0">s</h2>`, "prefers-color-scheme: dark", `<meta name="color-scheme" content="light dark">`} {
		if !strings.Contains(page, want) {
			t.Errorf("got\n%s\nwant something with %q", page, want)
		}
	}
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(w.Header().Get("Content-Security-Policy"), want) {
		t.Errorf("the policy %q does not allow the style %s", w.Header().Get("Content-Security-Policy"), want)
	}

	w = show(h, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	want := `{"time":"2026-01-02T03:04:05Z","channel":"Email","kind":"link","to":"a@example.com","user":"<b>","link":"http://localhost:5000/mfa/link/x&y","subject":"s","text":"<script>"}` + "\n"
	equal(t, "line", w.Body.String(), want)
}

// TestOutboxIsBounded: the page keeps the last 1,000 messages, the file all.
func TestOutboxIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	s, h := newOutbox(t, path)
	const callers, each = 8, 150
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				if err := s.Send(t.Context(), sallyport.Message{Kind: "otp", Code: fmt.Sprint(c, i), Text: strings.Repeat("x", 5000)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w := show(h, func(r *http.Request) { r.Header.Set("Accept", "application/json") })
	equal(t, "lines shown", strings.Count(w.Body.String(), "\n"), 1000)
	equal(t, "lines in the file", len(outboxLines(t, path)), callers*each)
	raw, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(string(raw), w.Body.String()) {
		t.Errorf("the lines shown are not the last of the file (%v)", err)
	}
}

func TestOutboxFile(t *testing.T) {
	dir := t.TempDir()
	real := write(t, filepath.Join(dir, "real"), "")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dir, filepath.Join(dir, "none", "outbox")} {
		if _, _, err := command.NewOutbox(path, time.Now); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
}
