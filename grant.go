package sallyport

import (
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
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
	grace := 0
	if c.out.skips() {
		grace = p.age.FactorGraceUsed + 1
	}
	err := begin(token.NewSession{
		Account: p.id, Home: p.home, Epoch: p.age.Epoch, Client: c.client.ID, Application: c.app.ID, Name: p.acc.Name, Scopes: scopes,
		ClientInstance: c.client.Instance, AuthTime: now, Methods: methods, Grace: grace, AccessLife: c.client.AccessLife(), RefreshLife: c.client.RefreshLife(),
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
	return c.plan(session, refresh)
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
	c.out.grant = &grant{session: session, account: c.who.accountRef, now: c.tx.Now()}
	c.out.session = &Session{Handle: handle, Access: *access}
	return nil
}

// plan makes ready what is signed once the commit has landed.
func (c *call) plan(session token.Session, refresh string) error {
	signer, err := c.signer()
	if err != nil {
		return err
	}
	c.out.grant = &grant{session: session, account: c.who.accountRef, refresh: refresh, signer: signer, life: c.client.AccessLife(), now: c.tx.Now()}
	return nil
}

// signer returns what signs tokens now.
func (c *call) signer() (*token.Signer, error) {
	keys, err := c.keys.At(c.tx.Now())
	if err != nil {
		return nil, err
	}
	return keys.Signer(token.RS256)
}

// remember notes what a grant tells of its session: whose it is, which never
// changes, and that its account may have too many.
func (e *Engine) remember(g *grant) {
	e.arrivals.Add(g.session.Account)
	e.owners.Put(g.session.ID, owner{accountRef: g.account})
}

// sign makes the tokens of a session that has been committed.
func (e *Engine) sign(g *grant) (*Tokens, error) {
	s := g.session
	end := s.TokenEnd(g.now, g.life)
	vg := token.SealVGToken(e.index, s.ID, s.Account)
	access, err := token.Sign(g.signer, token.Claims{
		NotBefore: g.now, Expires: end, IssuedAt: g.now, AuthTime: s.AuthTime, Issuer: e.cfg.Issuer,
		Audience: e.cfg.StaticAudience, ClientID: s.Client, Subject: s.Name, UserID: s.Name, VGToken: vg,
		ID: rnd.Hex(16), Scopes: s.Scopes,
	})
	if err != nil {
		return nil, err
	}
	return &Tokens{
		AccessToken: access, ExpiresIn: end.Truncate(time.Second).Sub(g.now.Truncate(time.Second)), RefreshToken: g.refresh,
		Scope: strings.Join(token.SortScopes(s.Scopes), " "), VGToken: vg,
	}, nil
}
