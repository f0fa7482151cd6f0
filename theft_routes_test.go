package sallyport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// theftRoute is one way to write or arm a factor, with the calls of the engine and the paths
// of the adapter that it takes.
type theftRoute struct {
	name  string
	calls []string
	take  func(th *thief)
}

var theftRoutes = []theftRoute{
	{"enrolment", []string{
		"Login", "Wait", "BeginTOTP", "ConfirmTOTP", "SendVerification", "ConfirmVerification", "ResendVerification", "Enrollment",
		"/connect/token",
		"/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByImage", "/api/MFAEnrollment/ValidateMicrosoftTOTP",
		"/api/MFAEnrollment/GetEnrollmentInformation", "/api/MFAEnrollment/SendEmailVerification", "/api/MFAEnrollment/ValidateEmail",
		"/api/MFAEnrollment/SendMobileNumberVerification", "/api/MFAEnrollment/ValidateMobileNumber",
	}, func(th *thief) {
		a := th.login()
		th.goOn(a, th.enrol(a.RequestID))
	}},
	{"the page of an enrolment", []string{"OpenEnrollmentPage", "ViewEnrollmentPage", "/mfa/enroll/{requestId}"}, func(th *thief) {
		a := th.login()
		th.goOn(a, th.enrolOnPage(a.RequestID))
	}},
	{"an invitation", []string{"ViewInvitation", "AcceptInvitation", "/account/invite", "/account/invite/{key}"}, func(th *thief) {
		keys := append(th.keys("invitation"), strings.Repeat("0a", 32))
		if th.invitation != "" {
			keys = append(keys, th.invitation)
		}
		for _, key := range keys {
			if page := th.Browser(th.Handler()).Open("/account/invite/" + key); page.Status == http.StatusOK {
				if page = page.Form("password").Fill("password", th.password).Submit("Go on"); strings.Contains(page.URL, "/mfa/enroll/") {
					th.enrolOnPage(page.URL[strings.LastIndexByte(page.URL, '/')+1:])
				}
			}
			r, err := th.Engine.AcceptInvitation(th.t.Context(), sallyport.InvitationCall{Key: key, Password: th.password})
			if err == nil {
				th.enrol(r.RequestID)
			}
			th.ignore(err)
		}
	}},
	{"two requests at once", []string{"CancelEnrollment", "/api/MFAEnrollment/CancelEnrollment"}, func(th *thief) {
		one, two := th.login(), th.login()
		app := th.enrol(one.RequestID)
		th.goOn(two, app)
		th.c.CancelEnrollment(two)
		th.enrol(two.RequestID)
		th.goOn(one, app)
	}},
	{"an enrolment, and another password", []string{"ChangePassword", "/api/Password/Change"}, func(th *thief) {
		a := th.login()
		th.enrol(a.RequestID)
		th.newPassword(sallyport.PasswordChange{RequestID: a.RequestID})
		th.newPassword(sallyport.PasswordChange{Username: th.name, Caller: th.caller()})
		if s := th.find(); s != "" {
			th.newPassword(sallyport.PasswordChange{Session: s})
		}
		th.goOn(a, nil)
	}},
	{"a factor is added", []string{"AddFactor", "Factors", "RenameFactor"}, func(th *thief) { th.change(adds, "") }},
	{"factors are removed", []string{"RemoveFactor"}, func(th *thief) {
		for _, id := range th.factorIDs() {
			th.change(removes, id)
		}
	}},
	{"recovery codes are drawn", []string{"RenewRecoveryCodes"}, func(th *thief) { th.change(renews, "") }},
	{"a step-up", []string{"StepUp", "AnswerStepUp", "WaitStepUp"}, (*thief).stepUp},
	{"a login of a browser, again", nil, (*thief).loginTwice},
	{"without a password", nil, func(th *thief) {
		a := th.c.Call(sallyport.Login{Module: token.ModulePasswordless, Username: th.name})
		th.goOn(a, th.enrol(a.RequestID))
		th.goOn(a, th.enrolOnPage(a.RequestID))
	}},
	{"a password is reset", []string{"BeginReset", "FinishReset", "ViewReset", "/api/Password/BeginReset", "/api/Password/FinishReset", "/account/reset", "/account/reset/{key}"}, func(th *thief) {
		ctx := th.t.Context()
		th.ignore(th.Engine.BeginReset(ctx, sallyport.ResetRequest{Username: th.name, Caller: th.caller()}))
		th.ignore(th.Engine.BeginReset(ctx, sallyport.ResetRequest{Username: evilMail}))
		a := th.login()
		for _, key := range append(th.keys("reset"), strings.Repeat("0a", 32)) {
			in := sallyport.ResetFinish{Key: key, NewPassword: fresh, RequestID: a.RequestID}
			if _, err := th.Engine.FinishReset(ctx, in); err != nil {
				th.ignore(err)
			}
			th.Browser(th.Handler()).Open("/account/reset/" + key)
		}
		th.goOn(a, th.enrol(a.RequestID))
	}},
	{"a sign-up for what is taken", []string{"Register", "VerifyEmail", "ViewVerification", "/account/verify", "/account/verify/{key}"}, func(th *thief) {
		for _, in := range []sallyport.Registration{
			{Username: th.name, Password: fresh, Email: evilMail}, {Username: "eve", Password: fresh, Email: mail},
		} {
			r, err := th.Engine.Register(th.t.Context(), in)
			if err != nil {
				th.ignore(err)
				continue
			}
			if in.Email == evilMail {
				th.Outbox.Await(evilMail, "sign-up") // it goes out behind the answer
			}
			for _, key := range th.keys("sign-up") {
				_, err := th.Engine.VerifyEmail(th.t.Context(), sallyport.Verification{Key: key, Secret: r.Secret, Username: th.name})
				th.ignore(err)
				th.Browser(th.Handler()).Open("/account/verify/" + key)
			}
		}
	}},
	{"another address", []string{
		"ChangeAddress", "ProveAddress", "ViewAddressKey", "/account/address", "/account/address/{key}",
	}, func(th *thief) {
		th.moveAddress(sallyport.AddressChange{Username: th.name, Password: th.password})
		th.moveAddress(sallyport.AddressChange{Session: th.find(), Password: th.password})
		th.change(adds, "")
		a := th.login()
		th.goOn(a, th.enrol(a.RequestID))
		th.change(adds, "")
	}},
	{"what the thief was told is taken back", []string{
		"UndoAddress", "ViewLink", "DecideLink", "/account/undo", "/account/undo/{key}", "/mfa/link/{token}",
	}, (*thief).undoAll},
	{"the account is closed", []string{"CloseAccount"}, func(th *thief) {
		th.close(sallyport.AccountClosing{Username: th.name, Password: th.password})
		th.close(sallyport.AccountClosing{Session: th.find(), Password: th.password})
	}},
}

