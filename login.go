package sallyport

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// moduleVGUser is the module of the built-in directory, as answers spell it.
const moduleVGUser = "VGUSER"

// maxField bounds what a caller may send in one field, in bytes. Passwords
// have the same bound in package password.
const maxField = 1024

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
	err := e.asClient(in.ClientID, in.Address, func() (err error) {
		r, err = call(ctx, in)
		return err
	})
	return r, err
}

// asClient makes a call in the name of a client, unless that client has failed
// to authenticate from that address too often within this minute.
func (e *Engine) asClient(id, address string, call func() error) error {
	id, _ = splitClient(id)
	if e.throttle.refuses(id, peerOf(address), e.clock()) {
		return ErrBusy
	}
	err := call()
	if p, ok := errors.AsType[*ProtocolError](err); ok && p.Code == "invalid_client" {
		e.throttle.miss(id, peerOf(address), e.clock())
	}
	return err
}

// check finds the calls that make no sense, before anything is read.
func (in *Login) check() error {
	for _, f := range []struct{ name, value string }{
		{"client_id", in.ClientID}, {"client_secret", in.ClientSecret}, {"scope", in.Scope},
		{"VGAuthenticationModule", in.Module}, {"Username", in.Username}, {"AuthenticationRequestId", in.RequestID},
		{"MFAAvailableId", in.OptionID}, {"MFASecureCode", in.Code},
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
	case in.RequestID == "" && in.Password == "" && (in.Module == "" || foldASCII(in.Module) == foldASCII(moduleVGUser)):
		return invalid("Password") // other modules are refused by name
	case in.Code != "" && in.OptionID == "":
		return invalid("MFAAvailableId")
	}
	return nil
}

func invalid(field string) error { return &ProtocolError{Code: "invalid_request", Field: field} }

// scene is what the first round of reading tells: who calls, for which
// application, under which policy.
type scene struct {
	client token.Client
	app    application
	policy policy
}

// peer is the network address of a user as budgets tell it apart. A server that
// authenticates by a secret calls for many users from one address, which then
// tells nothing.
func (s *scene) peer(address string) string {
	if !s.client.Public && (s.client.Platform == token.WebApp || s.client.Platform == token.Service) {
		return ""
	}
	return peerOf(address)
}

// sceneKeys are the keys of the scene, to be peeked: they change seldom.
func (e *Engine) sceneKeys(clientID string) []string {
	id, app := splitClient(clientID)
	return []string{
		token.Clients.Key(token.ClientKey(e.index, id)), applications.Key(app),
		policies.Key(generalPolicy), token.Keys.Key(token.RingID), hashMixes.Key(theHashMix),
	}
}

// splitClient answers the canonical id of a client and of its application.
// What is no client id is looked up like any other that does not exist.
func splitClient(raw string) (id, app string) {
	id, ok := token.ParseClientID(raw)
	if !ok {
		return raw, "none"
	}
	app, _, _ = strings.Cut(id, "_")
	return id, app
}

// readScene authenticates the client. Unknown clients and wrong secrets are
// the same answer after the same work.
func (e *Engine) readScene(tx *store.Tx, clientID, secret, grant string) (s scene, err error) {
	id, app := splitClient(clientID)
	if s.client, _, err = token.Clients.Get(tx, token.ClientKey(e.index, id)); err != nil {
		return s, err
	}
	known := s.client.Authenticate(e.index, secret, tx.Now())
	if !known || secret != "" && len(secret) < minSecret && !e.loopback {
		// A short secret may have been applied where the issuer was loopback.
		return s, &ProtocolError{Code: "invalid_client"}
	}
	if !s.client.Allows(grant) {
		return s, &ProtocolError{Code: "unauthorized_client"}
	}
	if s.app, _, err = applications.Get(tx, app); err != nil {
		return s, err
	}
	var ok bool
	if s.policy, ok, err = policies.Get(tx, generalPolicy); err == nil && !ok {
		s.policy = defaultPolicy()
	}
	return s, err
}

// person is the account of a call and all that is judged of it. For a name
// that is nobody's it is made up of absent records, so that the same keys are
// read and the same work is done.
type person struct {
	id    string
	known bool
	acc   account
	age   ageing
	guard guard
}

func (e *Engine) personKeys(id string, g *guard) []string {
	return append(append(mfa.Keys(id), accounts.Key(id), ageings.Key(id)), g.keys()...)
}

// nobody is the id under which records of no account are looked up.
func (e *Engine) nobody(seed string) string {
	return rnd.FormatUUID([16]byte(e.index.Digest("nobody", seed)[:16]))
}

// readPerson reads what [Engine.personKeys] fetched.
func (e *Engine) readPerson(tx *store.Tx, p *person) (err error) {
	if p.acc, p.known, err = accounts.Get(tx, p.id); err != nil {
		return err
	}
	if p.age, err = readAgeing(tx, p.id, p.known); err != nil {
		return err
	}
	return p.guard.read(tx)
}

