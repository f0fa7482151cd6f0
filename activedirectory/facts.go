package activedirectory

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// facts are what a directory says of itself.
type facts struct {
	ad   bool   // Active Directory, or one that says it is
	root string // the distinguished name of the domain

	limitRead bool // the next two are known
	threshold int  // wrong passwords that lock an account; 0: none do
	window    time.Duration

	until time.Time // when they are read again
}

// factsAge is how long they are believed. A domain's lockout policy is changed once in
// years.
const factsAge = time.Hour

// isActiveDirectory is the capability that Active Directory announces (MS-ADTS 3.1.1.3.4.3,
// LDAP_CAP_ACTIVE_DIRECTORY_OID).
const isActiveDirectory = "1.2.840.113556.1.4.800"

const everything = "(objectClass=*)"

func (s *session) readFacts() (*facts, error) {
	f := &facts{until: s.Now().Add(factsAge)}
	root, err := s.only(query{filter: everything, attributes: []string{"supportedCapabilities", "defaultNamingContext"}})
	if err != nil || root == nil {
		return f, err
	}
	f.ad = slices.Contains(root.GetAttributeValues("supportedCapabilities"), isActiveDirectory)
	f.root = root.GetAttributeValue("defaultNamingContext")
	if !f.ad {
		return f, nil
	}
	head, err := s.only(query{base: f.root, filter: everything, attributes: []string{"lockoutThreshold", "lockOutObservationWindow"}})
	if err != nil && s.Reader != "" {
		return nil, err
	}
	if head != nil {
		f.readLimit(head)
	}
	if !f.limitRead {
		s.Log.Warn("activedirectory: the domain's lockoutThreshold cannot be read", "limit", unreadLimit)
	}
	return f, nil
}

// readLimit reads the domain's lockout policy. Half of it is none.
func (f *facts) readLimit(head *ldap.Entry) {
	threshold, err := strconv.ParseUint(head.GetAttributeValue("lockoutThreshold"), 10, 31)
	window, ok := interval(head.GetAttributeValue("lockOutObservationWindow"))
	if err != nil || !ok {
		return
	}
	f.limitRead, f.threshold, f.window = true, int(threshold), window
}

// tick is the unit of times in Active Directory.
const tick = 100 * time.Nanosecond

// longest is the longest window that a domain can have, by the range of its policy; one
// that is kept as for ever is taken for that.
const longest = 99_999 * time.Minute

// interval reads a duration, which is kept as a negative number of ticks.
func interval(text string) (d time.Duration, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > 0 {
		return 0, false
	}
	if n < -int64(longest/tick) {
		return longest, true
	}
	return time.Duration(-n) * tick, true
}

// epoch1601 is where Active Directory's times begin, in ticks before 1970.
const epoch1601 = 116444736000000000

// moment reads a time, which is kept as ticks since 1601. ok is false for 0 and for the
// greatest number, which stand for never.
func moment(text string) (t time.Time, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || n == math.MaxInt64 {
		return time.Time{}, false
	}
	n -= epoch1601
	return time.Unix(n/1e7, n%1e7*100).UTC(), true
}
