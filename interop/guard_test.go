package interop_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// guardedSite is a host's app on one of the routers, and a browser before it.
type guardedSite struct {
	*site
	m      guarded
	guard  *guard.Guard
	cookie string // its name
}

// openGuarded serves a new engine behind a guard.
func openGuarded(t *testing.T, m guarded) *guardedSite {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &guardedSite{site: &site{base: "http://" + ln.Addr().String(), http: newBrowser(t), conns: &listener{Listener: ln}}, m: m}
	s.kit = sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Issuer, c.Application = s.base, sallyporttest.ApplicationName
	}))
	if s.guard, err = guard.New(s.kit.Engine, guard.Options{}); err != nil {
		t.Fatal(err)
	}
	s.cookie, _ = s.kit.Engine.SessionCookie()
	m.serve(t, s.conns, s)
	return s
}

// enter signs somebody in by the form, and fails the test at once if that does not work.
func (s *guardedSite) enter(t *testing.T, p *sallyporttest.Person, to string) {
	t.Helper()
	got := s.send(t, "POST", "/sign-in?to="+url.QueryEscape(to), form("name", p.Name, "password", p.Password), "Origin", s.base, "Content-Type", formType)
	if got.status != 303 || got.header.Get("Location") != to || s.held(t) == "" {
		t.Fatalf("sign-in: got %d to %q with a cookie of %d bytes", got.status, got.header.Get("Location"), len(s.held(t)))
	}
}

// send is a request of the browser, with its cookies.
func (s *guardedSite) send(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	return whole(t, do(t, s.http, request(t, method, s.base+path, body, header...)))
}

// whole holds an answer to one thing: no page was made for whoever was refused.
func whole(t *testing.T, got answer) answer {
	t.Helper()
	if strings.Contains(got.body, "hello") && (got.status != 200 || !strings.HasPrefix(got.body, "hello")) {
		t.Errorf("got %d and the page: %q", got.status, got.body)
	}
	return got
}

// want sends a request and holds its answer to a status.
func (s *guardedSite) want(t *testing.T, what, method, path string, status int, header ...string) answer {
	t.Helper()
	got := s.send(t, method, path, "", header...)
	equal(t, what, got.status, status)
	return got
}

// held is the handle in the browser's cookie.
func (s *guardedSite) held(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.http.Jar.Cookies(u) {
		if c.Name == s.cookie {
			return c.Value
		}
	}
	return ""
}

// asStranger is a request with headers alone, of a client that keeps no cookies.
func (s *guardedSite) asStranger(t *testing.T, method, path string, header ...string) answer {
	t.Helper()
	return whole(t, do(t, &http.Client{Transport: s.http.Transport, CheckRedirect: s.http.CheckRedirect}, request(t, method, s.base+path, "", header...)))
}

// onEach runs a test on every router.
func onEach(t *testing.T, test func(t *testing.T, s *guardedSite)) {
	for _, m := range guardedMounts {
		t.Run(m.router+", "+m.how, func(t *testing.T) {
			t.Parallel()
			test(t, openGuarded(t, m))
		})
	}
}

