package httpadapter_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

const evasMail = "eva@example.com"

// signUps is a kit at which Eva has begun to sign up, and the page that her mail leads
// to.
func signUps(t *testing.T, edit func(*sallyport.Config)) (k *sallyporttest.Kit, path string) {
	t.Helper()
	k = sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.SignUp = &sallyport.SignUp{Attributes: []string{"City"}}
		if edit != nil {
			edit(c)
		}
	}))
	return k, "/account/verify/" + beginSignUp(t, k, "eva", evasMail)
}

func beginSignUp(t *testing.T, k *sallyporttest.Kit, name, email string) (key string) {
	t.Helper()
	return k.Outbox.Key(email, func() {
		in := sallyport.Registration{Username: name, Email: email, Password: pass, Attributes: []account.Attribute{{Name: "City", Value: nasty}}}
		if _, err := k.Engine.Register(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	})
}

// TestVerifyPage walks the page from its mail to the account.
func TestVerifyPage(t *testing.T) {
	k, path := signUps(t, nil)
	k.AddUser(t, sallyporttest.User{Name: "adam"})
	b := k.Browser(k.Handler())
	page := b.Open(path).Want(t, http.StatusOK, "Make your account", evasMail)
	if page.Form().Value("name") != "eva" {
		t.Errorf("got the name %q in the form", page.Form().Value("name"))
	}
	for _, tt := range []struct{ name, password, want string }{
		{"", "a fine password 1", "Choose a name first."},
		{"eva", "", "Choose a password first."},
		{"a b", "a fine password 1", "This name cannot be used: it holds U+0020"},
		{"Adam", "a fine password 1", "This name is taken. Choose another one."},
		{"eva", "short", "This password cannot be used."},
	} {
		page = page.Form().Fill("name", tt.name).Fill("password", tt.password).Submit("Make my account").Want(t, http.StatusBadRequest, tt.want)
		if got := page.Form().Value("name"); got != tt.name || page.Form().Value("password") != "" {
			t.Errorf("got %q and %q kept of %q", got, page.Form().Value("password"), tt.name)
		}
	}
	form := page.Form().Fill("name", "eva2").Fill("password", "a fine password 1")
	page = form.Submit("Make my account").Want(t, http.StatusOK, "Your account is made")
	for what, again := range map[string]*sallyporttest.Page{
		"the end": page, "a double click": form.Submit("Make my account"), "a reload": b.Open(page.URL), "the link again": b.Open(path), "another browser": k.Browser(k.Handler()).Open(path),
	} {
		if again.Want(t, http.StatusOK, "Your account is made"); !strings.HasSuffix(again.URL, pageOf(path)) {
			t.Errorf("%s: got to %s, want an address without the key", what, again.URL)
		}
	}
	r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "eva2", Password: "a fine password 1"})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Errorf("got %+v, %v", r, err)
	}
	if strings.Contains(k.Logs(), keyOf(path)) {
		t.Error("the log holds the key")
	}
}

// TestVerifyPageEnds: an account that waits, and an address that is taken, are told.
func TestVerifyPageEnds(t *testing.T) {
	k, path := signUps(t, func(c *sallyport.Config) { c.SignUp.Approval = true })
	second := "/account/verify/" + beginSignUp(t, k, "evita", evasMail)
	b := k.Browser(k.Handler())
	fill := func(path string) *sallyporttest.Page {
		return b.Open(path).Form().Fill("password", "a fine password 1").Submit("Make my account")
	}
	fill(path).Want(t, http.StatusOK, "Your account waits for approval")
	fill(second).Want(t, http.StatusOK, "You have an account already")
	b.Open(second).Want(t, http.StatusOK, "You have an account already")
}

