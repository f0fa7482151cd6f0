package modeltest

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
)

// alive reports whether a request can go on. One that is met when it cannot is over.
func (m *model) alive(r *request, now time.Time) bool {
	if now.Sub(r.began) >= 10*time.Minute || r.state == open && ahead(r.began, now) || r.epoch != r.who.epoch || r.who.disabled {
		r.state, r.tag = over, ""
	}
	return r.state == open
}

// meet looks at all requests of an account: those that began ahead of now are over. Of one
// that has expired beside the one that is meant the contract says nothing; whether a clock
// that is set back revives it, the verbs ask.
func (m *model) meet(now time.Time, p *person) {
	p.settle(now)
	p.settleSends(now)
	for _, r := range m.requests {
		switch {
		case r.who != p || r.state != open:
		case ahead(r.began, now):
			r.state = over
		case now.Sub(r.began) >= 10*time.Minute:
			r.unsure = true
		}
	}
}

// live reports whether what was sent can still be answered. What is met when it cannot
// is void.
func live(s *sent, now time.Time) bool {
	if s == nil || s.at.IsZero() {
		return false
	}
	if !now.Before(s.ends) || ahead(s.at, now) {
		s.void = true
	}
	return !s.void && !s.failed
}

// reach is the answer to a call of a request that cannot go on, or ok.
func (m *model) reach(now time.Time, r *request, by string) (a answer, ok bool) {
	if now.Sub(r.began) < 10*time.Minute {
		m.meet(now, r.who)
		if ahead(r.stagedAt, now) { // what has become a factor stays one
			if r.proven = false; r.staged != nil {
				r.confirmed, r.staged, r.stagedCodes = false, nil, nil
			}
		}
		for name, o := range r.sent {
			if ahead(o.at, now) {
				o.void = true
				r.sent[name] = &sent{at: now, ends: now, void: true, fresh: true}
			}
		}
	}
	alive := m.alive(r, now) // which closes it, whoever calls
	if by != r.caller {
		return no(sallyport.MFALinkTimeout), false
	}
	if alive {
		return a, true
	}
	switch r.state {
	case denied:
		a = no(sallyport.ProcessCanceled)
	case unauthorized:
		a = no(sallyport.UserNotAuthorized)
	default:
		return no(sallyport.MFALinkTimeout), false
	}
	a.identity = true
	return a, false
}

// state is the call that names a request alone.
func (m *model) state(node int, r *request, by string) answer {
	a, ok := m.reach(m.now(node), r, by)
	a.identity = false
	switch {
	case !ok:
		return a
	case r.waiting:
		return no(sallyport.MFAWaitingUserAction)
	case r.proven || len(r.offered) > 0:
		return no(sallyport.MFAAuthenticationRequired)
	}
	return no(sallyport.MFAEnrollmentRequired)
}

// choose is call 2. It returns what it sends, if it sends anything.
func (m *model) choose(node int, r *request, by, option string, fails bool) (a answer, send *sent, n *session) {
	now := m.now(node)
	if a, ok := m.reach(now, r, by); !ok {
		return a, nil, nil
	}
	p := r.who
	a = no(sallyport.MFAWaitingUserAction)
	a.identity = true
	if p.exhausted(now) {
		a.status = sallyport.Failure | sallyport.UserAccountLocked
		return a, nil, nil
	}
	if option == appOTP {
		return a, nil, nil
	}
	s := r.sent[option]
	if s == nil {
		s = &sent{}
	}
	alive := live(s, now)
	if s.ended && !s.void && !s.approved { // by a later login: that is told as of a link without an answer
		s.void, s.ends, s.unanswered = true, now, now // not counted
		alive = false
	}
	switch {
	case option == emailLink && s.approved:
		since := now
		if !s.adds {
			since = time.Time{}
		}
		r.proven = true
		a, _, n = m.complete(now, p, by, r, since)
		return a, nil, n
	case option == emailLink && alive:
		return a, nil, nil
	case option == emailLink && m.unheeded(now, r, s):
		a.status = sallyport.Failure | sallyport.MFALinkTimeout
		return a, nil, nil
	case option == emailLink && withheld(p, now):
		a.status = sallyport.Failure | sallyport.MFAFailedSendingRequest
		return a, nil, nil
	case option == emailOTP && !s.fresh && !s.at.IsZero() && !ahead(s.at, now) && now.Before(s.at.Add(30*time.Second)),
		s.failed && !s.fresh && now.Before(s.at.Add(30*time.Second)),
		!m.maySend(now, r):
		if !alive {
			a.status = sallyport.Failure | sallyport.MFAFailedSendingRequest
		}
		return a, nil, nil
	}
	s.void = true
	s = &sent{at: now, ends: now.Add(time.Minute), failed: fails}
	r.sent[option] = s
	if r.waiting = true; option == emailLink {
		s.ends = now.Add(90 * time.Second)
	}
	if fails {
		a.status = sallyport.Failure | sallyport.MFAFailedSendingRequest
		return a, nil, nil
	}
	m.mails = append(m.mails, mail{map[string]string{emailLink: "link", emailOTP: "otp"}[option], p.email})
	return a, s, nil
}

