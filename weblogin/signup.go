package weblogin

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password"
)

// signUpForms are the forms of the sign-up.
var signUpForms = map[string]func(*visit) error{"sign-up": (*visit).postSignUp, "again": (*visit).postSignUpAgain}

// signUpPage is what the page shows on which somebody asks for an account.
type signUpPage struct{ Name, Email, SignIn string }

// sentPage is what the page shows after a mail was asked for, whether or not one went out.
type sentPage struct{ To, SignIn string }

// kindSent is the kind of what is under way once a mail was asked for.
const kindSent = "sent"

// sentLife is how long a browser is shown that a mail was asked for, and for whom. It is short
// of a day, since others may sit down before it.
const sentLife = time.Hour

// signUpSecretCookie keeps what lets the page of the mailed link take the password that was
// typed here, in this browser alone. Package httpadapter reads it there.
const (
	signUpSecretCookie = "sallyport_signup"
	signUpSecretLife   = 24 * time.Hour // as long as the link is good
)

// lookSignUp shows the form, or that a mail was asked for.
func (v *visit) lookSignUp() error {
	p := v.pendingIn(signUpCookie)
	email, name, _ := strings.Cut(p.name, "\n")
	typing := v.form["action"] == "sign-up"
	switch {
	case v.who != nil:
		return v.draw("signed-in", page.Say("You are signed in"), v.signedIn())
	case p.kind == kindSent && !typing:
		return v.draw("sign-up-sent", page.Say("Look into your mail"), &sentPage{To: email, SignIn: v.p.paths.SignIn})
	case typing:
		name, email = v.form["name"], v.form["email"]
	}
	return v.draw("sign-up", page.Say("Make an account"), &signUpPage{Name: name, Email: email, SignIn: v.p.paths.SignIn})
}

// postSignUp asks for an account. What it leads to is the same whatever is taken.
func (v *visit) postSignUp() error {
	if v.who != nil {
		return v.refuse(page.Fault{Text: page.Say("Nothing was done: you are signed in already. Sign out first if you want to make another account.")})
	}
	in := sallyport.Registration{
		Address: v.address(), Username: v.form["name"], Email: v.form["email"], Password: v.form["password"], Language: v.p.theme.Language("", v.r.Header.Get("Accept-Language")),
	}
	r, err := v.p.engine.Register(v.r.Context(), in)
	if err != nil {
		return v.refusedSignUp(err)
	}
	v.keepSignUpSecret(r.Secret)
	v.keepSent(signUpCookie, typed.Email(in.Email)+"\n"+strings.TrimSpace(in.Username))
	return v.stay()
}

// postSignUpAgain leads back to the form, for another mail or another address. The password is
// typed once more, since nothing keeps it.
func (v *visit) postSignUpAgain() error {
	p := v.pendingIn(signUpCookie)
	p.kind = ""
	v.keepPending(signUpCookie, p)
	return v.stay()
}

// keepSent keeps that a mail was asked for, and for whom.
func (v *visit) keepSent(cookie, who string) {
	v.keep(cookie, pending{kind: kindSent, name: who}.encode(), sentLife)
}

func (v *visit) keepSignUpSecret(secret string) {
	name := signUpSecretCookie
	if v.p.secure {
		name = "__Host-" + name
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: secret, Path: "/", MaxAge: int(signUpSecretLife / time.Second),
		Secure: v.p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// refusedSignUp says what is wrong with each field, all at once.
func (v *visit) refusedSignUp(err error) error {
	var faults page.Faults
	for _, e := range fieldErrors(err) {
		faults = append(faults, v.fieldFault(e))
	}
	if e, refused := errors.AsType[*password.PolicyError](err); refused {
		faults = append(faults, passwordFault("password", e))
	}
	switch {
	case len(faults) > 0:
		return v.refuse(faults...)
	case errors.Is(err, sallyport.ErrBusy):
		return v.busy()
	}
	return err
}

// fieldErrors are the errors about single fields that an error joins, in their order.
func fieldErrors(err error) (list []*sallyport.FieldError) {
	if e, ok := err.(*sallyport.FieldError); ok {
		return []*sallyport.FieldError{e}
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, fieldErrors(e)...)
		}
	}
	return list
}

// fieldFault says what is wrong with one field of the sign-up.
func (v *visit) fieldFault(e *sallyport.FieldError) page.Fault {
	switch {
	case e.Field == "Username" && strings.TrimSpace(v.form["name"]) == "":
		return page.Fault{Field: "name", Text: page.Say("The name is missing. Choose one, by which you will sign in.")}
	case e.Field == "Username":
		return page.Fault{Field: "name", Text: page.Sentences(page.Say("This name cannot be used: it %s.", e.Err), page.Say("Choose another one."))}
	case e.Field == "Email" && strings.TrimSpace(v.form["email"]) == "":
		return page.Fault{Field: "email", Text: page.Say("The e-mail address is missing. Enter yours: we send a link there.")}
	case e.Field == "Email":
		return page.Fault{Field: "email", Text: page.Say("This is no address to which mail can be sent. Write it as in name@example.com.")}
	case e.Field == "Password":
		return page.Fault{Field: "password", Text: page.Say("The password is missing. Choose one.")}
	}
	return page.Fault{Text: page.Say("This form could not be taken. Load the page anew, and fill it in once more.")}
}

// passwordFault says which rules a new password breaks.
func passwordFault(field string, e *password.PolicyError) page.Fault {
	return page.Fault{Field: field, Text: page.Sentences(page.Say("This password cannot be used."), page.SaidBy(e))}
}