// theftless are the calls and paths that write no factor, and why not.
var theftless = map[string]string{
	"Admin": "an administrator's", "Apply": "the operator's", "RetireKeys": "the operator's", "RotateKeys": "the operator's", "ImportKey": "the operator's", "Keys": "the operator's, and reads", "Maintain": "upkeep", "Close": "ends the engine",
	"CanSignUp": "reads", "SignInBy": "reads", "Pages": "reads", "Issuer": "reads", "Ready": "reads", "JWKS": "reads", "Discovery": "reads", "JudgeOrigin": "reads",
	"ViewRequest": "reads", "Now": "reads", "Key": "reads", "SessionCookie": "reads", "Sessions": "reads", "Renew": "another handle of one session", "SignOutOthers": "ends sessions",
	"SignOutAll": "ends sessions", "EndSession": "ends a session",
	"Session": "reads", "Verify": "reads", "VerifyClient": "reads", "UserInfo": "reads", "TokenUser": "reads", "Devices": "reads",
	"Revoke": "ends a session", "Introspect": "reads", "/connect/revocation": "ends a session", "/connect/introspect": "reads",
	"Charge": "a host's own ledger", "ClientCredentials": "of no account", "Refresh": "writes the session alone", "SignOut": "ends a session",
	"ForgetDevice": "ends a device", "DevicesIn": "reads", "Profile": "reads", "SetLanguage": "in which the account is written to, and no factor",
	"/connect/userinfo": "reads", "/api/Principal/GetIdentity": "reads", "/api/Principal/GetCurrentRoles": "reads", "/api/Principal/GetCurrentPermissions": "reads",
	"/api/Principal/IsInRoleByName": "reads", "/Security/HasPermissionById/{id}": "reads", "/.well-known/openid-configuration": "reads", "/.well-known/oauth-authorization-server": "reads",
	"/.well-known/openid-configuration/jwks":                       "reads",
	"/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByBytes": "the picture of ByImage in another form",
}

// ignore wants an error to be one that tells the caller no, and not a fault.
func (th *thief) ignore(err error) {
	th.t.Helper()
	for _, no := range []error{
		nil, context.Canceled, sallyport.ErrUnknownRequest, sallyport.ErrInvalidSession, sallyport.ErrNoFactor, sallyport.ErrBusy,
	} {
		if errors.Is(err, no) {
			return
		}
	}
	if _, is := errors.AsType[*sallyport.ProtocolError](err); !is {
		th.t.Errorf("got %v", err)
	}
}

func (th *thief) caller() *sallyport.Caller {
	return &sallyport.Caller{ClientID: th.c.ID, ClientSecret: th.c.Secret}
}

