package sallyport

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// InvitationView is what a page shows of an [Invitation].
type InvitationView struct {
	User     string // the name of the account
	Language string // of the account, a tag such as de; empty: not known, as when Done
	Done     bool   // a factor was added by it
	Ends     time.Time
	Left     time.Duration // until then
	// Nonce is for the page, to be sent back with its form. Nobody else knows it.
	Nonce string
}

// ViewInvitation returns what the key of an invitation is about. It changes nothing,
// however often robots call it. The error for a key that is not good, and has done nothing
// either, is [ErrUnknownRequest].
func (e *Engine) ViewInvitation(ctx context.Context, key string) (InvitationView, error) {
	record := e.invitationRecord(key)
	if record == "" {
		return InvitationView{}, ErrUnknownRequest
	}
	var v InvitationView
	err := e.read(ctx, func(c *call) error {
		k, found, err := account.FindMailedKey(c.tx, account.KeyInvitation, record)
		switch {
		case err != nil:
			return err
		case !found:
			return ErrUnknownRequest
		}
		v = InvitationView{Done: k.IsUsed(), Ends: k.Ends(), Left: k.Ends().Sub(c.tx.Now()), Nonce: c.pageNonce("invite", key)}
		if v.Done {
			return nil
		}
		if err := c.readInvited(&k); err != nil {
			return err
		}
		v.User, v.Language = c.who.acc.Name, c.who.acc.Language
		return nil
	})
	if err != nil {
		return InvitationView{}, err
	}
	return v, nil
}

// readInvited reads the account of an invitation. The error is [ErrUnknownRequest] where
// the invitation is not good for it any more.
func (c *call) readInvited(k *account.MailedKey) error {
	p := &c.who
	*p = person{accountRef: c.ref(k.Account)}
	if err := c.tx.Fetch(p.personKeys()...); err != nil {
		return err
	}
	if err := p.readState(c.tx); err != nil {
		return err
	}
	if err := c.fill(false); err != nil {
		return err
	}
	if !c.isInvited(k) {
		return ErrUnknownRequest
	}
	return nil
}

// InvitationCall takes up an [Invitation]. It prints as a placeholder.
type InvitationCall struct {
	Key      string // of the invitation
	Password string // of its account
	Address  string // network address of the caller; may be empty
	Device   string // as in [Login]
}

// String hides the secrets from accidental printing.
func (InvitationCall) String() string { return "sallyport.InvitationCall(hidden)" }

// GoString is like [InvitationCall.String].
func (in InvitationCall) GoString() string { return in.String() }

// InvitationResult is the answer to an [InvitationCall].
type InvitationResult struct {
	// Outcome is EnrollmentWanted where a factor may be added now: at Enrollment, within
	// ten minutes. It is Denied where not, and Reason says why, as that of a [Result]
	// does; a wrong password may be followed by a right one.
	Outcome    Outcome
	Reason     Reason
	RequestID  string
	Enrollment *Enrollment
	Obstacle   mfa.Obstacle // as in [Result]
}

// AcceptInvitation takes up an invitation outside a login, for a page to which the
// invitation leads. The password is judged and charged as at call 1 of a login. After it a
// factor may be added, whatever the policy asks for, and although the password has to be
// changed first or has run out. The invitation is spent by the factor that is added.
// Nobody is logged in: no token comes of it, and the login that follows asks for the new
// factor.
//
// The error for a key that is not good is [ErrUnknownRequest]; others are those of
// [Engine.Login].
func (e *Engine) AcceptInvitation(ctx context.Context, in InvitationCall) (*InvitationResult, error) {
	if err := checkFields(field{"password", in.Password}, field{"address", in.Address}, field{"device", in.Device}); err != nil {
		return nil, err
	}
	d := &dialog{requestID: rnd.UUID(), from: e.hostCall(), guess: guess{password: in.Password, address: in.Address}}
	d.confirms, d.invitation = mfa.AcceptInvitation, e.invitationRecord(in.Key)
	d.in = Login{Address: in.Address, Device: in.Device, GrantType: token.GrantVGAuthenticator}
	switch {
	case d.invitation == "":
		return nil, ErrUnknownRequest
	case in.Password == "":
		return nil, invalid("password")
	}
	t := e.calls.Begin(ctx, groupOf(in.Address, hostParty))
	defer t.End()
	out, err := e.attempt(t, func(c *call) error { return c.acceptInvitation(d) })
	t.End()
	if err != nil {
		return nil, err
	}
	e.notify(&out)
	if out.renewal != nil {
		e.renew(out.renewal)
	}
	if err := e.tellUnstored(out.untold); err != nil {
		return nil, err
	}
	if t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	return &InvitationResult{Outcome: out.outcome, Reason: out.reason, RequestID: out.requestID, Enrollment: out.enrollment, Obstacle: out.obstacle}, nil
}

