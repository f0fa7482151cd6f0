// Package modeltest holds the engine to a model of it: plain maps and slices, in one goroutine,
// written from the contract. Sequences of calls made up at random are made to both, and after each
// both have to say the same, or one is wrong. The model is this file and model_request_test.go.
package modeltest

import (
	"cmp"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/message"
	"github.com/sallyport-auth/sallyport/totp"
)

// model is what the engine should know. What only that can make up, as codes, the verbs put in.
type model struct {
	now             time.Time // of all nodes
	policy          policy
	people          map[string]*person
	requests        []*request
	devices         []*grant
	granted, device *grant // by the last verb, and the device that gets another token with it
	sent            *sent  // by it, with a code or link; and all messages
	mails           []mail
}

// person is an account, or with no id a name that nobody has.
type person struct {
	name, id, password, email string
	wanted, role, disabled    bool // wanted: a second factor, whatever the mode
	apps                      []*app
	recovery                  []string // codes that are good
	wrong                     misses
	guesses                   []*time.Time // wrong second factors: the last row of them since a complete login
	sends, mailbox            bucket
	usedUp, withheld          time.Time // when they were told that their guesses are; since when links are
	epoch, row, unheeded      int       // unheeded: links in a row without an answer
}

// grant is a session, or a device on which the second factor is not asked for.
type grant struct {
	who                               *person
	caller, handle                    string
	epoch                             int
	ended, byFactor, former           bool      // former: the token before a device's newest was shown
	began, ends, lastUse, deviceBegan time.Time // deviceBegan: of the device that stood for the factor
	wrong                             misses
	tokens, access                    []token // the newest first
}

type (
	token struct {
		text string
		at   time.Time
	}
	app struct { // an authenticator, and the last of its steps that was accepted
		secret totp.Secret
		last   uint64
	}
	misses struct { // wrong answers: the first, the last, and locks without a complete login
		since, locked, at, wrote time.Time // wrote: from when on it is remembered
		lockedFor                time.Duration
		count, locks             int
		what                     string
		status                   sallyport.Status
	}
	bucket struct { // a budget of which one comes back each unit; some was used at a moment
		unit, period, used time.Duration
		at                 time.Time
	}
)

// What grants is good for a while, and dead where it began over a minute ahead of the clock.
func (m *model) within(at time.Time, d time.Duration) bool { return m.now.Sub(at) < d }
func (m *model) ahead(began time.Time) bool                { return began.After(m.now.Add(time.Minute)) }
func (m *model) good(at time.Time, d time.Duration) bool   { return m.within(at, d) && !m.ahead(at) }
func (m *model) near(a *app) bool                          { return a.last <= totp.Step(m.now)+1 }
func (m *model) withheld(p *person) bool                   { return m.within(p.withheld, time.Hour) }
func (m *model) exhausted(p *person) bool                  { return slices.Min(m.guesses(p)) <= 0 }
func (m *model) repeats(x misses, what string) bool {
	return x.what == what && !m.now.Before(x.at) && m.within(x.at, 10*time.Second)
}
func (m *model) asked(p *person) bool { // for a second factor
	return p.wanted || m.policy.Mode == "Required" || m.policy.Mode == "WhenEnrolled" && (p.email != "" || len(p.apps) > 0)
}
func (m *model) notice(p *person, topic message.Topic) {
	m.mails = append(m.mails, when(p.email != "" && topic != "", []mail{{string(topic), p.email}})...)
}

// guesses are what is left of the hour and the day. A row of a hundred no sequence has.
func (m *model) guesses(p *person) []int {
	left := []int{10, 30}
	for i, at := range p.guesses {
		left[0] -= when(i >= len(p.guesses)-p.row && m.within(*at, time.Hour), 1)
		left[1] -= when(m.within(*at, 24*time.Hour), 1)
	}
	return left
}

// take refills a budget, of what began ahead nothing, and uses n. It returns what is left.
func (b bucket) left(m *model) int { return b.take(m, 0) }
func (b *bucket) take(m *model, n int) int {
	if m.now.After(b.at) || m.ahead(b.at) {
		b.used, b.at = max(0, b.used-max(0, m.now.Sub(b.at))), m.now
	}
	b.used += b.unit * time.Duration(n)
	return int((b.period - b.used) / b.unit)
}

// setBack is a large step back of the clock, around which the verb has all met that is over or
// lies ahead, but sessions and mailboxes. What grants and lies ahead is dead, what denies begins.
func (m *model) setBack(to time.Time) {
	was := m.now
	m.now = to
	for _, d := range m.devices {
		d.ended = !m.goesOn(d) || !was.Before(d.ends)
	}
	for _, r := range m.requests { // and with each all that was sent in it
		r.ended = cmp.Or(r.ended, when(m.ahead(r.began), timeout))
	}
	for _, p := range m.people {
		for _, at := range append(slices.Clone(p.guesses), &p.withheld, &p.usedUp, &p.wrong.since, &p.wrong.locked, &p.wrong.wrote) {
			*at = earliest(*at, to)
		}
		p.sends.at = cmp.Or(when(m.ahead(p.sends.at), to), p.sends.at)
	}
}

