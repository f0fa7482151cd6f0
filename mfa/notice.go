package mfa

import "time"

// NoticeKind says what the owner of an account is told.
type NoticeKind string

// The kinds of notices.
const (
	FactorAdded NoticeKind = "factor added"
	ManyWrong   NoticeKind = "many wrong codes"
	ManyMisses  NoticeKind = "many wrong passwords"
)

// Notice is a security notice to the owner. It goes to the addresses that were
// confirmed before what it tells of, so that whoever took an account over is
// not the one who is told.
type Notice struct {
	Kind  NoticeKind
	User  string // the name of the account
	Added []Transport
	To    []Target
	// Undo is the token of a link that removes what was added, good for 72
	// hours; empty in other notices. It is a secret.
	Undo string
}

// Target is where a message goes.
type Target struct {
	Over    Transport
	Address string
}

// Targets returns the confirmed addresses that can be reached.
func (f *Factors) Targets(channels Channels) (list []Target) {
	for _, t := range []Transport{Email, SMS} {
		if address := f.Address(t); channels.Has(t) && address.Confirmed() {
			list = append(list, Target{t, address.Value})
		}
	}
	return list
}

// tell plans a notice, within a budget of its own.
func (c *Case) tell(n Notice) {
	n.User = c.Request.Name
	if n.To = c.before.Targets(c.channels); len(n.To) == 0 {
		return
	}
	if f := c.Factors; c.now.Sub(f.NoticeWindow) >= time.Hour || f.NoticeWindow.IsZero() {
		f.NoticeWindow, f.NoticeCounter = c.now, 0
	}
	if c.Factors.NoticeCounter++; c.Factors.NoticeCounter > noticesPerHour {
		return
	}
	c.dirtyFactors = true
	if n.Kind == FactorAdded {
		n.Undo = c.planUndo(n.Added)
	}
	c.Tell = append(c.Tell, n)
}