// acceptInvitation judges the password, and begins the request in which a factor is
// added. Three rounds: the key names the account, and the account its name.
func (c *call) acceptInvitation(d *dialog) error {
	if err := c.readAcceptance(d); err != nil {
		return err
	}
	p := &c.who
	right, err := c.judgePassword(&d.guess)
	if err != nil || !right {
		return err
	}
	if err := c.meetRight(); err != nil {
		return err
	}
	if err := c.readInvitation(d.invitation); err != nil {
		return err
	}
	factors, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
	if err != nil {
		return err
	}
	if !c.invited { // the host has ended it meanwhile
		c.out.answer = denied(0, ReasonOver)
		return nil
	}
	rules := directory.MFAPolicy(&p.acc, c.policy, &c.app)
	c.out.answer = c.acceptanceAnswer(&factors, rules)
	if c.out.outcome != EnrollmentWanted {
		return c.log(Event{Kind: EventRefused, Account: p.id, Client: c.client.ID, Status: c.out.status, Detail: d.confirms})
	}
	c.out.requestID = d.requestID
	if err := c.beginRequest(d, nil, factors, rules); err != nil {
		return err
	}
	c.out.enrollment = &Enrollment{URL: c.enrollmentURL(d.requestID), Transports: factors.Enrollable(rules, c.channels)}
	return nil
}

// readAcceptance reads the invitation, its account, and the application by whose policy
// it goes.
func (c *call) readAcceptance(d *dialog) error {
	err := c.tx.FetchAndPeek(invitationKeys(d.invitation), append(d.from.keys(), account.HashMixes.Key(account.TheHashMix)))
	if err != nil {
		return err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return err
	}
	k, live, err := account.ReadMailedKey(c.tx, account.KeyInvitation, d.invitation)
	if err != nil {
		return err
	}
	if !live {
		return ErrUnknownRequest
	}
	if err := c.readInvited(&k); err != nil {
		return err
	}
	p := &c.who
	if err := c.guardByName(&d.guess); err != nil {
		return err
	}
	peek := []string{account.HashMixes.Key(account.TheHashMix)}
	if k.Application != "" {
		peek = append(peek, directory.Applications.Key(k.Application))
	}
	if err := c.tx.FetchAndPeek(slices.Concat(p.personKeys(), p.guard.Keys()), peek); err != nil || k.Application == "" {
		return err
	}
	return c.readRules(k.Application)
}

// acceptanceAnswer is what whoever was invited may do after their right password.
func (c *call) acceptanceAnswer(factors *mfa.Factors, rules mfa.Policy) answer {
	f := c.who.facts(c.tx.Now())
	f.password, f.hasRole, f.mustChange = true, true, false
	switch f.factor = c.factorStands(factors, rules); f.factor {
	case factorWanted:
		return denied(MFAAuthenticationRequired, ReasonHasFactor)
	case factorEnrol:
		f.missingEmail, f.missingMobile = factors.Missing(mfa.Email, rules), factors.Missing(mfa.SMS, rules)
	}
	return assess(f)
}
