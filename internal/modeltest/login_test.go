package modeltest

import (
	"slices"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/totp"
)

// The labels of options, in the order in which they are offered.
const (
	emailLink = "Email Link"
	emailOTP  = "Email OTP"
	appOTP    = "MicrosoftAuthenticator OTP"
)

// judge is the first factor: the answer to a wrong password, or ok.
func (m *model) judge(now time.Time, p *person, right, typed string) (a answer, ok bool) {
	w := m.wrong[p.name]
	w.settle(now)
	if now.Before(w.locked.Add(w.lockedFor)) {
		return no(sallyport.PasswordIsLocked), false
	}
	tag := typed + " in the place of " + right // by another password it is no repeat
	if tag == w.tag && !w.tagAt.After(now) && now.Sub(w.tagAt) < 10*time.Second {
		return no(w.answer), false
	}
	if p.id != "" && typed == right {
		return a, true
	}
	m.miss(now, w)
	w.tag, w.tagAt = tag, now
	return no(w.answer), false
}

// settle moves what began ahead of now, and forgets what nobody has added to for a day
// after it mattered: what strangers leave expires.
func (w *misses) settle(now time.Time) {
	if !w.kept.IsZero() && !now.Before(w.kept) {
		*w = misses{}
	}
	if w.since.After(now) || w.locked.After(now) {
		begun(&w.since, now)
		begun(&w.locked, now)
		w.keep(now)
	}
}

func (w *misses) keep(now time.Time) {
	w.kept = now.Add(15*time.Minute + 24*time.Hour)
	if until := w.locked.Add(w.lockedFor); now.Before(until) {
		w.kept = until.Add(24 * time.Hour)
	}
}

// miss charges a wrong password.
func (m *model) miss(now time.Time, w *misses) {
	if w.count == 0 || now.Sub(w.since) >= 15*time.Minute {
		w.count, w.since = 0, now
	}
	switch w.count++; {
	case w.count >= m.policy.MaxBad:
		w.locked, w.lockedFor = now, min(15*time.Minute<<w.row, 24*time.Hour)
		w.count, w.row = 0, w.row+1
		w.answer = sallyport.PasswordIsLocked
	case w.count+1 >= m.policy.MaxBad:
		w.answer = sallyport.PasswordDoesNotMatch | sallyport.LastBadLogin
	default:
		w.answer = sallyport.PasswordDoesNotMatch
	}
	w.keep(now)
}

// asked reports whether a second factor is wanted of an account.
func (m *model) asked(p *person) bool {
	switch {
	case p.wanted || m.policy.Mode == "Required":
		return true
	case m.policy.Mode == "Off":
		return false
	}
	return p.email != "" || len(p.apps) > 0
}

// offers are the options of an account.
func (m *model) offers(p *person, now time.Time) (list []string) {
	if p.email != "" {
		if !withheld(p, now) {
			list = append(list, emailLink)
		}
		list = append(list, emailOTP)
	}
	near := func(a *app) bool { return a.last <= totp.Step(now)+1 }
	if slices.ContainsFunc(p.apps, near) || len(p.apps) > 0 && len(list) == 0 {
		list = append(list, appOTP)
	}
	return list
}

func withheld(p *person, now time.Time) bool {
	begun(&p.withheld, now)
	return !p.withheld.IsZero() && now.Sub(p.withheld) < time.Hour
}

