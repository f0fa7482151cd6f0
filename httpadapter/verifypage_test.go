package httpadapter_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
	if !strings.HasSuffix(page.URL, "/account/verify/made") {
		t.Errorf("got to %s, want an address without the key", page.URL)
	}
	form.Submit("Make my account").Want(t, http.StatusOK, "Your account is made") // a double click
	b.Open(path).Want(t, http.StatusOK, "Your account is made")
	r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "eva2", Password: "a fine password 1"})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Errorf("got %+v, %v", r, err)
	}
	if strings.Contains(k.Logs(), path[len("/account/verify/"):]) {
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

// TestVerifyPageLooks: only a form with the page's nonce acts; robots, and addresses
// without a key, change nothing and are told nothing.
func TestVerifyPageLooks(t *testing.T) {
	k, path := signUps(t, nil)
	h := k.Handler()
	do := func(r *http.Request) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	post := func(body string) *http.Request {
		r := request("POST", path, body, "Content-Type", formType)
		return r
	}
	full := "&name=eva&password=a+fine+password+1"
	for _, tt := range []struct {
		what string
		r    *http.Request
		want int
	}{
		{"a look", request("GET", path, ""), 200},
		{"a look with a form in the address", request("GET", path+"?nonce=x"+full, ""), 200},
		{"HEAD", request("HEAD", path, ""), 200},
		{"no nonce", post(full), 404},
		{"another nonce", post("nonce=x" + full), 404},
		{"JSON", request("POST", path, `{"name":"eva"}`, "Content-Type", "application/json"), 415},
		{"no key", request("GET", "/account/verify/x", ""), 404},
		{"an unknown key", request("GET", "/account/verify/"+strings.Repeat("0", 64), ""), 404},
		{"PUT", request("PUT", path, ""), 405},
	} {
		w := do(tt.r)
		if w.Code != tt.want {
			t.Errorf("%s: got %d, want %d", tt.what, w.Code, tt.want)
		}
		if c := w.Header().Get("Content-Security-Policy"); c == "" || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Set-Cookie") != "" || !strings.Contains(w.Header().Get("Cache-Control"), "no-store") {
			t.Errorf("%s: got the headers %v", tt.what, w.Header())
		}
		if strings.Contains(w.Body.String(), nasty) {
			t.Errorf("%s: the page holds what was typed as it was typed", tt.what)
		}
	}
	if v, err := k.Engine.ViewVerification(t.Context(), path[len("/account/verify/"):]); err != nil || v.Status != "" {
		t.Errorf("got %+v, %v, want nothing done", v, err)
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
		k.Handler().ServeHTTP(w, request("GET", cmp.Or(tt.path, "/account/verify")+"/made", ""))
		if w.Code != tt.want {
			t.Errorf("%s: got %d, want %d", tt.what, w.Code, tt.want)
		}
	}
}
