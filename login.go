package sallyport

import (
	"context"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// maxField bounds what a caller may send in one field, in bytes.
const maxField = password.MaxPassword

// Login judges one call of the conversation. A refusal is a [Result]. Errors:
// a [ProtocolError] for a call that no status can answer, [ErrBusy], and
// faults; after any error nothing was granted.
//
// A call that sends a link returns at once with LinkWaits; [Engine.Wait]
// holds it instead.
func (e *Engine) Login(ctx context.Context, in Login) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	call := e.laterCall
	if in.RequestID == "" {
		call = e.firstCall
	}
	var r *Result
	err := e.asClient(in.ClientID, in.Address, func(c *caller) (err error) {
		r, err = call(ctx, c, in)
		return err
	})
	return r, err
}

// check finds the calls that make no sense, before anything is read.
func (in *Login) check() error {
	for _, f := range []struct{ name, value string }{
		{"client_id", in.ClientID}, {"client_secret", in.ClientSecret}, {"scope", in.Scope},
		{"VGAuthenticationModule", in.Module}, {"Username", in.Username}, {"AuthenticationRequestId", in.RequestID},
		{"MFAAvailableId", in.OptionID}, {"MFASecureCode", in.Code}, {"VGClientAddress", in.ClientAddress},
	} {
		if len(f.value) > maxField {
			return invalid(f.name)
		}
	}
	switch {
	case in.ClientID == "":
		return &ProtocolError{Code: "invalid_client"}
	case in.RequestID == "" && (in.OptionID != "" || in.Code != ""):
		return invalid("AuthenticationRequestId")
	case in.RequestID == "" && in.Username == "":
		return invalid("Username")
	case in.RequestID == "" && in.Password == "" && (in.Module == "" || ascii.Equal(in.Module, token.ModuleVGUser)):
		return invalid("Password") // other modules are refused by name
	case in.Code != "" && in.OptionID == "":
		return invalid("MFAAvailableId")
	}
	return nil
}

func invalid(field string) error { return &ProtocolError{Code: "invalid_request", Field: field} }

// firstCall judges a name and a password, and makes a request where a second
// factor is wanted. Two rounds of reading and one commit.
func (e *Engine) firstCall(ctx context.Context, c *caller, in Login) (*Result, error) {
	canonical, valid := account.CanonicalName(in.Username)
	requestID := rnd.UUID()
	var out outcome
	var pr proof
	t := e.calls.Begin(ctx, groupOf(in.Address, c.id))
	defer t.End()
	err := e.attempt(t, func(tx *store.Tx, done *[]Event) error {
		out = outcome{requestID: requestID}
		p := person{id: e.nobody(canonical), canonical: canonical, guard: account.Guard{NameID: account.NameID(e.index, canonical)}}
		err := tx.FetchAndPeek([]string{account.Names.Key(p.guard.NameID), account.Lockouts.Key(p.guard.NameID)}, append(c.sceneKeys(), account.HashMixes.Key(account.TheHashMix)))
		if err != nil {
			return err
		}
		s, err := e.readScene(tx, c, in.ClientSecret, token.GrantVGAuthenticator)
		if err != nil {
			return err
		}
		if in.Module != "" && !s.client.AllowsModule(in.Module) {
			return &ProtocolError{Code: "unauthorized_client"}
		}
		scopes, err := token.ParseScopes(in.Scope, s.client.Scopes)
		if err != nil {
			return &ProtocolError{Code: "invalid_scope"}
		}
		entry, ok, err := account.Names.Get(tx, p.guard.NameID)
		if err != nil {
			return err
		}
		if ok && valid && !entry.Deleted {
			p.id = entry.Account
		}
		p.guard.AccountID = account.LockoutID(e.index, p.id)
		if p.guard.Name, _, err = account.Lockouts.Get(tx, p.guard.NameID); err != nil {
			return err
		}
		tag := e.index.Digest("miss-password", p.guard.NameID, in.Password)
		if e.answered(tx, &p, s, tag, p.id == entry.Account, &out) {
			return nil // a locked name and a repeat cost one reading and nothing else
		}
		if err := tx.Fetch(append(personKeys(p.id), p.guard.Keys()...)...); err != nil {
			return err
		}
		right, err := e.judgePassword(t, tx, done, &pr, &p, s, in, &out)
		if err != nil || !right {
			return err
		}
		return e.firstFactorPassed(tx, done, &p, s, in, scopes, &out)
	})
	if err != nil {
		return nil, err
	}
	t.End()
	return e.finish(t, in, &out)
}

