package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
)

// File is the directory file, field for field, under the JSON names of the tags:
// all that the built-in directory is to hold. [Parse] reads one, the engine's Apply
// puts it into the store. A field that is nil or zero was left out; where leaving a
// field out means something else than its zero value, the field is a pointer.
//
// References between entries (the application of a client, the roles of a
// user, the permissions of a role) lead to entries of the same File.
//
// A File holds passwords and secrets. It prints as a placeholder, and so
// do those of its parts that hold them.
type File struct {
	Policy       *Policy       `json:"policy"` // nil leaves the stored policy as it is
	Applications []Application `json:"applications"`
	Clients      []Client      `json:"clients"`
	Resources    []Resource    `json:"resources"`
	Users        []User        `json:"users"`
}

// Policy is the general policy, under those of applications and
// roles. It is the file's alone: what is left out has its default.
type Policy struct {
	Password Passwords `json:"password"`
	MFA      MFA       `json:"mfa"`
}

// Passwords is the policy on passwords and on wrong ones. Passwords that an apply
// sets are held to nothing of it: the report warns of those that do not meet it.
type Passwords struct {
	// MinLength is how many characters a password has at least: 1 to 128. Left out,
	// it is 8 for passwords that are set.
	MinLength *int `json:"minLength"`
	// MinNonAlphanumeric is how many of them are at least neither letters nor
	// digits: 0 to MinLength.
	MinNonAlphanumeric int `json:"minNonAlphanumeric"`
	// Pattern is a regular expression (RE2, 512 characters at most) that must match
	// somewhere in the password. Empty: none.
	Pattern string `json:"pattern"`
	// Message is told to whoever chose a password that Pattern does not match: 256
	// characters at most, without line ends. Blank, the default: a sentence that
	// says no more than that. Without a Pattern it is an error, since nobody would
	// see it.
	Message string `json:"message"`
	// HistoryLength is how many of an account's last passwords are not taken again:
	// 0 to 24, 5 by default.
	HistoryLength *int `json:"historyLength"`
	// MaxAge is after how long a password runs out: a day to 3650 days. 0, the
	// default, means never.
	MaxAge time.Duration `json:"maxAge"`
	// GraceLogons is how many logins succeed with a password that has run out, or
	// that does not meet MinLength, MinNonAlphanumeric and Pattern as they are stated
	// here: 0 to 100.
	GraceLogons int `json:"graceLogons"`
	// ResetNeedsFactor lets nobody set a new password by mail alone: whoever has no
	// other second factor than their mailbox is told by mail to ask the operator.
	ResetNeedsFactor bool `json:"resetNeedsFactor"`

	// MaxBadLogons is how many wrong passwords within BadLogonWindow lock a
	// name: 1 to 100, 10 by default. 0 means that wrong passwords never lock,
	// so that only the cost of a hash slows guessing down.
	MaxBadLogons *int `json:"maxBadLogons"`
	// BadLogonWindow begins at the first wrong password: a second to a day,
	// 15 minutes by default.
	BadLogonWindow *time.Duration `json:"badLogonWindow"`
	// AutoUnlockAfter is how long the first lock lasts: a second to a day, 15
	// minutes by default. 0 means until an administrator unlocks.
	AutoUnlockAfter *time.Duration `json:"autoUnlockAfter"`
}

// MFA is one layer of policy on second factors. A field that is nil
// leaves the matter to the layer above: role over application over general. The page
// docs/factors.md has the defaults, and what holds of several roles.
type MFA struct {
	Mode            *string        `json:"mode"`            // Off, WhenEnrolled or Required
	Methods         []string       `json:"methods"`         // EmailLink, EmailOTP, SMSLink, SMSOTP, MicrosoftAuthenticator
	Enrollable      []string       `json:"enrollable"`      // Email, SMS, MicrosoftAuthenticator
	GraceLogons     *int           `json:"graceLogons"`     // 0 to 100
	FirstEnrollment *string        `json:"firstEnrollment"` // Password or Invitation
	Session         *time.Duration `json:"session"`         // how long a remembered device is not asked again: 0, the default, to 30 days
	SessionScope    *string        `json:"sessionScope"`    // Application, the default: at the application that remembered it; or Repository: at all
	OTPLifetime     *time.Duration `json:"otpLifetime"`     // 60 to 300 s
	LinkLifetime    *time.Duration `json:"linkLifetime"`    // 60 to 240 s
	OTPLength       *int           `json:"otpLength"`       // 6 to 9; from 3 with [Config.InsecureShortCodes]
	OTPType         *string        `json:"otpType"`         // Numeric, Alphabetic or Alphanumeric
	RecoveryCodes   *int           `json:"recoveryCodes"`   // of a set: 0 to 20; 10 by default
}

