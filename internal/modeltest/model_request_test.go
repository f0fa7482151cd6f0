package modeltest

import (
	"cmp"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/totp"
)

// request is one pending login. Gone: as if it had never been; proven: a factor was.
type request struct {
	id, caller, offered, newPassword string
	number                           string // of its link, which the host's have
	who                              *person
	epoch, sends, wrongFirst         int // wrongFirst: wrong first codes of an authenticator
	began, stagedAt                  time.Time
	ended                            sallyport.Status // what it is answered with since; 0: it is open
	gone, proven                     bool
	options                          map[string]string // ids of what was offered
	sent                             map[string]*sent
	answered                         *sent // the last link that was, and how
	how                              sallyport.LinkOutcome
	wrong                            misses
	pending                          *app // an authenticator; from its first code on it is staged, with codes of recovery
	codes                            []string
}

// sent is what was sent last for an option. Over: used, or met late; given: up, by a later login.
type sent struct {
	code, link                          string
	at, ends, told                      time.Time // told: until when it is said to have had no answer
	failed, over, given, approved, adds bool      // adds: approved with the box ticked
}

func (r *request) of(option string) *sent { return cmp.Or(r.sent[option], &sent{}) }
func (m *model) live(s *sent) bool        { return !s.over && !s.failed && !s.given && m.now.Before(s.ends) }

// begin makes a request. A live link of the same caller and account ends.
func (m *model) begin(p *person, caller string) *request {
	offered := when(p.email != "" && !m.withheld(p), emailLink+" ") + when(p.email != "", emailOTP+" ") +
		when(slices.ContainsFunc(p.apps, m.near) || len(p.apps) > 0 && p.email == "", appOTP+" ")
	r := &request{caller: caller, offered: offered, who: p, began: m.now, epoch: p.epoch, sent: map[string]*sent{}}
	for _, o := range m.requests {
		s := o.of(emailLink)
		s.given = s.given || o.who == p && o.caller == caller && m.live(s)
	}
	m.requests = append(m.requests, r)
	return r
}

// tell is the answer to a call by somebody, who named the request alone, or more than that.
func (m *model) tell(s sallyport.Status, r *request, by string, alone bool) answer {
	open, done := r != nil && m.reach(r, by) == 0, s == sallyport.Success
	a := answer{status: s | when(!done, sallyport.Failure), outcome: when(done, sallyport.Granted)}
	a.identity = !alone && s&(sallyport.PasswordDoesNotMatch|sallyport.PasswordIsLocked) == 0 && (open || s != timeout)
	if open && s != usedUp {
		factor := cmp.Or(when(r.wants() == enrolmentWanted, sallyport.EnrollmentWanted), sallyport.FactorWanted)
		a.outcome = cmp.Or(when(s == waiting, sallyport.Waiting), factor)
		a.options = when(by == host && a.outcome != sallyport.EnrollmentWanted, r.offered) // clients are told once
	}
	if enrols := s == enrolmentWanted; !alone && (enrols || s == factorWanted) {
		noEmail, noApp := r.who.email == "", len(r.who.apps) == 0
		a.options, a.enrollable = r.offered, when(noEmail, "Email ")+when(noApp, "MicrosoftAuthenticator ")+"SMS "
		a.status |= when(enrols, sallyport.UserAccountMissingMobilePhone|when(noEmail, sallyport.UserAccountMissingEmail))
	}
	return a
}

// reach is why a call does not reach an open request, or 0.
func (m *model) reach(r *request, by string) sallyport.Status {
	r.gone = r.gone || !m.within(r.began, 10*time.Minute) || r.epoch != r.who.epoch
	return cmp.Or(when(r.gone || by != r.caller, timeout), r.ended)
}

// state is the call that names a request alone, and wants is what that asks.
func (m *model) state(r *request, by string) sallyport.Status {
	return cmp.Or(m.reach(r, by), when(r.sends > 0, waiting), r.wants())
}
func (r *request) wants() sallyport.Status {
	return cmp.Or(when(!r.proven && r.offered == "", enrolmentWanted), factorWanted)
}

