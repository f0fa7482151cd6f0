package sallyport

import (
	"cmp"
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Login judges one call of the conversation. A refusal is a [Result]. Errors:
// a [ProtocolError] for a call that no status can answer, [ErrNoCaller],
// [ErrBusy], and faults; after any error nothing was granted.
//
// From the first look at a secret on, the call no longer depends on ctx: a wrong
// one is charged whether or not its caller waits for the answer. What is granted
// may lapse when ctx ends.
//
// A call that sends a link returns at once with LinkSent; [Engine.Wait] holds it
// instead.
func (e *Engine) Login(ctx context.Context, in Login) (*Result, error) {
	in.GrantType = cmp.Or(in.GrantType, token.GrantVGAuthenticator)
	if err := in.check(); err != nil {
		return nil, err
	}
	client, err := e.clientOf(in.Caller, in.Address)
	if err != nil {
		return nil, err
	}
	if e.throttled(&client) {
		return nil, ErrBusy
	}
	in.RequestID, in.OptionID = normalID(in.RequestID), normalID(in.OptionID)
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	defer t.End()
	out, err := e.converse(t, &dialog{in: in, from: client, guess: guess{password: in.Password}})
	t.End()
	if err != nil {
		return nil, err
	}
	r, err := e.finish(t, &out)
	if err != nil {
		return nil, err
	}
	r.grantType = in.GrantType
	return r, nil
}

// dialog is one call of the conversation over all attempts of its transaction.
type dialog struct {
	in    Login
	from  clientCall
	guess guess
	// Of call 1: the request that it may make, the name in its one spelling, and where
	// the client wants its user to be led back to.
	requestID string
	name      typed.UserName
	returnURL string
	// What the request is for besides the login, and the hash that it stages.
	purpose, staged string
}

// converse runs the transaction of a call.
func (e *Engine) converse(t *detach.Call, d *dialog) (outcome, error) {
	if d.in.RequestID == "" {
		d.requestID = rnd.UUID()
		d.name = typed.Name(d.in.Username)
		return e.attempt(t, func(c *call) error { return c.first(d) })
	}
	if d.in.Password == "" { // else once the password has its turn
		if err := t.Detach(); err != nil {
			return outcome{}, ended(err)
		}
	}
	return e.attempt(t, func(c *call) error { return c.later(d) })
}

// first judges a name and a password, and makes a request where a second factor
// is wanted. Two rounds of reading and one commit.
func (c *call) first(d *dialog) error {
	c.out.requestID = d.requestID
	scopes, err := c.readFirst(d)
	if err != nil {
		return err
	}
	if c.answered(&d.guess, c.who.known) {
		return nil // a locked name and a repeat cost one reading and nothing else
	}
	if err := c.tx.Fetch(append(c.who.personKeys(), c.who.guard.Keys()...)...); err != nil {
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
	p := &c.who
	*p = person{name: d.name}
	p.guard.NameID = account.NameID(c.index, p.name)
	err = c.tx.FetchAndPeek(
		[]string{account.Names.Key(p.guard.NameID), account.Lockouts.Key(p.guard.NameID)},
		append(d.from.keys(), account.HashMixes.Key(account.TheHashMix)))
	if err != nil {
		return nil, err
	}
	if err := c.authenticate(&d.from, d.in.GrantType); err != nil {
		return nil, err
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	if d.in.Module != "" && !c.client.AllowsModule(d.in.Module) {
		return nil, &ProtocolError{Code: UnauthorizedClient}
	}
	if scopes, err = token.ParseScopes(d.in.Scope, c.client.Scopes); err != nil {
		return nil, &ProtocolError{Code: InvalidScope}
	}
	if d.returnURL, err = c.returnURL(d.in.ReturnURL); err != nil {
		return nil, err
	}
	entry, ok, err := account.Names.Get(c.tx, p.guard.NameID)
	if err != nil {
		return nil, err
	}
	id := nameless(c.index, p.guard.NameID)
	if ok && !d.name.Refused && !entry.Deleted {
		id, p.known = entry.Account, true
	}
	p.accountRef = c.ref(id)
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

// returnURL returns where the client wants its user to be led back to. What the
// client does not list is refused: a page of ours never leads to an address that a
// caller made up.
func (c *call) returnURL(sent string) (string, error) {
	if sent == "" || len(c.client.ReturnURIs) == 0 {
		return "", nil
	}
	if !slices.Contains(c.client.ReturnURIs, sent) {
		return "", invalid("ReturnURL")
	}
	return sent, nil
}

// firstPassed goes on after a right password at call 1.
func (c *call) firstPassed(d *dialog, scopes []string) error {
	p := &c.who
	factors, err := mfa.ReadFactors(c.tx, p.home, p.age.Serial)
	if err != nil {
		return err
	}
	c.out.identity = p.identity()
	rules := directory.MFAPolicy(&p.acc, c.policy, &c.app)
	f := p.facts(c.tx.Now())
	f.password, f.hasRole = true, c.mayEnter()
	c.factorFacts(&f, &factors, rules)
	c.out.answer = assess(f)
	switch c.out.outcome {
	case Granted:
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
	if c.resumes() {
		resume = mfa.NewResume()
	}
	r, tell, err := mfa.Begin(c.tx, c.index, mfa.NewRequest{
		ID: d.requestID, Account: p.id, Home: p.home, Epoch: p.age.Epoch, Client: c.client.ID, Application: c.app.ID,
		Scopes: scopes, Name: p.acc.Name, From: from, Peer: peerOf(user), User: wholeAddress(user), LinkNumber: c.client.LinkNumber,
		ReturnURL: d.returnURL, Device: d.in.Device, Purpose: d.purpose, Staged: d.staged, Resume: resume,
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
	for i := range r.Options {
		o := &r.Options[i]
		c.out.options = append(c.out.options, Option{
			ID: o.ID, Transport: o.Method.Transport, Mode: o.Method.Mode, Destination: o.Display(),
			Lifetime: o.Lifetime, MatchNumber: o.Number,
		})
	}
	if !factors.CanEnroll(rules, c.channels, c.tx.Now()) || r.Enrollment.Canceled {
		return
	}
	if list := factors.Enrollable(rules, c.channels); len(list) > 0 {
		c.out.enrollment = &Enrollment{URL: c.cfg.Issuer + "/mfa/enroll/" + c.out.requestID, Transports: list}
	}
}

// later judges a call that names a request: its state, the choice of an option,
// or a code. One round of reading where this node has met the request, else two,
// and one commit; a message goes out after it.
func (c *call) later(d *dialog) error {
	c.out.requestID = d.in.RequestID
	request, err := c.readLater(d)
	if err != nil {
		return err
	}
	if !c.belongs(&d.in, request) {
		c.out.answer = answers[mfa.Dead]
		return nil
	}
	if request.Request.HasOption(d.in.OptionID) {
		c.out.identity = c.who.identity()
	}
	c.who.staged = request.Request.StagedPassword
	if d.in.Password != "" {
		// Fetch, not Peek: with a thousand guesses at once only those inside the
		// budget may commit.
		if err := c.tx.Fetch(c.who.guard.Keys()...); err != nil {
			return err
		}
		right, err := c.judgePassword(&d.guess)
		if err != nil || !right {
			c.goesOn(request)
			return err
		}
		c.out.identity = c.who.identity()
	}
	return c.answer(d, request)
}

// goesOn says of a refused password what is wanted all the same: it ends no request.
func (c *call) goesOn(request *mfa.Case) {
	switch {
	case !request.Live():
	case request.Request.WantsPassword():
		c.out.outcome = PasswordChangeWanted
	case len(request.Request.Options) > 0:
		c.out.outcome = FactorWanted
	default:
		c.out.outcome = EnrollmentWanted
	}
}

// readLater reads the client and the case of the request that the call names.
func (c *call) readLater(d *dialog) (*mfa.Case, error) {
	record := mfa.RequestRecord(c.index, d.in.RequestID)
	fetch, peek := []string{mfa.RequestTable.Key(record)}, d.from.keys()
	if d.in.Password != "" {
		peek = append(peek, account.HashMixes.Key(account.TheHashMix))
	}
	if w, known := c.owners.Get(record); known {
		g := account.Guard{NameID: w.nameID, Home: w.home}
		fetch, peek = append(fetch, w.personKeys()...), append(peek, g.Keys()...)
	}
	if err := c.tx.FetchAndPeek(fetch, peek); err != nil {
		return nil, err
	}
	if err := c.authenticate(&d.from, token.GrantVGAuthenticator); err != nil {
		return nil, err
	}
	d.guess.address = c.user(d.in.Address, d.in.UserAddress)
	sends := d.in.OptionID
	if d.in.Code != "" {
		sends = "" // a code sends nothing, so no budget is looked at
	}
	return c.caseOf(record, about{option: sends, address: d.guess.address})
}

// belongs reports whether the request is this call's to use: it exists for this
// client, its account may still log in, and the name, if one was sent, is its
// own. What does not belong is answered like a request that never was.
func (c *call) belongs(in *Login, request *mfa.Case) bool {
	if !request.Known() || !c.who.admits(request.Request, c.tx.Now()) {
		return false
	}
	if in.Username == "" {
		return true
	}
	sent := typed.Name(in.Username)
	return !sent.Refused && sent == c.who.name
}

// answer is the heart of calls 2 and 3 and of the state call.
func (c *call) answer(d *dialog, request *mfa.Case) error {
	var v mfa.Verdict
	var err error
	in, methods := &d.in, []string{"pwd", "otp"}
	bare := in.OptionID == "" && in.Password == ""
	switch {
	case in.OptionID == "" && !bare && request.Live() && request.Request.ChangesPassword():
		return c.passwordPassed(request)
	case bare && in.ResumeSecret != "" && c.resumes():
		var right bool
		if v, right = request.Resume(in.ResumeSecret); right {
			c.out.identity = c.who.identity()
			return c.complete(request, "", methods)
		}
	case bare:
		v = request.Status()
	case in.OptionID == "":
		if v = request.Status(); request.PassEarlier() {
			return c.complete(request, "", methods)
		}
		if v == mfa.Waiting {
			v = mfa.Passed // the call-1 document of the request
		}
	case in.Code == "":
		if v, c.out.message, err = request.Choose(c.tx, in.OptionID); err != nil {
			return err
		}
		if request.IsLink(in.OptionID) {
			methods = []string{"pwd", "link"}
			c.out.linkSent, c.out.holdLinks = v == mfa.Waiting, c.client.HoldLinks
		}
	default:
		v = request.Answer(in.OptionID, in.Code)
	}
	if v == mfa.Passed && in.OptionID != "" {
		return c.complete(request, in.OptionID, methods)
	}
	c.out.notices = append(c.out.notices, request.Tell...)
	switch v {
	case mfa.Passed:
		c.restate(request, bare)
	case mfa.Lapsed: // by a caller who has gone: there is no status to tell
	default:
		c.out.answer = answerOf(v, request, in.OptionID)
	}
	if err := c.logVerdict(v, request.Unchecked); err != nil {
		return err
	}
	return request.Save(c.tx)
}

// complete ends a request whose second factor is proven, by that option or by none.
// Where what was proven does not complete the login the request lives on, and the
// answer says what has to be enrolled.
func (c *call) complete(request *mfa.Case, option string, methods []string) error {
	if request.Completes(option) {
		return c.passed(request, methods)
	}
	if err := c.followFactors(request); err != nil {
		return err
	}
	c.out.notices = append(c.out.notices, request.Tell...)
	c.restate(request, false)
	if err := c.log(Event{Kind: EventChallenge, Account: c.who.id, Client: c.client.ID, Status: c.out.status}); err != nil {
		return err
	}
	return request.Save(c.tx)
}

// restate fills in the state of a request that waits to be used: what call 1
// answered, or its status alone where only the id was sent.
func (c *call) restate(request *mfa.Case, bare bool) {
	if request.Request.WantsPassword() {
		c.out.answer = asks(PasswordChangeWanted, MustChangePasswordAtNextLogon, ReasonMustChange)
		return
	}
	wants := facts{factor: factorEnrol}
	proven := request.PassEarlier()
	if proven && request.Completes("") || !proven && len(request.Request.Options) > 0 {
		wants.factor = factorWanted
	}
	if !bare {
		wants.missingEmail, wants.missingMobile = request.Factors.Missing(mfa.Email, request.Policy()), request.Factors.Missing(mfa.SMS, request.Policy())
	}
	if c.out.answer, _ = factorAnswer(wants); proven && wants.factor == factorWanted {
		c.out.reason = ReasonFactorProven
	}
	if bare {
		return
	}
	c.offer(request.Request, request.Factors, request.Policy())
	c.out.obstacle = request.Factors.Obstacle(request.Policy(), c.channels, c.tx.Now())
	if wants.factor == factorWanted {
		return
	}
	c.out.options = nil // what they prove was proven
	if c.out.enrollment == nil {
		c.out.outcome, c.out.reason = Denied, ReasonNoFactor
	}
}

// finish does what may only follow the commit: it sends, signs, and makes the
// Result. A caller who has gone is told nothing, whatever was decided, after a time
// that does not depend on it; a code or link that was decided on is sent all the
// same.
func (e *Engine) finish(t *detach.Call, out *outcome) (*Result, error) {
	r := &Result{
		RequestID: out.requestID, Identity: out.identity, Options: out.options, Enrollment: out.enrollment,
		Obstacle: out.obstacle, LinkSent: out.linkSent, holdLinks: out.holdLinks,
	}
	r.tell(out.answer)
	if out.message != nil && !e.deliver(out.requestID, out.message) {
		r.tell(answers[mfa.FailedSending])
		r.LinkSent = false
	}
	e.notify(out.notices)
	if out.renewal != nil {
		e.renew(out.renewal)
	}
	if err := e.tellUnstored(out.untold); err != nil {
		return nil, err
	}
	if out.grant != nil {
		e.remember(out.grant)
	}
	if t.Gone() {
		t.Blur()
		return nil, ended(t.Ended())
	}
	if out.session != nil {
		r.Session = out.session
	} else if out.grant != nil {
		tokens, err := e.sign(out.grant)
		if err != nil {
			return nil, err
		}
		r.Tokens = tokens
	}
	if _, ok := rnd.ParseUUID(r.RequestID); !ok {
		r.RequestID = rnd.UUID() // names nothing
	}
	return r, nil
}