// Application is what users have roles in. Without an ID it is the
// stored application of that name, or a new one. Names of applications and roles,
// and paths of permissions, hold no comma.
type Application struct {
	ID          string       `json:"id"` // UUID
	Name        string       `json:"name"`
	MFA         MFA          `json:"mfa"`
	Permissions []Permission `json:"permissions"`
	Roles       []Role       `json:"roles"`
}

// Permission is a permission of an application. Without an ID it is
// the stored one of that path, or a new one.
type Permission struct {
	ID          string `json:"id"`
	Path        string `json:"path"` // "/folder/folder/name"
	Description string `json:"description"`
}

// Role is a role in an application. Without an ID it is the stored one
// of that name, or a new one.
type Role struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Permissions []string `json:"permissions"` // paths
	MFA         MFA      `json:"mfa"`
}

// Client is a program that may ask for tokens. An application has one
// client of each platform.
type Client struct {
	Application string   `json:"application"` // name or ID
	Description string   `json:"description"` // for administrators
	Platform    string   `json:"platform"`    // WebApp, SPA, Native or Service
	GrantTypes  []string `json:"grantTypes"`  // VGAuthenticator, password, refresh_token; client_credentials of a WebApp or Service with a secret
	Scopes      []string `json:"scopes"`      // what it may ask for, and gets when it asks for none
	Secrets     []Secret `json:"secrets"`
	Public      bool     `json:"public"` // true exactly for a client without secrets

	// CredentialsVersion, 1 if left out, is to be raised when Secrets and
	// Public are to replace the stored ones, which they do only then.
	CredentialsVersion int `json:"credentialsVersion"`

	// Modules are the identity modules whose accounts log in by it: VGUser, the default,
	// Passwordless, WindowsByCredential, and others that the engine has.
	Modules []string `json:"modules"`
	// SpeaksForUsers believes what a WebApp or Service with a secret says of the
	// network address of its users (VGClientAddress).
	SpeaksForUsers bool `json:"speaksForUsers"`
	// Resume gives a WebApp with a secret, with the invitation to enroll, a secret
	// of one use by which it goes on without the password (VGResumeSecret).
	Resume     bool           `json:"resume"`
	LinkNumber bool           `json:"linkNumber"`            // it shows the number to be typed on the page of a link
	HoldLinks  *time.Duration `json:"holdLinks" blank:"nil"` // 0s to 4m that one call may wait for a link; as long as the link lives by default
	// Introspect tells a WebApp or Service with a secret of the tokens of all clients
	// (RFC 7662); without it, it is told of its own alone.
	Introspect bool `json:"introspect"`
	// EnrollmentReturnURIs are the addresses that the enrollment page may lead
	// back to: https, http to a loopback address, or a scheme of the program's own
	// with a dot in it.
	EnrollmentReturnURIs []string `json:"enrollmentReturnURIs"`
	// RedirectURIs and PostLogoutRedirectURIs are kept for the code flow, which there is
	// not yet: nothing reads them. Each is compared byte by byte: https, http to a
	// loopback address, or, of a Native client, a scheme of its own with a dot in it.
	RedirectURIs           []string       `json:"redirectURIs"`
	PostLogoutRedirectURIs []string       `json:"postLogoutRedirectURIs"`
	CORSOrigins            []string       `json:"corsOrigins"`         // origins whose pages may read its answers, such as https://app.example.com
	AccessTokenLifetime    *time.Duration `json:"accessTokenLifetime"` // a minute to a day; 30 minutes by default
	// RefreshLifetime is how long a login can be refreshed, and RefreshIdle how long it
	// can go without: a minute to 366 days, 720h and 360h by default. A login of a SPA
	// ends after 24h all the same.
	RefreshLifetime *time.Duration `json:"refreshLifetime"`
	RefreshIdle     *time.Duration `json:"refreshIdle"`
	TokenProfile    *string        `json:"tokenProfile"`   // of its access tokens: Published, the default, or RFC9068
	TokenAlgorithm  *string        `json:"tokenAlgorithm"` // by which they are signed: RS256, the default; with RFC9068 also PS256, ES256, EdDSA
	UserInfo        *string        `json:"userInfo"`       // Published, the default, or JSON: lists and booleans in the place of texts
	Disabled        bool           `json:"disabled"`       // it authenticates no more, and gets no token
}

