package activedirectory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/sallyport-auth/sallyport"
)

// roles are what the groups of an account give it, those within groups too. Roles that two
// groups give stand once, in the order of the configuration.
func (s *session) roles(e *ldap.Entry) ([]sallyport.PrincipalRole, error) {
	if len(s.Roles) == 0 {
		return nil, nil
	}
	member, err := s.memberOf(e)
	if err != nil {
		return nil, err
	}
	var roles []sallyport.PrincipalRole
	for _, r := range s.Roles {
		role := sallyport.PrincipalRole{Application: r.Application, Role: r.Role}
		if member[r.Group] && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles, nil
}

// memberOf are those of the configured groups, by their names there, that an account is
// in.
func (s *session) memberOf(e *ldap.Entry) (map[string]bool, error) {
	if s.ad {
		return s.bySIDs(e)
	}
	groups, err := s.nested(e.DN)
	if err != nil {
		return nil, err
	}
	member := map[string]bool{}
	for _, r := range s.Roles {
		if dn, err := ldap.ParseDN(r.Group); err == nil {
			member[r.Group] = groups[dnKey(dn)]
		}
	}
	return member, nil
}

var errNoTokenGroups = errors.New("the reader may not read tokenGroups: make it a member of Windows Authorization Access Group")

// bySIDs reads tokenGroups: the SIDs of all groups, nested ones too, as the controller
// computes them. Groups that the configuration names by DN are looked up for theirs.
func (s *session) bySIDs(e *ldap.Entry) (map[string]bool, error) {
	raw := e.GetRawAttributeValues("tokenGroups")
	if len(raw) == 0 { // everybody is in one, such as Domain Users
		return nil, errNoTokenGroups
	}
	member := map[string]bool{}
	for _, one := range raw {
		if sid, ok := sidText(one); ok {
			member[sid] = true
		}
	}
	if len(s.namedGroups) == 0 {
		return member, nil
	}
	var filter strings.Builder
	for _, dn := range s.namedGroups {
		filter.WriteString("(distinguishedName=" + ldap.EscapeFilter(dn) + ")")
	}
	found, more, err := s.search(query{
		base: s.root, deep: true, filter: "(|" + filter.String() + ")",
		most: maxNamedGroups + 1, attributes: []string{"objectSid"},
	})
	switch {
	case err != nil:
		return nil, err
	case more:
		return nil, errors.New("more groups than names")
	}
	in := map[string]bool{} // by dnKey
	for _, g := range found {
		dn, err := ldap.ParseDN(g.DN)
		sid, ok := sidText(g.GetRawAttributeValue("objectSid"))
		if err == nil && ok && member[sid] {
			in[dnKey(dn)] = true
		}
	}
	for _, r := range s.Roles {
		if dn, err := ldap.ParseDN(r.Group); err == nil && len(dn.RDNs) > 0 && in[dnKey(dn)] {
			member[r.Group] = true
		}
	}
	return member, nil
}

// Bounds of groups within groups.
const (
	maxDepth  = 16
	maxGroups = 1000
	atOnce    = 100 // members in one search
)

// nested are all groups that a member is in, by dnKey, found level by level. A group that
// was seen is not asked for again, so circles end. Deeper or more of them than the bounds
// are an error: half of them might be one role too few, or the host's own rule too many.
func (s *session) nested(dn string) (map[string]bool, error) {
	seen := map[string]bool{}
	level := []string{dn}
	for depth := 0; len(level) > 0; depth++ {
		if depth == maxDepth {
			return nil, fmt.Errorf("groups are nested deeper than %d", maxDepth)
		}
		var next []string
		for part := range slices.Chunk(level, atOnce) {
			found, err := s.groupsOf(part)
			if err != nil {
				return nil, err
			}
			for _, g := range found {
				dn, err := ldap.ParseDN(g.DN)
				if err != nil || seen[dnKey(dn)] {
					continue
				}
				seen[dnKey(dn)] = true
				next = append(next, g.DN)
			}
		}
		if len(seen) > maxGroups {
			return nil, fmt.Errorf("an account is in more than %d groups", maxGroups)
		}
		level = next
	}
	return seen, nil
}

// groupsOf are the groups that have one of these as a member.
func (s *session) groupsOf(members []string) ([]*ldap.Entry, error) {
	var filter strings.Builder
	for _, dn := range members {
		m := ldap.EscapeFilter(dn)
		filter.WriteString("(member=" + m + ")(uniqueMember=" + m + ")")
	}
	found, more, err := s.search(query{
		base: s.Base, deep: true, filter: "(|" + filter.String() + ")",
		most: maxGroups + 1, attributes: []string{"1.1"}, // none (RFC 4511, section 4.5.1.8)
	})
	if more {
		return nil, fmt.Errorf("more than %d groups", maxGroups)
	}
	return found, err
}
