package mfa

import (
	"slices"
	"time"
)

// NoticeKind says what the owner of an account is told.
type NoticeKind string

// The kinds of notices.
const (
	FactorAdded   NoticeKind = "factor added"
	ManyWrong     NoticeKind = "many wrong codes"     // five, in one request
	ManyMisses    NoticeKind = "many wrong passwords" // made by the engine
	ManyRequests  NoticeKind = "many open requests"   // one had to make room for another
	GuessesUsedUp NoticeKind = "guesses used up"      // no code is accepted for a while
	ManyStagings  NoticeKind = "many stagings"        // several requests wait to add a factor
	NewPassword   NoticeKind = "new password"         // the account's password is another
	PasswordReset NoticeKind = "password reset"       // likewise, by a mailed key
	// ManyWrongInReset are five wrong codes beside a mailed key.
	ManyWrongInReset NoticeKind = "many wrong codes in a reset"
	// ManyWrongStepUp are five of whoever is signed in.
	ManyWrongStepUp  NoticeKind = "many wrong codes in a step-up"
	FewRecoveryCodes NoticeKind = "few recovery codes" // Left of them are good
	NoRecoveryCodes  NoticeKind = "no recovery codes"  // the last one was spent

	// Made by the engine.

	NewAddress      NoticeKind = "new address"      // another address took the place of the account's
	AddressRestored NoticeKind = "address restored" // such a change was taken back
	AddressTaken    NoticeKind = "address taken"    // from the account, by an administrator
	AccountClosed   NoticeKind = "account closed"   // by its owner
	FactorsReset    NoticeKind = "factors reset"    // an administrator took all factors away
	DeviceCopied    NoticeKind = "device copied"    // a spent token of a remembered device came back
	FactorRemoved   NoticeKind = "factor removed"   // one, by the owner or an administrator
	RecoveryRenewed NoticeKind = "recovery renewed" // new recovery codes took the place of the old ones
)

// Notice is a security notice to the owner. It goes to the addresses that were
// confirmed before what it tells of, so that whoever took an account over is
// not the one who is told.
type Notice struct {
	Kind  NoticeKind
	User  string // the name of the account
	Added []Transport
	// Language is the one of the account, where the call that tells is not about it.
	Language string
	// Removed is what [FactorRemoved] tells of, and Left how many recovery codes are good.
	Removed Transport
	Left    int
	To      []Target
	// Undo is the token of a link that removes what was added, or the key that takes a
	// change of address back, good for 72 hours; empty in other notices. It is a secret.
	Undo string
}

// Target is where a message goes.
type Target struct {
	Over    Transport
	Address string
}

// Targets returns the proven addresses that can be reached, and the former ones of the
// last 72 hours: whoever changed the address is not the only one who is told.
func (f *Factors) Targets(channels Channels) (list []Target) {
	add := func(t Transport, a Address) {
		if to := (Target{t, a.Value}); channels.Reaches(t, a.Value) && a.IsProven() && !slices.Contains(list, to) {
			list = append(list, to)
		}
	}
	add(Email, f.Email)
	add(SMS, f.Mobile)
	for _, a := range f.Further {
		add(a.Over, a.Address)
	}
	for _, a := range f.Former {
		add(Email, a.Address)
	}
	return list
}

// manyStagings is how many open requests with something staged the owner is
// told of.
const manyStagings = 3

// isChange reports whether it tells of something that has changed, and not of what
// somebody tried.
func (k NoticeKind) isChange() bool {
	switch k {
	case ManyWrong, ManyMisses, ManyRequests, GuessesUsedUp, ManyStagings, ManyWrongInReset, ManyWrongStepUp:
		return false
	}
	return true
}

// takeNotice uses one notice of the account's hour and reports whether there
// was one. No message takes from it but notices, and those of attempts leave some to
// those of changes, so that nobody hides a change behind failures.
func (f *Factors) takeNotice(kind NoticeKind, now time.Time) bool {
	if f.NoticeCounter = f.notices(now); f.NoticeCounter == 0 {
		f.NoticeWindow = now
	}
	most := attemptNotices.Size
	if kind.isChange() {
		most = allNotices.Size
	}
	if f.NoticeCounter >= most {
		return false
	}
	f.NoticeCounter++
	return true
}

// tell plans a notice, within a budget of its own, and reports whether it goes
// out. Of a factor that was added the owner is told whatever else was: nobody brings
// that about without a proof, and six of other kinds may not hide it.
func (c *Case) tell(n Notice) bool {
	n.User = c.Request.Name
	if n.To = c.before.Targets(c.channels); len(n.To) == 0 || n.Kind != FactorAdded && !c.Factors.takeNotice(n.Kind, c.now) {
		return false
	}
	c.dirtyFactors = true
	if n.Kind == FactorAdded {
		n.Undo = c.planUndo(n.Added)
	}
	c.Tell = append(c.Tell, n)
	return true
}

// tellDaily is tell, at most once a day.
func (c *Case) tellDaily(kind NoticeKind) {
	if !c.pending.mayTell(kind, c.now) || !c.tell(Notice{Kind: kind}) {
		return
	}
	c.pending.setTold(kind, c.now)
	c.dirtyPending = true
}

// mayTell reports whether the owner was not told of that kind within a day.
func (p *Pending) mayTell(kind NoticeKind, now time.Time) bool {
	at, told := p.Told[kind]
	return !told || now.Sub(at) >= dailyNotices.Period
}

// setTold remembers that the owner was told. The record outlives the memory,
// see [pendingUntil].
func (p *Pending) setTold(kind NoticeKind, now time.Time) {
	if p.Told == nil {
		p.Told = map[NoticeKind]time.Time{}
	}
	p.Told[kind] = now
}
