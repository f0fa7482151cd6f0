package activedirectory

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Config is what [New] needs. Controllers, Base, and Reader with ReaderPassword are
// required; UserDN stands in for the reader, with what that costs.
type Config struct {
	// Controllers are the domain controllers of one domain, in the order in which they
	// are asked: "ldaps://host", or "ldap://host" with StartTLS before anything else,
	// with a port where it is not 636 or 389. The certificate must be good for the host
	// as it is written here. A controller that fails before a password was sent to it is
	// left for the next one, which from then on is asked first.
	Controllers []string
	// Base is the distinguished name below which accounts are: of the domain, such as
	// "DC=corp,DC=example,DC=com", or of a folder in it. An account that is moved out
	// of it is gone.
	Base string
	// Domain is the DNS name of the domain. Empty: made of the DC parts of Base.
	Domain string
	// ShortName is the domain's NetBIOS name, the DOM of DOM\bob. Empty: the first
	// label of Domain.
	ShortName string

	// Reader is the name by which the account binds that looks others up: a
	// distinguished name, or user@domain. It needs no right but to read, also
	// tokenGroups (a member of Windows Authorization Access Group has it).
	Reader, ReaderPassword string
	// UserDN is for directories where the distinguished name follows from what people
	// type: "uid={},ou=people,dc=example,dc=com". It is bound with the name in place of
	// {}, and nothing is looked for before. Without a Reader nothing can be read
	// without the password, so [Directory.Read] always fails: no session lives over 15
	// minutes, and none is refreshed.
	UserDN string

	// Roles say which groups give which roles. A group within a group counts.
	Roles []GroupRole
	// Attributes are further attributes that are read, by their LDAP names, such as
	// "department". Of each the first value counts.
	Attributes []string

	// RootCAs are the authorities of the controllers' certificates. Nil: the system's.
	RootCAs *x509.CertPool
	// InsecurePlain permits passwords in clear to "ldap://" on a loopback address, for
	// tests and for a tunnel that ends on this machine. Other hosts are refused.
	InsecurePlain bool

	// Timeout bounds one call over all controllers. Zero: 4 s, which is less than the 5 s
	// after which the engine gives up a question.
	Timeout time.Duration
	// Log hears of controllers that fail, of a reader that is refused, and of names with
	// two accounts. No password and nothing typed is logged. Nil: nobody.
	Log *slog.Logger
	// Now is the clock by which accounts expire. Nil: time.Now.
	Now func() time.Time
}

// String hides the reader's password from accidental printing.
func (c Config) String() string { return "activedirectory.Config(" + c.Base + ")" }

// GoString is like [Config.String].
func (c Config) GoString() string { return c.String() }

// GroupRole gives a role to the members of a group.
type GroupRole struct {
	// Group is the SID of a group ("S-1-5-21-…"), or its full distinguished name. A
	// SID stays when the group is renamed or moved. OpenLDAP has none.
	Group string
	// Application and Role name the role. An empty Application is that of
	// sallyport.Config.
	Application, Role string
}

// Bounds of a configuration.
const (
	defaultTimeout = 4 * time.Second
	maxGroupRoles  = 1000
	maxNamedGroups = 100 // groups by DN, which are looked up in one search
	maxAttributes  = 100
	maxDomain      = 90 // bytes; with a GUID it fits into a key of 128
)

// settings are a Config that was checked.
type settings struct {
	Config
	controllers []controller
	base        *ldap.DN
	namedGroups []string // of Roles, those by distinguished name, each once
}

