package httpadapter

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// enrollForm is what the forms of the page send.
var enrollForm = form.Vocabulary{Exact: []string{"action", "nonce", "code", "address"}}

// enrollPage is what the template shows.
type enrollPage struct {
	sallyport.EnrollmentPage
	Key      *keyView // the authenticator that may be added
	Channels []channelView
	Prove    *channelView // the address that has to be proven first
	Recovery []string     // shown once
	File     template.URL // the same as a text file; not shown without them
	Alert    string       // what went wrong
	Notice   string       // what went well
	Wrong    string       // the action whose field is at fault
	Typed    string       // the address that stands in that field
}

// keyView is an authenticator key to be scanned or typed.
type keyView struct {
	sallyport.TOTPKey
	QR   template.URL // data:
	Link template.URL // otpauth:, for the phone that shows this page
}

// channelView is a form pair: send a code, confirm it.
type channelView struct {
	Transport     mfa.Transport // SMS or Email
	Send, Confirm string        // actions
}

var channelViews = []channelView{
	{Transport: mfa.Email, Send: "email-send", Confirm: "email-confirm"},
	{Transport: mfa.SMS, Send: "sms-send", Confirm: "sms-confirm"},
}

// cookieLife is as long as a pending login lives.
const cookieLife = 10 * time.Minute

// cookieName returns a name that differs by request, so that two logins in one
// browser do not replace each other's cookie. It does not reveal the id.
func cookieName(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "sallyport_enroll_" + hex.EncodeToString(sum[:4])
}

// pageCall returns a call with the page's request and the browser's cookie.
func (a *Adapter) pageCall(r *http.Request) sallyport.EnrollmentCall {
	c := sallyport.EnrollmentCall{RequestID: form.LastSegment(r), Address: a.address(r)}
	if cookie, err := r.Cookie(cookieName(c.RequestID)); err == nil {
		c.Browser = form.Copied(cookie.Value)
	}
	return c
}

// openEnrollPage shows the page. The first GET binds the request to this
// browser. HEAD must not bind it, so it gets the same answer for every id.
func (a *Adapter) openEnrollPage(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		a.writePage(w, r, http.StatusOK, page.Note{}.Page())
		return nil
	}
	call := a.pageCall(r)
	sent := call.Browser
	p, err := a.enrollState(r, &call)
	if call.Browser != sent { // bound now, also if something failed after that
		a.setCookie(w, r, call)
	}
	if err != nil {
		return err
	}
	a.writePage(w, r, http.StatusOK, page.Page{Name: "enroll", Data: p})
	return nil
}

// setCookie binds the page to the browser. No other host, page or script gets
// the cookie.
func (a *Adapter) setCookie(w http.ResponseWriter, r *http.Request, call sallyport.EnrollmentCall) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(call.RequestID), Value: call.Browser, Path: a.publicPath(r), MaxAge: int(cookieLife / time.Second),
		HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode,
	})
}

// enrollState returns what the page shows. It sets call.Browser to a new cookie
// if the browser has none yet.
func (a *Adapter) enrollState(r *http.Request, call *sallyport.EnrollmentCall) (*enrollPage, error) {
	state, err := a.engine.OpenEnrollmentPage(r.Context(), *call)
	if err != nil {
		return nil, err
	}
	if state.Browser != "" {
		call.Browser = state.Browser
	}
	p := &enrollPage{EnrollmentPage: state}
	for _, c := range channelViews {
		switch {
		case state.ProveFirst == c.Transport:
			p.Prove = &c
		case state.ProveFirst == 0 && slices.Contains(state.Transports, c.Transport):
			p.Channels = append(p.Channels, c)
		}
	}
	if slices.Contains(state.Transports, mfa.Authenticator) {
		p.Key, err = a.keyOf(r, *call)
	}
	return p, err
}

// keyOf returns the key of the authenticator that may be added.
func (a *Adapter) keyOf(r *http.Request, call sallyport.EnrollmentCall) (*keyView, error) {
	key, err := a.engine.BeginTOTP(r.Context(), call)
	if err != nil {
		return nil, err
	}
	png, err := key.PNG()
	if err != nil {
		return nil, err
	}
	return &keyView{
		TOTPKey: key,
		QR:      template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)),
		Link:    template.URL(key.URI),
	}, nil
}

// postEnrollPage takes one of the page's forms, from the browser that the page
// was shown to, and shows the page again.
func (a *Adapter) postEnrollPage(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(w, r, enrollForm, http.StatusUnsupportedMediaType)
	if err != nil {
		return err
	}
	call := a.pageCall(r)
	if call.Browser == "" {
		return sallyport.ErrUnknownRequest // a form comes from a page, whose browser has its cookie
	}
	call.Nonce = f["nonce"]
	done, err := a.enrollAction(r, call, f)
	if err != nil {
		return err
	}
	p, err := a.enrollState(r, &call)
	if err != nil {
		return err
	}
	if done.show(p, f["action"]); p.Wrong != "" {
		p.Typed = f["address"]
	}
	status := http.StatusOK
	if p.Alert != "" {
		status = http.StatusBadRequest
	}
	a.writePage(w, r, status, page.Page{Name: "enroll", Data: p})
	return nil
}

// actionDone is the outcome of a form.
type actionDone struct {
	sallyport.EnrollmentResult
	empty bool   // a code was wanted and none was sent: nothing was asked of the engine
	said  string // what to say if it went well
}

// enrollAction does what a form asks for.
func (a *Adapter) enrollAction(r *http.Request, call sallyport.EnrollmentCall, f form.Fields) (done actionDone, err error) {
	ctx, action := r.Context(), f["action"]
	if f["code"] == "" && (action == "totp" || strings.HasSuffix(action, "-confirm")) {
		return actionDone{empty: true}, nil
	}
	if action == "totp" {
		done.said = "Your authenticator app is confirmed."
		done.EnrollmentResult, err = a.engine.ConfirmTOTP(ctx, call, f["code"])
		return done, err
	}
	for _, c := range channelViews {
		switch action {
		case c.Send:
			done.said = "We have sent a code. Enter it below."
			done.EnrollmentResult, err = a.engine.SendVerification(ctx, call, c.Transport, f["address"])
			return done, err
		case c.Confirm:
			done.said = "The address is confirmed."
			done.EnrollmentResult, err = a.engine.ConfirmVerification(ctx, call, c.Transport, f["code"])
			return done, err
		}
	}
	return done, form.Refuse(http.StatusBadRequest, "action")
}

// show puts the outcome on the page.
func (d actionDone) show(p *enrollPage, action string) {
	switch {
	case d.empty:
		p.Alert = "Enter the code first."
	case d.Status == sallyport.EnrollmentSuccess:
		p.Notice = d.said
		for _, c := range d.RecoveryCodes {
			p.Recovery = append(p.Recovery, strings.ReplaceAll(page.Groups(c), " ", "-"))
		}
		p.File = template.URL("data:text/plain;charset=utf-8," + strings.Join(p.Recovery, "%0A") + "%0A")
		return
	case d.Status == sallyport.EnrollmentWrongCode:
		p.Alert = "That code is not right. Codes change often: use the newest one, and check that the clock of your phone is right."
	case d.Status == sallyport.EnrollmentFailedSending:
		p.Alert = "The code could not be sent. Wait half a minute and try again."
	case d.Wanted != "":
		p.Alert = "This address cannot be used here. Write " + d.Wanted + "."
	default:
		p.Alert = "This address cannot be used here. Check how it is spelt."
	}
	p.Wrong = action
}
