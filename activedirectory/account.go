package activedirectory

import (
	"strconv"

	"github.com/go-ldap/ldap/v3"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/rnd"
)

// who is the account of a name, as it is bound.
type who struct {
	dn   string
	guid string // empty with UserDN: it is read after the password
}

// check is one question: find, bind once, and read after a right password alone. Until the
// verdict it takes the same round trips whether there is such an account or not.
func (s *session) check(n name, password string) (*sallyport.Principal, error) {
	account, err := s.find(n)
	if err != nil {
		return nil, err
	}
	dn := s.nobody()
	if account != nil {
		dn = account.dn
	}
	v, err := s.bindUser(dn, password)
	if err != nil || v == wrong || account == nil {
		return nil, err
	}
	if s.Reader == "" && v != right {
		return nil, nil // nobody is bound who could read whose it is
	}
	if err := s.bindReader(); err != nil {
		return nil, err
	}
	p, err := s.readWho(*account)
	if err != nil || p == nil {
		return nil, err
	}
	p.Locked = v == held
	p.Disabled = p.Disabled || v == shut
	p.Expired = p.Expired || v == expired
	p.MustChangePassword = p.MustChangePassword || v == stale
	return p, nil
}

// find looks for the account of a name. It returns nil where there is none, and where a
// wrong password might lock it.
func (s *session) find(n name) (*who, error) {
	own := n.domain == s.Domain
	if s.UserDN != "" {
		if !own {
			return nil, nil
		}
		return &who{dn: s.userDN(n.user)}, nil
	}
	e, err := s.only(query{base: s.Base, deep: true, filter: n.filter(s.ad, own), attributes: found(s.ad)})
	if err != nil || e == nil {
		return nil, err
	}
	guid, ok := s.guid(e)
	if !ok || !s.isBelow(e.DN) || !n.isExact(s.called(e)...) || s.nearLock(e) {
		return nil, nil
	}
	if s.ad {
		return &who{dn: guidDN(guid), guid: guid}, nil
	}
	return &who{dn: e.DN, guid: guid}, nil
}

// nobody is a name to bind that no account has.
func (s *session) nobody() string {
	if s.ad {
		return guidDN(rnd.UUID())
	}
	return "cn=" + rnd.UUID() + "," + s.Base
}

// found are the attributes that tell whether an entry is the one that was meant.
func found(ad bool) []string {
	if ad {
		return []string{"objectGUID", "sAMAccountName", "userPrincipalName", "badPwdCount", "badPasswordTime"}
	}
	return []string{"entryUUID", "uid"}
}

// called are the names of an account.
func (s *session) called(e *ldap.Entry) (names []name) {
	if s.ad {
		account, _ := s.inDomain(e.GetAttributeValue("sAMAccountName"))
		principal, _ := s.parse(e.GetAttributeValue("userPrincipalName"))
		return []name{account, principal}
	}
	for _, uid := range append(e.GetAttributeValues("uid"), e.GetAttributeValues("cn")...) {
		n, _ := s.parse(uid)
		names = append(names, n)
	}
	return names
}

// guid is what stands for an account for ever.
func (s *session) guid(e *ldap.Entry) (guid string, ok bool) {
	if s.ad {
		return guidText(e.GetRawAttributeValue("objectGUID"))
	}
	guid = e.GetAttributeValue("entryUUID")
	return guid, isGUID(guid)
}

// nearLock reports whether one more wrong password might lock the account in the domain.
// The engine counts by name, but an account may have two of them, and be guessed at
// elsewhere; the controller counts them all.
func (s *session) nearLock(e *ldap.Entry) bool {
	misses, err := strconv.Atoi(e.GetAttributeValue("badPwdCount"))
	last, ok := moment(e.GetAttributeValue("badPasswordTime"))
	if err != nil || !ok || s.threshold == 0 {
		return false
	}
	return misses >= max(1, s.threshold-1) && s.Now().Sub(last) < s.window
}

// readWho reads the account that was bound.
func (s *session) readWho(w who) (*sallyport.Principal, error) {
	if w.guid != "" {
		return s.read(w.guid)
	}
	e, err := s.only(query{base: w.dn, filter: s.readFilter(everything), attributes: s.readAttributes()})
	if err != nil || e == nil {
		return nil, err
	}
	return s.principal(e)
}

// read reads the account of a GUID; nil: there is none, or it is not below the base.
func (s *session) read(guid string) (*sallyport.Principal, error) {
	q := query{base: guidDN(guid), filter: s.readFilter(everything), attributes: s.readAttributes()}
	if !s.ad {
		q.base, q.deep, q.filter = s.Base, true, s.readFilter("(entryUUID="+guid+")")
	}
	e, err := s.only(q)
	if err != nil || e == nil {
		return nil, err
	}
	if got, _ := s.guid(e); got != guid {
		return nil, nil
	}
	return s.principal(e)
}

func (s *session) readFilter(filter string) string {
	if s.ad {
		return "(&" + isUser + filter + ")"
	}
	return filter
}