// find is the handle of a session that is open; empty: there is none.
func (th *thief) find() string {
	if th.session == nil {
		return ""
	}
	return th.session()
}

// login is call 1 with what the thief has.
func (th *thief) login() sallyporttest.Answer {
	th.t.Helper()
	return th.c.Call(sallyport.Login{Module: th.module, Username: th.name, Password: th.password, DeviceToken: th.device, Invitation: th.invitation})
}

// code is the last code that came to an address of the thief's; empty: none did.
func (th *thief) code(to string) string {
	for _, m := range slices.Backward(th.Outbox.Messages()) {
		if m.To == to && m.Code != "" {
			return m.Code
		}
	}
	return ""
}

// keys are those in all mails of a kind to the thief.
func (th *thief) keys(kind string) (list []string) {
	for _, m := range th.Outbox.Messages() {
		if m.To == evilMail && m.Kind == kind && m.Link != "" {
			list = append(list, m.Link[strings.LastIndexByte(m.Link, '/')+1:])
		}
	}
	return list
}

// loot is what the thief enrolled: an app, and the recovery codes that came with it.
type loot struct {
	app   *sallyporttest.Authenticator
	codes []string
}

// enrol enrols an app, a mailbox and a phone of the thief's in a request, by the calls.
func (th *thief) enrol(requestID string) *loot {
	th.t.Helper()
	if requestID == "" {
		return nil
	}
	got := &loot{}
	app, _ := th.c.BeginTOTP(requestID)
	if app != nil {
		got.app, got.codes = app, th.c.ConfirmTOTP(requestID, app.Code()).RecoveryCodes
	}
	for _, to := range []struct{ channel, address string }{{"Email", evilMail}, {"SMS", evilPhone}, {"Email", ""}} {
		th.c.SendVerification(requestID, to.channel, to.address)
		_, err := th.Engine.ResendVerification(th.t.Context(), sallyport.EnrollmentCall{RequestID: requestID}, mfa.Email)
		th.ignore(err)
		if code := th.code(to.address); code != "" {
			th.c.ConfirmVerification(requestID, to.channel, code)
		} else {
			th.c.ConfirmVerification(requestID, to.channel, "000000")
		}
	}
	th.c.EnrollmentProgress(requestID)
	return got
}

// enrolOnPage enrols an app on the page of a request.
func (th *thief) enrolOnPage(requestID string) *loot {
	th.t.Helper()
	page := th.Browser(th.Handler()).Open("/mfa/enroll/" + requestID + "?add=app")
	if !bytes.Contains(page.Body, []byte("otpauth:")) {
		return nil
	}
	app := page.Authenticator()
	page.Form("code").Fill("code", app.Code()).Submit("Confirm")
	return &loot{app: app}
}

// goOn answers each option of a request with all that the thief has, and then says that it
// has been enrolled.
func (th *thief) goOn(a sallyporttest.Answer, got *loot) {
	th.t.Helper()
	th.Clock.Advance(30 * time.Second)
	codes := []string{th.code(evilMail)}
	if got != nil && got.app != nil {
		codes = append([]string{got.app.Code()}, append(got.codes[:min(1, len(got.codes))], codes...)...)
	}
	for _, name := range a.Offered() {
		transport, mode, _ := strings.Cut(name, " ")
		id, _ := a.Option(transport, mode)
		in := sallyport.Login{Caller: th.caller(), RequestID: a.RequestID, OptionID: id}
		_, err := th.Engine.Login(th.t.Context(), in) // in process: a link is not held
		th.ignore(err)
		_, err = th.Engine.Wait(gone(), in)
		th.ignore(err)
		for _, code := range codes {
			if in.Code = code; code != "" {
				th.c.Call(in)
			}
		}
	}
	th.c.Call(sallyport.Login{RequestID: a.RequestID, Module: th.module, Username: th.name, Password: th.password, DeviceToken: th.device})
}

// gone is the context of a caller who does not wait.
func gone() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// change goes through a change of factors in a session that was found open.
func (th *thief) change(by change, factor string) {
	th.t.Helper()
	s := th.find()
	if s == "" {
		return
	}
	r, err := by(th.Engine, th.t, sallyport.FactorChange{Session: s, Password: th.password, Factor: factor})
	if err != nil || r.RequestID == "" {
		th.ignore(err)
		return
	}
	got := th.enrol(r.RequestID)
	th.Clock.Advance(30 * time.Second)
	for _, o := range r.Options {
		in := sallyport.FactorChange{Session: s, RequestID: r.RequestID, OptionID: o.ID}
		_, err := by(th.Engine, th.t, in)
		th.ignore(err)
		if in.Code = th.code(evilMail); got != nil && got.app != nil {
			in.Code = got.app.Code()
		}
		if in.Code != "" {
			_, err = by(th.Engine, th.t, in)
			th.ignore(err)
		}
	}
	th.rename(s)
}