// enrollable is what an account may add, in words.
func enrollable(p *person) string {
	list := []string{"SMS"}
	if p.email == "" {
		list = append(list, "Email")
	}
	if len(p.apps) == 0 {
		list = append(list, "MicrosoftAuthenticator")
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// first is call 1. The request or session that it makes belongs to the model.
func (m *model) first(node int, caller, name, password string) (answer, *request, *session) {
	now, p := m.now(node), m.people[name]
	a, ok := m.judge(now, p, p.password, password)
	if !ok {
		return a, nil, nil
	}
	if p.disabled {
		a = no(sallyport.UserAccountDisabled)
		a.identity = true
		return a, nil, nil
	}
	if !m.asked(p) {
		return m.complete(now, p, caller, nil, now)
	}
	if a, ok = m.wants(now, p); !ok {
		return a, nil, nil
	}
	r := &request{caller: caller, who: p, began: now, epoch: p.epoch, options: map[string]string{}, sent: map[string]*sent{}}
	m.begin(now, r)
	return a, r, nil
}

// begin adds a request to those that are open. One more than twenty ends another, and
// a live link of the same caller ends.
func (m *model) begin(now time.Time, r *request) {
	m.meet(now, r.who)
	for _, o := range m.requests {
		if s := o.sent[emailLink]; o.who == r.who && m.alive(o, now) && o.caller == r.caller && s != nil && !s.approved && live(s, now) {
			s.ended = true
		}
	}
	r.offered = m.offers(r.who, now)
	m.requests = append(m.requests, r)
}

// wants is the answer that asks for a second factor, or ok false that there are no
// guesses left for one.
func (m *model) wants(now time.Time, p *person) (a answer, ok bool) {
	if p.exhausted(now) {
		a = no(sallyport.UserAccountLocked)
		a.identity = true
		return a, false
	}
	a = no(sallyport.MFAAuthenticationRequired)
	a.identity, a.enrol = true, enrollable(p)
	if a.options = strings.Join(m.offers(p, now), ", "); a.options == "" {
		a.status = sallyport.Failure | sallyport.MFAEnrollmentRequired
		if p.email == "" {
			a.status |= sallyport.UserAccountMissingEmail
		}
		a.status |= sallyport.UserAccountMissingMobilePhone
	}
	return a, true
}

// complete is a login with all that was wanted; r is its request, if it has one, and since
// is when the proof can have existed.
func (m *model) complete(now time.Time, p *person, caller string, r *request, since time.Time) (answer, *request, *session) {
	a := answer{status: sallyport.Success, identity: true, granted: true}
	if caller != host && !p.role {
		a = no(sallyport.UserNotAuthorized)
		a.identity = true
		if r != nil { // a password waits for a login that is complete, a factor for the proof alone
			r.newPassword = ""
			m.keep(now, r, since)
			r.state = unauthorized
		}
		return a, r, nil
	}
	w := m.wrong[p.name]
	*w = misses{tag: w.tag, tagAt: w.tagAt, answer: w.answer}
	s := &session{who: p, caller: caller, began: now, lastUse: now, refreshed: now, byFactor: r != nil && r.proven}
	if r != nil {
		r.state = over
		p.hour, p.row = nil, 0 // which a login that asks for no factor leaves
		m.keep(now, r, since)
	}
	s.epoch = p.epoch
	m.sessions = append(m.sessions, s)
	return a, r, s
}

// keep makes what was staged in a request the account's: a password, and a factor that
// is older than the proof.
func (m *model) keep(now time.Time, r *request, since time.Time) {
	p := r.who
	if r.newPassword != "" {
		p.password, r.newPassword = r.newPassword, ""
		if r.proven && len(r.offered) > 0 {
			p.day = nil
		}
		p.changed()
		r.epoch = p.epoch // of the request that caused it
		m.notice(p, now, changes, "")
	}
	if r.staged != nil && !since.Before(r.stagedAt) {
		m.add(r)
	}
}

// add makes an authenticator the account's, with its recovery codes.
func (m *model) add(r *request) {
	p := r.who
	p.apps = append(p.apps, r.staged)
	if len(r.stagedCodes) > 0 {
		p.recovery = r.stagedCodes
	}
	r.staged, r.stagedCodes = nil, nil
	p.changed()
	r.epoch = p.epoch
	if p.email != "" { // whatever else was told: nobody hides this behind other notices
		m.mails = append(m.mails, mail{"notice", p.email})
	}
}
