package guard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestOrigin: a request that changes something and brings the cookie comes from a page of
// this site, or is refused; one that only reads may come from anywhere.
func TestOrigin(t *testing.T) {
	s := newSite(t, guard.Options{})
	in := s.login(sallyporttest.User{Name: "ada"}, false)
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"of this site", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"typed by the user", []string{"Sec-Fetch-Site", "none"}, 200},
		{"of a sibling", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"of another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"of another site, with our origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", origin}, 403},
		{"two words", []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "cross-site"}, 403},
		{"our origin", []string{"Origin", origin}, 200},
		{"our origin in capitals", []string{"Origin", strings.ToUpper(origin)}, 403},
		{"another port", []string{"Origin", "http://localhost:5001"}, 403},
		{"another scheme", []string{"Origin", "https://localhost:5000"}, 403},
		{"a longer name", []string{"Origin", origin + ".evil.example"}, 403},
		{"null", []string{"Origin", "null"}, 403},
		{"two origins", []string{"Origin", origin, "Origin", "https://evil.example"}, 403},
		{"our name as host", []string{"Host", "localhost:5000"}, 403},
		{"neither", nil, 403},
	} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE", "PROPFIND", "get", "X"} {
			s.want(method+" "+tt.name, s.do(method, "/in", in, tt.headers...), tt.status)
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			s.want(method+" "+tt.name, s.do(method, "/in", in, tt.headers...), 200)
		}
		socket := append([]string{"Connection", "Upgrade", "Upgrade", "WebSocket"}, tt.headers...)
		s.want("a socket "+tt.name, s.do("GET", "/in", in, socket...), tt.status)
	}
	s.want("without a cookie nothing is forged", s.do("POST", "/anybody", nil, "Origin", "https://evil.example"), 200)
}

// TestSameSite: what another site sends is refused where nobody is signed in too; what says
// nothing, and what only reads, passes.
func TestSameSite(t *testing.T) {
	s := newSite(t, guard.Options{})
	h := s.guard.SameSite(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range []struct {
		method  string
		headers []string
		status  int
	}{
		{"POST", nil, 200}, {"POST", []string{"Origin", origin}, 200}, {"POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"POST", []string{"Origin", "https://evil.example"}, 403}, {"POST", []string{"Origin", "null"}, 403}, {"POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"DELETE", []string{"Sec-Fetch-Site", "cross-site"}, 403}, {"GET", []string{"Sec-Fetch-Site", "cross-site"}, 200}, {"HEAD", []string{"Origin", "https://evil.example"}, 200},
	} {
		r := httptest.NewRequest(tt.method, "/sign-in", nil)
		for i := 0; i < len(tt.headers); i += 2 {
			r.Header.Add(tt.headers[i], tt.headers[i+1])
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != tt.status {
			t.Errorf("%s %v: got %d, want %d", tt.method, tt.headers, w.Code, tt.status)
		}
	}
}
