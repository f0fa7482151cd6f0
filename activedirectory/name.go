package activedirectory

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// name is what somebody typed, read: DOM\bob, bob@dom and bob are one.
type name struct {
	written string // of the user, as it was typed: what the directory is asked for
	user    string // in the one spelling by which it is compared
	domain  string // in lower case; of the directory itself, or the suffix of a userPrincipalName
}

// String is the spelling by which wrong passwords are counted.
func (n name) String() string { return n.user + "@" + n.domain }

// noAccountName are the characters that no sAMAccountName has (MS-SAMR 3.1.1.8.4, and the
// @ that would make it look like a userPrincipalName).
const noAccountName = `"/\[]:;|=,+*?<>@`

// parse reads a name. What is before a backslash must be this domain; what is after the
// last @ may be any suffix, since a forest may have many.
func (s *settings) parse(text string) (n name, ok bool) {
	text = strings.Trim(text, " ")
	if strings.ContainsFunc(text, unicode.IsControl) {
		return name{}, false
	}
	if domain, user, cut := strings.Cut(text, `\`); cut {
		if d := domainName(domain); d != s.Domain && d != ascii.Fold(s.ShortName) {
			return name{}, false
		}
		return s.inDomain(user)
	}
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return s.inDomain(text)
	}
	suffix := domainName(text[at+1:])
	if suffix == s.Domain {
		return s.inDomain(text[:at])
	}
	if !isDomain(suffix) || strings.ContainsAny(text[:at], `\@`) {
		return name{}, false
	}
	return newName(text[:at], suffix)
}

// inDomain is the name of a user of this domain.
func (s *settings) inDomain(user string) (n name, ok bool) {
	if strings.ContainsAny(user, noAccountName) {
		return name{}, false
	}
	return newName(user, s.Domain)
}

func newName(user, domain string) (n name, ok bool) {
	u := typed.Name(user)
	if u.Refused {
		return name{}, false
	}
	return name{written: typed.WrittenName(user), user: u.Canonical, domain: domain}, true
}

// domainName is a domain as it is compared.
func domainName(s string) string { return strings.TrimSuffix(ascii.Fold(s), ".") }

// isDomain reports whether s, in lower case, is the name of a domain or a suffix of
// userPrincipalNames: letters, digits, hyphens, underscores and dots.
func isDomain(s string) bool {
	odd := func(r rune) bool {
		return (r < 'a' || 'z' < r) && (r < '0' || '9' < r) && r != '-' && r != '_' && r != '.'
	}
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, odd) && !strings.Contains("."+s+".", "..")
}

// userDN is the distinguished name that follows from a user's name.
func (s *settings) userDN(user string) string {
	return strings.Replace(s.UserDN, "{}", ldap.EscapeDN(user), 1)
}

// filter is the search for an account of that name. The name is escaped, so no character
// of it means anything.
func (n name) filter(ad, own bool) string {
	user := ldap.EscapeFilter(n.written)
	full := ldap.EscapeFilter(n.written + "@" + n.domain)
	switch {
	case !ad && own:
		return "(uid=" + user + ")"
	case !ad:
		return "(uid=" + full + ")"
	case own:
		return "(&" + isUser + "(|(sAMAccountName=" + user + ")(userPrincipalName=" + full + ")))"
	}
	return "(&" + isUser + "(userPrincipalName=" + full + "))"
}

// isUser is a filter for accounts of people: no computers, trusts or groups (MS-SAMR
// 2.2.1.9, SAM_USER_OBJECT).
const isUser = "(sAMAccountType=805306368)"

// isExact reports whether an account that is called by these bears that very name. The
// server compares more loosely (without accents, for one), and an account that could be
// called by any number of names would have as many counts of wrong passwords.
func (n name) isExact(called ...name) bool {
	return slices.ContainsFunc(called, func(c name) bool { return c.user != "" && c.String() == n.String() })
}
