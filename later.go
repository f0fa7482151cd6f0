package sallyport

import (
	"context"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// verdictStatus is what the answers of package mfa are called on the wire.
var verdictStatus = map[mfa.Verdict]Status{
	mfa.Dead:          Failure | MFALinkTimeout,
	mfa.Waiting:       Failure | MFAWaitingUserAction,
	mfa.FailedSending: Failure | MFAFailedSendingRequest,
	mfa.Wrong:         Failure | SecureCodeDoesNotMatch,
	mfa.Exhausted:     Failure | UserAccountLocked,
	mfa.Refused:       Failure | ProcessCanceled,
	mfa.NoRole:        Failure | UserNotAuthorized,
}

// laterCall judges a call that names a request: its state, the choice of an
// option, or a code. One round of reading where this node has met the request,
// else two, and one commit; a message goes out after it.
func (e *Engine) laterCall(ctx context.Context, client *caller, in Login) (*Result, error) {
	in.RequestID, in.OptionID = normalID(in.RequestID), normalID(in.OptionID)
	var out outcome
	var pr proof
	t := e.calls.Begin(ctx, groupOf(in.Address, client.id))
	defer t.End()
	if in.Password == "" { // else once the password has its turn
		if err := t.Detach(); err != nil {
			return nil, ended(err)
		}
	}
	err := e.attempt(t, func(tx *store.Tx, done *[]Event) error {
		out = outcome{requestID: in.RequestID}
		record := mfa.RequestRecord(e.index, in.RequestID)
		fetch, peek := []string{mfa.RequestTable.Key(record)}, client.sceneKeys()
		if in.Password != "" {
			peek = append(peek, account.HashMixes.Key(account.TheHashMix))
		}
		if w, known := e.owners.of(record); known {
			g := account.Guard{NameID: w.nameID, AccountID: account.LockoutID(e.index, w.account)}
			fetch, peek = append(fetch, personKeys(w.account)...), append(peek, g.Keys()...)
		}
		if err := tx.FetchAndPeek(fetch, peek); err != nil {
			return err
		}
		s, err := e.readScene(tx, client, in.ClientSecret, token.GrantVGAuthenticator)
		if err != nil {
			return err
		}
		sends := in.OptionID
		if in.Code != "" {
			sends = "" // a code sends nothing, so no budget is looked at
		}
		c, p, err := e.caseOf(tx, record, sends, s.user(in.Address, in.ClientAddress), &s)
		if err != nil {
			return err
		}
		if !e.belongs(tx, in, c, p) {
			out.status = verdictStatus[mfa.Dead]
			return nil
		}
		if c.Request.HasOption(in.OptionID) {
			out.identity = p.identity()
		}
		if in.Password != "" {
			// Held to the lockouts, nobody is right with the thousandth of as
			// many guesses made at once.
			if err := tx.Fetch(p.guard.Keys()...); err != nil {
				return err
			}
			right, err := e.judgePassword(t, tx, done, &pr, p, s, in, &out)
			if err != nil || !right {
				return err
			}
			out.identity = p.identity()
		}
		return e.converse(tx, done, in, s, c, p, &out)
	})
	if err != nil {
		return nil, err
	}
	t.End()
	return e.finish(t, in, &out)
}

// caseOf makes the case of a request record, and reads what is not read yet of
// its account, in one round. A request that does not exist is read like one
// that does. option is what may be about to send something, if anything.
// Without a scene the call is nobody's in particular (a page, a link), and the
// policy is read with the account.
//
// The lockouts are peeked: who brings no password is not judged by them, and a
// miss that comes between the reading and the commit may as well come after it.
func (e *Engine) caseOf(tx *store.Tx, record, option, address string, s *scene, extra ...string) (*mfa.Case, *person, error) {
	r, err := mfa.FindRecord(tx, record)
	if err != nil {
		return nil, nil, err
	}
	p := &person{id: e.nobody(record)}
	name := record
	var peek []string
	var over mfa.Transport
	var to string
	if r != nil {
		p.id, name = r.Account, r.Name
		over, to = r.Destination(option)
		if s == nil {
			peek = []string{directory.Applications.Key(r.Application), directory.Policies.Key(directory.GeneralPolicy)}
		}
	}
	canonical, _ := account.CanonicalName(name)
	p.canonical = canonical
	p.guard = account.Guard{NameID: account.NameID(e.index, canonical), AccountID: account.LockoutID(e.index, p.id)}
	fetch := slices.Concat(personKeys(p.id), mfa.BudgetKeys(e.index, over, to), extra)
	peek = append(peek, p.guard.Keys()...)
	if err := tx.FetchAndPeek(fetch, peek); err != nil {
		return nil, nil, err
	}
	if err := e.readPerson(tx, p); err != nil {
		return nil, nil, err
	}
	if r != nil {
		e.owners.learn(record, owner{p.id, p.guard.NameID})
	}
	t := mfa.Terms{Channels: e.channels, Peer: peerOf(address), Epoch: p.age.Epoch, Least: p.age.Serial}
	if s == nil {
		s = &scene{}
		if r != nil {
			if *s, err = e.pageScene(tx, r.Application); err != nil {
				return nil, nil, err
			}
		}
	} else {
		t.Client = s.client.ID
	}
	t.Policy = directory.MFAPolicy(&p.acc, s.policy, &s.app)
	c, err := mfa.Take(tx, e.index, record, r, t)
	return c, p, err
}

// pageScene is the scene of a call without a client.
func (e *Engine) pageScene(tx *store.Tx, app string) (s scene, err error) {
	if s.app, _, err = directory.Applications.Get(tx, app); err != nil {
		return s, err
	}
	var ok bool
	if s.policy, ok, err = directory.Policies.Get(tx, directory.GeneralPolicy); err == nil && !ok {
		s.policy = directory.DefaultPolicy()
	}
	return s, err
}

// belongs says whether the request is this call's to use: it exists for this
// client, its account may still log in, and the name, if one was sent, is its
// own. What does not belong is answered like a request that never was.
func (e *Engine) belongs(tx *store.Tx, in Login, c *mfa.Case, p *person) bool {
	if !c.Known() || !p.usable(tx) {
		return false
	}
	if in.Username == "" {
		return true
	}
	sent, ok := account.CanonicalName(in.Username)
	own, _ := account.CanonicalName(c.Request.Name)
	return ok && sent == own
}

// usable says whether the account may log in at all.
func (p *person) usable(tx *store.Tx) bool {
	return p.known && accountStatus(p.facts(tx.Now())) == 0
}

// converse is the heart of calls 2 and 3 and of the state call.
func (e *Engine) converse(tx *store.Tx, done *[]Event, in Login, s scene, c *mfa.Case, p *person, out *outcome) error {
	var v mfa.Verdict
	var err error
	methods := []string{"pwd", "otp"}
	switch {
	case in.OptionID == "" && in.Password == "":
		v = c.Status()
		out.bare = true
	case in.OptionID == "":
		if v = c.Status(); c.PassEarlier() {
			return e.passed(tx, done, s, c, p, methods, out)
		}
		if v == mfa.Waiting {
			v = mfa.Passed // the call-1 document of the request
		}
	case in.Code == "":
		if v, out.message, err = c.Choose(tx, in.OptionID); err != nil {
			return err
		}
		if c.IsLink(in.OptionID) {
			methods = []string{"pwd", "link"}
			out.linkWaits = v == mfa.Waiting
		}
	default:
		v = c.Answer(in.OptionID, in.Code)
	}
	if v == mfa.Passed && in.OptionID != "" {
		return e.passed(tx, done, s, c, p, methods, out)
	}
	out.notices = c.Tell
	if v == mfa.Passed {
		e.restate(tx, c, out)
	} else {
		out.status = verdictStatus[v]
	}
	if err := e.logVerdict(tx, done, in, s, p, v, out); err != nil {
		return err
	}
	return c.Save(tx)
}

// restate answers the state of a request that waits to be used: what call 1
// answered, or its status alone where only the id was sent.
func (e *Engine) restate(tx *store.Tx, c *mfa.Case, out *outcome) {
	out.status = Failure | MFAEnrollmentRequired
	if len(c.Request.Options) > 0 || c.PassEarlier() {
		out.status = Failure | MFAAuthenticationRequired
	}
	if out.bare {
		return
	}
	if out.status.Has(MFAEnrollmentRequired) {
		out.status |= factorStatus(facts{
			factor: factorEnrol, missingEmail: c.Factors.Missing(mfa.Email, c.Policy()), missingMobile: c.Factors.Missing(mfa.SMS, c.Policy()),
		})
	}
	e.offer(out, c.Request, c.Factors, c.Policy(), tx.Now())
}

// passed ends a request whose second factor is proven: with tokens, or with a
// refusal where the user has no role in the application.
func (e *Engine) passed(tx *store.Tx, done *[]Event, s scene, c *mfa.Case, p *person, methods []string, out *outcome) error {
	out.identity = p.identity()
	if len(directory.RolesIn(&p.acc, &s.app)) == 0 {
		c.Finish(mfa.Unauthorized)
		out.status = Failure | UserNotAuthorized
		if err := e.log(tx, done, Event{Kind: EventRefused, Account: p.id, Client: s.client.ID, Status: out.status}); err != nil {
			return err
		}
		if err := e.followFactors(tx, done, c, p); err != nil {
			return err
		}
		return c.Save(tx)
	}
	c.Finish(mfa.Granted)
	if err := e.followFactors(tx, done, c, p); err != nil {
		return err
	}
	out.notices = c.Tell
	out.status = Success
	if err := e.grant(tx, done, p, s, c.Request.Scopes, methods, p.age.Epoch, out); err != nil {
		return err
	}
	return c.Save(tx)
}

// followFactors raises the account's epoch when its factors changed: every
// other session and request dies, the one that caused it goes along.
func (e *Engine) followFactors(tx *store.Tx, done *[]Event, c *mfa.Case, p *person) error {
	if !c.Changed {
		return nil
	}
	p.age.Epoch++
	p.age.Serial = c.Factors.Serial
	c.SetEpoch(p.age.Epoch)
	if err := account.Ageings.Put(tx, p.id, p.age, account.NoExpiry); err != nil {
		return err
	}
	return e.log(tx, done, Event{Kind: EventFactorsChanged, Account: p.id})
}

// logVerdict records what changed something.
func (e *Engine) logVerdict(tx *store.Tx, done *[]Event, in Login, s scene, p *person, v mfa.Verdict, out *outcome) error {
	ev := Event{Account: p.id, Client: s.client.ID, Status: out.status}
	switch {
	case out.message != nil:
		ev.Kind, ev.Detail = EventSent, out.message.Over.String()+" "+string(out.message.Kind)
	case v == mfa.Wrong:
		ev.Kind = EventWrongCode
	default:
		return nil
	}
	return e.log(tx, done, ev)
}
