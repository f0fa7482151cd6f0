package weblogin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// secrecy notes what a browser keeps, and what stood in addresses and pages.
type secrecy struct {
	next  http.Handler
	kept  map[string]bool // parts of cookies that nobody may guess
	shown []string
}

func (s *secrecy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := httptest.NewRecorder()
	s.next.ServeHTTP(got, r)
	for _, c := range got.Result().Cookies() {
		for i, part := range strings.Split(c.Value, ".") {
			// The second part of what is under way is the option, by which nothing is done
			// without the request: buttons have it.
			if len(part) >= 20 && (i != 1 || strings.HasSuffix(c.Name, "-devices")) {
				s.kept[part] = true
			}
		}
	}
	s.shown = append(s.shown, r.URL.RequestURI(), got.Header().Get("Location"), got.Body.String())
	for name, list := range got.Header() {
		w.Header()[name] = list
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// TestP11Pages: what the cookies hold, the request that is under way, the secret of the browser,
// the session and the device, stands in no address and on no page.
func TestP11Pages(t *testing.T) {
	s := newSite(t, nil, remembering)
	watch := &secrecy{next: s.app, kept: map[string]bool{}}
	s.app = watch
	b := s.browser()
	p := s.choose(s.enter(b, "/members", "ada"), "Send a code to")
	p.Form("code").Tick("remember").Fill("code", s.Outbox.LastCode("ada@example.com")).Submit("Go on").Want(t, 200, "members of ada")
	s.choose(b.Open("/step-up?to=/vault").Form("Go on").Submit("Go on"), "Send a link to").Want(t, 200, "It asks for this number:")
	b.Open("/account").Want(t, 200, "Remembered devices")
	b.Open("/account/close").Form("password").Tick("sure").Fill("password", password).Submit("").Want(t, 200, "Show that it is you")
	if len(watch.kept) < 6 {
		t.Fatalf("got %d secrets, want those of browser, sign-in, session, device, step-up and change", len(watch.kept))
	}
	for secret := range watch.kept {
		for _, text := range watch.shown {
			if strings.Contains(text, secret) {
				t.Errorf("%s stands in %.200s", secret, text)
			}
		}
	}
}
