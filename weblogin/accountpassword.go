package weblogin

import (
	"errors"
	"net/url"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// passwordForms are the forms of the page on which somebody changes their password.
var passwordForms = map[string]func(*visit) error{"change": (*visit).postPasswordChange, "again": (*visit).postAgain}

// passwordPage is what that page shows.
type passwordPage struct {
	User, Account string
	Of            string // of when the password was changed last
	GoOn          string // the path where a second factor is proven first; empty: none is wanted
	No            page.Text
}

// kindPassword marks a sign-in that sets a new password.
const kindPassword = "password"

// lookPassword shows the form, or that a second factor is wanted before the new password is
// the account's.
func (v *visit) lookPassword() error {
	profile, err := v.p.engine.Profile(v.r.Context(), v.handle)
	if err != nil {
		return err
	}
	data := &passwordPage{User: profile.Name, Account: v.p.opts.Account, Of: v.passwordTag(profile)}
	if data.No = cannotChangePassword(profile); !data.No.IsZero() {
		return v.draw("account-no", page.Say("Change the password"), data)
	}
	if staged, err := v.stagedPassword(); err != nil {
		return err
	} else if staged {
		data.GoOn = v.p.paths.SignIn + "?to=" + url.QueryEscape(v.p.opts.Account)
		return v.draw("account-staged", page.Say("One more step"), data)
	}
	return v.draw("account-password", page.Say("Change the password"), data)
}

// passwordTag is of a page that was drawn while the present password was the account's.
func (v *visit) passwordTag(p *sallyport.Profile) string {
	return v.tag("password of " + p.PasswordChanged.UTC().Format(time.RFC3339Nano))
}

// stagedPassword reports whether a new password of this browser waits for a second factor.
func (v *visit) stagedPassword() (bool, error) {
	p := v.pendingIn(loginCookie)
	if p.kind != kindPassword || p.request == "" || len(v.faults) > 0 {
		return false, nil
	}
	r, err := v.p.engine.ViewRequest(v.r.Context(), sallyport.RequestLook{RequestID: p.request})
	if errors.Is(err, sallyport.ErrUnknownRequest) {
		return false, nil
	}
	return err == nil && r.Outcome != sallyport.Granted && r.Outcome != sallyport.Denied, err
}

func cannotChangePassword(p *sallyport.Profile) page.Text {
	switch {
	case p.HasPassword:
		return page.Text{}
	case typesPassword(p):
		return page.Say("Your password is kept elsewhere, and is changed there.")
	}
	return passwordless(p)
}

// postPasswordChange changes the password. A form that comes once more after it did finds that
// out before its old password is counted as a wrong one.
func (v *visit) postPasswordChange() error {
	if faults := v.blankPasswords(); len(faults) > 0 {
		return v.refuse(faults...)
	}
	if before, err := v.isPasswordFormOld(); err != nil || before {
		return v.didOr(err, didBefore)
	}
	r, err := v.p.engine.ChangePassword(v.r.Context(), sallyport.PasswordChange{
		Session: v.handle, Password: v.form["password"], NewPassword: v.form["new"], Address: v.address(),
	})
	if err != nil {
		return v.unreadable(err)
	}
	switch fault := changeFault(r); {
	case !fault.Text.IsZero():
		if before, err := v.isPasswordFormOld(); err == nil && before { // the same form came twice at once
			return v.done(didBefore, v.p.opts.Account)
		}
		return v.refuse(fault)
	case r.Status != sallyport.PasswordChanged:
		return v.refuse(refusedChange(sallyport.NoReason))
	case r.RequestID != "":
		v.keepPending(loginCookie, pending{request: r.RequestID, kind: kindPassword})
		return v.stay()
	}
	return v.done(didPassword, v.p.opts.Account)
}

// isPasswordFormOld reports whether the password was changed since the page of the form was
// drawn.
func (v *visit) isPasswordFormOld() (bool, error) {
	profile, err := v.p.engine.Profile(v.r.Context(), v.handle)
	if err != nil {
		return false, err
	}
	return !v.isTag(v.form["of"], "password of "+profile.PasswordChanged.UTC().Format(time.RFC3339Nano)), nil
}
