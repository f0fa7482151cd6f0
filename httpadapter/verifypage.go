package httpadapter

import (
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// verifyForm is what the form of the page sends.
var verifyForm = form.Vocabulary{Exact: []string{"nonce", "name", "password"}}

// verifyKeyPage is the page on which who signs up proves an address.
func (a *Adapter) verifyKeyPage() keyPage {
	return keyPage{
		path: a.engine.Pages().Verify, cookie: "sallyport_verify", over: a.toSignIn(verifyOver), form: verifyForm,
		doc: keyPageDoc{
			link: "The link by which who signs up proves an address. It leads to the page without the key.",
			look: "The page on which who signs up proves an address.",
			sent: "Makes the account.",
		},
		view: a.viewVerification,
	}
}

// signUpCookie is the name of the cookie by which a host's own sign-up form, such as that of
// package weblogin, keeps the secret of its registration: with it the password serves that
// was typed there. Over https its name begins with __Host-: a site beside this one, which could
// set it else, would have whoever opens the link take a password of its own.
const signUpCookie = "sallyport_signup"

func (a *Adapter) signUpCookie() string {
	if a.secure {
		return "__Host-" + signUpCookie
	}
	return signUpCookie
}

// signUpSecret reads it. A browser that sends several has none: one may be somebody else's.
func (a *Adapter) signUpSecret(r *http.Request) string {
	if list := r.CookiesNamed(a.signUpCookie()); len(list) == 1 {
		return form.Copied(list[0].Value)
	}
	return ""
}

// verifyPage is what the template shows.
type verifyPage struct {
	sallyport.VerificationView
	Typed string // the name, as it stands in its field
}

// viewVerification returns how it stands with the sign-up that a key is for.
func (a *Adapter) viewVerification(r *http.Request, k keptKey) (*keyState, error) {
	secret := a.signUpSecret(r)
	v, err := a.engine.ViewVerification(r.Context(), k.key, secret)
	switch {
	case err != nil:
		return nil, err
	case v.Status == sallyport.RegistrationDead:
		return nil, sallyport.ErrUnknownRequest
	}
	return &keyState{
		left: v.Left, done: v.Status != "", nonce: v.Nonce, shown: a.verifyView(v, v.Name),
		post: func(w http.ResponseWriter, r *http.Request, f form.Fields) error {
			in := sallyport.Verification{Address: a.address(r), Key: k.key, Username: f["name"], Password: f["password"]}
			if v.Own {
				in.Secret, in.Password = secret, ""
			}
			return a.postVerification(w, r, in, a.verifyView(v, f["name"]))
		},
	}, nil
}

// verifyView is the form with that name in it, or how the sign-up ended, in the language of
// the sign-up.
func (a *Adapter) verifyView(v sallyport.VerificationView, name string) page.Page {
	return a.verifyScreen(v, name).In(v.Language)
}

func (a *Adapter) verifyScreen(v sallyport.VerificationView, name string) page.Page {
	if note, done := verifyNotes[v.Status]; done {
		if v.Status != sallyport.RegistrationWaits { // who waits cannot sign in yet
			note = a.toSignIn(note)
		}
		return note.Page()
	}
	return page.Page{
		Name: "verify", Title: page.Say("Make your account"),
		Data: &verifyPage{VerificationView: v, Typed: name},
	}
}

// postVerification makes the account, with the name of the form, and with its password too
// in another browser than that of the sign-up.
func (a *Adapter) postVerification(w http.ResponseWriter, r *http.Request, in sallyport.Verification, shown page.Page) error {
	fault := blankVerification(&in)
	if fault.Text.IsZero() {
		out, err := a.engine.VerifyEmail(r.Context(), in)
		if err != nil {
			return err
		}
		fault = verifyFault(out)
	}
	if !fault.Text.IsZero() {
		shown.Faults = page.Faults{fault}
		a.writePage(w, r, http.StatusBadRequest, shown)
		return nil
	}
	if in.Secret != "" {
		http.SetCookie(w, a.endedCookie(a.signUpCookie(), "/"))
	}
	a.seeOther(w, r, "") // also where the key has died meanwhile: the page says so
	return nil
}

// blankVerification says what was not filled in.
func blankVerification(in *sallyport.Verification) page.Fault {
	switch {
	case strings.TrimSpace(in.Username) == "":
		return page.Fault{Field: "name", Text: page.Say("Choose a name first.")}
	case in.Password == "" && in.Secret == "":
		return page.Fault{Field: "password", Text: page.Say("Choose a password first.")}
	}
	return page.Fault{}
}

// verifyFault says what was wrong with the form, if anything was.
func verifyFault(out *sallyport.VerificationResult) page.Fault {
	switch out.Status {
	case sallyport.RegistrationNameTaken:
		return page.Fault{Field: "name", Text: page.Say("This name is taken. Choose another one.")}
	case sallyport.RegistrationNameRefused:
		return page.Fault{Field: "name", Text: page.Say("This name cannot be used: it %s.", out.NameFault.Err)}
	case sallyport.RegistrationPasswordWanted:
		return page.Fault{Field: "password", Text: page.Sentences(page.Say("This password cannot be used."), page.SaidBy(out.Policy))}
	}
	return page.Fault{}
}

// The notes with which the page ends.
var (
	verifyOver = page.Note{Title: page.Say("This link is no longer good"), Text: []page.Text{
		page.Say("It has expired, or too many names were tried with it. If you have not made an account with it before, there is none."),
		page.Say("To start again, sign up once more."),
	}}
	verifyNotes = map[sallyport.RegistrationStatus]page.Note{
		sallyport.RegistrationCreated: {Title: page.Say("Your account is made"), Text: []page.Text{
			page.Say("Your address is confirmed. Go back to where you signed up and sign in with your name and password."),
		}},
		sallyport.RegistrationWaits: {Title: page.Say("Your account waits for approval"), Text: []page.Text{
			page.Say("Your address is confirmed, and your account is made. You can sign in once somebody who runs the service has approved it."),
		}},
		sallyport.RegistrationAddressTaken: {Title: page.Say("You have an account already"), Text: []page.Text{
			page.Say("Your address belongs to an account that was made meanwhile. No second one was made. Sign in with that one."),
		}},
	}
)
