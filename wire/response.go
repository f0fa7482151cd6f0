package wire

// Response is the VGResponse object of a token answer, of success and refusal
// alike.
type Response struct {
	// RequestID is the GUID of the login, lower case with dashes. It stands
	// again in AuthenticationResponse, in each option and in the enrolment.
	RequestID string `json:"RequestId"`
	// AuthenticationState equals the State in AuthenticationResponse.
	AuthenticationState State `json:"AuthenticationState"`
	// AuthorizationState is plain Failure until every factor passed.
	AuthorizationState Authorization `json:"AuthorizationState"`
	// AuthenticationResponse says what may be done next.
	AuthenticationResponse AuthenticationResponse `json:"AuthenticationResponse"`
	// Error is normally empty; outcomes are told by status.
	Error Error `json:"Error"`
	// AuthorizationStatus is AuthorizationState.Status as [AuthorizationString].
	AuthorizationStatus string `json:"AuthorizationStatus"`
	// AuthenticationStatus is AuthenticationState.Status as [StatusString].
	AuthenticationStatus string `json:"AuthenticationStatus"`
	// VGToken is 128 upper-case hexadecimal digits, empty unless the login
	// succeeded. It is a secret.
	VGToken string `json:"VGToken"`
}

// AuthenticationResponse says how the login stands and what may be done next.
// The fields of State follow its own in the same JSON object.
type AuthenticationResponse struct {
	// RequestID equals Response.RequestID.
	RequestID string `json:"RequestId"`
	// Identity is nil, and the key absent, before the first factor passed.
	Identity *Identity `json:"Identity,omitempty"`
	// AuthenticationEnrollmentRequest is nil, and the key absent, when there is
	// nothing to enrol.
	AuthenticationEnrollmentRequest *Enrollment `json:"AuthenticationEnrollmentRequest,omitempty"`
	// MFAAvailables lists the second factors on offer. It may be empty and is
	// never null.
	MFAAvailables List[Option] `json:"MFAAvailables"`
	// State equals Response.AuthenticationState.
	State
}

// ModuleVGUser is the identity module of the built-in directory, as answers spell
// it.
const ModuleVGUser = "VGUSER"

// Identity names the account whose first factor passed.
type Identity struct {
	// Name is the user name.
	Name string `json:"Name"`
	// AuthenticationType is the name of the module, such as [ModuleVGUser].
	AuthenticationType string `json:"AuthenticationType"`
	// IsAuthenticated speaks of the first factor alone. It is true beside a
	// Status that says Failure, so it is no proof of a login.
	IsAuthenticated bool `json:"IsAuthenticated"`
}

// Enrollment invites the user to add a second factor.
type Enrollment struct {
	// ID is the RequestID of the login.
	ID string `json:"Id"`
	// EnrollmentURL is the page for a person to visit.
	EnrollmentURL string `json:"EnrollmentUrl"`
	// TransportModes lists what may be added, numbered as in [Option].
	TransportModes List[int] `json:"TransportModes"`
	// DisplayTransportModes names the TransportModes in the same order.
	DisplayTransportModes List[string] `json:"DisplayTransportModes"`
	// ResumeSecret is 64 upper-case hexadecimal digits for a client that is to go
	// on without the password once something was added
	// (VGResumeSecret). It is a secret and an extension of ours; empty is an
	// absent key.
	ResumeSecret string `json:"ResumeSecret,omitempty"`
}

// Option is one way to prove the second factor.
type Option struct {
	// RequestID equals Response.RequestID.
	RequestID string `json:"RequestId"`
	// TransportMode is 1 for SMS, 2 for e-mail, 4 for an authenticator.
	TransportMode int `json:"TransportMode"`
	// AuthenticationMode is 1 for a link, 2 for a code.
	AuthenticationMode int `json:"AuthenticationMode"`
	// DestinationDisplay is the address, masked.
	DestinationDisplay string `json:"DestinationDisplay"`
	// ExpirationTime is the life of a code or link in seconds. Older servers
	// leave it out; 0 is an absent key.
	ExpirationTime int `json:"ExpirationTime,omitempty"`
	// AuthenticationModeDisplay is "Link" or "OTP".
	AuthenticationModeDisplay string `json:"AuthenticationModeDisplay"`
	// TransportModeDisplay is "SMS", "Email" or "MicrosoftAuthenticator".
	TransportModeDisplay string `json:"TransportModeDisplay"`
	// ID is the GUID by which the client chooses this option. It stands in no
	// URL and no message.
	ID string `json:"Id"`
	// MatchNumber, "00" to "99", is shown to the user and typed on the link's
	// page. It is an extension of ours; empty is an absent key.
	MatchNumber string `json:"MatchNumber,omitempty"`
}

// Error is the Error object of a [Response]. It is not a Go error. Both keys
// are always written; StackTrace exists for its shape and stays empty.
type Error struct {
	Message    string `json:"Message"`
	StackTrace string `json:"StackTrace"`
}
