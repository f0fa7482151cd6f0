package activedirectory

import (
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// verdict is what a directory says of a name and a password.
type verdict int

const (
	wrong   verdict = iota // or nobody, or locked by wrong passwords: told apart for nobody
	right                  // and the account may log in
	held                   // right, but not now or not from here
	stale                  // right, but another password is wanted first
	shut                   // right, but the account is disabled
	expired                // right, but the account's time is over
)

// subCodes are the numbers that Active Directory puts into the text of result 49. All that
// are not wrong are told after a right password alone. What is not listed is wrong: 525 (no
// such user), 52e (wrong password) and 775 (locked) among them.
var subCodes = map[string]verdict{
	"530": held,    // not at this hour
	"531": held,    // not from this workstation
	"532": stale,   // the password has expired
	"533": shut,    // the account is disabled
	"701": expired, // the account has expired
	"773": stale,   // the password must be changed
}

// judge reads what a bind returned. An error means that nobody knows.
func judge(err error) (verdict, error) {
	if err == nil {
		return right, nil
	}
	switch resultOf(err) {
	case ldap.LDAPResultInvalidCredentials:
		return subCodes[subCode(err.Error())], nil
	case ldap.LDAPResultNoSuchObject, ldap.LDAPResultInvalidDNSyntax, ldap.LDAPResultInappropriateAuthentication:
		return wrong, nil // what some servers say of a name that nobody has
	}
	return wrong, told(err)
}

// subCode is the number in "80090308: LdapErr: …, comment: AcceptSecurityContext error,
// data 52e, v4563", in lower case; empty where there is none.
func subCode(text string) string {
	_, after, ok := strings.Cut(text, "AcceptSecurityContext error, data ")
	if !ok {
		return ""
	}
	code, _, ok := strings.Cut(after, ",")
	if !ok || len(code) > 8 {
		return ""
	}
	return strings.ToLower(code)
}
