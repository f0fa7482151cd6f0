package sallyport

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// guess is a password that was sent, and what came of hashing it, by the hash it
// was held against. It lives outside the transaction, which may run several times.
type guess struct {
	password string
	address  string // of the user, if known
	tag      []byte // of a miss, see [call.missTag]
	done     bool
	hash     string
	right    bool
	stale    bool             // right only as it was typed, which is not the form that is hashed today
	locked   bool             // the name was locked while its caller waited: nothing was looked at
	devices  mfa.DeviceTokens // that the browser keeps
	// other is where else the password may be right, and was found to be; nil:
	// nowhere. It lives as long as the guess.
	other      elsewhere
	rightThere bool
	typed      string // the name that goes to a module with it
}

// elsewhere is another system from which the account of a name that nobody has may
// move in.
type elsewhere interface {
	// ask reports whether the password is right there. An error denies.
	ask(c *call, place password.Place) (right bool, err error)
	// moveIn makes the account, in the transaction of its login.
	moveIn(c *call) error
}

// isCut reports whether a right password was looked at in part: of a longer one bcrypt
// reads the first 72 bytes, and the rest may be anything.
func (g *guess) isCut() bool {
	forms := typed.Passwords(g.password)
	right := forms[0]
	if g.stale {
		right = forms[len(forms)-1]
	}
	return password.Truncates(g.hash, right)
}

// judgeLate judges the password of a call that names a request, and perhaps its user.
func (c *call) judgeLate(g *guess, name string) (right bool, err error) {
	// Fetch, not Peek: with a thousand guesses at once only those inside the budget may
	// commit.
	if err := c.tx.Fetch(c.who.guard.Keys()...); err != nil {
		return false, err
	}
	g.typed = cmp.Or(name, c.who.acc.Name)
	return c.judgePassword(g)
}

// judgePassword charges a wrong password, or reports that it is right. Only then
// may anything else about the account be told.
func (c *call) judgePassword(g *guess) (right bool, err error) {
	p := &c.who
	if err := p.read(c.tx); err != nil {
		return right, err
	}
	if err := c.limitLocks(); err != nil {
		return right, err
	}
	if err := c.fillJudged(); err != nil {
		return right, err
	}
	if p.acc.Passwordless { // of another module, so unknown here
		p.known, p.guard.Known, p.acc = false, false, account.Account{}
	}
	if err := p.guard.Settle(c.tx, c.policy.LockRules); err != nil {
		return right, err
	}
	if err := c.meetDevice(g.devices); err != nil {
		return right, err
	}
	if c.answered(g, p.known) {
		return false, nil
	}
	onDevice := c.devices.Known()
	if err := c.hold(g); err != nil {
		return right, err
	}
	if g.locked {
		c.refuseLocked()
		return false, nil
	}
	if g.rightThere, err = c.isRightThere(g); err != nil {
		return false, err
	}
	c.tx.At(c.clock()) // the gate may have taken a while: all is judged again
	if err := p.guard.Read(c.tx); err != nil {
		return right, err
	}
	if err := p.guard.Settle(c.tx, c.policy.LockRules); err != nil {
		return right, err
	}
	if err := c.meetDevice(g.devices); err != nil {
		return right, err
	}
	if onDevice && !c.devices.Known() && c.answered(g, p.known) {
		return false, nil // its time ran out meanwhile: the name's count holds
	}
	// Locked under another spelling, a right password is charged and answered
	// like a wrong one: what is told apart in any way tells which it was. So is one
	// of an administrator's that was not changed in time.
	locked := p.guard.Account.Locked(c.tx.Now()) && !c.devices.Known()
	right = (g.right && p.known && p.module == nil || g.rightThere) && (!locked && !c.isDead() || c.asked.hasWritten())
	switch gone := c.gone(); {
	case right && gone:
		return false, c.lapse()
	case right:
		if g.rightThere && p.module == nil {
			if err := g.other.moveIn(c); err != nil {
				return false, err
			}
		}
		c.out.renewal = c.renewalOf(g)
		return true, c.judgeWeak(g.password, g.isCut())
	case gone:
		return false, c.missPassword(nil) // a repeat is judged anew, as that of a right one is
	}
	return false, c.missPassword(c.missTag(g))
}

// isRightThere reports whether the password is right elsewhere: at the module of the
// account, or at the Fallback for a name of nobody's.
func (c *call) isRightThere(g *guess) (bool, error) {
	switch {
	case c.who.module != nil:
		return c.isRightAtModule(&moduleQuestion{name: g.typed, password: g.password, tag: c.missTag(g)})
	case c.who.vacant && g.other != nil:
		return g.other.ask(c, c.place(g))
	}
	return false, nil
}

