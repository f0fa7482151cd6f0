package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
)

// Mode strings of a policy: who is asked for a second factor.
const (
	Off          = "Off"          // nobody
	WhenEnrolled = "WhenEnrolled" // whoever has one
	Required     = "Required"     // everybody
)

// How an account adds its first factor, by the names in policies.
const (
	ByPassword   = "Password"   // after its password
	ByInvitation = "Invitation" // by its password and an administrator's invitation
)

// OTP alphabets by their names in policies. Letters are upper case; I, O, 0
// and 1 are left out where letters and digits meet.
const (
	Numeric      = "Numeric"
	Alphabetic   = "Alphabetic"
	Alphanumeric = "Alphanumeric"
)

// Where a device is remembered, by the names in policies.
const (
	ScopeApplication = "Application" // at the application where its second factor was proven
	ScopeRepository  = "Repository"  // at every application
)

// Rules is one layer of policy. A nil field leaves the matter to the layer
// above: role over application over general.
type Rules struct {
	Mode         *string
	Methods      []string
	Enrollable   []string
	OTPLifetime  *time.Duration
	LinkLifetime *time.Duration
	OTPLength    *int
	OTPType      *string
	Session      *time.Duration
	SessionScope *string
	// RecoveryCodes is how many recovery codes a set has, 0 to [MaxRecoveryCodes].
	RecoveryCodes *int

	FirstEnrollment *string
	GraceLogons     *int

	Unknown record.Unknown // what a newer program has written
}

// Policy is what holds for one login, all layers merged.
type Policy struct {
	Mode         string
	SetBy        Rule // the rule that set Mode; the zero value where nobody said
	Methods      []Method
	Enrollable   []Transport
	OTPLifetime  time.Duration
	LinkLifetime time.Duration
	OTPLength    int
	OTPType      string
	// Session is how long a second factor that was proven on a device need not be
	// proven there again; 0: it is asked for each time.
	Session      time.Duration
	SessionScope string
	// RecoveryCodes is how many recovery codes a set has; 0: there are none.
	RecoveryCodes int

	FirstEnrollment string // [ByPassword] or [ByInvitation]
	// GraceLogons is how many logins of an account that never had a factor succeed
	// without the one that is wanted.
	GraceLogons int
	// AtOnce means that a factor which is enrolled in a login is active at once, whatever
	// the account has: the host's choice, Config.InsecureEnrollAfterFirstFactor.
	AtOnce bool
}

// invitations is the schema of the first program that knows [ByInvitation]. One before it
// would let a first factor be enrolled by the password alone.
const invitations = 2

// DefaultPolicy returns the policy of an engine that was told nothing: whoever has
// a second factor is asked for it, all methods count and all may be enrolled;
// codes live 60 s and links 90 s, as published.
func DefaultPolicy() Policy {
	return Policy{
		Mode:         WhenEnrolled,
		Methods:      slices.Clone(methods[:]),
		Enrollable:   []Transport{Email, SMS, Authenticator},
		OTPLifetime:  time.Minute,
		LinkLifetime: 90 * time.Second,
		OTPLength:    6,
		OTPType:      Numeric,
		SessionScope: ScopeApplication,

		RecoveryCodes: DefaultRecoveryCodes,

		FirstEnrollment: ByPassword,
	}
}

// Merge returns the policy of a login: the defaults, under the general rules,
// under the application's, under the strictest of the roles'. Names that are
// not known are left out; whoever stores rules has checked them.
func Merge(general, application Rules, roles ...Rules) Policy {
	p := DefaultPolicy()
	for _, r := range []Rules{general, application, strictest(roles)} {
		r.apply(&p)
	}
	return p
}

