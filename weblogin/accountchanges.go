package weblogin

import (
	"context"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/mfa"
)

// changes are all of them.
var changes = []change{
	{
		kind: "email", below: "/email", first: "account-email", did: didEmail,
		title: page.Say("Change the e-mail address"), lead: page.Say("Before we mail a link to the new address, show that it is you."),
		cannot: cannotChangeEmail, call: callEmail, fill: fillEmail, show: showEmail,
	},
	{
		kind: "add", below: "/factors", first: "account-add", did: didAdd,
		title: page.Say("Add a second factor"), lead: page.Say("It is confirmed, and not active yet: show with a second factor that you had before that it is you."),
		cannot: cannotChangeFactors, call: callAdd, fill: fillAdd,
	},
	{
		kind: "remove", below: "/factors/remove", first: "account-remove", did: didRemove,
		title: page.Say("Remove a second factor"), lead: page.Say("Before it is removed, show that it is you."),
		cannot: cannotChangeFactors, call: callRemove, fill: fillRemove, show: showRemove,
	},
	{
		kind: "codes", below: "/recovery-codes", first: "account-renew",
		title: page.Say("Make new recovery codes"), lead: page.Say("Before you are shown new recovery codes, show that it is you."),
		cannot: cannotChangeFactors, call: callRenew, made: madeCodes,
	},
	{
		kind: kindClose, below: "/close", first: "account-close",
		title: page.Say("Close the account"), lead: page.Say("Before your account is closed for good, show that it is you."),
		cannot: cannotClose, call: callClose, fill: fillClose, show: showClose, made: madeClosed,
	},
}

func callEmail(ctx context.Context, e *sallyport.Engine, in *changeCall) (*sallyport.Confirmation, error) {
	return e.ChangeAddress(ctx, sallyport.AddressChange{
		Address: in.Address, Session: in.Session, Password: in.Password, Email: in.email,
		RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code,
	})
}

func callAdd(ctx context.Context, e *sallyport.Engine, in *changeCall) (*sallyport.Confirmation, error) {
	return e.AddFactor(ctx, in.FactorChange)
}

func callRemove(ctx context.Context, e *sallyport.Engine, in *changeCall) (*sallyport.Confirmation, error) {
	return e.RemoveFactor(ctx, in.FactorChange)
}

func callRenew(ctx context.Context, e *sallyport.Engine, in *changeCall) (*sallyport.Confirmation, error) {
	return e.RenewRecoveryCodes(ctx, in.FactorChange)
}

func callClose(ctx context.Context, e *sallyport.Engine, in *changeCall) (*sallyport.Confirmation, error) {
	return e.CloseAccount(ctx, sallyport.AccountClosing{
		Address: in.Address, Session: in.Session, Password: in.Password,
		RequestID: in.RequestID, OptionID: in.OptionID, Code: in.Code,
	})
}

func cannotChangeEmail(p *sallyport.Profile) page.Text {
	switch {
	case p.ChangesEmail:
		return page.Text{}
	case !keptHere(p):
		return page.Say("Your e-mail address is kept elsewhere, and is changed there.")
	case p.HasPassword:
		return page.Say("This site sends no mail, so that no address can be proven. Ask whoever runs it.")
	}
	return passwordless(p)
}

func cannotChangeFactors(p *sallyport.Profile) page.Text { return passwordless(p) }

func fillEmail(v *visit, in *changeCall) page.Faults {
	if in.email = v.form["email"]; strings.TrimSpace(in.email) == "" {
		return page.Faults{blank("email", page.Say("Enter an e-mail address first."))}
	}
	return nil
}

func showEmail(v *visit, data *changePage) error {
	data.Typed = v.form["email"]
	return nil
}

// fillAdd has the page of the enrolment lead back here.
func fillAdd(v *visit, in *changeCall) page.Faults {
	in.ReturnURL = v.p.site + v.route.path
	return nil
}

func fillRemove(v *visit, in *changeCall) page.Faults {
	if in.Factor = v.form["factor"]; in.Factor == "" {
		return page.Faults{refusedChange(sallyport.ReasonUnknownFactor)}
	}
	return nil
}

// showRemove names the factor that a link, or the form, is of.
func showRemove(v *visit, data *changePage) error {
	id := v.r.URL.Query().Get("factor")
	if v.form["factor"] != "" {
		id = v.form["factor"]
	}
	list, err := v.p.engine.Factors(v.r.Context(), v.handle)
	if err != nil {
		return err
	}
	for _, f := range list.Factors {
		if f.ID == id {
			data.Factor = factorRow{Factor: f, IsApp: f.Transport == mfa.Authenticator}
			return nil
		}
	}
	data.No = refusedChange(sallyport.ReasonUnknownFactor).Text
	return nil
}

func fillClose(v *visit, _ *changeCall) page.Faults {
	if v.form["sure"] == "" {
		return page.Faults{blank("sure", page.Say("Tick the box first: a closed account cannot be opened again."))}
	}
	return nil
}

func showClose(v *visit, data *changePage) error {
	data.Sure = v.form["sure"] != ""
	return nil
}

// madeClosed drops what the browser has of the account, and leads to the page that says so.
func madeClosed(c *change, v *visit, _ pending, _ *stand) error {
	if err := v.p.guard.EndSession(v.w, v.r); err != nil {
		return err
	}
	v.drop(loginCookie)
	v.drop(stepUpCookie)
	v.drop(deviceCookie)
	return v.done(didClose, v.route.path)
}

// lookClosed says to whoever has closed their account a moment ago that it is. Everybody else
// without a session is led to the sign-in.
func lookClosed(v *visit) error {
	if v.read(noticeCookie) != didClose {
		return v.askSignIn(v.r.Method != http.MethodPost)
	}
	return v.show(page.Note{Title: page.Say("Your account is closed"), Text: []page.Text{
		page.Say("You are signed out everywhere, and nobody can sign in to it any more. You can close this page."),
	}}.Page())
}

// orClosed has a function of the page of a closing serve those alone who are signed in.
func orClosed(do func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if v.who == nil {
			return lookClosed(v)
		}
		return do(v)
	}
}

// closing is the page on which an account is closed, which is shown once more after that.
func closing(r route) route {
	r.anybody, r.look = true, orClosed(r.look)
	for name, do := range r.forms {
		r.forms[name] = orClosed(do)
	}
	return r
}
