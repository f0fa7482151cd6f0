package sallyport

import (
	"cmp"
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// Result is the answer to a [Login]. It belongs to the caller. A refusal is a
// Result too; an error means that nothing can be said.
type Result struct {
	// Outcome says in a word what is to be done next, and Reason why. Status says
	// the same in Visual Guard's numbers.
	Outcome Outcome
	Reason  Reason
	Status  Status

	// GraceLeft is how many more logins the password is good for that has run out or
	// does not meet the policy: with Granted, and ReasonPasswordExpired or
	// ReasonPasswordWeak.
	GraceLeft int
	// FactorGraceLeft is how many more logins may go without the second factor that is
	// wanted: with Granted, where this one did ([MFAGraceLogin] in Status, and
	// ReasonFactorSkipped unless the password has a reason of its own).
	FactorGraceLeft int

	RequestID  string
	Identity   *Identity   // who it is, once a factor has passed; else nil
	Options    []Option    // ways to prove the second factor; a client is told them once, the host as long as one is wanted
	Enrollment *Enrollment // what may be enrolled; nil: nothing
	// Obstacle says why a second factor that is wanted can be neither asked for nor
	// enrolled. It is told to the program that calls and stands in no document.
	Obstacle mfa.Obstacle
	// Rule is the rule by which a second factor is asked for, also where grace or a
	// remembered device lets the login go without; the zero value where none is asked for,
	// and in calls that do not come to it. It is told to the program that calls, and on the
	// enrollment page, after a right password.
	Rule    mfa.Rule
	Tokens  *Tokens  // only with Granted, and only of a client
	Session *Session // only with Granted, and only of the host itself
	// DeviceToken stands for the second factor at the next login on this device, see
	// [Login]. It comes with Granted, where RememberDevice asked for it or DeviceToken
	// was good: then it takes that one's place, which is spent. A browser of several
	// people keeps it by [KeepDeviceToken]. It is a secret.
	DeviceToken string
	// LinkSent says that a link was sent and is live: [Engine.Wait] holds the
	// call until it is answered.
	LinkSent bool

	grantType string         // by which it was asked for
	holdLinks *time.Duration // how long the client lets one call be held; nil: as long as the link lives
}

// String hides what is secret from accidental printing.
func (r Result) String() string {
	return "sallyport.Result(" + r.Outcome.String() + ", " + r.Status.String() + ")"
}

// GoString is like [Result.String].
func (r Result) GoString() string { return r.String() }

func (r *Result) tell(a answer) { r.Status, r.Outcome, r.Reason = a.status, a.outcome, a.reason }

// Identity names who passed the first factor.
type Identity struct {
	Name string // as the directory spells it
	Type string // the module, VGUSER
}

// Option is one way to prove the second factor.
type Option struct {
	ID          string
	Transport   mfa.Transport
	Mode        mfa.Mode
	Destination string // masked
	Lifetime    time.Duration
	// MatchNumber is to be shown to the user, who types it on the page of the link. Links of
	// the host's own requests have one always, those of clients that want it; else it is
	// empty.
	MatchNumber string
}

// Enrollment says what may be enrolled within a request, and where. It prints as
// a placeholder, since it may hold a secret.
type Enrollment struct {
	URL        string
	Transports []mfa.Transport
	// ResumeSecret stands for the password when the user comes back from the page,
	// for a client that is marked for it; see [Login]. Call 1 hands it out, and no
	// later call again.
	ResumeSecret string
}

// String hides the secret from accidental printing.
func (e Enrollment) String() string { return "sallyport.Enrollment(" + e.URL + ")" }

// GoString is like [Enrollment.String].
func (e Enrollment) GoString() string { return e.String() }

// Tokens is what a complete login or a refresh is worth. Keep it secret; it
// prints as a placeholder.
type Tokens struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string // only with offline_access
	Scope        string // granted, sorted
	VGToken      string // names the session; no credential
}

// String hides the tokens from accidental printing.
func (t *Tokens) String() string { return "sallyport.Tokens(hidden)" }

// GoString is like [Tokens.String].
func (t *Tokens) GoString() string { return t.String() }