// maySend charges a message.
func (m *model) maySend(now time.Time, r *request) bool {
	if r.sends >= 5 || r.who.sends.left(now, 10, time.Hour) == 0 || r.who.mailbox.left(now, 30, 24*time.Hour) == 0 {
		return false
	}
	r.sends++
	r.who.sends.take(now, 10, time.Hour)
	r.who.mailbox.take(now, 30, 24*time.Hour)
	return true
}

// unheeded reports whether a call tells of a link that ended without an answer: the first
// that meets it, and those within half a minute of its end. It is counted once, and two in
// a row withhold links.
func (m *model) unheeded(now time.Time, r *request, s *sent) bool {
	if !s.unanswered.IsZero() {
		return now.Before(s.ends.Add(30 * time.Second))
	}
	if s.at.IsZero() || s.failed || s.fresh || s.approved || ahead(s.at, now) || now.Before(s.ends) {
		return false
	}
	s.unanswered = now
	if r.who.unheeded++; r.who.unheeded >= 2 {
		r.who.withheld, r.who.unheeded = now, 0
	}
	return true
}

// answer is call 3.
func (m *model) answer(node int, r *request, by, option, code string) (a answer, n *session) {
	now, p := m.now(node), r.who
	refused, ok := m.reach(now, r, by)
	a = no(sallyport.SecureCodeDoesNotMatch)
	a.identity = true
	switch {
	case by == r.caller && r.repeats(option+code, now): // also of the one that ended it
		return a, nil
	case !ok:
		return refused, nil
	}
	if p.exhausted(now) {
		a.status = sallyport.Failure | sallyport.UserAccountLocked
		return a, nil
	}
	since, right, looked := r.check(option, code, now)
	switch {
	case right:
		if left := len(p.recovery); since.IsZero() && (left == few || left == 0) {
			m.notice(p, now, changes, "")
		}
		r.proven = true
		a, _, n = m.complete(now, p, by, r, since)
	case looked:
		m.wrongCode(now, r, option+code)
	}
	return a, n
}

func (r *request) repeats(code string, now time.Time) bool {
	return r.tag == code && !r.tagAt.After(now) && now.Sub(r.tagAt) < 10*time.Second
}

// few recovery codes are left, of which the owner is told, as of none.
const few = 2

// check reports whether a code is right, and since when it can have existed.
func (r *request) check(option, code string, now time.Time) (since time.Time, right, looked bool) {
	p := r.who
	switch s := r.sent[option]; {
	case option == emailOTP:
		if right = live(s, now) && s.code == code; right {
			s.void = true
			return s.at, true, true
		}
		return since, false, true
	case option == emailLink:
		return since, false, true
	}
	if i := slices.Index(p.recovery, code); i >= 0 {
		p.recovery = slices.Delete(p.recovery, i, i+1)
		return time.Time{}, true, true
	}
	step := totp.Step(now)
	looked = len(code) == 16 // one of recovery, whatever the clock of the authenticator
	for _, a := range p.apps {
		if a.last > step+1 {
			continue
		}
		looked = true
		for n := step - 1; n <= step+1; n++ {
			if n > a.last && a.secret.Code(n) == code {
				a.last = n
				return time.Unix(int64(n)*30, 0), true, true
			}
		}
	}
	return since, false, looked
}

// wrongCode charges a wrong code to the request and the account.
func (m *model) wrongCode(now time.Time, r *request, code string) {
	p := r.who
	p.hour, p.day, p.row = append(p.hour, now), append(within(p.day, now, 24*time.Hour), now), p.row+1
	r.tag, r.tagAt = code, now
	if r.tries++; r.tries >= 5 {
		r.state = over
		m.notice(p, now, attempts, "")
	}
	if p.exhausted(now) {
		m.notice(p, now, attempts, "used up")
	}
}

// resume is call 1 with the id of a request.
func (m *model) resume(node int, r *request, by, password string) (a answer, n *session) {
	now, p := m.now(node), r.who
	if a, ok := m.reach(now, r, by); !ok && (r.state == over || by != r.caller) {
		return a, nil
	}
	right := p.password
	if r.newPassword != "" {
		right = r.newPassword
	}
	a, ok := m.judge(now, p, right, password)
	if !ok {
		return a, nil
	}
	if a, ok = m.reach(now, r, by); !ok {
		return a, nil
	}
	if r.proven || r.newPassword != "" && !m.asked(p) {
		a, _, n = m.complete(now, p, by, r, time.Time{})
		return a, n
	}
	if a, ok = m.wants(now, p); ok {
		a.options = strings.Join(r.offered, ", ")
	}
	return a, nil
}