// TestGuardCookie: a browser is led to the sign-in page and back, sees the pages of its
// roles, has its cookie renewed after a change, and signs out; the handle is then worth
// nothing.
func TestGuardCookie(t *testing.T) {
	onEach(t, func(t *testing.T, s *guardedSite) {
		ada := s.kit.AddUser(t, sallyporttest.User{Name: "ada"})
		led := s.want(t, "a page for nobody", "GET", "/in?a=b&c=%2F", 303, "Accept", "text/html")
		equal(t, "led to", led.header.Get("Location"), "/sign-in?to="+url.QueryEscape("/in?a=b&c=%2F"))
		s.want(t, "a script of nobody's", "GET", "/in", 401)
		equal(t, "the sign-in page", s.want(t, "where it leads", "GET", led.header.Get("Location"), 200).body, "who are you?")
		wrong := s.send(t, "POST", "/sign-in", form("name", ada.Name, "password", "not it"), "Origin", s.base, "Content-Type", formType)
		equal(t, "a wrong password", fmt.Sprint(wrong.status, wrong.body, s.held(t)), "403who are you?")
		equal(t, "to nobody", s.want(t, "a page for anybody", "GET", "/anybody", 200).body, "hello nobody")
		s.enter(t, ada, "/in?a=b&c=%2F")
		for path, status := range map[string]int{"/in": 200, "/anybody": 200, "/audit": 200, "/read": 200, "/scope": 200, "/manage": 403, "/factor": 401} {
			got := s.want(t, path, "GET", path, status)
			if equal(t, path, got.body == "hello ada", status == 200); status == 200 {
				equal(t, path+", caches", got.header.Get("Cache-Control"), "private, no-cache")
			}
		}
		dear := s.want(t, "a page that wants a factor", "GET", "/factor?a=b", 303, "Accept", "text/html")
		equal(t, "led to", dear.header.Get("Location"), "/step-up?to="+url.QueryEscape("/factor?a=b"))
		old := s.held(t)
		c, err := s.kit.Engine.ChangePassword(t.Context(), sallyport.PasswordChange{Session: old, Password: ada.Password, NewPassword: "another horse battery"})
		if err != nil || c.Status != sallyport.PasswordChanged {
			t.Fatalf("got %+v, %v", c, err)
		}
		got := s.want(t, "the request after a change", "GET", "/in", 200)
		equal(t, "its caches", got.header.Get("Cache-Control"), "no-store")
		equal(t, "another cookie", s.held(t) != old && s.held(t) != "", true)
		s.want(t, "the new cookie", "GET", "/in", 200)
		s.want(t, "a link that signs out", "GET", "/sign-out", 405)
		s.want(t, "another site that signs out", "POST", "/sign-out", 403, "Origin", "https://evil.example")
		last := s.held(t)
		out := s.want(t, "signing out", "POST", "/sign-out", 303, "Origin", s.base)
		equal(t, "led to", out.header.Get("Location"), "/sign-in")
		equal(t, "the browser keeps", s.held(t)+out.header.Get("Clear-Site-Data"), `"cache"`)
		equal(t, "the handle", s.asStranger(t, "GET", "/in", "Cookie", s.cookie+"="+last).status, 401)
	})
}

// TestGuardForeign: what another site has a browser send changes nothing, and signs nobody
// in; two cookies of the name are none.
func TestGuardForeign(t *testing.T) {
	onEach(t, func(t *testing.T, s *guardedSite) {
		ada := s.kit.AddUser(t, sallyporttest.User{Name: "ada"})
		got := s.send(t, "POST", "/sign-in", form("name", ada.Name, "password", ada.Password), "Origin", "https://evil.example", "Content-Type", formType)
		equal(t, "a sign-in by another site", fmt.Sprint(got.status, got.header.Values("Set-Cookie")), "403 []")
		s.enter(t, ada, "/in")
		for _, tt := range []struct {
			name   string
			status int
			header []string
		}{
			{"of this site", 200, []string{"Sec-Fetch-Site", "same-origin"}},
			{"of this origin", 200, []string{"Origin", s.base}},
			{"of another site", 403, []string{"Sec-Fetch-Site", "cross-site", "Origin", s.base}},
			{"of a sibling", 403, []string{"Sec-Fetch-Site", "same-site"}},
			{"of another origin", 403, []string{"Origin", "https://evil.example"}},
			{"of no origin", 403, []string{"Origin", "null"}},
			{"that says nothing", 403, nil},
		} {
			s.want(t, "a POST "+tt.name, "POST", "/in", tt.status, tt.header...)
		}
		s.want(t, "a GET of another site", "GET", "/in", 200, "Sec-Fetch-Site", "cross-site")
		pair := s.cookie + "=" + s.held(t)
		equal(t, "one cookie", s.asStranger(t, "GET", "/in", "Cookie", pair).status, 200)
		equal(t, "two cookies", s.asStranger(t, "GET", "/in", "Cookie", pair+"; "+s.cookie+"=planted").status, 401)
		equal(t, "two cookies, the other way round", s.asStranger(t, "GET", "/in", "Cookie", s.cookie+"=planted; "+pair).status, 401)
	})
}

