package sallyport

import (
	"strings"

	"github.com/sallyport-auth/sallyport/token"
)

// grant writes the session of a complete login. Its tokens are signed after the
// commit; the host gets a handle in their place.
func (c *call) grant(scopes, methods []string) error {
	if err := c.confirm(); err != nil {
		return err
	}
	p, now := &c.who, c.tx.Now()
	begin := c.beginTokens
	if c.host {
		begin = c.beginOwn
	}
	round, err := c.round()
	if err != nil {
		return err
	}
	grace := 0
	if c.out.skips() {
		grace = p.age.FactorGraceUsed + 1
	}
	err = begin(token.NewSession{
		Account: p.id, Home: p.home, Epoch: p.age.Epoch, Client: c.client.ID, Application: c.app.ID, Name: p.acc.Name, Scopes: scopes, Resource: c.resource, Round: round,
		ClientInstance: c.client.Instance, AuthTime: now, Methods: methods, Grace: grace, AccessLife: c.client.AccessLife(), RefreshLife: c.client.RefreshLife(), RefreshIdle: c.client.IdleLife(),
		Factors: c.stoodFor, Device: c.used.Label, Address: c.used.Address, Kept: c.stays, Holder: c.said.holder,
	})
	if err != nil {
		return err
	}
	if err := c.spendGrace(); err != nil {
		return err
	}
	if err := c.clearMisses(); err != nil {
		return err
	}
	detail := strings.Join(methods, " ")
	if c.stoodFor != nil {
		detail += ", and a remembered device"
	}
	return c.log(Event{Kind: EventLogin, Account: p.id, Client: c.client.ID, Status: c.out.status, Detail: detail})
}

// clearMisses forgets wrong passwords, which a complete login makes void. A lock that let
// the login pass because it came from a known device stays, with what led to it: it is
// not for the owner's logins to give strangers new guesses.
func (c *call) clearMisses() error {
	g, now := &c.who.guard, c.tx.Now()
	if c.devices.Known() && (g.Name.Locked(now) || g.Account.Locked(now)) {
		return nil
	}
	return g.Clear(c.tx, c.policy.LockRules, now)
}

func (c *call) beginTokens(n token.NewSession) error {
	session, refresh, err := token.Begin(c.tx, c.index, c.tx.Now(), n)
	if err != nil {
		return err
	}
	return c.plan(&session, session.Scopes, refresh)
}

func (c *call) beginOwn(n token.NewSession) error {
	session, handle, err := token.BeginOwn(c.tx, c.handles(), c.tx.Now(), n)
	if err != nil {
		return err
	}
	access, err := c.access(&session)
	if err != nil {
		return err
	}
	c.out.grant = &grant{session: session, account: c.who.accountRef}
	c.out.session = &Session{Handle: handle, Access: *access}
	return nil
}

// plan makes ready what is signed once the commit has landed: a token with those of the
// scopes of a session.
func (c *call) plan(s *token.Session, scopes []string, refresh string) error {
	granted := s.Scopes
	if s.Resource != "" { // else it is not looked at
		granted = c.client.Keeps(granted)
	}
	t, err := c.target(token.TargetRequest{Granted: granted, Scopes: scopes, Resource: s.Resource})
	if err != nil {
		return err
	}
	claims, err := c.sessionClaims(s, &t)
	if err != nil {
		return err
	}
	signer, err := c.signs(&claims)
	if err != nil {
		return err
	}
	c.out.grant = &grant{session: *s, account: c.who.accountRef, refresh: refresh, signer: signer, claims: claims}
	return nil
}

// remember notes what a grant tells of its session: whose it is, which never
// changes, and that its account may have too many.
func (e *Engine) remember(g *grant) {
	e.arrivals.Add(g.session.Account)
	e.owners.Put(g.session.ID, owner{accountRef: g.account})
}

// sign makes the tokens of a session that has been committed.
func (e *Engine) sign(g *grant) (*Tokens, error) {
	access, err := e.signToken(g.signer, g.claims)
	if err != nil {
		return nil, err
	}
	t := answerOfToken(access, &g.claims)
	t.RefreshToken = g.refresh
	return t, nil
}