// readAgeing reads what vouches for an account. Every account has that record,
// so its absence means that somebody took it away to bring an old epoch or old
// factors back.
func readAgeing(tx *store.Tx, id string, known bool) (ageing, error) {
	a, ok, err := ageings.Get(tx, id)
	if err == nil && known && !ok {
		err = fmt.Errorf("reading account: %w: its epoch is gone", store.ErrDamaged)
	}
	return a, err
}

// facts are what the account itself says at a moment.
func (p *person) facts(now time.Time) facts {
	a := &p.acc
	return facts{
		known: p.known, approved: a.Approved, disabled: a.Disabled, locked: a.Locked, mustChange: a.MustChange,
		notYet: !a.Start.IsZero() && now.Before(a.Start), expired: !a.End.IsZero() && !now.Before(a.End),
	}
}

// proof remembers the outcome of hashing a password by the hash it was held
// against, outside the transaction, which may run several times.
type proof struct {
	done    bool
	hash    string
	ok      bool
	renewed string // the same password under the present parameters
}

// checkPassword verifies behind the gate, with equal work for an account that
// does not exist or has no password.
func (e *Engine) checkPassword(ctx context.Context, tx *store.Tx, pr *proof, hash, pw, name, peer string) error {
	if pr.done && pr.hash == hash {
		return nil
	}
	mix, _, err := hashMixes.Get(tx, theHashMix)
	if err != nil {
		return err
	}
	dummy := mix.draw(e.index.Digest("dummy", name), e.cfg.PasswordParams.Kind())
	var ok bool
	var renewed string
	var fault error
	err = e.gate.Do(ctx, name, peer, func() {
		if hash != "" {
			ok, fault = password.Verify(hash, pw)
		}
		switch {
		case hash == "" || fault != nil: // a hash that cannot be read matches nothing
			ok = false
			password.VerifyNobody(dummy, pw)
		case ok && e.cfg.PasswordParams.NeedsRehash(hash):
			renewed, fault = e.cfg.PasswordParams.Hash(pw)
		}
	})
	if err != nil {
		return err
	}
	if fault != nil {
		e.logger.Error("a stored password hash is not usable", "error", fault)
	}
	*pr = proof{done: true, hash: hash, ok: ok, renewed: renewed}
	return nil
}

// firstCall judges a name and a password, and makes a request where a second
// factor is wanted. Two rounds of reading and one commit.
func (e *Engine) firstCall(ctx context.Context, in Login) (*Result, error) {
	canonical, valid := canonicalName(in.Username)
	requestID := rnd.UUID()
	var out outcome
	var pr proof
	err := e.run(ctx, func(tx *store.Tx, done *[]Event) error {
		out = outcome{requestID: requestID}
		p := person{id: e.nobody(canonical), guard: guard{nameID: nameID(e.index, canonical)}}
		err := tx.FetchAndPeek([]string{names.Key(p.guard.nameID), lockouts.Key(p.guard.nameID)}, e.sceneKeys(in.ClientID))
		if err != nil {
			return err
		}
		s, err := e.readScene(tx, in.ClientID, in.ClientSecret, token.GrantVGAuthenticator)
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
		entry, ok, err := names.Get(tx, p.guard.nameID)
		if err != nil {
			return err
		}
		if ok && valid && !entry.Deleted {
			p.id = entry.Account
		}
		p.guard.accountID = accountLockoutID(e.index, p.id)
		if early, _, err := lockouts.Get(tx, p.guard.nameID); err != nil || early.locked(tx.Now()) {
			out.status = assess(facts{lockedOut: true})
			out.unstored = &Event{Kind: EventLocked, Client: s.client.ID, Status: out.status, Detail: "refused while locked"}
			return err // locked names cost one reading and nothing else
		}
		if err := tx.Fetch(e.personKeys(p.id, &p.guard)...); err != nil {
			return err
		}
		right, err := e.judgePassword(ctx, tx, done, &pr, &p, s, in, canonical, &out)
		if err != nil || !right {
			return err
		}
		return e.firstFactorPassed(tx, done, &p, s, in, scopes, &out)
	})
	if err != nil {
		return nil, err
	}
	return e.finish(ctx, in, &out)
}