// firstFactorPassed goes on after a right password at call 1.
func (e *Engine) firstFactorPassed(tx *store.Tx, done *[]Event, p *person, s scene, in Login, scopes []string, out *outcome) error {
	now := tx.Now()
	factors, err := mfa.ReadFactors(tx, p.id, p.age.Serial)
	if err != nil {
		return err
	}
	out.identity = p.identity()
	rules := directory.MFAPolicy(&p.acc, s.policy, &s.app)
	f := p.facts(now)
	f.password, f.hasRole = true, len(directory.RolesIn(&p.acc, &s.app)) > 0
	e.factorFacts(&f, p, &factors, rules, now)
	out.status = assess(f)
	switch {
	case out.status.Has(Success):
		return e.grant(tx, done, p, s, scopes, []string{"pwd"}, p.age.Epoch, out)
	case out.status.Has(MFAAuthenticationRequired), out.status.Has(MFAEnrollmentRequired) && f.factor == factorEnrol:
	default:
		return e.log(tx, done, Event{Kind: EventRefused, Account: p.id, Client: s.client.ID, Status: out.status})
	}
	user, from := s.user(in.Address, in.ClientAddress), in.Address
	if user != "" {
		from = user
	}
	r, tell, err := mfa.Begin(tx, e.index, mfa.NewRequest{
		ID: out.requestID, Account: p.id, Epoch: p.age.Epoch, Client: s.client.ID, Application: s.app.ID,
		Scopes: scopes, Name: p.acc.Name, From: from, Peer: peerOf(user), LinkNumber: s.client.LinkNumber,
		Factors: &factors, Policy: rules, Channels: e.channels,
	})
	if err != nil {
		return err
	}
	out.notices = append(out.notices, tell...)
	e.owners.learn(mfa.RequestRecord(e.index, out.requestID), owner{p.id, p.guard.NameID})
	e.offer(out, r, &factors, rules, now)
	return e.log(tx, done, Event{Kind: EventChallenge, Account: p.id, Client: s.client.ID, Status: out.status})
}

// factorFacts says where the second factor stands at call 1.
func (e *Engine) factorFacts(f *facts, p *person, factors *mfa.Factors, rules mfa.Policy, now time.Time) {
	f.missingEmail = factors.Missing(mfa.Email, rules)
	f.missingMobile = factors.Missing(mfa.SMS, rules)
	switch {
	case !directory.WantsFactor(&p.acc, rules, factors.Serial > 0 || factors.Any()):
		f.factor = factorNone
	case factors.Ledger.Exhausted(now):
		f.factor = factorExhausted
	case len(factors.Offers(rules, e.channels, now)) > 0:
		f.factor = factorWanted
	case len(factors.Enrollable(rules, e.channels)) > 0 && factors.CanEnroll(rules, e.channels, now):
		f.factor = factorEnrol
	default:
		f.factor = factorImpossible
	}
}

// offer fills in what a request can be answered with.
func (e *Engine) offer(out *outcome, r *mfa.Request, factors *mfa.Factors, rules mfa.Policy, now time.Time) {
	for i := range r.Options {
		o := &r.Options[i]
		out.options = append(out.options, Option{
			ID: o.ID, Transport: int(o.Method.Transport), Mode: int(o.Method.Mode), Destination: o.Display(),
			Lifetime: o.Lifetime, TransportName: o.Method.Transport.String(), ModeName: o.Method.Mode.String(), MatchNumber: o.Number,
		})
	}
	if !factors.CanEnroll(rules, e.channels, now) || r.Enrollment.Canceled {
		return
	}
	if list := factors.Enrollable(rules, e.channels); len(list) > 0 {
		en := &Enrollment{URL: e.cfg.Issuer + "/mfa/enroll/" + out.requestID}
		for _, t := range list {
			en.Transports = append(en.Transports, int(t))
			en.TransportNames = append(en.TransportNames, t.String())
		}
		out.enrollment = en
	}
}

// grant writes the session of a complete login. The tokens are handed out
// after the commit.
func (e *Engine) grant(tx *store.Tx, done *[]Event, p *person, s scene, scopes, methods []string, epoch uint64, out *outcome) error {
	now := tx.Now()
	ses, refresh, err := token.Begin(tx, e.index, now, token.NewSession{
		Account: p.id, Epoch: epoch, Client: s.client.ID, Application: s.app.ID, Name: p.acc.Name, Scopes: scopes,
		AuthTime: now, Methods: methods, AccessLife: s.client.AccessLife(),
	})
	if err != nil {
		return err
	}
	if err := p.guard.Clear(tx, s.policy.LockRules, now); err != nil {
		return err
	}
	ring, _, err := token.Keys.Get(tx, token.RingID)
	if err != nil {
		return err
	}
	out.status |= Success
	out.grant = &grant{session: ses, refresh: refresh, ring: ring, life: s.client.AccessLife(), now: now}
	return e.log(tx, done, Event{Kind: EventLogin, Account: p.id, Client: s.client.ID, Status: out.status, Detail: strings.Join(methods, " ")})
}

// normalID brings a UUID to the spelling in which ids are stored. What is no
// UUID stays as it is and names nothing.
func normalID(id string) string {
	if u, ok := rnd.ParseUUID(id); ok {
		return rnd.FormatUUID(u)
	}
	return id
}
