package sallyport

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// answers are those to the verdicts of package mfa on a request.
var answers = map[mfa.Verdict]answer{
	mfa.Dead:          denied(MFALinkTimeout, ReasonOver),
	mfa.Waiting:       asks(Waiting, MFAWaitingUserAction, NoReason),
	mfa.FailedSending: asks(FactorWanted, MFAFailedSendingRequest, ReasonNotSent),
	mfa.Early:         asks(FactorWanted, SecureCodeDoesNotMatch, ReasonTooEarly),
	mfa.Wrong:         asks(FactorWanted, SecureCodeDoesNotMatch, ReasonWrongCode),
	mfa.Exhausted:     denied(UserAccountLocked, ReasonGuessesUsedUp),
	mfa.Refused:       denied(ProcessCanceled, ReasonDisowned),
	mfa.NoRole:        denied(UserNotAuthorized, ReasonNoRole),
}

// enrollmentFirst is the answer where something has to be enrolled before a factor is
// proven.
var enrollmentFirst = asks(EnrollmentWanted, MFAEnrollmentRequired, NoReason)

// answerOf is the answer to a verdict. Whether the login can go on is the request's
// to say: the last wrong code ends it, and a link that nobody answered does not.
func answerOf(v mfa.Verdict, request *mfa.Case, option string) answer {
	a := answers[v]
	switch {
	case v == mfa.Wrong && !request.Live():
		a.outcome = Denied
	case v == mfa.Dead && request.Live() && request.IsLink(option):
		a.outcome, a.reason = FactorWanted, ReasonLinkUnanswered
	}
	return a
}

// about is what a call on a request is about.
type about struct {
	option  string // that may send something, if any
	address string // of the user, if known
	// page says that the call comes from a page or a link and has no client: the
	// policy is read with the account.
	page bool
	// confirms is the change that the call is about, see [mfa.Request.Confirms].
	confirms string
	// enrolls says that it is one of an enrollment, and link one of the page of a link, see
	// [mfa.Terms].
	enrolls, link bool
	// login says that the call is one of a login or its link: no other knows a request
	// behind no password.
	login   bool
	devices bool     // those of the account are read in the same round
	extra   []string // keys that are read in the same round
}

// addOwner adds the keys of the account of a request to those that are read in the first
// round, if this node has met the request.
func (c *call) addOwner(record string, fetch, peek []string) (_, _ []string, err error) {
	w, known := c.owners.Get(record)
	if !known {
		return fetch, peek, nil
	}
	if err := c.expect(w.accountRef, false); err != nil {
		return nil, nil, err
	}
	g := account.Guard{NameID: w.nameID, Home: w.home}
	return append(fetch, w.personKeys()...), append(peek, g.Keys()...), nil
}

// caseOf makes the case of a request record, and reads what is not read yet of
// its account, in one round. A request that does not exist is read like one that
// does.
//
// The lockouts are peeked: a call without a password is not judged by them, and a
// miss that comes between the reading and the commit may as well come after it.
func (c *call) caseOf(record string, what about) (*mfa.Case, error) {
	r, err := mfa.FindRecord(c.tx, record)
	if err != nil {
		return nil, err
	}
	p := &c.who
	*p = person{accountRef: c.ref(nameless(c.index, record))}
	name, counted := record, ""
	var peek, emails, budgets []string
	if r != nil {
		p.accountRef, _ = c.refOf(record, r.Account)
		name, counted = r.Name, r.Typed
		budgets = r.BudgetKeys(c.index, what.option)
		what.extra = append(what.extra, invitationKeys(r.Invitation)...)
		emails = append(account.EmailKeys(c.index, r.Emails()...), c.addressKeys(r.NewAddress)...)
		if r.Unproven() {
			peek = append(peek, openRequests.Key(record))
		}
		if what.login && r.Opened != "" {
			what.extra = append(what.extra, token.Sessions.Key(r.Opened))
		}
		if what.link && r.Session != "" {
			what.extra = append(what.extra, token.Sessions.Key(r.Session))
		}
		if what.page {
			peek = append(peek, directory.Applications.Key(r.Application), directory.Policies.Key(directory.GeneralPolicy))
		}
	}
	p.name = typed.Name(name)
	p.guard = account.Guard{NameID: cmp.Or(counted, account.NameID(c.index, p.name)), Home: p.home}
	fetch := slices.Concat(p.personKeys(), budgets, what.extra, emails)
	if what.devices {
		fetch = append(fetch, mfa.DevicesTable.Key(p.home))
	}
	if err := c.tx.FetchAndPeek(fetch, append(append(peek, roundKey), p.guard.Keys()...)); err != nil {
		return nil, err
	}
	if err := p.read(c.tx); err != nil {
		return nil, err
	}
	if err := c.meetNow(record); err != nil {
		return nil, err
	}
	if r != nil {
		if err := c.readInvitation(r.Invitation); err != nil {
			return nil, err
		}
		c.owners.Put(record, owner{p.accountRef, p.guard.NameID})
		if what.page {
			if err := c.readRules(r.Application); err != nil {
				return nil, err
			}
		}
	}
	rules := c.loginPolicy()
	if r != nil && r.Unproven() {
		rules = c.unprovenRules()
	}
	return mfa.Take(c.tx, c.index, record, r, mfa.Terms{
		Channels: c.channels, Home: p.home, Peer: peerOf(what.address), Epoch: p.age.Epoch, Least: p.leastSerial(), Since: p.age.Since, Client: c.client.ID, Instance: c.client.Instance, Confirms: what.confirms,
		Enrolls: what.enrolls, Link: what.link, Invited: c.invited, Login: what.login, Nobody: !p.known, Policy: rules, Lapse: c.gone(),
	})
}

