package sallyport

import (
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Login is one call of the conversation that ends in tokens. The first call
// brings a name and a password; later ones bring the id of the request that the
// first was answered with, the id of an option, and the code. All fields are text
// as it came from outside; an empty field is an absent one.
type Login struct {
	// Caller is the client. Nil is the host itself, in process: it needs no client,
	// asks for no scopes, and gets a [Session] in the place of tokens.
	Caller *Caller
	// GrantType is VGAuthenticator, also where it is empty, or password (RFC 6749
	// section 4.3), which is a call 1 alone: whoever has to prove a second factor
	// goes on by VGAuthenticator.
	GrantType string
	Address   string // network address of the caller, for budgets and messages; may be empty
	Scope     string // space-separated; empty: all of the client's; read at call 1 only
	// Resource is the audience that the tokens of the login are to be for (RFC 8707): that
	// of an API among its scopes, byte by byte, or the issuer. Empty: all of them. It is
	// read at call 1 only.
	Resource string
	// Module is that of the account: empty means VGUser, others are Passwordless, whose
	// accounts have no password and are named alone, and those of [Config].Modules. A call that goes on with a request needs none.
	Module    string
	Username  string
	Password  string
	RequestID string
	OptionID  string
	Code      string
	// UserAddress is the network address of the user, as a client tells it that
	// calls for many. It is ignored unless the client is marked for it.
	UserAddress string
	// ReturnURL is where the enrollment page leads back to. It is read at call 1. Of a
	// client's call it is ignored unless the client lists such addresses; then it must be
	// one of them, byte by byte. Of the host's own it must be a page of the issuer's site.
	ReturnURL string
	// ResumeSecret stands for the password, for a client that was given one (see
	// [Enrollment]): with RequestID, without Password and OptionID, and once, when
	// the second factor of the request is proven. Wherever else it is sent it is
	// not looked at.
	ResumeSecret string
	// Invitation is the key of an [Invitation]. It is read at call 1, and not looked at
	// unless the account needs one to add a second factor.
	Invitation string
	// Device says in words what the user signs in with, such as "Firefox on
	// Windows". The page of a link shows it. It is read at call 1.
	Device string
	// KeepSignedIn asks for a session that lives for 30 days, of which 14 may pass without
	// use, in the place of 24 hours and one: for the host's own calls, by the choice of
	// whoever signs in. It may be said in any call of the login, and then holds.
	KeepSignedIn bool
	// RememberDevice asks for a [Result].DeviceToken, in the call in which a second factor
	// completes the login. It is ignored where the policy remembers no device.
	RememberDevice bool
	// DeviceToken stands for the second factor at call 1: it is what the last login on
	// the same device was answered with. One that is not good, or no longer, is as if
	// absent; so is what a client has to the host, and the other way round. It may be
	// several, of several accounts, as [KeepDeviceToken] has them: that of the account
	// counts, and the others are as if absent.
	DeviceToken string
	// Browser is a secret of the browser, 32 to 128 printable characters of ASCII that the
	// host's page draws at call 1, keeps in a cookie, and sends with every later call of the
	// same login, which then belongs to it: others are answered as one of an unknown
	// request. It lets a lost answer be given again: for thirty seconds after a login of
	// several calls was granted the very same call (request, option and code, or the
	// password) is answered with the same session, as long as that has not ended and its
	// handle was not exchanged. Of a client's calls it is not looked at.
	Browser string
}

// check finds the calls that make no sense, before anything is read.
func (in *Login) check() error {
	if err := checkFields(
		field{"scope", in.Scope}, field{"resource", in.Resource}, field{"VGAuthenticationModule", in.Module}, field{"Username", in.Username},
		field{"AuthenticationRequestId", in.RequestID}, field{"MFAAvailableId", in.OptionID}, field{"MFASecureCode", in.Code},
		field{"VGClientAddress", in.UserAddress}, field{"address", in.Address}, field{"ReturnURL", in.ReturnURL},
		field{"VGResumeSecret", in.ResumeSecret}, field{"device", in.Device}, field{"VGDeviceToken", in.DeviceToken}, field{"VGInvitation", in.Invitation},
	); err != nil {
		return err
	}
	if !isBrowserSecret(in.Browser) {
		return invalid("browser")
	}
	switch in.GrantType {
	case token.GrantVGAuthenticator:
	case token.GrantPassword:
		return in.checkPasswordGrant()
	default:
		return invalid("grant_type")
	}
	switch {
	case in.RequestID == "" && (in.OptionID != "" || in.Code != ""):
		return invalid("AuthenticationRequestId")
	case in.RequestID == "" && in.Username == "":
		return invalid("Username")
	case in.RequestID == "" && in.Password != "" && in.isPasswordless():
		return invalid("Password")
	case in.RequestID == "" && in.Password == "" && (in.Module == "" || ascii.Equal(in.Module, token.ModuleVGUser)):
		return invalid("Password") // other modules are refused by name
	case in.Code != "" && in.OptionID == "":
		return invalid("MFAAvailableId")
	}
	return nil
}

// checkPasswordGrant is check for the grant password, whose fields have names of
// their own.
func (in *Login) checkPasswordGrant() error {
	switch {
	case in.isPasswordless():
		return invalid("VGAuthenticationModule")
	case in.RequestID != "":
		return invalid("AuthenticationRequestId")
	case in.OptionID != "":
		return invalid("MFAAvailableId")
	case in.Code != "":
		return invalid("MFASecureCode")
	case in.Username == "":
		return invalid("username")
	case in.Password == "":
		return invalid("password")
	}
	return nil
}

// dialog is one call of the conversation over all attempts of its transaction.
type dialog struct {
	in    Login
	from  clientCall
	guess guess
	// login says that the call is one of a login, which alone knows requests behind no
	// password.
	login bool
	// Of call 1: the request that it may make, who was named, and where the client
	// wants its user to be led back to.
	requestID string
	module    *moduleTable // nil: VGUser, or none that is configured
	user      typedUser
	returnURL string
	// invitation is the id of the record of the key that came along; empty: none did.
	invitation string
	// What the request is for besides the login, and the password that it stages.
	purpose string
	staged  mfa.StagedPassword
	// Of a change that is no login: which it is, see [mfa.Request.Confirms], the new
	// address, and the handle of the session that it is made in.
	confirms string
	address  string
	factor   string // id of the one that is to be removed
	// Of a step-up: what it has to prove, and the record of the session's last, which ends.
	need     mfa.Need
	replaces string
	handle   token.Handle
}

// isPasswordless reports whether the call names the module of accounts without a password.
func (in *Login) isPasswordless() bool { return ascii.Equal(in.Module, token.ModulePasswordless) }

// browser is the secret of the browser that a login which begins belongs to; empty: it
// belongs to none, as those of clients.
func (d *dialog) browser() string {
	if !d.from.host {
		return ""
	}
	return d.in.Browser
}
