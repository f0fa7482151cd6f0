package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// ownSignUp is a sign-up of Eva's, and the secret of the browser in which it began.
func ownSignUp(t *testing.T, k *sallyporttest.Kit, name, email string) (key, browser string) {
	t.Helper()
	key = k.Outbox.Key(email, func() {
		r, err := k.Engine.Register(t.Context(), sallyport.Registration{Username: name, Email: email, Password: pass})
		if err != nil {
			t.Fatal(err)
		}
		browser = r.Secret
	})
	return key, browser
}

// TestVerifyPageOwnBrowser: in the browser of the sign-up no password is asked for, and the
// one that was typed there serves; a name that is taken asks for another name alone.
func TestVerifyPageOwnBrowser(t *testing.T) {
	k, _ := signUps(t, nil)
	k.AddUser(t, sallyporttest.User{Name: "adam"})
	key, browser := ownSignUp(t, k, "adam", "own@example.com")
	cookies := []string{"Cookie", "sallyport_verify=" + key + "; sallyport_signup=" + browser}
	page := serve(k.Handler(), request("GET", "/account/verify", "", cookies...))
	if page.want(t, http.StatusOK, ""); strings.Contains(page.body, `type="password"`) || !strings.Contains(page.body, "in this browser") {
		t.Fatalf("got %s, want no password asked for", page.body)
	}
	post := func(pairs ...string) *answer {
		body := form(append(pairs, "nonce", nonce(t, page))...)
		return serve(k.Handler(), request("POST", "/account/verify", body, append(cookies, "Content-Type", formType)...))
	}
	taken := post("name", "adam")
	if wantRefusedForm(t, taken, "name", "This name is taken."); strings.Contains(taken.body, `type="password"`) || taken.header.Get("Set-Cookie") != "" {
		t.Errorf("got %v %s, want a name asked for alone", taken.header, taken.body)
	}
	wantRefusedForm(t, post("name", " "), "name", "Choose a name first.")
	made := post("name", "own", "password", "not what was typed at the start")
	made.want(t, http.StatusSeeOther, "")
	wantHeader(t, made, "Set-Cookie", "sallyport_signup=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
	r, err := k.Engine.Login(t.Context(), sallyport.Login{Username: "own", Password: pass})
	if err != nil || r.Outcome != sallyport.Granted {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestVerifyPageForeignSecret: with any other secret than that of the browser in which the
// sign-up began, a password is asked for: whoever began may be somebody else.
func TestVerifyPageForeignSecret(t *testing.T) {
	k, _ := signUps(t, nil)
	key, browser := ownSignUp(t, k, "own", "own@example.com")
	_, other := ownSignUp(t, k, "other", "other@example.com")
	for what, kept := range map[string]string{
		"none": "", "empty": "; sallyport_signup=", "another sign-up's": "; sallyport_signup=" + other, "a part": "; sallyport_signup=" + browser[1:],
		"two": "; sallyport_signup=" + browser + "; sallyport_signup=" + other, "twice": "; sallyport_signup=" + browser + "; sallyport_signup=" + browser,
		"too long": "; sallyport_signup=" + strings.Repeat("a", 4000), "another cookie's": "; sallyport_sign=" + browser,
	} {
		cookies := []string{"Cookie", "sallyport_verify=" + key + kept}
		page := serve(k.Handler(), request("GET", "/account/verify", "", cookies...))
		if page.want(t, http.StatusOK, ""); !strings.Contains(page.body, `id="password"`) || strings.Contains(page.body, "in this browser") {
			t.Errorf("%s: got %s, want a password asked for", what, page.body)
		}
		body := form("name", "own", "password", "", "nonce", nonce(t, page))
		refused := serve(k.Handler(), request("POST", "/account/verify", body, append(cookies, "Content-Type", formType)...))
		wantRefusedForm(t, refused, "password", "Choose a password first.")
	}
	if v, err := k.Engine.ViewVerification(t.Context(), key, browser); err != nil || !v.Own || v.Status != "" {
		t.Errorf("got %+v, %v, want nothing done", v, err)
	}
}

// TestSignUpCookieOfHTTPS: over https a cookie that a site beside this one can set counts for
// nothing.
func TestSignUpCookieOfHTTPS(t *testing.T) {
	for name, own := range map[string]bool{"__Host-sallyport_signup": true, "sallyport_signup": false} {
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) {
			c.Issuer, c.SignUp = "https://login.example.com", &sallyport.SignUp{}
		}), sallyporttest.WithDirectory(func(f *directory.File) { f.Clients = nil }))
		key, browser := ownSignUp(t, k, "own", "own@example.com")
		a := serve(k.Handler(), request("GET", "/account/verify", "", "Cookie", "sallyport_verify="+key+"; "+name+"="+browser))
		if asks := strings.Contains(a.body, `type="password"`); a.status != http.StatusOK || asks == own {
			t.Errorf("%s: got %d, and a password asked for: %v", name, a.status, asks)
		}
	}
}
