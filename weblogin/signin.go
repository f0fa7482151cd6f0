package weblogin

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/useragent"
)

// signIn is the second factor of a sign-in.
var signIn = &talk{cookie: loginCookie, ask: askLogin, granted: grantedLogin, denied: deniedLogin, done: isSignedIn}

// signInForms are the forms of the sign-in.
var signInForms = merged(signIn.forms(), map[string]func(*visit) error{
	"name": (*visit).postName, "password": (*visit).postPassword, "resume": (*visit).postResume,
	"change": (*visit).postForcedChange, "again": (*visit).postAgain,
})

// signInPage is what the first page shows.
type signInPage struct {
	Name         string // as it was typed
	AsksName     bool
	AsksPassword bool
	typedName
	Keep           bool
	SignUp, Forgot string // paths; empty: there is none
}

// typedName is what may be typed as a name.
type typedName struct {
	ByName, ByEmail bool // a name, an address
}

func (v *visit) typedName() typedName {
	by := v.p.engine.SignInBy()
	return typedName{by != sallyport.SignInByEmail, by != sallyport.SignInByName}
}

// lookSignIn shows how far the sign-in of this browser is.
func (v *visit) lookSignIn() error {
	p := v.pendingIn(loginCookie)
	if p.request != "" {
		r, err := v.p.engine.ViewRequest(v.r.Context(), sallyport.RequestLook{RequestID: p.request, Browser: v.browser})
		switch {
		case errors.Is(err, sallyport.ErrUnknownRequest):
			v.drop(loginCookie)
			p = pending{}
		case err != nil:
			return err
		case r.Outcome != sallyport.Granted && r.Outcome != sallyport.Denied:
			return v.lookLogin(p, r)
		case v.who == nil && len(v.faults) == 0:
			v.drop(loginCookie)
			v.faults = page.Faults{endedFault(r)}
		}
	}
	if v.who != nil && len(v.faults) == 0 {
		return v.lookSignedIn()
	}
	return v.lookFirst(p)
}

// endedFault says how a login ended that this browser had begun, to whom it did not sign in.
func endedFault(r *sallyport.RequestView) page.Fault {
	if r.Outcome == sallyport.Granted {
		return page.Fault{Text: page.Say("This sign-in was completed, and its answer did not reach this browser. Sign in once more.")}
	}
	return deniedFault(r.Reason)
}

// lookLogin shows what a login wants next.
func (v *visit) lookLogin(p pending, r *sallyport.RequestView) error {
	switch {
	case r.Outcome == sallyport.PasswordChangeWanted:
		return v.lookForcedChange(p, r)
	case r.FactorProven:
		return v.lookEnrolled(p, r)
	case r.Outcome == sallyport.EnrollmentWanted:
		return v.draw("signin-enroll", page.Say("Add a second factor"), &factorPage{RequestView: *r, Of: v.tag(p.request)})
	}
	return signIn.lookFactor(v, p, r, page.Text{})
}

// lookFirst shows the form of name and password.
func (v *visit) lookFirst(p pending) error {
	data := &signInPage{Name: p.name, Keep: v.form["keep"] != "", Forgot: v.p.opts.Forgot, AsksName: true, AsksPassword: true}
	if v.form["name"] != "" {
		data.Name = v.form["name"]
	}
	data.typedName = v.typedName()
	if v.p.engine.CanSignUp() {
		data.SignUp = v.p.opts.SignUp
	}
	if v.p.opts.NameFirst {
		data.AsksName = data.Name == "" || v.form["action"] == "name"
		data.AsksPassword = !data.AsksName
	}
	return v.draw("signin", page.Say("Sign in"), data)
}

// lookSignedIn leads on who is signed in already, or says so where they came from nowhere.
func (v *visit) lookSignedIn() error {
	data := v.signedIn()
	if data.Notice, data.WantsFactor = v.takeGrace(); !data.Notice.IsZero() {
		data.Home = v.onward()
		return v.draw("signed-in", page.Say("You are signed in"), data)
	}
	if v.r.URL.Query().Get("to") != "" {
		return v.lead(v.onward())
	}
	return v.draw("signed-in", page.Say("You are signed in"), data)
}

func (v *visit) signedIn() *signedInPage {
	return &signedInPage{Name: v.who.Name, Home: v.p.opts.Home, Account: v.p.opts.Account, SignOut: v.p.opts.SignOut}
}

// signedInPage is what the page shows of who is signed in.
type signedInPage struct {
	Name, Home, Account, SignOut string
	Notice                       page.Text // of a sign-in by grace
	WantsFactor                  bool      // it went without a second factor, else with an old password
}

// postName keeps the name for the page that asks for the password. Nothing is looked up.
func (v *visit) postName() error {
	if strings.TrimSpace(v.form["name"]) == "" {
		return v.refuse(blank("name", page.Say("Enter your name first.")))
	}
	v.keepPending(loginCookie, pending{name: v.form["name"]})
	return v.stay()
}

