package weblogin

import (
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// forcedPage is what the page shows on which a password has to be changed before the sign-in
// goes on.
type forcedPage struct {
	User, Of      string
	Expired, Weak bool
}

func (v *visit) lookForcedChange(p pending, r *sallyport.RequestView) error {
	return v.draw("signin-change", page.Say("Choose a new password"), &forcedPage{
		User: r.User, Of: v.tag(p.request), Expired: r.Reason == sallyport.ReasonPasswordExpired, Weak: r.Reason == sallyport.ReasonPasswordWeak,
	})
}

// postForcedChange sets the new password, and goes on with the sign-in.
func (v *visit) postForcedChange() error {
	p, ok := signIn.own(v)
	if !ok {
		return signIn.late(v, p)
	}
	if faults := v.blankPasswords(); len(faults) > 0 {
		return v.refuse(faults...)
	}
	r, err := v.p.engine.ChangePassword(v.r.Context(), sallyport.PasswordChange{
		RequestID: p.request, Browser: v.browser, Password: v.form["password"], NewPassword: v.form["new"], Address: v.address(),
	})
	if err != nil {
		return signIn.failed(v, err)
	}
	if fault := changeFault(r); !fault.Text.IsZero() {
		return v.refuse(fault)
	}
	if r.Status != sallyport.PasswordChanged {
		// The same form may have set it a moment ago, in an answer that was lost.
		if granted, err := v.wasGranted(); err != nil {
			return err
		} else if !granted {
			v.drop(loginCookie)
			return deniedLogin(v, sallyport.ReasonOver)
		}
	}
	s, err := v.login(sallyport.Login{RequestID: p.request, Password: v.form["new"]})
	if err != nil {
		return signIn.failed(v, err)
	}
	return signIn.follow(v, p, s)
}

// blankPasswords says what was not filled in of a present password and a new one.
func (v *visit) blankPasswords() (faults page.Faults) {
	if v.form["password"] == "" {
		faults = append(faults, blank("password", page.Say("Enter your present password first.")))
	}
	switch {
	case v.form["new"] == "":
		faults = append(faults, blank("new", page.Say("Enter a new password first.")))
	case v.form["new"] != v.form["again"]:
		faults = append(faults, page.Fault{Field: "again", Text: page.Say("This is not the same password. Enter the new one twice.")})
	}
	return faults
}

// changeFault says what is wrong with the passwords; the zero Fault: neither of them is.
func changeFault(r *sallyport.PasswordResult) page.Fault {
	switch r.Status {
	case sallyport.OldPasswordWrong:
		return page.Fault{Field: "password", Text: page.Sentences(page.Say("This is not your present password."), checkTyping)}
	case sallyport.OldPasswordLastTry:
		return page.Fault{Field: "password", Text: page.Sentences(page.Say("This is not your present password. After one more wrong one your name is locked for a while."), checkTyping)}
	case sallyport.PasswordsLockedOut:
		return page.Fault{Text: page.Say("Too many wrong passwords were typed for your name, so that none is accepted for a while. Try again later.")}
	}
	if r.Policy != nil {
		return passwordFault("new", r.Policy)
	}
	return page.Fault{}
}

// enrolledPage is what the page shows after a factor was added in a sign-in.
type enrolledPage struct {
	User, Of     string
	AsksPassword bool // since nothing stands for it in this browser
}

func (v *visit) lookEnrolled(p pending, r *sallyport.RequestView) error {
	return v.draw("signin-enrolled", page.Say("One more step"), &enrolledPage{User: r.User, Of: v.tag(p.request), AsksPassword: strings.TrimSpace(p.resume) == ""})
}
