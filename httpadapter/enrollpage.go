package httpadapter

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// enrollForm is what the forms of the page send.
var enrollForm = form.Vocabulary{Exact: []string{"action", "nonce", "code", "address", "other", "name"}}

// cookieLife is as long as a pending login lives.
const cookieLife = 10 * time.Minute

// cookieName returns a name that differs by request, so that two logins in one
// browser do not replace each other's cookie, and is the same for every spelling of
// its id. It does not reveal the id.
func cookieName(id string) string {
	if u, ok := rnd.ParseUUID(id); ok {
		id = rnd.FormatUUID(u)
	}
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
// browser. HEAD and what is not a person's own look must not bind it, so they get
// the same answer for every id.
func (a *Adapter) openEnrollPage(w http.ResponseWriter, r *http.Request) error {
	if done, err := a.onlyLooks(w, r); done || err != nil {
		return err
	}
	call := a.pageCall(r)
	state, err := a.engine.OpenEnrollmentPage(r.Context(), call)
	if err != nil {
		return err
	}
	if state.Browser != "" { // bound now, also if something fails after that
		call.Browser = state.Browser
		a.setCookie(w, r, call)
	}
	p, err := a.enrollView(r, call, state, shown(r))
	if err != nil {
		return err
	}
	a.writePage(w, r, http.StatusOK, p)
	return nil
}

// isLook reports whether a GET may come from a person who opens the page in a
// window of its own. Browsers say in headers that they load an image, a frame or a
// script, or load ahead of time; a program that sends no such header is taken for
// an old browser.
func isLook(r *http.Request) bool {
	h := r.Header
	if dest := strings.Join(h["Sec-Fetch-Dest"], ","); dest != "" && dest != "document" {
		return false
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		said := strings.ToLower(strings.Join(h[name], ","))
		for _, ahead := range []string{"prefetch", "prerender", "preview"} {
			if strings.Contains(said, ahead) {
				return false
			}
		}
	}
	return true
}

// setCookie binds the page to the browser. No other host and no script gets the
// cookie. Its path ends before the id, since browsers compare paths exactly and an id
// may be written in either case.
func (a *Adapter) setCookie(w http.ResponseWriter, r *http.Request, call sallyport.EnrollmentCall) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(call.RequestID), Value: call.Browser, Path: a.parentPath(r), MaxAge: int(cookieLife / time.Second),
		HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode,
	})
}

// enrollAction is one form of the page.
type enrollAction struct {
	way  way
	code bool   // a code is wanted
	then string // the query of the page that shows what came of it
	step enrollStep
}

// enrollActions are the forms of the page by the name that each sends.
func (a *Adapter) enrollActions() map[string]enrollAction {
	list := map[string]enrollAction{}
	for _, w := range ways {
		if w.Step == "app" {
			list["totp"] = enrollAction{way: w, code: true, step: a.confirmApp}
			continue
		}
		there := "?add=" + w.Step
		list[w.Step+"-send"] = enrollAction{way: w, then: there, step: func(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
			return a.engine.SendVerification(ctx, c, w.Over, f["address"])
		}}
		list[w.Step+"-again"] = enrollAction{way: w, then: there, step: func(ctx context.Context, c sallyport.EnrollmentCall, _ form.Fields) (sallyport.EnrollmentResult, error) {
			return a.engine.ResendVerification(ctx, c, w.Over)
		}}
		list[w.Step+"-confirm"] = enrollAction{way: w, code: true, step: func(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
			return a.engine.ConfirmVerification(ctx, c, w.Over, f["code"])
		}}
	}
	return list
}

func (a *Adapter) confirmApp(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
	c.Name = f["name"]
	return a.engine.ConfirmTOTP(ctx, c, f["code"])
}

// postEnrollPage takes one of the page's forms, from the browser that the page
// was shown to. One that went well leads to the page that shows the outcome, so
// that a reload sends nothing again; a refused one is answered in place.
func (a *Adapter) postEnrollPage(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(w, r, enrollForm, http.StatusUnsupportedMediaType)
	if err != nil {
		return err
	}
	s := sent{call: a.pageCall(r), fields: f}
	if s.call.Browser == "" {
		return sallyport.ErrUnknownRequest // a form comes from a page, whose browser has its cookie
	}
	s.call.Nonce = f["nonce"]
	known := false
	if s.enrollAction, known = a.actions[f["action"]]; !known {
		return form.Refuse(http.StatusBadRequest, "action")
	}
	if fault := s.blank(); !fault.Text.IsZero() {
		return a.refuseForm(w, r, s, fault)
	}
	result, err := s.step(r.Context(), s.call, f)
	switch {
	case isUnknown(err):
		return a.explain(w, r, s.call)
	case err != nil:
		return err
	case result.Status == sallyport.EnrollmentSuccess:
		a.seeOther(w, r, s.then)
		return nil
	}
	return a.refuseForm(w, r, s, s.fault(result.Status))
}