// TestVerifyPageLooks: only a form with the page's nonce acts, from a browser that keeps
// the key. Robots change nothing and are told nothing, and a person's look moves the key
// into a cookie.
func TestVerifyPageLooks(t *testing.T) {
	k, link := signUps(t, nil)
	at, kept := pageOf(link), []string{"Cookie", "sallyport_verify=" + keyOf(link)}
	post := func(path, body string, cookie ...string) *http.Request {
		return request("POST", path, body, append(cookie, "Content-Type", formType)...)
	}
	full := "&name=eva&password=a+fine+password+1"
	for _, tt := range []struct {
		what string
		r    *http.Request
		want int
	}{
		{"HEAD", request("HEAD", link, ""), 200},
		{"HEAD of no key", request("HEAD", at+"/x", ""), 200},
		{"HEAD of an unknown key", request("HEAD", at+"/"+strings.Repeat("0", 64), ""), 200},
		{"HEAD of the page", request("HEAD", at, "", kept...), 200},
		{"no key", request("GET", at+"/x", ""), 410},
		{"an unknown key", request("GET", at+"/"+strings.Repeat("0", 64), ""), 410},
		{"a frame", request("GET", link, "", "Sec-Fetch-Dest", "iframe"), 403},
		{"a look ahead", request("GET", link, "", "Sec-Purpose", "prefetch"), 403},
		{"POST to the link", post(link, "nonce=x"+full), 405},
		{"PUT", request("PUT", at, ""), 405},
		{"the page", request("GET", at, "", kept...), 200},
		{"the page with a form in its address", request("GET", at+"?nonce=x"+full, "", kept...), 200},
		{"the page in a frame", request("GET", at, "", append(kept, "Sec-Fetch-Dest", "iframe")...), 403},
		{"the page of another browser", request("GET", at, ""), 404},
		{"another page's cookie", request("GET", at, "", "Cookie", "sallyport_reset="+keyOf(link)), 404},
		{"two cookies", request("GET", at, "", "Cookie", kept[1]+"; "+kept[1]), 404},
		{"a form of another browser", post(at, "nonce=x"+full), 404},
		{"no nonce", post(at, full[1:], kept...), 400},
		{"another nonce", post(at, "nonce=x"+full, kept...), 400},
		{"JSON", request("POST", at, `{"name":"eva"}`, append(kept, "Content-Type", "application/json")...), 415},
	} {
		a := serve(k.Handler(), tt.r)
		a.want(t, tt.want, "")
		wantPageHeaders(t, a)
		if wantHeader(t, a, "Set-Cookie", ""); strings.Contains(a.body, nasty) || strings.Contains(a.body, keyOf(link)) || t.Failed() {
			t.Fatalf("%s: got %v %s", tt.what, a.header, a.body)
		}
	}
	a := serve(k.Handler(), request("GET", link, ""))
	a.want(t, 303, "")
	wantHeader(t, a, "Location", at)
	wantHeader(t, a, "Referrer-Policy", "no-referrer")
	wantHeader(t, a, "Set-Cookie", kept[1]+"; Path="+at+"; Max-Age=86400; HttpOnly; SameSite=Lax")
	if v, err := k.Engine.ViewVerification(t.Context(), keyOf(link), ""); err != nil || v.Status != "" {
		t.Errorf("got %+v, %v, want nothing done", v, err)
	}
}

// TestVerifyPageOlderForm: the form of an older tab does not act by the key of a newer
// link.
func TestVerifyPageOlderForm(t *testing.T) {
	k, path := signUps(t, nil)
	b := k.Browser(k.Handler())
	older := b.Open(path).Form().Fill("password", "a fine password 1")
	b.Open(pageOf(path)+"/"+beginSignUp(t, k, "berta", "berta@example.com")).Want(t, http.StatusOK, "berta@example.com")
	page := older.Submit("Make my account").Want(t, http.StatusBadRequest, "another link was opened in this browser", "berta@example.com")
	if got := page.Form().Value("name"); got != "berta" {
		t.Errorf("got the name %q in the form, want that of the newer one", got)
	}
	page.Form().Fill("password", "a fine password 1").Submit("Make my account").Want(t, http.StatusOK, "Your account is made")
	older.Submit("Make my account").Want(t, http.StatusOK, "Your account is made") // the page as it is now
	if v, err := k.Engine.ViewVerification(t.Context(), keyOf(path), ""); err != nil || v.Status != "" {
		t.Errorf("got %+v, %v, want nothing done by the older one", v, err)
	}
}

// TestVerifyPageDies: a key dies with its time, or by too many names that are taken, and
// the page says what to do.
func TestVerifyPageDies(t *testing.T) {
	for _, tt := range []struct {
		what string
		die  func(k *sallyporttest.Kit, key string)
	}{
		{"its time", func(k *sallyporttest.Kit, _ string) { k.Clock.Advance(24 * time.Hour) }},
		{"names", func(k *sallyporttest.Kit, key string) {
			for range 20 {
				in := sallyport.Verification{Key: key, Username: "adam", Password: "a fine password 1"}
				if out, err := k.Engine.VerifyEmail(t.Context(), in); err != nil || out.Status != sallyport.RegistrationNameTaken {
					t.Fatalf("got %+v, %v", out, err)
				}
			}
		}},
	} {
		k, link := signUps(t, nil)
		k.AddUser(t, sallyporttest.User{Name: "adam"})
		r := request("POST", pageOf(link), "nonce=x", "Content-Type", formType, "Cookie", "sallyport_verify="+keyOf(link))
		tt.die(k, keyOf(link))
		k.Browser(k.Handler()).Open(link).Want(t, http.StatusGone, linkOver)
		a := serve(k.Handler(), r)
		a.want(t, http.StatusGone, "")
		if !strings.Contains(a.body, linkOver) || strings.Contains(a.body, evasMail) {
			t.Errorf("%s: got %s", tt.what, a.body)
		}
	}
}

// TestVerifyPageMounted: the page is there where people can sign up, at the path that
// the mails have.
func TestVerifyPageMounted(t *testing.T) {
	for _, tt := range []struct {
		what, path string
		signUp     *sallyport.SignUp
		want       int
	}{
		{"sign-up", "", &sallyport.SignUp{}, http.StatusOK},
		{"no sign-up", "", nil, http.StatusNotFound},
		{"another path", "/welcome", &sallyport.SignUp{}, http.StatusOK},
	} {
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.SignUp, c.Pages.Verify = tt.signUp, tt.path }))
		w := httptest.NewRecorder()
		k.Handler().ServeHTTP(w, request("HEAD", cmp.Or(tt.path, "/account/verify")+"/x", ""))
		if w.Code != tt.want {
			t.Errorf("%s: got %d, want %d", tt.what, w.Code, tt.want)
		}
	}
}
