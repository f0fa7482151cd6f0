package activedirectory

import (
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// query is a search.
type query struct {
	base       string
	deep       bool // below the base, not the base alone
	filter     string
	most       int // entries; 0: two, which are one too many
	attributes []string
}

// search returns what a query finds, and whether there is more than that. References to
// other servers are passed over; a base that only another server has is an error.
func (s *session) search(q query) (found []*ldap.Entry, more bool, err error) {
	scope := ldap.ScopeBaseObject
	if q.deep {
		scope = ldap.ScopeWholeSubtree
	}
	if q.most == 0 {
		q.most = 2
	}
	r, err := s.conn.Search(ldap.NewSearchRequest(q.base, scope, ldap.NeverDerefAliases, q.most, 0, false, q.filter, q.attributes, nil))
	switch code := resultOf(err); {
	case code == ldap.LDAPResultNoSuchObject:
		return nil, false, nil
	case code == ldap.LDAPResultSizeLimitExceeded:
		return r.Entries, true, nil
	case err != nil:
		return nil, false, fmt.Errorf("searching: %w", told(err))
	}
	return r.Entries, false, nil
}

// only returns the one entry that a query finds, or nil where it finds none, or more than
// one, which is logged.
func (s *session) only(q query) (*ldap.Entry, error) {
	found, more, err := s.search(q)
	switch {
	case err != nil || len(found) == 0 && !more:
		return nil, err
	case len(found) > 1 || more:
		var names []string
		for _, e := range found {
			names = append(names, e.DN)
		}
		s.Log.Warn("activedirectory: a search that should find one entry finds more, so none is taken", "entries", names)
		return nil, nil
	}
	return found[0], nil
}

// resultOf is the code with which a server answered; 0: with success, or not at all.
func resultOf(err error) uint16 {
	var e *ldap.Error
	if !errors.As(err, &e) || e.Packet == nil {
		return 0
	}
	return e.ResultCode
}

// told is an error without the server's own words, which may repeat what was typed.
func told(err error) error {
	if code := resultOf(err); code != 0 {
		return fmt.Errorf("result %d (%s)", code, ldap.LDAPResultCodeMap[code])
	}
	return err
}
