package modeltest

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// good reports whether a session goes on at that moment.
func (m *model) good(n *session, now time.Time) bool {
	return !n.ended && n.epoch == n.who.epoch && !n.who.disabled && !ahead(n.began, now)
}

// verifies reports whether an access token is good. To look at one writes nothing.
func (m *model) verifies(node int, n *session, a access) bool {
	now := m.now(node)
	return m.good(n, now) && now.Sub(a.at) < 30*time.Minute && !ahead(a.at, now)
}

// holds reports whether the handle of a session of the host's own is good, or sure false
// that it lies where it may have ended: idle ends between nine tenths and the whole, and a
// use is not always written down.
func (m *model) holds(node int, n *session) (good, sure bool) {
	now := m.now(node)
	idle := now.Sub(n.lastUse)
	if !m.good(n, now) || idle >= time.Hour || now.Sub(n.began) >= 24*time.Hour {
		if n.epoch == n.who.epoch { // what was seen dead stays dead
			n.ended = true
		}
		return false, true
	}
	return true, idle < 54*time.Minute && !ahead(n.lastUse, now)
}

// trade is a refresh. It returns which token comes back, the newest of the session where
// fresh is true.
func (m *model) trade(node int, n *session, token, by string) (ok, fresh bool) {
	now := m.now(node)
	i, last := slices.Index(n.refresh, token), len(n.refresh)-1
	switch {
	case by != n.caller || n.ended || n.epoch != n.who.epoch || n.who.disabled:
		return false, false
	case ahead(n.began, now) || ahead(n.refreshed, now) || now.Sub(n.refreshed) >= 15*24*time.Hour || now.Sub(n.began) >= 30*24*time.Hour:
		n.ended = true
		return false, false
	case i < last-1, i == last-1 && !(now.Before(n.refreshed.Add(30*time.Second)) && !now.Before(n.refreshed.Add(-time.Minute))):
		n.ended = true
		return false, false
	case m.asked(n.who) && !n.byFactor:
		return false, false
	case i == last-1:
		return true, false
	}
	n.refreshed = now
	return true, true
}

// change is a new password in the place of the old one, outside of a login. Where a second
// factor is wanted it is staged in a request.
func (m *model) change(node int, caller, name, old, next string) (sallyport.PasswordStatus, *request) {
	now, p := m.now(node), m.people[name]
	a, ok := m.judge(now, p, p.password, old)
	switch {
	case !ok && a.status.Has(sallyport.PasswordIsLocked):
		return sallyport.PasswordsLockedOut, nil
	case !ok && a.status.Has(sallyport.LastBadLogin):
		return sallyport.OldPasswordLastTry, nil
	case !ok:
		return sallyport.OldPasswordWrong, nil
	case p.disabled, m.asked(p) && p.exhausted(now):
		return sallyport.PasswordChangeRefused, nil
	case !m.asked(p):
		p.password = next
		p.changed()
		m.notice(p, now, changes, "")
		return sallyport.PasswordChanged, nil
	}
	r := &request{caller: caller, who: p, began: now, epoch: p.epoch, newPassword: next, options: map[string]string{}, sent: map[string]*sent{}}
	m.begin(now, r)
	return sallyport.PasswordChanged, r
}

// disable switches an account off, which ends all that is open, or on again.
func (m *model) disable(now time.Time, p *person, off bool) {
	p.settle(now)
	if off && !p.disabled {
		p.changed()
	}
	p.disabled = off
}

// unlock is an administrator's: wrong passwords and wrong codes are forgotten.
func (m *model) unlock(p *person) {
	*m.wrong[p.name] = misses{}
	p.hour, p.day, p.row = nil, nil, 0
}
