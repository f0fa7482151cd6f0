package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// ImportRow is an account that moves in from another system: a [User] of the
// directory file, and what an import has beside that. It holds passwords and secrets
// and prints as the name of its account. [ReadImport] reads rows of a file.
//
// Roles lead to applications and roles that are stored; one without an application is
// meant in that of the engine's own calls. The fields that a User marks as credentials,
// and FailedCount and LockedUntil, serve when the account is made, the former also when
// CredentialsVersion rises.
type ImportRow struct {
	Line int // where the row begins, for the report; 0 where it is of no file

	User

	// ExternalID is what the other system calls the account, at most 256
	// characters. A row that is imported again finds the account by it.
	ExternalID string `json:"externalId"`

	// TOTPs are authenticators in the place of User.TOTP: at most
	// [mfa.MaxAuthenticators], each with a secret of its own.
	TOTPs []ImportTOTP `json:"totps"`

	// RecoveryCodes go with the authenticator: in clear (8 to 64 letters and
	// digits, hyphens aside) or as fast digests that package password reads. At
	// most 20.
	RecoveryCodes []string `json:"recoveryCodes"`

	FailedCount int       `json:"failedCount"` // wrong passwords in a row
	LockedUntil time.Time `json:"lockedUntil"` // by them; zero or past: not locked

	text json.RawMessage
}

// ImportTOTP is an authenticator that a user has already.
type ImportTOTP struct {
	Secret string `json:"secret"` // base32, 16 to 64 bytes
	Name   string `json:"name"`   // as its owner calls it, as [mfa.FactorName] reads it; empty: it gets one
}

// String hides the secret.
func (t ImportTOTP) String() string { return "directory.ImportTOTP(hidden)" }

// GoString is like [ImportTOTP.String].
func (t ImportTOTP) GoString() string { return t.String() }

// Text is the row as JSON, as [ParseImportRow] reads it. It is nil of a row that was
// not read of a text. The bytes are shared and must not be changed.
func (r *ImportRow) Text() json.RawMessage { return r.text }

// Bounds of a row beside those of a user.
const (
	maxExternalID = 256 // characters
	maxGrants     = 100
)

// ParseImportRow reads a row of JSON with the fields of [ImportRow], as strictly as
// [Parse] reads a directory file, and finds all faults that need no store: each line of
// the error begins with the path of one, such as "email: …". No secret is part of it.
func ParseImportRow(line int, text []byte) (ImportRow, error) {
	row := ImportRow{Line: line}
	if err := checkSyntax(text); err != nil {
		return row, errors.New(strings.TrimPrefix(err.Error(), "line 1, ")) // a row is one line
	}
	var r fileReader
	r.value("", text, reflect.ValueOf(&row).Elem())
	if err := r.faults.err(); err != nil {
		return row, err
	}
	row.text = bytes.Clone(text)
	_, err := row.check()
	return row, err
}

// check returns the row as a user who is wanted, and what is wrong with it.
func (r *ImportRow) check() (wantedUser, error) {
	var c checker
	u := r.User
	u.Roles = nil // they lead to what is stored, which is not known yet
	w := c.user("", &u)
	c.text("externalId", r.ExternalID, maxExternalID)
	if len(r.Roles) > maxGrants {
		c.add("roles", "more than %d", maxGrants)
	}
	for i, g := range r.Roles {
		if g.Role == "" {
			c.add(member(element("roles", i), "role"), "missing")
		}
	}
	c.totps(&w, r)
	c.recoveryCodes(r, len(w.devices) > 0)
	if r.FailedCount < 0 {
		c.add("failedCount", "below 0")
	}
	c.time("lockedUntil", r.LockedUntil)
	return w, c.err()
}

// totps checks the authenticators of a row.
func (c *checker) totps(w *wantedUser, r *ImportRow) {
	switch n := len(r.TOTPs); {
	case n > 0 && r.Passwordless:
		c.add("totps", "stands beside passwordless, which has none")
	case n > 0 && r.TOTP != nil:
		c.add("totps", "stands beside totp: give one of them")
	case n > mfa.MaxAuthenticators:
		c.add("totps", "more than %d", mfa.MaxAuthenticators)
	default:
		for i, d := range r.TOTPs {
			c.device(w, element("totps", i), d.Secret, d.Name)
		}
	}
}

func (c *checker) recoveryCodes(r *ImportRow, hasTOTP bool) {
	switch n := len(r.RecoveryCodes); {
	case n > 0 && !hasTOTP:
		c.add("recoveryCodes", "stand without an authenticator (totp.secret), which they take the place of")
	case n > mfa.MaxImportedRecovery:
		c.add("recoveryCodes", "more than %d", mfa.MaxImportedRecovery)
	}
}

// key is the row's name as names are compared; not ok: no account can have it.
func (r *ImportRow) key() (name typed.UserName, ok bool) {
	name = typed.Name(r.Name)
	return name, !name.Refused && name.Canonical != ""
}

// oneLine is an error whose faults stand one a line as one line.
func oneLine(err error) string {
	if err == nil {
		err = errNothing
	}
	return strings.Join(strings.Split(err.Error(), "\n"), "; ")
}
