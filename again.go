package sallyport

import (
	"cmp"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// later judges a call that names a request: its state, the choice of an option,
// or a code. One round of reading where this node has met the request, else two,
// and one commit; a message goes out after it.
func (c *call) later(d *dialog) error {
	c.out.requestID = d.in.RequestID
	request, err := c.readLater(d)
	if err != nil {
		return err
	}
	c.out.blurred = request.Request.Unproven()
	c.used = deviceUse(d, cmp.Or(request.Request.Device, d.in.Device))
	if ok, err := c.belongs(&d.in, request); err != nil {
		return err
	} else if !ok {
		c.out.answer = answers[mfa.Dead]
		return nil
	}
	c.said = saidBy(&d.in, request)
	if request.GivesAgain() {
		return c.answerLost(d, request)
	}
	c.stays = request.Keep(d.in.KeepSignedIn)
	if err := c.judgeLater(d, request); err != nil {
		return err
	}
	c.offerAgain(request)
	return nil
}

// offerAgain says to the host what its request can be answered with, each time: a web page
// remembers nothing between its forms. The original's answers say it once.
func (c *call) offerAgain(request *mfa.Case) {
	if c.host && len(c.out.options) == 0 && (c.out.outcome == FactorWanted || c.out.outcome == Waiting) {
		c.out.options = optionsOf(request.Request)
	}
}

// judgeLater is the heart of later.
func (c *call) judgeLater(d *dialog, request *mfa.Case) error {
	if request.Request.Unproven() {
		return c.answerPasswordless(d, request)
	}
	if request.Request.HasOption(d.in.OptionID) {
		c.out.identity = c.who.identity()
	}
	c.who.staged, c.who.weak = request.Request.Staged.Hash, request.Request.Weak
	if d.in.Password != "" {
		right, err := c.judgeLate(&d.guess, d.in.Username)
		if err != nil || !right {
			c.goesOn(request)
			return err
		}
		request.NoteWeak(c.who.weak)
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
	case wantsFactor(request):
		c.out.outcome = FactorWanted
	default:
		c.out.outcome = EnrollmentWanted
	}
}

// wantsFactor reports whether a request that lives waits for the answer to one of its options,
// or for the password after a factor was enrolled in it; else something has to be enrolled.
func wantsFactor(request *mfa.Case) bool {
	if request.PassEarlier() {
		return request.Completes("")
	}
	return len(request.Request.Options) > 0
}

// readLater reads the client and the case of the request that the call names.
func (c *call) readLater(d *dialog) (*mfa.Case, error) {
	record := mfa.RequestRecord(c.index, d.in.RequestID)
	fetch, peek := []string{mfa.RequestTable.Key(record)}, d.from.keys()
	remember := d.in.RememberDevice && d.in.OptionID != ""
	if d.in.Password != "" {
		peek = append(peek, account.HashMixes.Key(account.TheHashMix))
	}
	fetch, peek, err := c.addOwner(record, fetch, peek)
	if err != nil {
		return nil, err
	}
	if w, known := c.owners.Get(record); known && remember {
		fetch = append(fetch, mfa.DevicesTable.Key(w.home))
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
	return c.caseOf(record, about{option: sends, address: d.guess.address, confirms: d.confirms, login: d.login, devices: remember, extra: d.sessionKeys()})
}

// belongs reports whether the request is this call's to use: it exists for this
// client and browser and is not over, or ended so lately that its answer may have been lost, its account may still log in, and what was typed as the name, if anything was
// sent, is the account's name, what call 1 sent, or what the host takes for the same. What
// does not belong is answered like a request that never was.
func (c *call) belongs(in *Login, request *mfa.Case) (bool, error) {
	module, unproven := c.who.moduleName(), request.Request.Unproven()
	if unproven {
		module = token.ModulePasswordless // whosever it is
	}
	switch {
	case !request.Known() || !request.HeldBy(in.Browser) || !c.who.admits(request.Request, c.tx.Now()) || !c.client.AllowsModule(module):
		return false, nil
	case !unproven && request.Over(in.OptionID, in.Code) && !request.GivesAgain():
		return false, nil
	case in.Module != "" && !ascii.Equal(in.Module, module):
		return false, nil
	case in.Username == "":
		return true, nil
	case c.who.module != nil:
		sent, err := c.typedAtModule(c.who.module, in.Username)
		return err == nil && sent.guardID == request.Request.Typed, err
	}
	sent := c.typedUser(in.Username)
	if unproven {
		return sent.guardID == request.Request.Typed, nil
	}
	if !sent.name.Refused && sent.name == c.who.name || sent.guardID == request.Request.Typed {
		return true, nil
	}
	return c.isNamed(in.Username)
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
		if v = callOne(v); v == mfa.Passed && request.Factors.Ledger.Exhausted(c.tx.Now()) {
			v = mfa.Exhausted
		}
	case in.Code == "":
		if v, err = c.choose(request, in.OptionID); err != nil {
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
		c.wantDevice(d, request)
		c.proof, _ = request.ProvenMethod(in.OptionID)
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

// callOne is the verdict of a call that is answered as call 1 was: what is under way does
// not count.
func callOne(v mfa.Verdict) mfa.Verdict {
	if v == mfa.Waiting {
		return mfa.Passed
	}
	return v
}

// complete ends a request whose second factor is proven, by that option or by none.
// Where what was proven does not complete the login the request lives on, and the
// answer says what has to be enrolled.
func (c *call) complete(request *mfa.Case, option string, methods []string) error {
	if err := c.logRecovery(request); err != nil {
		return err
	}
	switch completes := request.Completes(option); {
	case completes && c.needsAnother(request):
		return c.wantAnother(request, option)
	case completes:
		return c.passed(request, withText(request, cmp.Or(option, request.Request.ProvenBy), methods))
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
		c.out.answer = c.passwordWanted()
		return
	}
	c.out.rule = directory.AskingRule(&c.who.acc, request.Policy(), request.Factors.IsEnrolled())
	wants := facts{factor: factorEnrol}
	proven := request.PassEarlier()
	if wantsFactor(request) {
		wants.factor = factorWanted
	}
	if !bare {
		wants.missingEmail, wants.missingMobile = request.Factors.Missing(mfa.Email, request.Policy()), request.Factors.Missing(mfa.SMS, request.Policy())
		c.out.obstacle = request.Factors.Obstacle(request.Policy(), c.channels, c.tx.Now(), c.invited)
		if !proven && c.out.obstacle.WantsInvitation() {
			wants.factor = factorInvitation
		}
	}
	if c.out.answer, _ = factorAnswer(wants); proven && wants.factor == factorWanted {
		c.out.reason = ReasonFactorProven
	}
	if bare {
		return
	}
	c.offer(request.Request, request.Factors, request.Policy())
	if wants.factor == factorWanted {
		return
	}
	c.out.options = nil // what they prove was proven
	if c.out.enrollment == nil && wants.factor == factorEnrol {
		c.out.outcome, c.out.reason = Denied, ReasonNoFactor
	}
}

// passwordPassed goes on after a right password in a request that changes it: what
// call 1 would ask of the account today is asked.
func (c *call) passwordPassed(request *mfa.Case) error {
	var f facts
	c.factorFacts(&f, request.Factors, request.Policy())
	if request.PassEarlier() && !request.Request.WantsPassword() {
		return c.complete(request, "", []string{"pwd", "otp"})
	}
	c.allowSkip(&f, request.Factors, request.Policy())
	switch done := f.factor == factorNone || f.factor == factorGrace; {
	case request.Request.WantsPassword():
	case done && c.needsAnother(request):
		return c.wantAnother(request, "")
	case done:
		return c.passed(request, []string{"pwd"})
	case f.factor == factorExhausted:
		c.out.answer = answers[mfa.Exhausted]
		return request.Save(c.tx)
	}
	c.restate(request, false)
	return request.Save(c.tx)
}

// needsAnother reports whether the login, which is complete otherwise, wants another
// password: the one that is staged may not be set, or none is and the account's own
// lets nobody in any more.
func (c *call) needsAnother(request *mfa.Case) bool {
	staged := &request.Request.Staged
	return staged.Refused != "" || staged.Hash == "" && c.isOver()
}

// wantAnother goes on where a login [call.needsAnother] password. Now that may be
// told, and what was proven stands.
func (c *call) wantAnother(request *mfa.Case, option string) error {
	request.DropPassword(option)
	if err := c.followFactors(request); err != nil {
		return err
	}
	c.out.notices = append(c.out.notices, request.Tell...)
	c.out.answer = c.passwordWanted()
	if err := c.log(Event{Kind: EventChallenge, Account: c.who.id, Client: c.client.ID, Status: c.out.status}); err != nil {
		return err
	}
	return request.Save(c.tx)
}
