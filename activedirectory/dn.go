package activedirectory

import (
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// dnKey is a distinguished name in the spelling by which names are compared here: without
// regard to case, to blanks around its signs, and to how a character is escaped.
func dnKey(dn *ldap.DN) string {
	var b strings.Builder
	for _, rdn := range dn.RDNs {
		var parts []string
		for _, a := range rdn.Attributes {
			parts = append(parts, strings.ToLower(a.Type)+"="+ldap.EscapeDN(strings.ToLower(a.Value)))
		}
		slices.Sort(parts)
		b.WriteString(strings.Join(parts, "+"))
		b.WriteByte(',')
	}
	return b.String()
}

// below reports whether dn stands below the base.
func (s *settings) below(dn *ldap.DN) bool { return s.base.AncestorOfFold(dn) }

// isBelow reports whether text is a distinguished name that stands below the base.
func (s *settings) isBelow(text string) bool {
	dn, err := ldap.ParseDN(text)
	return err == nil && s.below(dn)
}
