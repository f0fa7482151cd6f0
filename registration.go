package sallyport

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Registration is what somebody types who signs up. Nothing else that they send is
// read. It prints as a placeholder.
type Registration struct {
	Caller      *Caller // nil is the host itself
	Address     string  // network address of the caller, for budgets; may be empty
	UserAddress string  // as in [Login]

	Username string // chosen freely, as [SignUp].AnyScript says, or the same as Email
	Password string
	Email    string // one plain address; a key is mailed to it
	Language string // a tag such as de or pt-BR (RFC 5646); may be empty
	// Attributes are of the names in [SignUp].Attributes alone, of 4,096 bytes
	// together.
	Attributes []account.Attribute
}

// String hides the password from accidental printing.
func (Registration) String() string { return "sallyport.Registration(hidden)" }

// GoString is like [Registration.String].
func (in Registration) GoString() string { return in.String() }

// RegistrationResult is the answer to a [Registration], whatever of it is taken. It
// belongs to the caller and prints as a placeholder.
type RegistrationResult struct {
	// Secret is for the browser in which somebody signs up, in a cookie for one: with
	// it the key in the mail makes an account of the password that was typed. 64
	// lower-case hexadecimal digits, of no use after a day. The page of package
	// httpadapter reads it from the cookie sallyport_signup of the path /, HttpOnly and
	// SameSite=Lax; where the issuer is https it is __Host-sallyport_signup, and Secure.
	Secret string
}

// String hides the secret from accidental printing.
func (*RegistrationResult) String() string { return "sallyport.RegistrationResult(hidden)" }

// GoString is like [RegistrationResult.String].
func (r *RegistrationResult) GoString() string { return r.String() }

// FieldError says what is wrong with one field that somebody has typed. Err is for
// them to read; neither holds what they typed but for a character at fault.
type FieldError struct {
	Field string // such as Username
	Err   error
}

// Error names the field and the cause.
func (e *FieldError) Error() string { return "sallyport: " + e.Field + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// maxAttributeBytes bounds the attributes of one registration, names and values
// together.
const maxAttributeBytes = 4096

// faults returns what is wrong with what was typed, one [FieldError] a field. The
// password is judged later, by the policy.
func (in *Registration) faults(s *SignUp) error {
	var errs []error
	fault := func(field string, err error) {
		if err != nil {
			errs = append(errs, &FieldError{field, err})
		}
	}
	email := typed.Email(in.Email)
	fault("Username", typed.CheckChosenName(in.Username, email, s.AnyScript))
	if !typed.CheckEmail(email) {
		fault("Email", typed.NewFault("want one plain e-mail address"))
	}
	if in.Password == "" {
		fault("Password", typed.NewFault("missing"))
	}
	fault("Language", typed.CheckLanguage(in.Language))
	fault("Attributes", s.attributeFault(in.Attributes))
	return errors.Join(errs...)
}

func (s *SignUp) attributeFault(list []account.Attribute) error {
	size := 0
	for _, a := range list {
		if !slices.Contains(s.Attributes, a.Name) {
			return fmt.Errorf("%.64q is none that may be set at sign-up", a.Name)
		}
		if size += len(a.Name) + len(a.Value); size > maxAttributeBytes {
			return fmt.Errorf("over %d bytes", maxAttributeBytes)
		}
	}
	return directory.CheckAttributes(list)
}