// judge is what is wrong with a password, or 0. A device that is known has a count of its own.
func (m *model) judge(p *person, d *grant, right, typed string) sallyport.Status {
	w, most, tag := &p.wrong, m.policy.MaxBad, typed+" for "+right // by another password it is no repeat
	if d != nil {
		w, most = &d.wrong, 5
	} else if !m.within(w.wrote, 24*time.Hour+15*time.Minute) && !m.within(w.locked, w.lockedFor+24*time.Hour) {
		*w = misses{} // what strangers leave expires
	}
	s := cmp.Or(when(m.within(w.locked, w.lockedFor), sallyport.PasswordIsLocked), when(m.repeats(*w, tag), w.status))
	if s != 0 || p.id != "" && typed == right {
		return s
	}
	if w.count == 0 || d == nil && !m.within(w.since, 15*time.Minute) {
		w.count, w.since = 0, m.now
	}
	w.count, w.what, w.at, w.wrote, w.status = w.count+1, tag, m.now, m.now, sallyport.PasswordDoesNotMatch
	switch {
	case d != nil:
		if d.ended = w.count == most; d.ended {
			p.wrong.what, p.wrong.at, p.wrong.wrote, p.wrong.status = tag, m.now, m.now, w.status
		}
	case w.count >= most:
		w.status, w.locked, w.lockedFor = sallyport.PasswordIsLocked, m.now, min(15*time.Minute<<w.locks, 24*time.Hour)
		w.count, w.locks = 0, w.locks+1
	case w.count+1 == most:
		w.status |= sallyport.LastBadLogin
	}
	return w.status
}

// first is call 1, with the token of a device or none. It returns the request that it makes.
func (m *model) first(caller string, p *person, password, token string) (sallyport.Status, *request) {
	d := m.shown(p, caller, token)
	over := cmp.Or(m.judge(p, d, p.password, password), when(p.disabled, disabled), when(m.asked(p) && m.exhausted(p), usedUp))
	switch {
	case over != 0:
		return over, nil
	case !m.asked(p) || d != nil:
		return m.complete(p, caller, d, false), nil
	}
	r := m.begin(p, caller)
	return r.wants(), r
}

// complete is a login with all that was wanted. On a device it leaves a lock alone.
func (m *model) complete(p *person, caller string, d *grant, proven bool) sallyport.Status {
	if caller != host && !p.role {
		return noRole
	}
	w, stays := p.wrong, d != nil && m.within(p.wrong.locked, p.wrong.lockedFor)
	p.wrong = cmp.Or(when(stays, w), misses{what: w.what, at: w.at, wrote: m.now, status: w.status})
	m.granted, m.device = &grant{who: p, caller: caller, began: m.now, lastUse: m.now, epoch: p.epoch, byFactor: proven}, d
	if d != nil {
		d.wrong, m.granted.deviceBegan = misses{}, when(m.asked(p), d.began)
	}
	return sallyport.Success
}

// shown is the device of a token that stands for the second factor. Of a late one there is a copy.
func (m *model) shown(p *person, caller, text string) *grant {
	for _, d := range m.devices {
		age := d.age(text)
		if age < 0 || d.who != p || d.caller != caller || !m.goesOn(d) || m.policy.Remember == 0 || !m.now.Before(d.ends) {
			continue
		}
		old := !m.within(d.began, m.policy.Remember)
		copied := !old && (age > 1 || age == 1 && !m.good(d.tokens[0].at, 30*time.Second))
		d.former, d.ended = age == 1, old || copied
		m.notice(p, when(copied, message.DeviceCopied))
		return when(!d.ended, d)
	}
	return nil
}

// age is how many successors a token has had, or -1.
func (g *grant) age(text string) int {
	return slices.IndexFunc(g.tokens, func(x token) bool { return x.text == text })
}

// goesOn reports whether a session or device does, and verifies whether an access token is good.
func (m *model) goesOn(g *grant) bool            { return !g.ended && g.epoch == g.who.epoch && !m.ahead(g.began) }
func (m *model) verifies(g *grant, x token) bool { return m.goesOn(g) && m.good(x.at, 30*time.Minute) }

// holds reports whether a handle is good; not sure: "idle ends between nine tenths and the whole".
func (m *model) holds(n *grant) (good, sure bool) {
	n.ended = !m.goesOn(n) || !m.within(n.lastUse, time.Hour) || !m.within(n.began, 24*time.Hour)
	return !n.ended, n.ended || m.good(n.lastUse, 54*time.Minute)
}

// trade is a refresh. It is answered with the newest token, which is made where fresh is true.
func (m *model) trade(n *grant, text, by string) (ok, fresh bool) {
	age, newest, known := n.age(text), n.tokens[0].at, by == n.caller && !n.ended && n.epoch == n.who.epoch
	n.ended = n.ended || known && (!m.goesOn(n) || !m.within(n.began, 30*24*time.Hour) || !m.within(newest, 15*24*time.Hour) ||
		age > 1 || age == 1 && !m.good(newest, 30*time.Second))
	ok = known && !n.ended && (n.byFactor || m.good(n.deviceBegan, m.policy.Remember) || !m.asked(n.who))
	return ok, ok && age == 0
}

// change is a new password in the place of the old one; it is staged where a factor is wanted.
func (m *model) change(caller string, p *person, old, next string) (wrong sallyport.Status, r *request) {
	wrong = cmp.Or(m.judge(p, nil, p.password, old), when(p.disabled || m.asked(p) && m.exhausted(p), usedUp))
	if wrong == 0 && m.asked(p) {
		r = m.begin(p, caller)
		r.newPassword = next
	} else if wrong == 0 {
		m.setPassword(p, next)
	}
	return wrong, r
}
func (m *model) setPassword(p *person, next string) {
	p.password, p.epoch, p.wrong.what = next, p.epoch+1, "" // what was wrong may be right now
	m.notice(p, message.PasswordChanged)
}