// choose is call 2.
func (m *model) choose(r *request, by, option string, fails, remember bool) sallyport.Status {
	p, s, isLink := r.who, r.of(option), option == emailLink
	over := cmp.Or(m.reach(r, by), when(m.exhausted(p), usedUp), when(option == appOTP || isLink && m.live(s), waiting))
	switch {
	case over != 0:
		return over
	case s.approved:
		r.proven = true
		return m.finish(r, s.adds, remember)
	case isLink && m.unanswered(p, s):
		return timeout
	case isLink && m.withheld(p), (!isLink || s.failed) && m.within(s.at, 30*time.Second),
		r.sends >= 5, min(p.sends.left(m), p.mailbox.left(m)) == 0:
		return cmp.Or(when(m.live(s), waiting), notSent)
	}
	p.sends.take(m, 1)
	p.mailbox.take(m, 1)
	s = &sent{at: m.now, ends: m.now.Add(time.Minute + when(isLink, 30*time.Second)), failed: fails}
	r.sent[option], r.sends, m.sent = s, r.sends+1, when(!fails, s)
	m.notice(p, when(!fails, cmp.Or(when(isLink, message.SignInLink), message.SignInCode)))
	return cmp.Or(when(fails, notSent), waiting)
}

// unanswered reports whether a call tells of a link that ended unanswered: the first that meets it,
// and those within half a minute of its end. Two in a row withhold links, if not given up.
func (m *model) unanswered(p *person, s *sent) bool {
	if s.at.IsZero() || s.over || s.failed || m.live(s) {
		return m.now.Before(s.told)
	}
	if p.unheeded += when(!s.given, 1); p.unheeded == 2 {
		p.withheld, p.unheeded = m.now, 0
	}
	s.over, s.told = true, earliest(s.ends, m.now).Add(30*time.Second)
	return true
}

// answer is call 3.
func (m *model) answer(r *request, by, option, code string, remember bool) sallyport.Status {
	p, over, recovers := r.who, m.reach(r, by), len(code) == 16
	repeats := by == r.caller && !r.gone && m.repeats(r.wrong, option+code) // also of the one that ended it
	unchecked := option == appOTP && !recovers && !slices.ContainsFunc(p.apps, m.near)
	over = cmp.Or(when(repeats, wrongCode), over, when(m.exhausted(p), usedUp), when(unchecked, wrongCode))
	if over != 0 {
		return over
	}
	right, adds := m.check(r, option, code)
	if r.proven = right; right {
		return m.finish(r, adds, remember && !recovers)
	}
	p.guesses, p.row = append(p.guesses, new(m.now)), p.row+1
	r.wrong = misses{what: option + code, at: m.now, count: r.wrong.count + 1}
	last, told := r.wrong.count == 5, m.exhausted(p) && !m.within(p.usedUp, 24*time.Hour)
	r.ended, p.usedUp = when(last, timeout), cmp.Or(when(told, m.now), p.usedUp)
	m.notice(p, when(last, message.WrongCodes))
	m.notice(p, when(told, message.CodesUsedUp))
	return wrongCode
}

// check reports whether a code is right, and can have been meant for what is staged.
func (m *model) check(r *request, option, code string) (right, adds bool) {
	p, s := r.who, r.of(option)
	if option != appOTP {
		right = option == emailOTP && m.live(s) && s.code == code
		s.over = s.over || option == emailOTP && !m.now.Before(s.ends) // met late, once for all
		return right, right
	}
	if i := slices.Index(p.recovery, code); i >= 0 {
		p.recovery = slices.Delete(p.recovery, i, i+1)
		return true, false
	}
	for _, a := range p.apps {
		if n := m.step(a.secret, code); n > a.last {
			a.last = n
			return true, !time.Unix(int64(n)*30, 0).Before(r.stagedAt)
		}
	}
	return false, false
}

// step is that of an authenticator's code, or 0.
func (m *model) step(x totp.Secret, code string) uint64 {
	n := totp.Step(m.now)
	return cmp.Or(when(x.Code(n) == code, n), when(x.Code(n-1) == code, n-1), when(x.Code(n+1) == code, n+1))
}

