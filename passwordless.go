package sallyport

import (
	"errors"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// A login without a password begins with a name alone. So until an option is answered
// whoever calls has shown nothing, and everything here is done for every name alike: a
// request is made, options are offered, something seems to be sent, and held calls wait.
// Where the name is nobody's, or an account's of another module, the request is of an id
// that is made of the name, under which budgets and wrong codes are counted as well.
//
// Of an account's some microseconds more are spent, on an event that is kept, so answers
// come at a moment in which that does not show.
//
// Lockouts are of passwords: they are neither charged nor judged here, or whoever guesses
// at a name by another module would keep its owner out.

// firstPasswordless is call 1 of an account without a password: two rounds of reading and
// one commit, which makes a request whoever is named.
func (c *call) firstPasswordless(d *dialog) error {
	c.out.requestID, c.out.blurred = d.requestID, true
	open, scopes, err := c.readPasswordless(d)
	if err != nil {
		return err
	}
	rules := c.unprovenRules()
	if !rules.Sends(c.channels) {
		c.out.answer, c.out.obstacle = denied(MFAEnrollmentRequired, ReasonNoFactor), mfa.NoSender
		return nil
	}
	if err := c.makeRoom(d, open); err != nil {
		return err
	}
	c.out.answer, _ = factorAnswer(facts{factor: factorWanted})
	return c.beginPasswordless(d, scopes, rules)
}

// readPasswordless reads the client, and the account that the name is of or one that is
// nobody's, and judges the former.
func (c *call) readPasswordless(d *dialog) (open openlist.List, scopes []string, err error) {
	record := mfa.RequestRecord(c.index, d.requestID)
	if err := c.tx.FetchAndPeek(append(d.user.entryKeys(), openRequests.Key(record)), d.from.keys()); err != nil {
		return open, nil, err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return open, nil, err
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	if c.hosts != nil || !c.client.AllowsModule(token.ModulePasswordless) {
		return open, nil, &ProtocolError{Code: UnauthorizedClient}
	}
	if scopes, err = token.ParseScopes(d.in.Scope, c.client.Scopes); err != nil {
		return open, nil, &ProtocolError{Code: InvalidScope}
	}
	if err := c.aim(scopes, d.in.Resource); err != nil {
		return open, nil, err
	}
	if open, err = openRequests.Read(c.tx, record); err != nil {
		return open, nil, err
	}
	return open, scopes, c.takePasswordless(&d.user)
}

// takePasswordless makes the account that was meant that of the call, if it is one without
// a password, and else one that is nobody's. Both are read whichever it is.
func (c *call) takePasswordless(u *typedUser) error {
	id, _, err := c.resolve(u)
	if err != nil {
		return err
	}
	nobody := c.ref(nameless(c.index, u.guardID))
	meant := c.ref(nameless(c.index, "meant "+u.guardID))
	if id != "" {
		meant = c.ref(id)
	}
	if err := c.tx.Fetch(append(meant.personKeys(), nobody.personKeys()...)...); err != nil {
		return err
	}
	p := &c.who
	*p = person{accountRef: meant, name: u.name}
	if err := p.readState(c.tx); err != nil {
		return err
	}
	if !p.known || !p.acc.Passwordless {
		*p = person{accountRef: nobody, name: u.name}
	}
	p.guard = account.Guard{NameID: u.guardID, Home: p.home}
	return nil
}

// makeRoom lists the new request, and deletes the one that has to go for it, if one has.
func (c *call) makeRoom(d *dialog, open openlist.List) error {
	group := c.openGroup(d.guess.address)
	gone := open.MakeRoom(group)
	if gone != nil {
		if err := c.tx.Fetch(mfa.RequestTable.Key(gone.ID)); err != nil {
			return err
		}
		if err := mfa.RequestTable.Delete(c.tx, gone.ID); err != nil {
			return err
		}
	}
	open.Add(openlist.Entry{ID: mfa.RequestRecord(c.index, d.requestID), Group: group, Made: c.tx.Now()})
	return open.Write(c.tx)
}

// beginPasswordless makes the request, and offers what the policy lets be sent.
func (c *call) beginPasswordless(d *dialog, scopes []string, rules mfa.Policy) error {
	p, factors := &c.who, mfa.Factors{}
	if p.known {
		var err error
		if factors, err = mfa.ReadFactors(c.tx, p.home, p.leastSerial()); err != nil {
			return err
		}
	}
	user := d.guess.address
	from := user
	if from == "" {
		from = d.in.Address
	}
	r, _, err := mfa.Begin(c.tx, c.index, mfa.NewRequest{
		ID: d.requestID, Account: p.id, Home: p.home, Epoch: p.age.Epoch, Client: c.client.ID, Instance: c.client.Instance, Application: c.app.ID,
		Scopes: scopes, Resource: c.resource, Name: p.acc.Name, Typed: p.guard.NameID, From: from, Peer: peerOf(user), User: wholeAddress(user), LinkNumber: c.showsNumbers(),
		Device: d.in.Device, Keep: d.in.KeepSignedIn, Holder: d.browser(), Purpose: mfa.Passwordless, Factors: &factors, Policy: rules, Channels: c.channels,
	})
	if err != nil {
		return err
	}
	c.owners.Put(mfa.RequestRecord(c.index, d.requestID), owner{p.accountRef, p.guard.NameID})
	c.out.options = optionsOf(r)
	return c.logKnown(Event{Kind: EventChallenge, Client: c.client.ID, Status: c.out.status})
}

// logKnown is [call.log] of the account of the call. What happens to a name of no account
// is told and not kept.
func (c *call) logKnown(ev Event) error {
	if !c.who.known {
		c.out.untold = append(c.out.untold, ev)
		return nil
	}
	ev.Account = c.who.id
	return c.log(ev)
}

// answerPasswordless is the heart of calls 2 and 3, and of the state call, of a login
// without a password.
func (c *call) answerPasswordless(d *dialog, request *mfa.Case) (err error) {
	var v mfa.Verdict
	in, method, tries := &d.in, "otp", request.Request.Tries
	switch {
	case in.Password != "":
		return invalid("Password")
	case in.OptionID == "":
		v = request.Status()
	case in.Code == "":
		if v, err = c.choose(request, in.OptionID); err != nil {
			return err
		}
		if request.IsLink(in.OptionID) {
			method = "link"
			c.out.linkSent, c.out.holdLinks = v == mfa.Waiting, c.client.HoldLinks
		}
		c.out.queued, c.out.queuedFor = v == mfa.Waiting, c.who.accountRef
	default:
		v = request.Answer(in.OptionID, in.Code)
	}
	record := mfa.RequestRecord(c.index, in.RequestID)
	switch {
	case v == mfa.Passed && in.OptionID != "":
		return errors.Join(unlist(c.tx, record), c.passedPasswordless(request, in.OptionID, method))
	case v == mfa.Passed:
		c.out.answer, _ = factorAnswer(facts{factor: factorWanted})
	case v == mfa.Lapsed: // by a caller who has gone: there is no status to tell
	default:
		c.out.answer = answerOf(v, request, in.OptionID)
	}
	charged := request.Request.Tries > tries
	return errors.Join(c.logUnproven(v, charged), saveUnproven(c.tx, request, record))
}

// logUnproven records what changed something. A repeat, which is not charged, writes nothing
// else, and its event is told and not kept: a commit would show whose the name is.
func (c *call) logUnproven(v mfa.Verdict, charged bool) error {
	ev := Event{Client: c.client.ID, Status: c.out.status}
	switch {
	case c.out.message != nil:
		ev.Kind, ev.Detail = EventSent, c.out.message.Over.String()+" "+string(c.out.message.Kind)
	case v == mfa.Wrong && charged:
		ev.Kind = EventWrongCode
	case v == mfa.Wrong:
		ev.Kind = EventWrongCode
		c.out.untold = append(c.out.untold, ev)
		return nil
	case v == mfa.Lapsed:
		ev.Kind = EventLapsed
	default:
		return nil
	}
	return c.logKnown(ev)
}

// passedPasswordless goes on after an option was answered, which shows whose the login is:
// now the account is judged, and told of.
func (c *call) passedPasswordless(request *mfa.Case, option, method string) error {
	p := &c.who
	c.out.identity = p.identity()
	a, refused := accountAnswer(p.facts(c.tx.Now()))
	if !refused && !request.Counts(option, directory.MFAPolicy(&p.acc, c.policy, &c.app)) {
		a, refused = denied(MFAEnrollmentRequired, ReasonNoFactor), true
	}
	if !refused {
		return c.passed(request, withText(request, option, []string{method}))
	}
	c.out.answer = a
	request.Finish(mfa.Closed)
	return errors.Join(c.log(Event{Kind: EventRefused, Account: p.id, Client: c.client.ID, Status: c.out.status}), request.Save(c.tx))
}