// Session is a login of the host's own: what [Result] has in the place of tokens
// where no client asked. Keep the handle secret; a Session prints as a placeholder.
type Session struct {
	// Handle is what the user brings along from now on, in a cookie for one: at most
	// 400 characters that stand in a cookie or a header as they are.
	// [Engine.Session] reads it.
	Handle string
	Access
}

// String hides the handle from accidental printing.
func (s *Session) String() string { return "sallyport.Session(hidden)" }

// GoString is like [Session.String].
func (s *Session) GoString() string { return s.String() }

// Access is what a good access token, or the handle of a [Session], stands for now. It
// belongs to the caller.
type Access struct {
	AccountID   string // which never changes; a name may
	Name        string // the user name
	Application string // id of the application that Roles and Permissions are of
	Roles       []string
	Permissions []string  // paths, such as /Address/CanReadAddress
	Methods     []string  // factors proven at login, such as "pwd" and "otp" (RFC 8176)
	AuthTime    time.Time // when the last of them was
	Expires     time.Time // when the session ends, or the token; unused it may end before
	SessionID   string    // empty of an API key
	KeyID       string    // of an API key; else empty
	ClientID    string    // host for a session of the host's own; empty of an API key
	Scopes      []string  // of the token
	// RenewDue says that the session may do other things than when its handle was made,
	// such as after a change of password or factors in it: the handle is to be exchanged
	// by [Engine.Renew].
	RenewDue bool
	// Kept says that a session of the host's own outlives the browser, see
	// [Login].KeepSignedIn.
	Kept bool
	// Language is in which the account is written to, a tag as RFC 5646 has it; empty: it
	// says none.
	Language string
}

// ErrorCode is an error of OAuth 2.0 (RFC 6749 section 5.2).
type ErrorCode string

// The codes that the engine answers with.
const (
	InvalidRequest     ErrorCode = "invalid_request"
	InvalidClient      ErrorCode = "invalid_client"
	InvalidGrant       ErrorCode = "invalid_grant"
	InvalidScope       ErrorCode = "invalid_scope"
	UnauthorizedClient ErrorCode = "unauthorized_client"

	// InvalidTarget is of RFC 8707 section 2.
	InvalidTarget ErrorCode = "invalid_target"

	// UnsupportedTokenType is of RFC 7009 section 2.2.1.
	UnsupportedTokenType ErrorCode = "unsupported_token_type"
)

// ProtocolError is a request that cannot be answered by a status: an error of
// RFC 6749 section 5.2, or an argument that is missing or malformed.
type ProtocolError struct {
	Code  ErrorCode
	Field string // the field at fault, with InvalidRequest
	// Reason is why a refresh token that is good was refused, with InvalidGrant: what the
	// present policy wants, which whoever logs in would be told too. Of a token that is not
	// good, and of an account that may not log in, there is none.
	Reason Reason
}

// Error names the code and the field or the reason, and no value.
func (e *ProtocolError) Error() string {
	if why := e.Description(); why != "" {
		return "sallyport: " + string(e.Code) + ": " + why
	}
	return "sallyport: " + string(e.Code)
}

// Description is the error_description that goes with the code: the field at fault, or the
// reason; it may be empty.
func (e *ProtocolError) Description() string { return cmp.Or(e.Field, string(e.Reason)) }

// Errors to be recognised by errors.Is. Whatever is not listed here or a
// [ProtocolError] is a fault of the store, a context that ended, or a bug;
// all of them deny.
var (
	// ErrNoCaller means that a call that is about tokens named no client. The host
	// itself gets none.
	ErrNoCaller = errors.New("sallyport: Caller is missing: tokens are for clients, name the one that calls")

	// ErrBusy means that the engine refuses work to stay alive: too many
	// password hashes at once, or too many wrong secrets of one client.
	ErrBusy = errors.New("sallyport: busy")

	// ErrInvalidToken means that an access token is not, or no longer, good.
	ErrInvalidToken = errors.New("sallyport: invalid token")

	// ErrExpiredToken is an ErrInvalidToken whose time is over.
	ErrExpiredToken = errors.Join(ErrInvalidToken, errors.New("sallyport: the access token expired"))

	// ErrMachineToken means that an access token is good and a program's own: it
	// stands for no user. [Engine.VerifyClient] takes it.
	ErrMachineToken = errors.New("sallyport: the token is a machine's and stands for no user")
	// ErrInsufficientScope means that an access token is good, and that its scopes do
	// not let what was asked for be told.
	ErrInsufficientScope = errors.New("sallyport: the scopes of the token do not allow that")

	// ErrInvalidSession means that a handle is not, or no longer, good.
	ErrInvalidSession = errors.New("sallyport: invalid session")

	// ErrInvalidKey means that an API key is not, or no longer, good.
	ErrInvalidKey = errors.New("sallyport: invalid API key")

	// ErrUnknownRequest means that a request or link is unknown, dead, or not
	// the caller's to use. The three are not told apart.
	ErrUnknownRequest = errors.New("sallyport: unknown request")

	// ErrWrongKeys means that the store is sealed by other keys than those of
	// the configuration, or by some where that has none, or is not sealed
	// although that has some. [New] returns it.
	ErrWrongKeys = errors.New("sallyport: the keys do not open this store")

	// ErrClosed means that the engine has been closed.
	ErrClosed = errors.New("sallyport: closed")
)

