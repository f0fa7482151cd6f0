package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

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
func (e *Engine) checkPassword(ctx context.Context, tx *store.Tx, pr *proof, hash, pw string, at password.Place) error {
	if pr.done && pr.hash == hash {
		return nil
	}
	mix, _, err := hashMixes.Get(tx, theHashMix)
	if err != nil {
		return err
	}
	dummy := mix.draw(e.index.Digest("dummy", at.Name), e.cfg.PasswordParams.Kind())
	var ok bool
	var renewed string
	var fault error
	err = e.gate.Do(ctx, at, func(bool) {
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
	at := password.Place{Name: typed, Address: s.peer(in.Address), Client: s.client.ID}
	if err := e.checkPassword(ctx, tx, pr, p.acc.PasswordHash, in.Password, at); err != nil {
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