// TestGuardBearer: access tokens and API keys come through, and what they lack is said.
func TestGuardBearer(t *testing.T) {
	onEach(t, func(t *testing.T, s *guardedSite) {
		ada := s.kit.AddUser(t, sallyporttest.User{Name: "ada"})
		few := "Bearer " + s.kit.InProcess().WithScope("openid").Login("ada", ada.Password).Want(t, sallyport.Success).Tokens.AccessToken
		all := "Bearer " + s.kit.InProcess().Login("ada", ada.Password).Want(t, sallyport.Success).Tokens.AccessToken
		made, err := s.kit.Engine.Admin(sallyport.Actor{Name: "setup"}).CreateKey(t.Context(), ada.ID, sallyport.NewKey{Scopes: []string{sallyporttest.ReadPath}})
		if err != nil {
			t.Fatal(err)
		}
		key := "Bearer " + made.Text
		for _, tt := range []struct {
			name, path, bearer string
			status             int
			say                string
		}{
			{"a token", "/in", all, 200, ""},
			{"a token with the role", "/audit", few, 200, ""},
			{"a token without the role", "/manage", all, 403, ""},
			{"a token with the scope", "/scope", all, 200, ""},
			{"a token without the scope", "/scope", few, 403, `Bearer error="insufficient_scope", scope="VGRoles"`},
			{"a token without a factor", "/factor", all, 401, `Bearer error="insufficient_user_authentication", max_age="300"`},
			{"a token that was changed", "/in", all + "x", 401, `Bearer error="invalid_token"`},
			{"no token", "/in", "Basic YTpi", 401, `Bearer error="invalid_token"`},
			{"a key", "/in", key, 200, ""},
			{"a key with the permission", "/read", key, 200, ""},
			{"a key that does not name the role", "/audit", key, 403, ""},
			{"a key that was changed", "/in", key + "x", 401, `Bearer error="invalid_token"`},
		} {
			got := s.asStranger(t, "GET", tt.path, "Authorization", tt.bearer, "Accept", "text/html")
			equal(t, tt.name, fmt.Sprint(got.status, got.header.Get("WWW-Authenticate")), fmt.Sprint(tt.status, tt.say))
		}
		equal(t, "a POST of another site", s.asStranger(t, "POST", "/in", "Authorization", all, "Sec-Fetch-Site", "cross-site").status, 200)
		s.enter(t, ada, "/in")
		s.want(t, "a bad token beside a good cookie", "GET", "/in", 401, "Authorization", "Bearer nonsense")
		twice := request(t, "GET", s.base+"/in", "")
		twice.Header["Authorization"] = []string{"Bearer nonsense", all}
		got := do(t, &http.Client{Transport: s.http.Transport}, twice)
		if want := map[bool]int{false: 401, true: 200}[s.m.fast]; got.status != want {
			t.Errorf("two headers: got %d, want %d", got.status, want)
		}
	})
}

// TestGuardAtOnce: of many requests at once, on connections that are used again, each is
// answered as who sent it.
func TestGuardAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, s *guardedSite) {
		const people, each = 8, 25
		var all sync.WaitGroup
		for i := range people {
			p := s.kit.AddUser(t, sallyporttest.User{Name: fmt.Sprint("user-", i)})
			r, err := s.kit.Engine.Login(t.Context(), sallyport.Login{Username: p.Name, Password: p.Password})
			if err != nil || r.Session == nil {
				t.Fatalf("got %v, %v", r, err)
			}
			all.Go(func() {
				for range each {
					got := s.asStranger(t, "GET", "/in", "Cookie", s.cookie+"="+r.Session.Handle)
					if got.body != "hello "+p.Name {
						t.Errorf("got %q, want %q", strings.TrimSpace(got.body), "hello "+p.Name)
					}
				}
			})
		}
		all.Wait()
	})
}