// loginPolicy is the policy on second factors of a login of the account of the call.
func (c *call) loginPolicy() mfa.Policy {
	p := directory.MFAPolicy(&c.who.acc, c.policy, &c.app)
	p.AtOnce = c.cfg.InsecureEnrollAfterFirstFactor
	return p
}

// factorFacts fills in where the second factor stands at call 1.
func (c *call) factorFacts(f *facts, factors *mfa.Factors, rules mfa.Policy) {
	f.missingEmail = factors.Missing(mfa.Email, rules)
	f.missingMobile = factors.Missing(mfa.SMS, rules)
	f.factor = factorNone
	if c.out.rule = directory.AskingRule(&c.who.acc, rules, factors.IsEnrolled()); c.out.rule != (mfa.Rule{}) {
		f.factor = c.factorStands(factors, rules)
	}
}

// factorStands is where the second factor stands that is asked for.
func (c *call) factorStands(factors *mfa.Factors, rules mfa.Policy) factorFact {
	now := c.tx.Now()
	switch {
	case factors.Ledger.Exhausted(now):
		return factorExhausted
	case len(factors.Offers(rules, c.channels, now)) > 0:
		return factorWanted
	}
	c.out.obstacle = factors.Obstacle(rules, c.channels, now, c.invited)
	switch {
	case c.out.obstacle == "":
		return factorEnrol
	case c.out.obstacle.WantsInvitation():
		return factorInvitation
	}
	return factorImpossible
}

// withText adds to the methods of a login that the code or link of that option came by
// text message (RFC 8176).
func withText(request *mfa.Case, option string, methods []string) []string {
	if request.IsText(option) {
		return append(methods, "sms")
	}
	return methods
}

// passed ends a request whose second factor is proven: with tokens, or with a
// refusal where the user has no role in the application.
func (c *call) passed(request *mfa.Case, methods []string) error {
	allowed := c.mayEnter()
	if allowed && request.Request.Staged.Hash != "" {
		if err := c.takePassword(request); err != nil {
			return err
		}
	}
	if allowed {
		request.Finish(mfa.Granted)
	} else {
		request.Finish(mfa.Unauthorized)
		c.out.answer = answers[mfa.NoRole]
	}
	if err := c.followFactors(request); err != nil {
		return err
	}
	c.out.notices = append(c.out.notices, request.Tell...)
	if !allowed {
		if err := c.log(Event{Kind: EventRefused, Account: c.who.id, Client: c.client.ID, Status: c.out.status}); err != nil {
			return err
		}
		return request.Save(c.tx)
	}
	var f facts
	c.ageFacts(&f)
	c.out.answer = granted(f)
	if c.skips {
		c.out.answer = c.out.answer.skipping()
	}
	c.resource = request.Request.Resource
	if err := c.grant(c.client.Keeps(request.Request.Scopes), methods); err != nil {
		return err
	}
	if err := c.rememberDevice(); err != nil {
		return err
	}
	c.noteProof(request)
	c.said.note(request, c.out.grant.session.ID)
	return request.Save(c.tx)
}

// followFactors raises the account's epoch when its factors changed: every other
// session and request dies, the one that caused it goes along.
func (c *call) followFactors(request *mfa.Case) error {
	if !request.Changed {
		return nil
	}
	p := &c.who
	p.age.Epoch++
	p.age.Serial = request.Factors.Serial
	request.SetEpoch(p.age.Epoch)
	if err := account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry); err != nil {
		return err
	}
	was, is := request.ProvenEmails()
	if err := c.moveEmail(was, is); err != nil {
		return err
	}
	if err := c.keepSession(request.Request.Session, p.age.Epoch-1); err != nil {
		return err
	}
	if err := c.spendInvitation(request.Request.Invitation); err != nil {
		return err
	}
	return c.log(Event{Kind: EventFactorsChanged, Account: p.id})
}

// moveEmail has the account of the call found by its proven address. One of a module's is
// found by what its module takes for its name alone, and takes no address from others.
func (c *call) moveEmail(was, is string) error {
	if c.who.module != nil {
		return nil
	}
	return account.MoveEmail(c.tx, c.index, c.who.id, was, is)
}

// logRecovery records that a recovery code was spent, if one was.
func (c *call) logRecovery(request *mfa.Case) error {
	if !request.RecoverySpent {
		return nil
	}
	return c.log(Event{Kind: EventRecoverySpent, Account: c.who.id, Client: c.client.ID, Detail: fmt.Sprintf("%d left", request.Factors.RecoveryLeft())})
}

// logVerdict records what changed something.
func (c *call) logVerdict(v mfa.Verdict, unchecked bool) error {
	ev := Event{Account: c.who.id, Client: c.client.ID, Status: c.out.status}
	switch {
	case c.out.message != nil:
		ev.Kind, ev.Detail = EventSent, c.out.message.Over.String()+" "+string(c.out.message.Kind)
	case unchecked:
		ev.Kind = EventAuthenticatorAhead
		c.note(ev)
		return nil
	case v == mfa.Wrong:
		ev.Kind = EventWrongCode
	case v == mfa.Lapsed:
		ev.Kind = EventLapsed
	default:
		return nil
	}
	return c.log(ev)
}

// unprovenRules are the policy of a login before anybody has proven anything: that of the
// application, whatever roles the account has.
func (c *call) unprovenRules() mfa.Policy {
	return directory.MFAPolicy(&account.Account{}, c.policy, &c.app).Unproven()
}
