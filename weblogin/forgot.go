package weblogin

import (
	"cmp"
	"errors"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// forgotForms are the forms by which a mail is asked for that leads to a new password.
var forgotForms = map[string]func(*visit) error{"forgot": (*visit).postForgot, "again": (*visit).postForgotAgain}

// forgotPage is what the page shows on which the mail is asked for.
type forgotPage struct {
	typedName
	Name, SignIn string
}

// lookForgot shows the form, or that a mail was asked for.
func (v *visit) lookForgot() error {
	p := v.pendingIn(forgotCookie)
	typing := v.form["action"] == "forgot"
	if p.kind == kindSent && !typing {
		return v.draw("forgot-sent", page.Say("Look into your mail"), &sentPage{To: p.name, SignIn: v.p.paths.SignIn})
	}
	name := cmp.Or(p.name, v.pendingIn(loginCookie).name)
	if typing {
		name = v.form["name"]
	}
	return v.draw("forgot", page.Say("Forgotten password"), &forgotPage{typedName: v.typedName(), Name: name, SignIn: v.p.paths.SignIn})
}

// postForgot asks for the mail. What it leads to is the same whoever has an account.
func (v *visit) postForgot() error {
	name := strings.TrimSpace(v.form["name"])
	if name == "" {
		return v.refuse(page.Fault{Field: "name", Text: page.Say("The name is missing. Enter the one by which you sign in.")})
	}
	err := v.p.engine.BeginReset(v.r.Context(), sallyport.ResetRequest{Username: v.form["name"], Address: v.address()})
	switch {
	case errors.Is(err, sallyport.ErrBusy):
		return v.busy()
	case errors.Is(err, sallyport.ErrHostAccounts):
		return v.refuse(page.Fault{Text: page.Say("No mail was sent: passwords are not set on this site. Ask whoever runs it how you get a new one.")})
	case err != nil:
		return v.unreadable(err)
	}
	v.keepSent(forgotCookie, name)
	return v.stay()
}

// postForgotAgain leads back to the form, for another mail or another name.
func (v *visit) postForgotAgain() error {
	p := v.pendingIn(forgotCookie)
	p.kind = ""
	v.keepPending(forgotCookie, p)
	return v.stay()
}
