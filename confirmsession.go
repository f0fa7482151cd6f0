package sallyport

import (
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// readOwnSession reads the session in which a change is made, and its account in the place
// of one that was named, with all that a password is judged by: two rounds. A handle that
// is not good is [ErrInvalidSession].
func (c *call) readOwnSession(d *dialog) (session token.Session, err error) {
	ref := c.ownerOf(d.handle.Session, d.handle.Account)
	err = c.tx.FetchAndPeek(append(ref.liveKeys(), d.sessionKeys()...), append(d.from.keys(), account.HashMixes.Key(account.TheHashMix)))
	if err != nil {
		return session, err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return session, err
	}
	if session, err = c.findOwn(d.handle); err != nil {
		return session, err
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	if err := c.guardByName(&d.guess); err != nil {
		return session, err
	}
	p := &c.who
	return session, c.tx.Fetch(slices.Concat(p.personKeys(), p.guard.Keys(), c.addressKeys(d.address))...)
}

// guardByName has a password of the account of the call, which has been read, judged and
// counted as one for its own name: nobody has typed a name.
func (c *call) guardByName(g *guess) error {
	p := &c.who
	p.name, g.typed = typed.Name(p.acc.Name), p.acc.Name
	nameID := c.guardOf(p.acc.Name)
	if p.module != nil {
		u, err := c.typedAtModule(p.module, p.acc.Name)
		if err != nil {
			return err
		}
		nameID = u.guardID
	}
	p.guard = account.Guard{NameID: nameID, Home: p.home, Known: true}
	return nil
}

// sessionKeys is the key of the session that the change is made in, if it is in one.
func (d *dialog) sessionKeys() []string {
	if d.handle.Session == "" {
		return nil
	}
	return []string{token.Sessions.Key(d.handle.Session)}
}

// inSession reports whether the call comes from the session in which the change was
// begun, or from none where it was begun in none.
func (c *call) inSession(d *dialog, request *mfa.Case) (bool, error) {
	if d.handle.Session == "" {
		return request.Request.Session == "", nil
	}
	s, _, err := c.session(d.handle.Session)
	if err != nil {
		return false, err
	}
	live := s.Client == hostParty && c.handles().Admits(d.handle, &s, c.who.age.Epoch, c.tx.Now())
	return live && request.Request.Session == s.ID, nil
}

// isInSession reports whether the session that a request was made in, if it was in one,
// lives on.
func (c *call) isInSession(r *mfa.Request) (bool, error) {
	if r.Session == "" {
		return true, nil
	}
	s, _, err := c.session(r.Session)
	return s.LiveFor(r.Epoch, c.tx.Now()), err
}

// keepSession lets the session in which a change was made go on at the account's new
// epoch; an empty id is none. The others are of the old epoch and end.
func (c *call) keepSession(id string, was uint64) error {
	if id == "" {
		return nil
	}
	s, _, err := c.session(id)
	if err != nil || !s.LiveFor(was, c.tx.Now()) {
		return err
	}
	return token.Follow(c.tx, s, c.who.age.Epoch)
}

// missSessionPassword is missSession where a password was judged. One that was not looked
// at costs nothing.
func (c *call) missSessionPassword(d *dialog) error {
	return c.missSession(d, c.missed, d.guess.done && !d.guess.locked && !c.missed)
}

// missSession counts a wrong password or code in the session in which it was given. The
// fifth ends the session: whoever found it open has to guess as a stranger does. After a
// right one whose caller has gone as much is written.
func (c *call) missSession(d *dialog, charged, lapsed bool) error {
	if !charged && !lapsed || d.handle.Session == "" {
		return nil
	}
	s, _, err := c.session(d.handle.Session)
	switch {
	case err != nil:
		return err
	case lapsed:
		return token.Follow(c.tx, s, s.Epoch)
	}
	if err := token.Miss(c.tx, s); err != nil || !s.IsAtLastMiss() {
		return err
	}
	c.out.outcome = Denied // whatever its request has left
	return c.log(Event{Kind: EventSessionEnded, Account: c.who.id, Client: s.Client, Detail: "wrong passwords or codes"})
}
