package activedirectory

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Flags of userAccountControl, and of the attribute that the controller computes of it
// (MS-ADTS 2.2.16).
const (
	accountDisabled = 0x2
	passwordExpired = 0x800000
)

// readAttributes are those of which a principal is made.
func (s *session) readAttributes() []string {
	list := []string{"givenName", "sn", "mail", "mobile"}
	if s.ad {
		list = append(list, "objectGUID", "sAMAccountName", "userAccountControl", "msDS-User-Account-Control-Computed", "accountExpires", "pwdLastSet")
		if len(s.Roles) > 0 {
			list = append(list, "tokenGroups")
		}
	} else {
		list = append(list, "entryUUID", "uid", "cn", "pwdChangedTime")
	}
	for _, a := range s.Attributes {
		if !slices.ContainsFunc(list, func(b string) bool { return ascii.Equal(a, b) }) {
			list = append(list, a)
		}
	}
	return list
}

// principal is the account of an entry, or nil for one that does not stand below the base,
// or whose name nobody can type.
func (s *session) principal(e *ldap.Entry) (*sallyport.Principal, error) {
	guid, ok := s.guid(e)
	called := s.shown(e)
	if !ok || called == "" || !s.isBelow(e.DN) {
		return nil, nil
	}
	p := &sallyport.Principal{
		Key: s.key(guid), Name: called, FirstName: s.text(e, "givenName"), LastName: s.text(e, "sn"),
		Email: s.text(e, "mail"), Mobile: s.text(e, "mobile"),
	}
	for _, a := range s.Attributes {
		p.Attributes = append(p.Attributes, account.Attribute{Name: a, Value: s.text(e, a)})
	}
	if s.ad {
		s.readState(p, e)
	} else if at, err := time.Parse("20060102150405Z", s.text(e, "pwdChangedTime")); err == nil {
		p.PasswordSet = at
	}
	var err error
	p.Roles, err = s.roles(e)
	return p, err
}

// shown is what an account is called in tokens: with its domain, so that nobody takes it
// for a user of the engine's own directory who has the same name. [Directory.Canonical] of
// it is that of the account.
func (s *session) shown(e *ldap.Entry) string {
	called := s.called(e)
	if s.ad {
		called = called[:1] // the sAMAccountName, which nobody else has
	}
	for _, n := range called {
		switch n.domain {
		case "": // it cannot be typed
		case s.Domain:
			return s.ShortName + `\` + n.written
		default:
			return n.written + "@" + n.domain
		}
	}
	return ""
}

// readState reads what Active Directory says of the account and of its password. That
// wrong passwords have locked it is left out: a stranger can do that, and who has a session
// keeps it.
func (s *session) readState(p *sallyport.Principal, e *ldap.Entry) {
	flags, _ := strconv.ParseInt(e.GetAttributeValue("userAccountControl"), 10, 64)
	computed, _ := strconv.ParseInt(e.GetAttributeValue("msDS-User-Account-Control-Computed"), 10, 64)
	ends, limited := moment(e.GetAttributeValue("accountExpires"))
	p.PasswordSet, _ = moment(e.GetAttributeValue("pwdLastSet"))
	p.Disabled = flags&accountDisabled != 0
	p.Expired = limited && !s.Now().Before(ends)
	p.MustChangePassword = computed&passwordExpired != 0 || e.GetAttributeValue("pwdLastSet") == "0"
}

// maxValue bounds what is taken of one attribute, in bytes.
const maxValue = 1024

// text is the first value of an attribute. What is too long, or no line of text, is as if
// absent.
func (s *session) text(e *ldap.Entry, attribute string) string {
	v := e.GetEqualFoldAttributeValue(attribute)
	if len(v) > maxValue || typed.CheckSecret(v) != nil {
		return ""
	}
	return v
}