// isDead reports whether the password that is judged was set by an administrator, to
// be changed, and was not in time. One that is staged is its owner's.
func (c *call) isDead() bool { return c.who.staged == "" && c.who.age.IsOver(c.tx.Now()) }

// missTag returns the keyed digest by which a repeat of the same password for the
// same name is known.
func (c *call) missTag(g *guess) []byte {
	if g.tag == nil {
		g.tag = c.index.Digest("miss-password", c.who.guard.NameID, g.password)
		if c.who.staged != "" { // what misses the account's own may be right here
			g.tag = c.index.Digest("miss-staged", c.who.guard.NameID, g.password, c.who.staged)
		}
	}
	return g.tag
}

// answered reports whether the call is answered without a look at the password:
// the name is locked, or the same password missed a moment ago.
func (c *call) answered(g *guess, known bool) bool {
	name := &c.who.guard.Name
	switch {
	case c.asked.hasWritten():
		return false // that it is right was found before
	case c.devices.Known(): // which has a count of its own, so that strangers keep nobody out
		if c.devices.Repeats(c.missTag(g)) {
			c.out.answer = c.missAnswer(account.Penalty{}, known)
			return true
		}
		return false
	case name.Locked(c.tx.Now()):
		c.refuseLocked()
		return true
	case name.Repeats(c.missTag(g), c.tx.Now()):
		c.out.answer = c.missAnswer(name.Last, known)
		return true
	}
	return false
}

// answeredUnread is answered before the account is read. Where unknown names are told apart
// that has to be done first, since an account of another module is unknown.
func (c *call) answeredUnread(g *guess) bool {
	return !c.cfg.DiscloseUnknownUsers && c.answered(g, c.who.known)
}

func (c *call) refuseLocked() {
	c.out.answer = assess(facts{lockedOut: true})
	c.out.untold = append(c.out.untold, Event{Kind: EventRefusedLocked, Client: c.client.ID, Status: c.out.status})
}

// missAnswer is the answer to a wrong password.
func (c *call) missAnswer(did account.Penalty, known bool) answer {
	disclose := c.cfg.DiscloseUnknownUsers && c.who.module == nil // which does not say what was wrong
	return assess(facts{known: known, disclose: disclose, locks: did.Locks, lastMiss: did.Final})
}

// missPassword charges a wrong password. Of a name that is no account's the event
// is told and not stored.
func (c *call) missPassword(tag []byte) error {
	p := &c.who
	if c.devices.Known() {
		return c.missOnDevice(tag)
	}
	c.missed = true
	if err := p.guard.Miss(c.tx, c.policy.LockRules, c.tx.Now(), tag); err != nil {
		return err
	}
	did := p.guard.Name.Last
	c.out.answer = c.missAnswer(did, p.known)
	ev := Event{Kind: EventWrongPassword, Client: c.client.ID, Status: c.out.status}
	if did.Locks {
		ev.Kind = EventLocked
	}
	if !p.known {
		c.out.untold = append(c.out.untold, ev)
		return nil
	}
	if p.guard.Account.Total == account.TellAfter() {
		factors, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
		if err != nil {
			return err
		}
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.ManyMisses, User: p.acc.Name, To: factors.Targets(c.channels)})
	}
	ev.Account = p.id
	return c.log(ev)
}

// lapse ends a call with a right password whose caller has gone. Nothing is
// granted and nothing charged, but as much is written as after a wrong one.
func (c *call) lapse() error {
	keep := func() error { return c.who.guard.Write(c.tx, c.policy.LockRules, c.tx.Now()) }
	if c.devices.Known() {
		keep = c.devices.Keep
	}
	if err := keep(); err != nil {
		return err
	}
	ev := Event{Kind: EventLapsed, Client: c.client.ID}
	if !c.who.known { // it would have been made
		c.out.untold = append(c.out.untold, ev)
		return nil
	}
	ev.Account = c.who.id
	return c.log(ev)
}

// place is where the call stands in the queue for a hash.
func (c *call) place(g *guess) password.Place {
	return password.Place{Name: c.who.guard.NameID, Address: g.address, Client: c.client.ID}
}

