package httpadapter_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/httpadapter"
)

// guide is a document that a host adds.
var guide = httpadapter.Document{
	Path: "/Guide/index.html", ContentType: "text/html; charset=utf-8", Doc: "How to go on.", Page: true,
	Header: http.Header{"Content-Security-Policy": {"default-src 'none'"}}, Body: []byte("<p>Go on."),
}

func TestDocument(t *testing.T) {
	plain := newHarness(t, "http://127.0.0.1:5000/auth/v1", httpadapter.Options{BasePath: "/v1"}).adapter
	with, err := plain.With(guide, httpadapter.Document{Path: "/guide/data.json", ContentType: "application/json", Doc: "The data.", Body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		method, target string
		want           int
		body           string
	}{
		{"GET", "/v1/guide/index.html", 200, "<p>Go on."},
		{"GET", "/V1/GUIDE/INDEX.html/", 200, "<p>Go on."},
		{"HEAD", "/v1/guide/index.html", 200, ""},
		{"GET", "/v1/guide/index.html?x=1", 200, "<p>Go on."},
		{"GET", "/v1/guide/data.json", 200, "{}"},
		{"OPTIONS", "/v1/guide/data.json", 405, ""},
		{"POST", "/v1/guide/index.html", 405, ""},
		{"GET", "/v1/guide", 404, ""},
		{"GET", "/v1/guide/", 404, ""},
		{"GET", "/v1/guide/index.html//", 404, ""},
		{"GET", "/v1/guide//index.html", 404, ""},
		{"GET", "/v1/guide/inde%78.html", 404, ""},
		{"GET", "/v1/guide/x/../index.html", 404, ""},
		{"GET", "/guide/index.html", 404, ""},
		{"GET", "/v1/connect/userinfo", 401, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			got := serve(with, request(tt.method, tt.target, ""))
			got.want(t, tt.want, tt.body)
			if tt.want == 405 {
				wantHeader(t, got, "Allow", "GET, HEAD")
			}
			wantHeader(t, got, "Cache-Control", "no-store, no-cache, max-age=0")
			wantHeader(t, got, "Access-Control-Allow-Origin", "")
		})
	}
	got := serve(with, request("GET", "/v1/guide/index.html", ""))
	wantHeader(t, got, "Content-Security-Policy", "default-src 'none'")
	foreign := request("GET", "/v1/guide/index.html", "")
	foreign.Host = "evil.example"
	serve(with, foreign).want(t, 421, "")
	serve(plain, request("GET", "/v1/guide/index.html", "")).want(t, 404, "")
	routes := with.Routes()
	if last := routes[len(routes)-2]; last.Pattern != "GET /v1/Guide/index.html" || !last.Page || len(routes) != len(plain.Routes())+2 {
		t.Errorf("got %+v as the last route but one of %d", last, len(routes))
	}
	mux := http.NewServeMux()
	with.Register(mux)
	serve(mux, request("GET", "/v1/Guide/index.html", "")).want(t, 200, "<p>Go on.")
}

func TestDocumentRefused(t *testing.T) {
	a := shared().adapter
	for _, path := range []string{"", "/", "guide", "/guide/", "/a//b", "/../guide", "/a b", "/{x}", "/a?b", "/é", "/connect/token", "/Connect/TOKEN", "/mfa/enroll/x", "/MFA/link/index.html"} {
		d := guide
		d.Path = path
		if _, err := a.With(d); err == nil || !strings.Contains(err.Error(), "path") {
			t.Errorf("%q: got %v, want an error that says which path", path, err)
		}
	}
	for _, kind := range []string{"", "text/", "text/plain; charset", "text/plain\r\nX-Forged: y"} {
		d := guide
		d.ContentType = kind
		if _, err := a.With(d); err == nil || !strings.Contains(err.Error(), "content type") {
			t.Errorf("%q: got %v, want an error that says which content type", kind, err)
		}
	}
	if _, err := a.With(guide, guide); err == nil {
		t.Error("twice the same path: got no error")
	}
	with, err := a.With(guide)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := with.With(guide); err == nil {
		t.Error("the same path of an earlier document: got no error")
	}
	if slices.ContainsFunc(a.Routes(), func(r httpadapter.Route) bool { return r.Path == guide.Path }) {
		t.Error("the adapter that was there before serves the document")
	}
}
