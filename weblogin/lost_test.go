package weblogin_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// sent is what a browser has sent, to be sent once more as it was.
type sent struct {
	to, body string
	cookies  []string
}

// recorder notes the last form that a browser sends.
type recorder struct {
	next http.Handler
	last sent
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodPost {
		_ = req.ParseForm()
		r.last = sent{req.URL.RequestURI(), req.PostForm.Encode(), req.Header["Cookie"]}
		req.Body = http.NoBody
		req.Body = readCloser{strings.NewReader(r.last.body)}
		req.PostForm, req.Form = nil, nil
	}
	r.next.ServeHTTP(w, req)
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// again sends a form once more with the cookies of that moment, as a double click does whose
// first answer the browser has thrown away.
func (s *site) again(f sent) *http.Response {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, sallyporttest.Issuer+f.to, strings.NewReader(f.body))
	r.Header["Cookie"] = f.cookies
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	s.app.ServeHTTP(w, r)
	return w.Result()
}

var sessionCookie = regexp.MustCompile(`^sp-[a-z0-9]+=[^;]{20}`)

// sessionIn is the cookie of a session that an answer sets; empty: none.
func sessionIn(got *http.Response) string {
	for _, c := range got.Header["Set-Cookie"] {
		if sessionCookie.MatchString(c) {
			name, _, _ := strings.Cut(c, ";")
			return name
		}
	}
	return ""
}

// sessions is how many sessions somebody has.
func (s *site) sessions(name string) int {
	s.t.Helper()
	list, err := s.Engine.Admin(sallyport.Actor{Name: "test"}).Sessions(s.t.Context(), s.Person(name).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

// TestAnswerLost: whoever sends the last form of a sign-in twice, and has lost the first answer,
// is signed in by the second, in the same session; without the browser's cookie nobody is.
func TestAnswerLost(t *testing.T) {
	s := newSite(t, nil)
	note := &recorder{next: s.app}
	s.app = note
	ways := map[string]struct {
		who string
		way func(p *page)
	}{
		"code": {"ada", func(p *page) { s.byMail(p, "ada") }},
		"link": {"ada", func(p *page) {
			p = s.choose(p, "Send a link to")
			s.approve(p, "ada")
			p.Form("I have approved it").Submit("I have approved it").Want(t, 200, "members of ada")
		}},
		"new password": {"mia", func(p *page) {
			p.Form("new").Fill("password", password).Fill("new", "eleven green bottles").Fill("again", "eleven green bottles").Submit("Set the new password").Want(t, 200, "members of mia")
		}},
	}
	for name, test := range ways {
		t.Run(name, func(t *testing.T) {
			test.way(s.enter(s.browser(), "/members", test.who))
			final, before := note.last, s.sessions(test.who)
			first, second := s.again(final), s.again(final)
			if first.StatusCode != http.StatusSeeOther || first.Header.Get("Location") != "/members" || sessionIn(first) == "" || sessionIn(first) != sessionIn(second) {
				t.Errorf("got %d to %q with %q, then %q", first.StatusCode, first.Header.Get("Location"), sessionIn(first), sessionIn(second))
			}
			if n := s.sessions(test.who); n != before {
				t.Errorf("got %d sessions, want the %d from before", n, before)
			}
			stranger := final
			stranger.cookies = nil
			if got := s.again(stranger); got.StatusCode != http.StatusBadRequest || sessionIn(got) != "" {
				t.Errorf("without the cookies: got %d with %q", got.StatusCode, sessionIn(got))
			}
			stranger.cookies = []string{regexp.MustCompile(`-browser=[0-9a-f]+`).ReplaceAllString(strings.Join(final.cookies, "; "), "-browser="+strings.Repeat("5a", 32))}
			if got := s.again(stranger); sessionIn(got) != "" {
				t.Errorf("with another browser's secret: got %q", sessionIn(got))
			}
		})
	}
}