// check returns the settings of c, or all that is wrong with it.
func (c Config) check() (*settings, error) {
	s := &settings{Config: c}
	s.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	err := errors.Join(s.checkControllers(), s.checkDomain(), s.checkReader(), s.checkRoles(), s.checkAttributes())
	if s.Timeout < 0 {
		err = errors.Join(err, fault("Timeout: negative"))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// fault is an error that begins with the field that is at fault.
func fault(format string, args ...any) error { return fmt.Errorf(format, args...) }

func (s *settings) checkControllers() error {
	if len(s.Controllers) == 0 {
		return fault(`Controllers: none; want "ldaps://host"`)
	}
	var errs error
	for i, text := range s.Controllers {
		c, err := parseController(text, s.InsecurePlain)
		if err != nil {
			errs = errors.Join(errs, fault("Controllers[%d]: %w", i, err))
		}
		s.controllers = append(s.controllers, c)
	}
	return errs
}

func (s *settings) checkDomain() error {
	base, err := ldap.ParseDN(s.Base)
	if err != nil || len(base.RDNs) == 0 {
		return fault(`Base: want a distinguished name, such as "DC=corp,DC=example,DC=com"`)
	}
	s.base = base
	s.Domain = ascii.Fold(cmp.Or(s.Domain, domainOf(base)))
	if !isDomain(s.Domain) || len(s.Domain) > maxDomain {
		return fault("Domain: want the DNS name of the domain, in at most %d bytes, such as corp.example.com", maxDomain)
	}
	if s.ShortName == "" {
		label, _, _ := strings.Cut(s.Domain, ".")
		s.ShortName = strings.ToUpper(label)
	}
	if !isDomain(ascii.Fold(s.ShortName)) {
		return fault("ShortName: want the NetBIOS name of the domain, such as CORP")
	}
	return nil
}

// domainOf joins the DC parts of a name with dots.
func domainOf(dn *ldap.DN) string {
	var labels []string
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if ascii.Fold(a.Type) == "dc" {
				labels = append(labels, a.Value)
			}
		}
	}
	return strings.Join(labels, ".")
}

func (s *settings) checkReader() error {
	var errs error
	switch {
	case s.Reader == "" && s.UserDN == "":
		errs = fault("Reader: missing, the account by which others are looked up")
	case (s.Reader == "") != (s.ReaderPassword == ""):
		errs = fault("Reader and ReaderPassword go together")
	}
	if s.UserDN == "" {
		return errs
	}
	dn, err := ldap.ParseDN(s.userDN("x"))
	if err != nil || strings.Count(s.UserDN, "{}") != 1 || !s.below(dn) {
		errs = errors.Join(errs, fault(`UserDN: want a distinguished name below Base with one {}, such as "uid={},ou=people,dc=example,dc=com"`))
	}
	return errs
}

func (s *settings) checkRoles() error {
	if len(s.Roles) > maxGroupRoles {
		return fault("Roles: more than %d", maxGroupRoles)
	}
	var errs error
	for i, r := range s.Roles {
		dn, err := ldap.ParseDN(r.Group)
		switch {
		case r.Role == "":
			errs = errors.Join(errs, fault("Roles[%d].Role: missing", i))
		case isSID(r.Group):
		case err != nil || len(dn.RDNs) < 2:
			errs = errors.Join(errs, fault("Roles[%d].Group: want a SID, such as S-1-5-21-…, or the full distinguished name of a group", i))
		default:
			s.namedGroups = append(s.namedGroups, dn.String())
		}
	}
	slices.Sort(s.namedGroups)
	s.namedGroups = slices.Compact(s.namedGroups)
	if len(s.namedGroups) > maxNamedGroups {
		errs = errors.Join(errs, fault("Roles: more than %d groups by distinguished name; give their SIDs", maxNamedGroups))
	}
	return errs
}

func (s *settings) checkAttributes() error {
	if len(s.Attributes) > maxAttributes {
		return fault("Attributes: more than %d", maxAttributes)
	}
	for i, a := range s.Attributes {
		if typed.CheckSecret(a) != nil || !isAttribute(a) {
			return fault("Attributes[%d]: want the LDAP name of an attribute, such as department", i)
		}
	}
	return nil
}

// isAttribute reports whether s is the name of an attribute: letters, digits and hyphens
// (RFC 4512, keystring), the first a letter.
func isAttribute(s string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || '9' < r)) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
