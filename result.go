package sallyport

import (
	"errors"
	"time"
)

// Login is one call of the conversation that ends in tokens. The first call
// brings a name and a password; later ones bring the id of the request that
// the first was answered with, the id of an option, and the code. All fields
// are text as it came from outside; an empty field is an absent one.
type Login struct {
	ClientID     string
	ClientSecret string
	Scope        string // space-separated; empty: all of the client's; read at call 1 only
	Module       string // empty: VGUser
	Username     string
	Password     string
	RequestID    string
	OptionID     string
	Code         string
	Address      string // network address of the caller, for budgets and messages; may be empty
	// ClientAddress is the network address of the user, as a client tells it that
	// calls for many. It is ignored unless the client is marked for it.
	ClientAddress string
}

// Result is the answer to a [Login]. It belongs to the caller. A refusal is a
// Result too; an error means that nothing can be said.
type Result struct {
	RequestID  string
	Status     Status
	Identity   *Identity   // who it is, once a factor has passed; else nil
	Options    []Option    // ways to prove the second factor
	Enrollment *Enrollment // what may be enrolled; nil: nothing
	Tokens     *Tokens     // only with Success
	// LinkWaits says that a link was sent and is live: [Engine.Wait] holds
	// the call until it is answered.
	LinkWaits bool
}

// Identity names who passed the first factor.
type Identity struct {
	Name string // as the directory spells it
	Type string // the module, VGUSER
}

// Option is one way to prove the second factor.
type Option struct {
	ID            string
	Transport     int    // 1 SMS, 2 Email, 4 MicrosoftAuthenticator
	Mode          int    // 1 Link, 2 OTP
	Destination   string // masked
	Lifetime      time.Duration
	TransportName string
	ModeName      string
	MatchNumber   string // to be shown to the user, for links of clients that want it
}

// Enrollment says what may be enrolled within a request, and where.
type Enrollment struct {
	URL            string
	Transports     []int
	TransportNames []string
}

// Tokens is what a complete login or a refresh is worth. Keep it secret; it
// prints as a placeholder.
type Tokens struct {
	AccessToken  string
	ExpiresIn    time.Duration
	RefreshToken string // only with offline_access
	Scope        string // granted, sorted
	VGToken      string // names the session; no credential
}

// String hides the tokens from whoever prints them by accident.
func (t *Tokens) String() string { return "sallyport.Tokens(hidden)" }

// GoString is like [Tokens.String].
func (t *Tokens) GoString() string { return t.String() }

// ProtocolError is a request that cannot be answered by a status: an error of
// RFC 6749 section 5.2, or an argument that is missing or malformed.
type ProtocolError struct {
	Code  string // invalid_request, invalid_client, unauthorized_client, invalid_scope, invalid_grant
	Field string // the field at fault, in invalid_request
}

// Error names the code and the field and no value.
func (e *ProtocolError) Error() string {
	if e.Field == "" {
		return "sallyport: " + e.Code
	}
	return "sallyport: " + e.Code + ": " + e.Field
}

// Errors to be recognised by errors.Is. Whatever is not listed here or a
// [ProtocolError] is a fault of the store, a context that ended, or a bug;
// all of them deny.
var (
	// ErrBusy means that the engine refuses work to stay alive: too many
	// password hashes at once, or too many wrong secrets of one client.
	ErrBusy = errors.New("sallyport: busy")

	// ErrInvalidToken means that an access token is not, or no longer, good.
	ErrInvalidToken = errors.New("sallyport: invalid token")

	// ErrExpiredToken is an ErrInvalidToken whose time is over.
	ErrExpiredToken = errors.Join(ErrInvalidToken, errors.New("sallyport: the access token expired"))

	// ErrUnknownRequest means that a request or link is unknown, dead, or not
	// the caller's to use. The three are not told apart.
	ErrUnknownRequest = errors.New("sallyport: unknown request")

	// ErrClosed means that the engine has been closed.
	ErrClosed = errors.New("sallyport: closed")
)
