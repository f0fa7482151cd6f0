package sallyport

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// first judges a name and a password, and makes a request where a second factor
// is wanted. Two rounds of reading and one commit.
func (c *call) first(d *dialog) error {
	c.out.requestID = d.requestID
	scopes, err := c.readFirst(d)
	if err != nil {
		return err
	}
	ofDevice := c.who.deviceKeys(d.guess.devices)
	if len(ofDevice) == 0 && c.answeredUnread(&d.guess) {
		return nil // a locked name and a repeat cost one reading and nothing else
	}
	if err := c.tx.Fetch(slices.Concat(c.who.personKeys(), c.who.guard.Keys(), ofDevice)...); err != nil {
		return err
	}
	right, err := c.judgePassword(&d.guess)
	if err != nil || !right {
		return err
	}
	return c.firstPassed(d, scopes)
}

// readFirst makes the first round of call 1: the client with all that is judged by
// it, the account that has the name, and the lock of the name.
func (c *call) readFirst(d *dialog) (scopes []string, err error) {
	if d.module == nil {
		if err := c.askName(d.in.Username); err != nil {
			return nil, err
		}
	}
	p := &c.who
	*p = person{name: d.user.name}
	p.guard.NameID = d.user.guardID
	err = c.tx.FetchAndPeek(append(d.user.keys(), invitationKeys(d.invitation)...), append(d.from.keys(), account.HashMixes.Key(account.TheHashMix)))
	if err != nil {
		return nil, err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return nil, err
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	if !c.servesModule(d) {
		return nil, &ProtocolError{Code: UnauthorizedClient}
	}
	if scopes, err = token.ParseScopes(d.in.Scope, c.client.Scopes); err != nil {
		return nil, &ProtocolError{Code: InvalidScope}
	}
	if err := c.aim(scopes, d.in.Resource); err != nil {
		return nil, err
	}
	if d.returnURL, err = c.returnURL(d.in.ReturnURL); err != nil {
		return nil, err
	}
	if err := c.findTyped(&d.user); err != nil {
		return nil, err
	}
	p.guard.Home = p.home
	if p.guard.Name, _, err = account.Lockouts.Get(c.tx, p.guard.NameID); err != nil {
		return nil, err
	}
	if !p.guard.NameAhead(c.tx.Now()) {
		return scopes, nil
	}
	if err := c.tx.Fetch(p.guard.Keys()...); err != nil {
		return nil, err
	}
	p.guard.Known = p.known
	if err := p.guard.Read(c.tx); err != nil {
		return nil, err
	}
	return scopes, p.guard.Settle(c.tx, c.policy.LockRules)
}

// findTyped makes the account that was meant that of the call, or one that is nobody's.
func (c *call) findTyped(u *typedUser) error {
	p := &c.who
	switch {
	case u.module != nil:
		return c.takeTyped(u)
	case c.hosts != nil:
		c.takeNamed()
		return nil
	}
	id, vacant, err := c.resolve(u)
	if err != nil {
		return err
	}
	p.vacant = vacant
	if p.known = id != ""; !p.known {
		id = nameless(c.index, p.guard.NameID)
	}
	p.accountRef = c.ref(id)
	return nil
}

// returnURL returns where the client wants its user to be led back to. What the
// client does not list is refused: a page of ours never leads to an address that a
// caller made up. The host leads to pages of its own site alone.
func (c *call) returnURL(sent string) (string, error) {
	switch {
	case c.host && (sent == "" || isOnSite(sent, c.cfg.Issuer)):
		return sent, nil
	case c.host:
		return "", invalid("ReturnURL")
	}
	if sent == "" || len(c.client.ReturnURIs) == 0 {
		return "", nil
	}
	if !slices.Contains(c.client.ReturnURIs, sent) {
		return "", invalid("ReturnURL")
	}
	return sent, nil
}

// isOnSite reports whether a URL is of the scheme and host of another, which is sound, and
// names no user.
func isOnSite(text, of string) bool {
	u, err := url.Parse(text)
	site, siteErr := url.Parse(of)
	return err == nil && siteErr == nil && u.Scheme == site.Scheme && u.Host == site.Host && u.User == nil
}

// firstPassed goes on after a right password at call 1.
func (c *call) firstPassed(d *dialog, scopes []string) error {
	p := &c.who
	if err := c.meetRight(); err != nil {
		return err
	}
	if err := c.rememberTyped(&d.user); err != nil {
		return err
	}
	factors, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
	if err != nil {
		return err
	}
	if err := c.readInvitation(d.invitation); err != nil {
		return err
	}
	c.out.identity, c.used = p.identity(), deviceUse(d, d.in.Device)
	rules := c.loginPolicy()
	c.stays = d.in.KeepSignedIn
	f := p.facts(c.tx.Now())
	f.password, f.hasRole = true, c.mayEnter()
	c.ageFacts(&f)
	c.factorFacts(&f, &factors, rules)
	c.allowSkip(&f, &factors, rules)
	if err := c.standIn(&f, &factors, rules); err != nil {
		return err
	}
	c.out.answer = assess(f)
	switch c.out.outcome {
	case Granted:
		if c.devices.KnownAt(p.age.Epoch) {
			if err := c.spendDevice(f.factor == factorProven); err != nil {
				return err
			}
		}
		return c.grant(scopes, []string{"pwd"})
	case FactorWanted, EnrollmentWanted:
	case PasswordChangeWanted:
		d.purpose = mfa.ChangePassword
	default:
		return c.log(Event{Kind: EventRefused, Account: p.id, Client: c.client.ID, Status: c.out.status})
	}
	return c.beginRequest(d, scopes, factors, rules)
}

// beginRequest makes the request of a login that a second factor has to complete.
func (c *call) beginRequest(d *dialog, scopes []string, factors mfa.Factors, rules mfa.Policy) error {
	p := &c.who
	user, from, resume := d.guess.address, d.in.Address, ""
	if user != "" {
		from = user
	}
	if c.resumes() && d.confirms == "" {
		resume = mfa.NewResume()
	}
	r, tell, err := mfa.Begin(c.tx, c.index, mfa.NewRequest{
		ID: d.requestID, Account: p.id, Home: p.home, Epoch: p.age.Epoch, Client: c.client.ID, Instance: c.client.Instance, Application: c.app.ID,
		Scopes: scopes, Resource: c.resource, Name: p.acc.Name, Typed: p.typed(c.index), From: from, Peer: peerOf(user), User: wholeAddress(user), LinkNumber: c.showsNumbers(),
		ReturnURL: d.returnURL, Device: d.in.Device, Purpose: cmp.Or(d.confirms, d.purpose), NewAddress: d.address, Session: d.handle.Session, Invitation: c.invitationOf(d), Factor: d.factor, Need: d.need, Replaces: d.replaces, Keep: d.in.KeepSignedIn, Staged: d.staged, Weak: p.weak, Resume: resume, Holder: d.browser(),
		Factors: &factors, Policy: rules, Channels: c.channels,
	})
	if err != nil {
		return err
	}
	c.out.notices = append(c.out.notices, tell...)
	c.owners.Put(mfa.RequestRecord(c.index, d.requestID), owner{p.accountRef, p.guard.NameID})
	if !r.WantsPassword() {
		c.offer(r, &factors, rules)
	}
	if c.out.enrollment != nil {
		c.out.enrollment.ResumeSecret = resume
	}
	return c.log(Event{Kind: EventChallenge, Account: p.id, Client: c.client.ID, Status: c.out.status})
}

// offer fills in what a request can be answered with.
func (c *call) offer(r *mfa.Request, factors *mfa.Factors, rules mfa.Policy) {
	c.out.options = append(c.out.options, optionsOf(r)...)
	if r.Confirms() != "" || !factors.CanEnroll(rules, c.channels, c.tx.Now(), c.invited) || r.Enrollment.Canceled {
		return
	}
	if list := factors.Enrollable(rules, c.channels); len(list) > 0 {
		c.out.enrollment = &Enrollment{URL: c.enrollmentURL(c.out.requestID), Transports: list}
	}
}

// enrollmentURL is the page on which something is enrolled in a request.
func (e *Engine) enrollmentURL(requestID string) string {
	return pageURL(e.cfg.Issuer, e.cfg.Pages.Enroll, requestID)
}

// optionsOf are the options of a request as callers see them.
func optionsOf(r *mfa.Request) (list []Option) {
	for i := range r.Options {
		o := &r.Options[i]
		list = append(list, Option{
			ID: o.ID, Transport: o.Method.Transport, Mode: o.Method.Mode, Destination: r.Display(o),
			Lifetime: o.Lifetime, MatchNumber: o.Number,
		})
	}
	return list
}