// stepUp opens a step-up in a session that was found open, enrols in its request, and answers
// it with all that the thief has.
func (th *thief) stepUp() {
	th.t.Helper()
	s := th.find()
	if s == "" {
		return
	}
	ctx := th.t.Context()
	r, err := th.Engine.StepUp(ctx, s, sallyport.Need{RecoveryCodes: true})
	if err != nil || len(r.Options) == 0 {
		th.ignore(err)
		return
	}
	got := th.enrol(r.RequestID)
	th.enrolOnPage(r.RequestID)
	th.Clock.Advance(30 * time.Second)
	for _, o := range r.Options {
		in := sallyport.StepUpAnswer{RequestID: r.RequestID, OptionID: o.ID}
		_, err := th.Engine.AnswerStepUp(ctx, s, in)
		th.ignore(err)
		_, err = th.Engine.WaitStepUp(gone(), s, in)
		th.ignore(err)
		if in.Code = th.code(evilMail); got != nil && got.app != nil {
			in.Code = got.app.Code()
		}
		if in.Code == "" {
			in.Code = "000000"
		}
		_, err = th.Engine.AnswerStepUp(ctx, s, in)
		th.ignore(err)
	}
}

// rename gives every factor another name, for which the session is enough.
func (th *thief) rename(s string) {
	th.t.Helper()
	for _, id := range th.factorIDs() {
		th.ignore(th.Engine.RenameFactor(th.t.Context(), s, id, "mine"))
	}
}

// factorIDs are those of the account's factors, as its session lists them.
func (th *thief) factorIDs() (list []string) {
	th.t.Helper()
	s := th.find()
	if s == "" {
		return nil
	}
	l, err := th.Engine.Factors(th.t.Context(), s)
	if err != nil {
		th.t.Fatal(err)
	}
	for _, x := range l.Factors {
		list = append(list, x.ID)
	}
	return list
}

// newPassword sets another password where that is enough, which the thief knows then.
func (th *thief) newPassword(in sallyport.PasswordChange) {
	th.t.Helper()
	in.Password, in.NewPassword = th.password, fmt.Sprint(fresh, th.Clock.Now().UnixNano())
	r, err := th.Engine.ChangePassword(th.t.Context(), in)
	if err == nil && r.Status == sallyport.PasswordChanged && r.RequestID == "" { // else it is staged
		th.password = in.NewPassword
		th.owner.Password = in.NewPassword
	}
	th.ignore(err)
	th.Clock.Advance(time.Minute)
}

// moveAddress asks for the thief's address, proves it, and takes back what can be.
func (th *thief) moveAddress(in sallyport.AddressChange) {
	th.t.Helper()
	if in.Username+in.Session == "" {
		return
	}
	in.Email = evilMail
	r, err := th.Engine.ChangeAddress(th.t.Context(), in)
	if err != nil {
		th.ignore(err)
		return
	}
	for _, o := range r.Options {
		if th.code(evilMail) == "" {
			break
		}
		_, err := th.Engine.ChangeAddress(th.t.Context(), sallyport.AddressChange{Session: in.Session, RequestID: r.RequestID, OptionID: o.ID, Code: th.code(evilMail)})
		th.ignore(err)
	}
	if r.Outcome == sallyport.Granted {
		th.Outbox.Await(evilMail, "address") // it goes out behind the answer
	}
	for _, key := range th.keys("address") {
		th.Browser(th.Handler()).Open("/account/address/" + key)
		out, err := th.Engine.ProveAddress(th.t.Context(), key)
		th.ignore(err)
		if err == nil && out.Status == sallyport.AddressProven {
			th.Outbox.Await(evilMail, "notice")
		}
	}
}

// undoAll answers every link and key that came to the thief in a notice.
func (th *thief) undoAll() {
	th.t.Helper()
	for _, key := range th.keys("notice") {
		th.Browser(th.Handler()).Open("/account/undo/" + key)
		_, err := th.Engine.UndoAddress(th.t.Context(), key)
		th.ignore(err)
		if v, err := th.Engine.ViewLink(th.t.Context(), key); err == nil {
			_, err := th.Engine.DecideLink(th.t.Context(), key, sallyport.LinkDecision{Nonce: v.Nonce, Approve: true})
			th.ignore(err)
		}
	}
}

// close closes the account.
func (th *thief) close(in sallyport.AccountClosing) {
	th.t.Helper()
	if in.Username+in.Session == "" {
		return
	}
	_, err := th.Engine.CloseAccount(th.t.Context(), in)
	th.ignore(err)
}