// judgePassword charges a wrong password, or says that it is right. Only then
// may anything else about the account be told.
func (e *Engine) judgePassword(ctx context.Context, tx *store.Tx, done *[]Event, pr *proof, p *person, s scene, in Login, typed string, out *outcome) (right bool, err error) {
	if err := e.readPerson(tx, p); err != nil {
		return false, err
	}
	tag := e.index.Digest("miss-password", p.guard.nameID, in.Password)
	f := p.facts(tx.Now())
	f.disclose = e.cfg.DiscloseUnknownUsers
	switch {
	case p.guard.name.locked(tx.Now()):
		f.lockedOut = true
		out.status = assess(f)
		return false, nil
	case p.guard.name.repeats(tag, tx.Now()):
		out.status = p.guard.name.Last
		return false, nil
	}
	if err := e.checkPassword(ctx, tx, pr, p.acc.PasswordHash, in.Password, typed, s.peer(in.Address)); err != nil {
		return false, err
	}
	tx.At(e.clock()) // the gate may have taken a while: all is judged again
	if err := p.guard.read(tx); err != nil {
		return false, err
	}
	f.password = pr.ok && p.known && !p.guard.account.locked(tx.Now())
	if f.password {
		return true, e.renewHash(tx, p, pr)
	}
	if p.guard.account.locked(tx.Now()) && pr.ok {
		// Locked under another spelling: answered like a wrong password, but a
		// right one is not charged.
		out.status = Failure | PasswordDoesNotMatch
		return false, nil
	}
	if err := p.guard.miss(tx, s.policy, tx.Now(), tag, &f); err != nil {
		return false, err
	}
	out.status = p.guard.name.Last
	ev := Event{Kind: EventWrongPassword, Client: s.client.ID, Status: out.status}
	if f.locks {
		ev.Kind = EventLocked
	}
	if p.known {
		ev.Account = p.id
	}
	if p.known && p.guard.account.Total == tellAfter {
		factors, err := mfa.ReadFactors(tx, p.id, p.age.Serial)
		if err != nil {
			return false, err
		}
		out.notices = append(out.notices, mfa.Notice{Kind: mfa.ManyMisses, User: p.acc.Name, To: factors.Targets(e.channels)})
	}
	return false, e.log(tx, done, ev)
}

// renewHash stores the password under the present parameters.
func (e *Engine) renewHash(tx *store.Tx, p *person, pr *proof) error {
	if pr.renewed == "" {
		return nil
	}
	p.acc.PasswordHash = pr.renewed
	return accounts.Put(tx, p.id, p.acc, time.Time{})
}

// firstFactorPassed goes on after a right password at call 1.
func (e *Engine) firstFactorPassed(tx *store.Tx, done *[]Event, p *person, s scene, in Login, scopes []string, out *outcome) error {
	now := tx.Now()
	factors, err := mfa.ReadFactors(tx, p.id, p.age.Serial)
	if err != nil {
		return err
	}
	out.identity = p.identity()
	rules := p.acc.mfaPolicy(s.policy, &s.app)
	f := p.facts(now)
	f.password, f.hasRole = true, len(p.acc.rolesIn(&s.app)) > 0
	e.factorFacts(&f, p, &factors, rules, now)
	out.status = assess(f)
	switch {
	case out.status.Has(Success):
		return e.grant(tx, done, p, s, scopes, []string{"pwd"}, p.age.Epoch, out)
	case out.status.Has(MFAAuthenticationRequired), out.status.Has(MFAEnrollmentRequired) && f.factor == factorEnrol:
	default:
		return e.log(tx, done, Event{Kind: EventRefused, Account: p.id, Client: s.client.ID, Status: out.status})
	}
	r, ok, err := mfa.Begin(tx, e.index, now, mfa.NewRequest{
		ID: out.requestID, Account: p.id, Epoch: p.age.Epoch, Client: s.client.ID, Application: s.app.ID,
		Scopes: scopes, Name: p.acc.Name, From: in.Address, LinkNumber: s.client.LinkNumber,
	}, &factors, rules, e.channels)
	if err != nil {
		return err
	}
	if !ok {
		return ErrBusy
	}
	e.offer(out, r, &factors, rules, now)
	return e.log(tx, done, Event{Kind: EventChallenge, Account: p.id, Client: s.client.ID, Status: out.status})
}

// factorFacts says where the second factor stands at call 1.
func (e *Engine) factorFacts(f *facts, p *person, factors *mfa.Factors, rules mfa.Policy, now time.Time) {
	f.missingEmail = factors.Missing(mfa.Email, rules)
	f.missingMobile = factors.Missing(mfa.SMS, rules)
	switch {
	case !p.acc.wantsFactor(rules, factors.Serial > 0 || factors.Any()):
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
	if !factors.CanEnroll(rules, e.channels, now) || r.Enrolment.Cancelled {
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

func (p *person) identity() *Identity { return &Identity{Name: p.acc.Name, Type: moduleVGUser} }

// grant writes the session of a complete login. The tokens are signed after
// the commit.
func (e *Engine) grant(tx *store.Tx, done *[]Event, p *person, s scene, scopes, methods []string, epoch uint64, out *outcome) error {
	now := tx.Now()
	ses, refresh, err := token.Begin(tx, e.index, now, token.NewSession{
		Account: p.id, Epoch: epoch, Client: s.client.ID, Application: s.app.ID, Name: p.acc.Name, Scopes: scopes,
		AuthTime: now, Methods: methods, AccessLife: s.client.AccessLife(),
	})
	if err != nil {
		return err
	}
	if err := p.guard.clear(tx, s.policy, now); err != nil {
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

// peerOf is a network address as budgets tell addresses apart: an IPv4 address
// whole, an IPv6 address by its /64. Loopback and private addresses are not
// told apart, since many users may stand behind one.
func peerOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return ""
	}
	if a.Is6() {
		p, err := a.Prefix(64)
		if err != nil {
			return ""
		}
		return p.String()
	}
	return a.String()
}

// normalID brings a UUID to the spelling in which ids are stored. What is no
// UUID stays as it is and names nothing.
func normalID(id string) string {
	if u, ok := rnd.ParseUUID(id); ok {
		return rnd.FormatUUID(u)
	}
	return id
}