// Wire returns the document of the result: a [wire.TokenSuccess], to be sent with
// 200, or a [wire.TokenError], with 400.
func (r *Result) Wire() any {
	doc := r.response()
	if r.Tokens == nil {
		s := r.Status.String()
		code := InvalidRequest
		if r.grantType == token.GrantPassword {
			code = InvalidGrant
		}
		return wire.TokenError{
			Error: string(code), ErrorDescription: s, VGAuthenticationStatus: s,
			AuthenticationMethod: "None", VGResponse: doc,
		}
	}
	doc.VGToken = r.Tokens.VGToken
	return wire.TokenSuccess{
		AccessToken: r.Tokens.AccessToken, ExpiresIn: int(r.Tokens.ExpiresIn / time.Second), TokenType: "Bearer",
		RefreshToken: r.Tokens.RefreshToken, Scope: r.Tokens.Scope, VGResponse: doc, DeviceToken: r.DeviceToken,
	}
}

// response is the part that refusals and successes share. Every form of the
// status in it comes from one value.
func (r *Result) response() *wire.Response {
	state, auth := r.Status.State(), r.Status.Authorization()
	a := wire.AuthenticationResponse{RequestID: r.RequestID, State: state}
	if r.Identity != nil {
		a.Identity = &wire.Identity{Name: r.Identity.Name, AuthenticationType: r.Identity.Type, IsAuthenticated: true}
	}
	if r.Enrollment != nil {
		en := &wire.Enrollment{ID: r.RequestID, EnrollmentURL: r.Enrollment.URL, ResumeSecret: r.Enrollment.ResumeSecret}
		for _, t := range r.Enrollment.Transports {
			en.TransportModes = append(en.TransportModes, int(t))
			en.DisplayTransportModes = append(en.DisplayTransportModes, t.String())
		}
		a.AuthenticationEnrollmentRequest = en
	}
	a.MFAAvailables = append(a.MFAAvailables, wireOptions(r.RequestID, r.Options)...)
	return &wire.Response{
		RequestID: r.RequestID, AuthenticationState: state, AuthorizationState: wire.NewAuthorization(int64(auth)),
		AuthenticationResponse: a, AuthorizationStatus: auth.String(), AuthenticationStatus: r.Status.String(),
	}
}

// wireOptions are the options of a request as documents list them.
func wireOptions(request string, options []Option) (list wire.List[wire.Option]) {
	for _, o := range options {
		list = append(list, wire.Option{
			RequestID: request, TransportMode: int(o.Transport), AuthenticationMode: int(o.Mode), DestinationDisplay: o.Destination,
			ExpirationTime: int(o.Lifetime / time.Second), AuthenticationModeDisplay: o.Mode.String(),
			TransportModeDisplay: o.Transport.String(), ID: o.ID, MatchNumber: o.MatchNumber,
		})
	}
	return list
}

// Wire returns the document of a refresh, to be sent with 200. Tokens of a login
// stand in the document of its [Result].
func (t *Tokens) Wire() wire.RefreshSuccess {
	return wire.RefreshSuccess{
		AccessToken: t.AccessToken, ExpiresIn: int(t.ExpiresIn / time.Second), TokenType: "Bearer",
		RefreshToken: t.RefreshToken, Scope: t.Scope,
	}
}
