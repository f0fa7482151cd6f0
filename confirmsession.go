package sallyport

import (
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// readOwnSession reads the account of the session in which a change is made, in the
// place of one that was named, and the lockouts that its password is judged by. A handle
// that is not good is [ErrInvalidSession].
func (c *call) readOwnSession(d *dialog) (session token.Session, err error) {
	p := &c.who
	p.accountRef = c.ownerOf(d.handle.Session, d.handle.Account)
	fetch := slices.Concat(p.personKeys(), d.sessionKeys(), []string{account.Lockouts.Key(p.home)})
	if err := c.tx.FetchAndPeek(fetch, append(d.from.keys(), account.HashMixes.Key(account.TheHashMix))); err != nil {
		return session, err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return session, err
	}
	if session, err = c.findOwn(d.handle); err != nil {
		return session, err
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	p.name = typed.Name(p.acc.Name)
	p.guard = account.Guard{NameID: c.guardOf(p.acc.Name), Home: p.home, Known: true}
	if err := c.tx.Fetch(append(p.guard.Keys(), c.addressKeys(d.address)...)...); err != nil {
		return session, err
	}
	if err := p.guard.Read(c.tx); err != nil {
		return session, err
	}
	return session, p.guard.Settle(c.tx, c.policy.LockRules)
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
	s, _, err := token.Sessions.Get(c.tx, d.handle.Session)
	if err != nil {
		return false, err
	}
	live := s.Client == hostParty && c.handles().Admits(d.handle, &s, c.who.age.Epoch, c.tx.Now())
	return live && request.Request.Session == s.ID, nil
}

// missSession counts a wrong password or code in the session in which it was given.
// After a right one whose caller has gone as much is written.
func (c *call) missSession(d *dialog, charged, lapsed bool) error {
	if !charged && !lapsed || d.handle.Session == "" {
		return nil
	}
	s, _, err := token.Sessions.Get(c.tx, d.handle.Session)
	switch {
	case err != nil:
		return err
	case lapsed:
		return token.Follow(c.tx, s, s.Epoch)
	}
	return c.chargeSession(s, "wrong passwords or codes")
}