func (r Rules) apply(p *Policy) {
	set(&p.Mode, r.Mode)
	set(&p.OTPLifetime, r.OTPLifetime)
	set(&p.LinkLifetime, r.LinkLifetime)
	set(&p.OTPLength, r.OTPLength)
	set(&p.OTPType, r.OTPType)
	set(&p.Session, r.Session)
	set(&p.SessionScope, r.SessionScope)
	set(&p.RecoveryCodes, r.RecoveryCodes)
	set(&p.FirstEnrollment, r.FirstEnrollment)
	set(&p.GraceLogons, r.GraceLogons)
	if r.Methods != nil {
		p.Methods = p.Methods[:0:0]
		for _, m := range methods {
			if slices.Contains(r.Methods, m.String()) {
				p.Methods = append(p.Methods, m)
			}
		}
	}
	if r.Enrollable != nil {
		p.Enrollable = p.Enrollable[:0:0]
		for _, t := range []Transport{Email, SMS, Authenticator} {
			if slices.Contains(r.Enrollable, t.String()) {
				p.Enrollable = append(p.Enrollable, t)
			}
		}
	}
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// strictest merges the rules of several roles: the stricter mode, lists
// intersect, the smaller number, the longer code.
func strictest(roles []Rules) Rules {
	var s Rules
	for _, r := range roles {
		s.Mode = pick(s.Mode, r.Mode, func(a, b string) bool { return strictness(b) > strictness(a) })
		s.OTPLifetime = pick(s.OTPLifetime, r.OTPLifetime, func(a, b time.Duration) bool { return b < a })
		s.LinkLifetime = pick(s.LinkLifetime, r.LinkLifetime, func(a, b time.Duration) bool { return b < a })
		s.OTPLength = pick(s.OTPLength, r.OTPLength, func(a, b int) bool { return b > a })
		s.OTPType = pick(s.OTPType, r.OTPType, func(a, b string) bool { return len(alphabet(b)) > len(alphabet(a)) })
		s.Session = pick(s.Session, r.Session, func(a, b time.Duration) bool { return b < a })
		s.SessionScope = pick(s.SessionScope, r.SessionScope, func(_, b string) bool { return b == ScopeApplication })
		s.RecoveryCodes = pick(s.RecoveryCodes, r.RecoveryCodes, func(a, b int) bool { return b < a })
		s.FirstEnrollment = pick(s.FirstEnrollment, r.FirstEnrollment, func(_, b string) bool { return b == ByInvitation })
		s.GraceLogons = pick(s.GraceLogons, r.GraceLogons, func(a, b int) bool { return b < a })
		s.Methods = intersect(s.Methods, r.Methods)
		s.Enrollable = intersect(s.Enrollable, r.Enrollable)
	}
	return s
}

func strictness(mode string) int { return slices.Index([]string{Off, WhenEnrolled, Required}, mode) }

func pick[T any](a, b *T, second func(a, b T) bool) *T {
	if a == nil || b != nil && second(*a, *b) {
		return b
	}
	return a
}

func intersect(a, b []string) []string {
	switch {
	case b == nil:
		return a
	case a == nil:
		return slices.Clone(b)
	}
	out := []string{} // not nil: an empty list is a rule
	for _, s := range a {
		if slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func alphabet(otpType string) string {
	switch otpType {
	case Alphabetic:
		return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	case Alphanumeric:
		return "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	}
	return "0123456789"
}

// EnrollmentLength returns how many characters the code has by which an address is
// confirmed: as many as other codes, and six at least.
func (p Policy) EnrollmentLength() int { return max(6, p.OTPLength) }

// tries returns how many wrong codes close a request: five, and one where
// codes are shorter than six characters.
func (p Policy) tries() int {
	if p.OTPLength < 6 {
		return 1
	}
	return requestGuesses.Size
}

// uses reports whether some method that counts works over t.
func (p Policy) uses(t Transport) bool {
	return slices.ContainsFunc(p.Methods, func(m Method) bool { return m.Transport == t })
}

// canEnroll reports whether a factor on t may be added.
func (p Policy) canEnroll(t Transport, channels Channels) bool {
	return slices.Contains(p.Enrollable, t) && p.uses(t) && channels.Has(t)
}
