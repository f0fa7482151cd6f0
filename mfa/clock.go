package mfa

import (
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/store"
)

// What is here judges records that were written before the clock was set back, by
// the rules of package moment. Each returns whether it changed something, which
// the commit that met it has to write. While nodes are known to disagree of what time it
// is, what denies stays as it is ([store.Tx.Apart]): it lies ahead, and so denies.

// settle ends a request that began ahead of the clock, for good, and voids what
// was sent, staged or proven ahead of it: a code that is void may be sent anew.
func (r *Request) settle(now time.Time) (changed bool) {
	if r.State == Open && moment.Ahead(r.Created, now) {
		r.State = Closed
		return true
	}
	for i := range r.Options {
		if o := &r.Options[i]; moment.Ahead(o.Sent, now) {
			o.Digest, o.Answer, o.Adding, o.Fresh = nil, Unanswered, false, true
			o.Sent, o.Ends = now, now
			changed = true
		}
	}
	if moment.Ahead(r.Proven, now) {
		r.Proven, changed = time.Time{}, true
	}
	return r.Enrollment.settle(now) || changed
}

// settle voids what was sent or staged ahead of the clock, and leaves what has
// become a factor.
func (e *Enrollment) settle(now time.Time) (changed bool) {
	for _, c := range []*Candidate{&e.Email, &e.Mobile} {
		if !c.Active && (moment.Ahead(c.Sent, now) || moment.Ahead(c.Confirmed, now)) {
			*c, changed = Candidate{Unknown: c.Unknown}, true
		}
	}
	if !e.Active && moment.Ahead(e.Confirmed, now) {
		e.Confirmed, e.Recovery, changed = time.Time{}, nil, true
	}
	return changed
}

// settle drops open requests that began ahead of the clock, and has begin now what
// denies and began ahead. A link keeps others waiting no longer than a request
// lives.
func (p *Pending) settle(tx *store.Tx) (changed bool) {
	all, now := len(p.Open), tx.Now()
	p.Open = filter(p.Open, func(o OpenRequest) bool { return !moment.Ahead(o.Expires.Add(-Life), now) })
	if changed = len(p.Open) != all; tx.Apart() {
		return changed
	}
	for i := range p.Links {
		changed = begin(&p.Links[i].Until, now.Add(Life)) || changed
	}
	for i := range p.Numbers {
		changed = begin(&p.Numbers[i].At, now) || changed
	}
	for kind, at := range p.Told {
		if moved := begin(&at, now); moved {
			p.Told[kind], changed = at, true
		}
	}
	changed = p.StepUps.settle(now) || changed
	return p.Sends.settle(now) || changed
}

// settle has a budget be used up as it is, and refill from now on, where it began
// further ahead than the clocks of two nodes may be apart. What is less ahead stays: a
// bucket that each of two nodes began anew would refill by what they are apart at each
// turn.
func (b *Bucket) settle(now time.Time) (changed bool) {
	if !moment.Ahead(b.At, now) {
		return false
	}
	b.At = now
	return true
}

// settle has begin now what denies and began ahead of the clock.
func (f *Factors) settle(now time.Time) (changed bool) {
	changed = f.Ledger.settle(now)
	changed = f.Unproven.settle(now) || changed
	if latest := now.Add(withholdFor); f.LinkWithheld.After(latest) {
		f.LinkWithheld, changed = latest, true
	}
	return begin(&f.NoticeWindow, now) || changed
}

// settle has the misses that lie ahead of the clock count from now on. Their order stays,
// by which those before a complete login are told from those after it.
func (l *Ledger) settle(now time.Time) (changed bool) {
	l.Misses = slices.Clone(l.Misses) // shared with what was read
	for i := range l.Misses {
		changed = begin(&l.Misses[i], now) || changed
	}
	return begin(&l.Cleared, now) || changed
}

// begin has something begin at now that began later.
func begin(at *time.Time, now time.Time) (moved bool) {
	*at, moved = moment.Begun(*at, now)
	return moved
}