// postPassword is the first call of a login.
func (v *visit) postPassword() error {
	switch {
	case strings.TrimSpace(v.form["name"]) == "":
		return v.refuse(blank("name", page.Say("Enter your name first.")))
	case v.form["password"] == "":
		return v.refuse(blank("password", page.Say("Enter your password first.")))
	}
	p := pending{name: v.form["name"]}
	s, err := v.login(sallyport.Login{
		Username: p.name, Password: v.form["password"], KeepSignedIn: v.form["keep"] != "", DeviceToken: v.devices(),
		ReturnURL: v.p.site + v.here(),
	})
	if err != nil {
		return v.unreadable(err)
	}
	return signIn.follow(v, p, s)
}

// unreadable is a name or a password that no login can be made of.
func (v *visit) unreadable(err error) error {
	if e, malformed := errors.AsType[*sallyport.ProtocolError](err); malformed {
		field := "name"
		if strings.EqualFold(e.Field, "password") {
			field = "password"
		}
		return v.refuse(page.Fault{Field: field, Text: page.Say("This is too long, or holds characters that cannot be typed. Check it and try again.")})
	}
	return err
}

// postResume goes on after a factor was enrolled.
func (v *visit) postResume() error {
	p, ok := signIn.own(v)
	if !ok {
		return signIn.late(v, p)
	}
	in := sallyport.Login{RequestID: p.request, ResumeSecret: p.resume}
	if v.form["password"] != "" {
		in.ResumeSecret, in.Password = "", v.form["password"]
	}
	s, err := v.login(in)
	if err != nil {
		return signIn.failed(v, err)
	}
	return signIn.follow(v, p, s)
}

// postAgain begins anew.
func (v *visit) postAgain() error {
	v.drop(loginCookie)
	return v.stay()
}

// login makes one call of the login of this browser.
func (v *visit) login(in sallyport.Login) (*stand, error) {
	in.Browser, in.Address, in.Device = v.browser, v.address(), useragent.Device(v.r.UserAgent())
	r, err := v.p.engine.Login(v.r.Context(), in)
	return answered(r, err)
}

// askLogin goes on with a login by a second factor.
func askLogin(v *visit, p pending, a answer) (*stand, error) {
	in := sallyport.Login{RequestID: p.request, OptionID: a.option, Code: a.code, RememberDevice: a.remember, Browser: v.browser, Address: v.address()}
	if !a.hold {
		r, err := v.p.engine.Login(v.r.Context(), in)
		return answered(r, err)
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), holdFor)
	defer cancel()
	r, err := v.p.engine.Wait(ctx, in)
	return waited(ctx, r, err)
}

// grantedLogin keeps the session in the cookie, and leads to where the browser came from.
func grantedLogin(v *visit, p pending, s *stand) error {
	if err := v.p.guard.SignIn(v.w, v.r, s.session); err != nil {
		return err
	}
	if s.device != "" {
		v.keepDevices(sallyport.KeepDeviceToken(v.devices(), s.device))
	}
	if p.kind == kindPassword {
		v.keep(noticeCookie, didPassword, noticeLife)
	}
	if what := graceOf(s); what != "" {
		v.keep(graceCookie, what, graceLife)
		return v.lead(v.here())
	}
	return v.lead(v.onward())
}

func isSignedIn(v *visit) bool { return v.who != nil }

// deniedLogin says on the first page why a login has ended. Where this browser has signed in by
// the very form, in another answer, it is led on.
func deniedLogin(v *visit, why sallyport.Reason) error {
	if why == sallyport.ReasonOver {
		switch granted, err := v.wasGranted(); {
		case err != nil:
			return err
		case granted:
			return v.lead(v.onward())
		}
	}
	v.under = &pending{name: v.pendingIn(loginCookie).name}
	return v.refuse(deniedFault(why))
}

// wasGranted reports whether the login that this browser had under way was granted: then the
// cookie of its session is in the answer to another form.
func (v *visit) wasGranted() (bool, error) {
	p := v.pendingIn(loginCookie)
	if v.who != nil || p.request == "" {
		return v.who != nil, nil
	}
	r, err := v.p.engine.ViewRequest(v.r.Context(), sallyport.RequestLook{RequestID: p.request, Browser: v.browser})
	if errors.Is(err, sallyport.ErrUnknownRequest) {
		return false, nil
	}
	return err == nil && r.Outcome == sallyport.Granted, err
}

// merged is one map of several.
func merged(list ...map[string]func(*visit) error) map[string]func(*visit) error {
	all := map[string]func(*visit) error{}
	for _, m := range list {
		for name, f := range m {
			all[name] = f
		}
	}
	return all
}