// sent is one form that was sent.
type sent struct {
	enrollAction
	call   sallyport.EnrollmentCall
	fields form.Fields
}

// blank returns what is wrong with a form whose field was left empty. That is no
// wrong code, and where another address was asked for none is not the one on record.
func (s *sent) blank() page.Fault {
	switch {
	case s.code && typed.Code(s.fields["code"]) == "":
		return page.Fault{Field: "code", Text: page.Say("Enter the code first.")}
	case s.fields["other"] == "" || strings.TrimSpace(s.fields["address"]) != "":
		return page.Fault{}
	case s.way.Over == mfa.SMS:
		return page.Fault{Field: "address", Text: page.Say("Enter the number first.")}
	}
	return page.Fault{Field: "address", Text: page.Say("Enter the address first.")}
}

// explain leads to the page where a form was too late: it says how the request
// ended, or what was done already. A form that is not of this browser's page is
// told nothing.
func (a *Adapter) explain(w http.ResponseWriter, r *http.Request, call sallyport.EnrollmentCall) error {
	state, err := a.engine.ViewEnrollmentPage(r.Context(), call)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(state.Nonce), []byte(call.Nonce)) != 1 {
		return sallyport.ErrUnknownRequest
	}
	a.seeOther(w, r, "")
	return nil
}

// fault says what was wrong with a form, and where.
func (s *sent) fault(status sallyport.EnrollmentStatus) page.Fault {
	switch {
	case status == sallyport.EnrollmentWrongCode && s.way.Step == "app":
		return page.Fault{Field: "code", Text: page.Say("That code is not right. Use the one that the app shows now, and let your phone set its clock by the network.")}
	case status == sallyport.EnrollmentWrongCode:
		return page.Fault{Field: "code", Text: page.Say("That code is not right. Use the newest message, or send another code.")}
	case status == sallyport.EnrollmentInvalidName:
		return page.Fault{Field: "name", Text: page.Say("This name cannot be used. Use up to 64 letters, digits and signs.")}
	case status == sallyport.EnrollmentFailedSending:
		return page.Fault{Text: page.Say("The code could not be sent. Wait half a minute and try again.")}
	case s.way.Step == "sms":
		return page.Fault{Field: "address", Text: page.Say("This number cannot be used. Write it with a plus and the country code, such as +49 170 1234567.")}
	}
	return page.Fault{Field: "address", Text: page.Say("This address cannot be used. Check how it is spelt.")}
}

// refuseForm shows the form again, with what was typed but for codes, and what is
// wrong with it. Where the last code has closed the request it says so instead.
func (a *Adapter) refuseForm(w http.ResponseWriter, r *http.Request, s sent, fault page.Fault) error {
	state, err := a.engine.ViewEnrollmentPage(r.Context(), s.call)
	if err != nil {
		return err
	}
	ask := form.Fields{"add": s.way.Step}
	if fault.Field == "address" {
		ask["other"] = "1"
	}
	p, err := a.enrollView(r, s.call, state, ask)
	if err != nil {
		return err
	}
	if data, ok := p.Data.(*enrollPage); ok {
		if data.Step != s.way.Step { // another form was answered meanwhile, and this one is not shown any more
			a.seeOther(w, r, "")
			return nil
		}
		data.Typed, p.Faults = s.fields["address"]+s.fields["name"], page.Faults{fault}
	}
	a.writePage(w, r, http.StatusBadRequest, p)
	return nil
}

// seeOther leads to the page as it is now (303).
func (a *Adapter) seeOther(w http.ResponseWriter, r *http.Request, query string) {
	a.leadTo(w, a.publicPath(r)+query)
}

// leadTo leads to a page of ours (303).
func (a *Adapter) leadTo(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	a.theme.SetHeaders(w.Header(), page.Page{})
	writeBody(w, http.StatusSeeOther, "text/html; charset=utf-8", nil)
}

// isUnknown reports whether the engine knows no such request, or not for this
// caller.
func isUnknown(err error) bool { return errors.Is(err, sallyport.ErrUnknownRequest) }
