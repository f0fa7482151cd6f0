package weblogin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// script sends the forms of a browser as the script of the page of a link does, and notes
// where it was told to go.
type script struct {
	next http.Handler
	to   string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		_ = r.ParseForm()
		if r.PostForm.Get("action") == "go" {
			r.PostForm.Set("action", "wait")
		}
		r.Body = readCloser{strings.NewReader(r.PostForm.Encode())}
		r.PostForm, r.Form = nil, nil
	}
	got := httptest.NewRecorder()
	s.next.ServeHTTP(got, r)
	if got.Code == http.StatusNoContent {
		s.to = got.Header().Get("Location")
	}
	for name, values := range got.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(got.Code)
	_, _ = w.Write(got.Body.Bytes())
}

// TestWaitLeadsOn: the script of the page of a link is told where to go once the link was
// answered. Where it was refused, the page that it then loads anew says so.
func TestWaitLeadsOn(t *testing.T) {
	for name, test := range map[string]struct {
		begin          func(s *site, b *sallyporttest.Browser) *page
		to, says, stop string
	}{
		"sign-in": {
			func(s *site, b *sallyporttest.Browser) *page { return s.enter(b, "/members", "ada") },
			"/members", "members of ada", "This sign-in was stopped",
		},
		"step-up": {
			func(s *site, b *sallyporttest.Browser) *page {
				s.byMail(s.enter(b, "/members", "ada"), "ada")
				s.Clock.Advance(6 * time.Minute)
				return b.Open("/vault").Form("Go on").Submit("Go on")
			},
			"/vault", "vault of ada", "This was stopped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			note := &script{next: s.app}
			s.app = note
			b := s.browser()
			p := s.choose(test.begin(s, b), "Send a link to")
			s.approve(p, "ada")
			p.Form("I have approved it").Submit("I have approved it").Want(t, http.StatusNoContent)
			if note.to != test.to {
				t.Errorf("led to %q, want %q", note.to, test.to)
			}
			b.Open(note.to).Want(t, 200, test.says)

			b = s.browser()
			p = s.choose(test.begin(s, b), "Send a link to")
			s.mistype(p, "ada")
			p.Form("I have approved it").Submit("I have approved it").Want(t, http.StatusNoContent)
			b.Open(note.to).Want(t, 200, test.stop)
			b.Open(note.to).Want(t, 200)
		})
	}
}

// mistype answers the newest link to somebody with a number that is not the one shown.
func (s *site) mistype(shown *page, name string) {
	s.t.Helper()
	number := "00"
	if strings.Contains(string(shown.Body), ">00<") {
		number = "01"
	}
	s.browser().Open(s.Outbox.LastLink(s.Person(name).Email)).Form().Fill("number", number).Submit("It was me: approve").Want(s.t, 200, "That was not the number")
}
