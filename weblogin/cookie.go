package weblogin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// What the names of our cookies end with, after that of the session.
const (
	browserCookie = "-browser" // the secret of the browser
	loginCookie   = "-login"   // the sign-in that is under way
	stepUpCookie  = "-step-up" // the step-up
	changeCookie  = "-change"  // the change of the account
	deviceCookie  = "-devices" // the remembered devices of who signed in here
	signUpCookie  = "-sign-up" // who signed up here, and was sent a mail
	forgotCookie  = "-forgot"  // whose password is to be set anew
	graceCookie   = "-grace"   // what the sign-in just now has gone without
	noticeCookie  = "-notice"  // what was done by the last form
)

// browserBytes is how long the secret of a browser is.
const browserBytes = 32

// read returns the value of one of our cookies. A browser that sends several has none.
func (v *visit) read(name string) string {
	list := v.r.CookiesNamed(v.p.cookie + name)
	if len(list) != 1 {
		return ""
	}
	return form.Copied(list[0].Value)
}

// keep sets one of our cookies, for that long; 0: as long as the browser runs. No script, no
// other host and no form of another site has it.
func (v *visit) keep(name, value string, life time.Duration) {
	http.SetCookie(v.w, &http.Cookie{
		Name: v.p.cookie + name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: v.p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// drop has the browser drop one of our cookies.
func (v *visit) drop(name string) { v.keep(name, "", -time.Second) }

// readBrowser is the secret of the browser; empty: it has brought none that is ours.
func (v *visit) readBrowser() string {
	secret := v.read(browserCookie)
	if len(secret) != 2*browserBytes || strings.Trim(secret, "0123456789abcdef") != "" {
		return ""
	}
	return secret
}

// nonce is what the forms of the page send back. The first page that a browser is shown gives
// it the secret that the nonce is made of.
func (v *visit) nonce() string {
	if v.browser == "" {
		v.browser = strings.ToLower(rnd.Hex(browserBytes))
		v.keep(browserCookie, v.browser, 0)
	}
	return v.tag(v.route.path)
}

// tag is a digest that this browser alone is given, of what a form is about.
func (v *visit) tag(of string) string {
	mac := hmac.New(sha256.New, []byte(v.browser))
	mac.Write([]byte(of))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// isTag reports whether a form has brought that tag, and this browser its secret.
func (v *visit) isTag(sent, of string) bool {
	return v.browser != "" && subtle.ConstantTimeCompare([]byte(v.tag(of)), []byte(sent)) == 1
}
