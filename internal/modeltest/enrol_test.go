package modeltest

import (
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
)

// decide is the answer of a link's page.
func (m *model) decide(node int, r *request, s *sent, approve, add bool) sallyport.LinkOutcome {
	now := m.now(node)
	m.reach(now, r, r.caller)
	switch known := m.alive(r, now); {
	case now.Sub(r.began) >= 10*time.Minute || r.epoch != r.who.epoch || r.who.disabled:
		return ""
	case s.how != "":
		return s.how
	case known && r.sent[emailLink] == s && !s.void && !s.ended && m.unheeded(now, r, s):
		s.void = true // met late, once for all
		return ""
	case !known || !live(s, now) || s.ended:
		return ""
	case !approve:
		if r.answered != nil {
			r.answered.how = ""
		}
		s.how, r.state, r.newPassword = sallyport.LinkDenied, denied, ""
		r.who.withheld, r.who.unheeded = now, 0
		return s.how
	}
	for _, o := range m.requests {
		rival := o.sent[emailLink]
		if o != r && o.who == r.who && m.alive(o, now) && rival != nil && !rival.approved && !rival.ended && live(rival, now) {
			return sallyport.LinkMustWait
		}
	}
	if r.answered != nil {
		r.answered.how = "" // how the last one was answered is remembered
	}
	r.answered = s
	s.approved, s.adds, s.how = true, add, sallyport.LinkApproved
	if r.who.unheeded = 0; r.staged != nil && !add {
		s.how = sallyport.LinkApprovedAlone
	}
	return s.how
}

// mayEnrol reports whether an authenticator can be enrolled in a request.
func (m *model) mayEnrol(node int, r *request) bool {
	now := m.now(node)
	_, ok := m.reach(now, r, r.caller)
	return ok && !r.confirmed && len(r.who.apps) < 5
}

// confirm is the first code of an authenticator that is enrolled. It reports whether there
// are recovery codes with it.
func (m *model) confirm(node int, r *request, right bool, code string) (status sallyport.EnrollmentStatus, active, codes bool) {
	now, p := m.now(node), r.who
	switch {
	case !m.mayEnrol(node, r) && (r.confirmTries < 5 || !r.repeats("enroll"+code, now)):
		return "", false, false
	case r.repeats("enroll"+code, now):
		return sallyport.EnrollmentWrongCode, false, false
	case !right:
		r.tag, r.tagAt = "enroll"+code, now
		if r.confirmTries++; r.confirmTries >= 5 {
			r.state = over
		}
		return sallyport.EnrollmentWrongCode, false, false
	}
	r.confirmed, r.stagedAt = true, now
	r.staged = &app{secret: r.pending, last: totp.Step(m.clock)}
	codes = len(p.recovery) == 0
	if len(p.apps) > 0 || p.email != "" {
		for name, o := range r.sent { // what was sent before cannot have meant it
			o.void = true
			r.sent[name] = &sent{at: o.at, ends: o.ends, void: true, fresh: true}
		}
		if p.email != "" { // of the third that waits at once, which may be of an older epoch
			m.maybe = append(m.maybe, mail{"notice", p.email})
		}
		return sallyport.EnrollmentSuccess, false, codes
	}
	m.add(r)
	r.proven = true
	return sallyport.EnrollmentSuccess, true, codes
}