// Resource is what a scope of the host's own stands for.
type Resource struct {
	// Name is the scope. Names that differ by ASCII case alone are one, and none is one
	// that the engine has.
	Name string `json:"name"`
	Kind string `json:"kind"` // Identity or API
	// Claims of an Identity resource are told at userinfo: those that the engine has, and
	// vgUA_ with the name of an attribute. Those of an API resource stand in its RFC 9068
	// tokens: roles, entitlements, account_id, email.
	Claims      []string `json:"claims"`
	Audience    string   `json:"audience"`    // of an API: its absolute URI, without a fragment (RFC 8707)
	Application string   `json:"application"` // name or ID of the one whose clients may have it; empty: of any
}

// Secret is a secret of a client. Value has 16 characters at least,
// unless the issuer is a loopback address, and 1024 bytes at most.
type Secret struct {
	Value       string    `json:"value"` // without control characters
	Description string    `json:"description"`
	Expires     time.Time `json:"expires"` // zero: never
}

// User is one account. Without an ID it is the stored account of that name, which
// an apply must have made, or a new one: any other account is named by its ID.
//
// The fields marked "credential" serve when the account is made and when
// CredentialsVersion rises, and at no other time. Left out, they leave alone
// what is stored. All other fields are written where they differ from what was
// last applied, so that what an operator or a login set since is kept.
type User struct {
	ID string `json:"id"`
	// Name may have spaces inside; it is stored as given, without outer ones.
	// Names that differ by case alone, in any script, are one.
	Name string `json:"name"`

	// Password in clear, without control characters, or PasswordHash, in a format that package password
	// reads, but not both. An account that is made with neither has no
	// password, and none matches. Credential.
	Password     string `json:"password"`
	PasswordHash string `json:"passwordHash"`

	// Email is staged when it changes while the present address is confirmed:
	// that one stays in use until the new one has been validated. A
	// higher CredentialsVersion replaces it at once.
	Email string `json:"email"`
	// EmailValidated says that Email is known to be the user's: true confirms
	// it, false takes a confirmation away. Credential.
	EmailValidated *bool `json:"emailValidated"`

	Mobile          string `json:"mobile"`          // international form; blanks, hyphens, dots, slashes and brackets go; like Email
	MobileValidated *bool  `json:"mobileValidated"` // like EmailValidated

	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Language  string `json:"language"` // in which they are written to: a tag such as de or pt-BR (RFC 5646); empty: the configured one
	Approved  *bool  `json:"approved"` // nil: true
	Disabled  bool   `json:"disabled"`
	// Locked is an administrator's lock. False after true unlocks, also what
	// wrong passwords and wrong codes have locked.
	Locked             bool    `json:"locked"`
	MustChangePassword bool    `json:"mustChangePassword"`
	Module             *string `json:"module"` // only VGUser, the default
	// Passwordless is true of an account without a password, whose owner proves an
	// address by a code or a link: by clients that list the module Passwordless. It
	// stands beside no credential of a password or authenticator. Changing it ends the
	// account's sessions, and the password goes.
	Passwordless bool `json:"passwordless"`

	// CredentialsVersion, 1 if left out, is to be raised when the credentials
	// of the file are to replace the stored ones.
	CredentialsVersion int `json:"credentialsVersion"`

	Start      time.Time           `json:"start"`      // zero: always
	End        time.Time           `json:"end"`        // zero: never
	Attributes []account.Attribute `json:"attributes"` // in the file an object of strings, whose order is kept
	Roles      []Grant             `json:"roles"`
	// MFA true always asks this user for a second factor, false asks only
	// where a policy says Required, nil leaves it to the policies.
	MFA  *bool `json:"mfa"`
	TOTP *TOTP `json:"totp"` // credential
}

// Grant gives a user a role.
type Grant struct {
	Application string `json:"application"` // name or ID
	Role        string `json:"role"`        // name or ID
}

// TOTP is an authenticator that the user has already.
type TOTP struct {
	Secret string `json:"secret"` // base32, 16 to 64 bytes
}

// String hides the directory, which holds passwords and secrets.
func (d File) String() string { return "directory.File(hidden)" }

// GoString is like [File.String].
func (d File) GoString() string { return d.String() }

// String names the account and hides the rest.
func (u User) String() string { return "directory.User(" + u.Name + ")" }

// GoString is like [User.String].
func (u User) GoString() string { return u.String() }

// String hides the secret.
func (s Secret) String() string { return "directory.Secret(hidden)" }

// GoString is like [Secret.String].
func (s Secret) GoString() string { return s.String() }

// String hides the secret.
func (t TOTP) String() string { return "directory.TOTP(hidden)" }

// GoString is like [TOTP.String].
func (t TOTP) GoString() string { return t.String() }
