package sallyport

import (
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/detach"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// proof remembers the outcome of hashing a password by the hash it was held
// against, outside the transaction, which may run several times.
type proof struct {
	done   bool
	hash   string
	ok     bool
	locked bool // the name was locked while its caller waited: nothing was looked at
}

// checkPassword verifies behind the gate, with equal work for an account that
// does not exist or has no password. The call is detached once it has its turn,
// before the password is looked at.
func (e *Engine) checkPassword(t *detach.Call, tx *store.Tx, pr *proof, p *person, in Login, place password.Place) error {
	hash := p.acc.PasswordHash
	if pr.done && pr.hash == hash {
		return nil
	}
	mix, _, err := account.HashMixes.Get(tx, account.TheHashMix)
	if err != nil {
		return err
	}
	dummy := mix.Draw(e.index.Digest("dummy", place.Name), e.cfg.PasswordParams.Kind())
	var found proof
	var fault error
	t.Queue()
	err = e.gate.Do(t.Context(), place, func(waited bool) {
		if fault = t.Detach(); fault != nil {
			fault = ended(fault)
			return
		}
		if waited {
			if found.locked, fault = e.lockedNow(t.Context(), p.guard.NameID); found.locked || fault != nil {
				return
			}
		}
		found = proof{done: true, hash: hash, ok: e.matches(hash, in.Password, dummy)}
	})
	if err == nil {
		err = fault
	}
	*pr = found
	return err
}

// matches holds a password against a hash. One that is missing or cannot be read
// matches nothing, after as much work.
func (e *Engine) matches(hash, pw string, dummy password.Kind) bool {
	if hash == "" {
		password.VerifyNobody(dummy, pw)
		return false
	}
	ok, err := password.Verify(hash, pw)
	if err != nil {
		e.logger.Error("a stored password hash is not usable", "error", err)
		password.VerifyNobody(dummy, pw)
		return false
	}
	return ok
}

// lockedNow looks at the lock of a name again, for a caller who had to wait: the
// guesses before it may have locked it meanwhile.
func (e *Engine) lockedNow(ctx context.Context, nameID string) (locked bool, err error) {
	now := e.clock()
	err = e.db.Run(ctx, now, func(tx *store.Tx) error {
		l, _, err := account.Lockouts.Get(tx, nameID)
		locked = l.Locked(now)
		return err
	})
	return locked, err
}

// judgePassword charges a wrong password, or says that it is right. Only then
// may anything else about the account be told.
func (e *Engine) judgePassword(t *detach.Call, tx *store.Tx, done *[]Event, pr *proof, p *person, s scene, in Login, out *outcome) (right bool, err error) {
	if err := e.readPerson(tx, p); err != nil {
		return false, err
	}
	tag := e.index.Digest("miss-password", p.guard.NameID, in.Password)
	if e.answered(tx, p, s, tag, p.known, out) {
		return false, nil
	}
	place := password.Place{Name: p.canonical, Address: s.user(in.Address, in.ClientAddress), Client: s.client.ID}
	if err := e.checkPassword(t, tx, pr, p, in, place); err != nil {
		return false, err
	}
	if pr.locked {
		e.refuseLocked(s, out)
		return false, nil
	}
	tx.At(e.clock()) // the gate may have taken a while: all is judged again
	if err := p.guard.Read(tx); err != nil {
		return false, err
	}
	// Locked under another spelling, a right password is charged and answered
	// like a wrong one: what is told apart in any way tells which it was.
	right = pr.ok && p.known && !p.guard.Account.Locked(tx.Now())
	switch gone := t.Gone(); {
	case right && gone:
		return false, e.lapse(tx, done, p, s, out)
	case right:
		out.renew = e.renewalOf(p, in.Password, place)
		return true, nil
	case gone:
		tag = nil // a repeat is judged anew, as that of a right one is
	}
	return false, e.missPassword(tx, done, p, s, tag, out)
}

// answered reports whether the call is answered without a look at the password:
// the name is locked, or the same password missed a moment ago.
func (e *Engine) answered(tx *store.Tx, p *person, s scene, tag []byte, known bool, out *outcome) bool {
	switch {
	case p.guard.Name.Locked(tx.Now()):
		e.refuseLocked(s, out)
		return true
	case p.guard.Name.Repeats(tag, tx.Now()):
		out.status = e.missStatus(p.guard.Name.Last, known)
		return true
	}
	return false
}

func (e *Engine) refuseLocked(s scene, out *outcome) {
	out.status = assess(facts{lockedOut: true})
	out.unstored = &Event{Kind: EventRefusedLocked, Client: s.client.ID, Status: out.status}
}

// missStatus is the answer to a wrong password.
func (e *Engine) missStatus(did account.Penalty, known bool) Status {
	return assess(facts{known: known, disclose: e.cfg.DiscloseUnknownUsers, locks: did.Locks, lastMiss: did.Final})
}

// missPassword charges a wrong password. Of a name that is no account's the
// event is told and not stored.
func (e *Engine) missPassword(tx *store.Tx, done *[]Event, p *person, s scene, tag []byte, out *outcome) error {
	if err := p.guard.Miss(tx, s.policy.LockRules, tx.Now(), tag); err != nil {
		return err
	}
	did := p.guard.Name.Last
	out.status = e.missStatus(did, p.known)
	ev := Event{Kind: EventWrongPassword, Client: s.client.ID, Status: out.status}
	if did.Locks {
		ev.Kind = EventLocked
	}
	if !p.known {
		out.unstored = &ev
		return nil
	}
	ev.Account = p.id
	if p.guard.Account.Total == account.TellAfter {
		factors, err := mfa.ReadFactors(tx, p.id, p.age.Serial)
		if err != nil {
			return err
		}
		out.notices = append(out.notices, mfa.Notice{Kind: mfa.ManyMisses, User: p.acc.Name, To: factors.Targets(e.channels)})
	}
	return e.log(tx, done, ev)
}

// lapse ends a call with a right password whose caller has gone. Nothing is
// granted and nothing charged, but as much is written as after a wrong one.
func (e *Engine) lapse(tx *store.Tx, done *[]Event, p *person, s scene, out *outcome) error {
	out.lapsed = true
	if err := p.guard.Write(tx, s.policy.LockRules, tx.Now()); err != nil {
		return err
	}
	return e.log(tx, done, Event{Kind: EventLapsed, Account: p.id, Client: s.client.ID})
}

// renewal is a right password whose hash is to be made anew.
type renewal struct {
	account, hash, password string
	place                   password.Place
}

// renewalOf returns nil where the hash has the present parameters.
func (e *Engine) renewalOf(p *person, pw string, place password.Place) *renewal {
	if !e.cfg.PasswordParams.NeedsRehash(p.acc.PasswordHash) {
		return nil
	}
	return &renewal{account: p.id, hash: p.acc.PasswordHash, password: pw, place: place}
}

// renew stores the password under the present parameters, in a commit of its own
// behind the answer, unless the hash has changed meanwhile. Where there is no
// room for it now, the next login does it.
func (e *Engine) renew(r *renewal) {
	e.posts.start(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callLimit)
		defer cancel()
		var hash string
		var fault error
		err := e.gate.Do(ctx, r.place, func(bool) { hash, fault = e.cfg.PasswordParams.Hash(r.password) })
		if err == nil {
			err = fault
		}
		if err == nil {
			err = e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
				acc, ok, err := account.Accounts.Get(tx, r.account)
				if err != nil || !ok || acc.PasswordHash != r.hash {
					return err
				}
				acc.PasswordHash = hash
				return account.Accounts.Put(tx, r.account, acc, time.Time{})
			})
		}
		if err != nil {
			e.logger.Warn("a password hash was not renewed", "error", err)
		}
	})
}