// hold holds the password against the account's hash, behind the gate, with equal
// work for an account that does not exist or has no password. The call is detached
// once it has its turn, before the password is looked at.
func (c *call) hold(g *guess) error {
	hash := cmp.Or(c.who.staged, c.who.acc.PasswordHash)
	if g.done && g.hash == hash {
		return nil
	}
	mix, _, err := account.HashMixes.Get(c.tx, account.TheHashMix)
	if err != nil {
		return err
	}
	dummy := mix.Draw(c.index.Digest("dummy", c.who.guard.NameID), c.cfg.PasswordParams.Kind())
	g.done, g.locked = false, false
	var fault error
	c.time.Queue()
	err = c.enter(c.place(g), func(waited bool) {
		if fault = c.time.Detach(); fault != nil {
			fault = ended(fault)
			return
		}
		if waited && !c.devices.Known() {
			var lock account.Lockout
			lock, fault = c.lockoutNow(c.time, c.who.guard.NameID)
			if g.locked = lock.Locked(c.clock()); g.locked || fault != nil {
				return
			}
		}
		g.done, g.hash = true, hash
		g.right, g.stale = c.matches(hash, g.password, dummy)
	})
	if err == nil {
		err = fault
	}
	return err
}

// enter runs f once the call has its turn for a hash. One permit is kept for calls from
// devices that are known, so that a flood of guesses does not keep them waiting. Those
// that do not find a place in its queue stand in that of all others.
func (c *call) enter(at password.Place, f func(waited bool)) error {
	if !c.devices.Known() {
		return c.gate.Do(c.time, at, f)
	}
	if c.gate.DoNow(at.Name, func() { f(false) }) {
		return nil
	}
	if err := c.kept.Do(c.time, at, f); !errors.Is(err, password.ErrOverloaded) {
		return err
	}
	return c.gate.Do(c.time, at, f)
}

// matches holds a typed password against a hash, in each form that it may have
// been hashed in. How many those are depends on what was typed alone, and all of
// them are tried, so that the work tells nothing of the hash. Stale means that only
// another form than today's was right.
func (e *Engine) matches(hash, pw string, dummy password.Kind) (right, stale bool) {
	for i, form := range typed.Passwords(pw) {
		ok := e.matchesForm(hash, form, dummy)
		stale = stale || ok && i > 0 && !right
		right = right || ok
	}
	return right, stale
}

// matchesForm holds one form of a password against a hash. A hash that is missing
// or cannot be read is matched by nothing, after as much work.
func (e *Engine) matchesForm(hash, pw string, dummy password.Kind) bool {
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

// renewalOf returns nil where the hash has the present parameters and is of the
// form that passwords are hashed in today.
func (c *call) renewalOf(g *guess) *renewal {
	hash := c.who.acc.PasswordHash
	switch {
	case c.who.staged != "":
		return nil // it is not the account's yet
	case c.who.module != nil:
		return nil // it keeps the hash
	case c.who.hosted && (c.hosts.writer == nil || c.asked.hasWritten()):
		return nil // the host takes no hash, or has another since
	case g.isCut():
		return nil // the rest of what was typed was not looked at, and may be anything
	}
	if !g.stale && !c.cfg.PasswordParams.NeedsRehash(hash) {
		return nil
	}
	return &renewal{account: c.who.id, hostID: c.who.hostID(), hash: hash, password: typed.Password(g.password), place: c.place(g)}
}

// renew stores the password under the present parameters, in a commit of its own
// behind the answer. Where there is no room for it now, the next login does it.
func (e *Engine) renew(r *renewal) {
	e.background.Start(func() {
		ctx, cancel := context.WithTimeout(context.Background(), callLimit)
		defer cancel()
		var hash string
		var fault error
		err := e.gate.Do(ctx, r.place, func(bool) { hash, fault = e.cfg.PasswordParams.Hash(r.password) })
		if err == nil {
			err = fault
		}
		if err == nil {
			err = e.replaceHash(ctx, r, hash)
		}
		if err != nil {
			e.logger.Warn("a password hash was not renewed", "error", err)
		}
	})
}

// replaceHash writes a renewed hash unless the account's has changed meanwhile.
func (e *Engine) replaceHash(ctx context.Context, r *renewal, hash string) error {
	if r.hostID != "" {
		return e.renewHosted(ctx, r, hash)
	}
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		acc, _, err := account.Accounts.Get(tx, r.account) // one that is gone has no hash
		if err != nil || acc.PasswordHash != r.hash {
			return err
		}
		acc.PasswordHash = hash
		if err := account.MoveHash(tx, r.hash, hash); err != nil {
			return err
		}
		return account.Accounts.Put(tx, r.account, acc, time.Time{})
	})
}