// finish is a login whose second factor was proven, by what was meant for what it adds, or is not wanted.
func (m *model) finish(r *request, adds, remember bool) sallyport.Status {
	p, enters := r.who, r.caller == host || r.who.role
	if enters && r.newPassword != "" {
		m.setPassword(p, r.newPassword)
		p.guesses = when(!r.proven || r.offered == "", p.guesses)
	}
	if adds && !r.stagedAt.IsZero() {
		m.add(r)
	}
	r.epoch, r.newPassword, p.row, r.ended = p.epoch, "", when(!enters, p.row), cmp.Or(when(enters, timeout), noRole)
	status := m.complete(p, r.caller, nil, r.proven)
	if enters && remember && m.policy.Remember > 0 {
		m.device = &grant{who: p, caller: r.caller, epoch: p.epoch, began: m.now, ends: m.now.Add(m.policy.Remember)}
		m.devices = append(m.devices, m.device)
	}
	return status
}

// add makes a staged authenticator the account's, with its recovery codes.
func (m *model) add(r *request) {
	p := r.who
	p.recovery = append(p.recovery, r.codes...)
	p.apps, p.epoch, r.epoch = append(p.apps, r.pending), p.epoch+1, p.epoch+1
	m.notice(p, message.FactorAdded)
}

// resume is call 1 with the id of a request.
func (m *model) resume(r *request, by, password string) sallyport.Status {
	over := m.reach(r, by)
	if over != timeout {
		over = cmp.Or(m.judge(r.who, nil, cmp.Or(r.newPassword, r.who.password), password), over)
	}
	if over == 0 && (r.proven || r.newPassword != "" && !m.asked(r.who)) {
		return m.finish(r, false, false)
	}
	return cmp.Or(over, when(m.exhausted(r.who), usedUp), r.wants())
}

// decide is the answer of a link's page. What was never answered is "".
func (m *model) decide(r *request, s *sent, approve, add bool) sallyport.LinkOutcome {
	p, current := r.who, m.reach(r, r.caller) == 0 && r.sent[emailLink] == s
	rival := func(o *request) bool {
		return o != r && o.who == p && m.reach(o, o.caller) == 0 && m.live(o.of(emailLink))
	}
	if current && !m.now.Before(s.ends) {
		m.unanswered(p, s)
	}
	waits := r.number == "" && current && m.live(s) && approve && slices.ContainsFunc(m.requests, rival)
	how := cmp.Or(when(r.answered == s && !r.gone, r.how), when(waits, sallyport.LinkMustWait))
	if how != "" || !current || !m.live(s) {
		return how
	}
	r.answered, s.over, s.approved, s.adds, p.unheeded = s, true, approve, add, 0
	alone := !r.stagedAt.IsZero() && !add
	r.how = cmp.Or(when(!approve, sallyport.LinkDenied), when(alone, sallyport.LinkApprovedAlone), sallyport.LinkApproved)
	if !approve {
		r.ended, r.newPassword, p.withheld = sallyport.ProcessCanceled, "", m.now
	}
	return r.how
}

// mayEnrol reports whether an authenticator can be enrolled in a request.
func (m *model) mayEnrol(r *request) bool {
	return m.reach(r, r.caller) == 0 && r.stagedAt.IsZero() && len(r.who.apps) < 5
}

// confirm is the first code of an authenticator. Where there is nothing to prove that is active.
func (m *model) confirm(r *request, code string) (status sallyport.EnrollmentStatus, codes bool) {
	p, step, what := r.who, m.step(r.pending.secret, code), "enroll"+code
	if !m.mayEnrol(r) {
		return "", false
	}
	if repeats := m.repeats(r.wrong, what); repeats || step == 0 {
		r.wrongFirst += when(!repeats, 1)
		r.wrong.what, r.wrong.at = what, cmp.Or(when(repeats, r.wrong.at), m.now)
		r.ended = when(r.wrongFirst == 5, timeout)
		return sallyport.EnrollmentWrongCode, false
	}
	r.stagedAt, r.pending.last, r.sent = m.now, step, map[string]*sent{} // what was sent cannot have meant it
	if codes = len(p.recovery) == 0; p.email == "" && len(p.apps) == 0 {
		m.add(r)
		r.proven = true
	}
	return sallyport.EnrollmentSuccess, codes
}
