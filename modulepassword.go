package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/store"
)

// A password of a module's account is judged as any other is: by the lockout of the name,
// behind the gate and a hash of nobody's, so that such a login has the place in the queue
// that others have. Only then the module is asked.

// limitLocks has passwords of a module's account judged by rules as strict as the module
// wants them.
func (c *call) limitLocks() (err error) {
	if m := c.who.module; m != nil {
		c.policy.LockRules, err = m.limits(c.policy.LockRules)
	}
	return err
}

// fillJudged is fill before a password is judged. Of a module's account that was only named
// nothing is asked: whether it is known is what our record says.
func (c *call) fillJudged() error {
	p := &c.who
	if p.module == nil || p.acc.ID != "" {
		return c.fill(false)
	}
	p.known = p.age.ElsewhereID() != ""
	p.guard.Known = p.known
	return nil
}

// fillNamed is meetNow of an account that was only named, which a module is not asked for.
func (c *call) fillNamed() error {
	if c.who.module != nil {
		return c.fillJudged()
	}
	return c.meetNow("")
}

// isRightAtModule asks the module whether a password is that of the account of the call,
// unless no account can have it.
func (c *call) isRightAtModule(q *moduleQuestion) (bool, error) {
	if q.name == "" || q.password == "" || typed.CheckPassword(q.password) != nil {
		return false, nil
	}
	if !c.asked.judged {
		q.e, q.asked, q.module, q.nameID = c.Engine, c.asked, c.who.module, c.who.guard.NameID
		return false, c.asked.wait(q.put)
	}
	right := c.asked.right
	return right != nil && right.ID == c.who.acc.ID, nil
}

// moduleQuestion asks a module for a password, between two attempts of a call.
type moduleQuestion struct {
	name, password string
	tag            []byte // by which a repeat is known

	e      *Engine
	asked  *asked
	module *moduleTable
	nameID string
}

// put asks once the call has its turn for the name, which it keeps until a wrong password
// is charged. In the meantime others may have locked the name, or missed with the same
// password: then the module is not asked, and the next attempt says so.
func (q *moduleQuestion) put(ctx context.Context) error {
	if q.asked.leave == nil {
		leave, err := q.module.turn(ctx, q.nameID)
		if err != nil {
			return err
		}
		q.asked.leave = leave
	}
	lock, err := q.e.lockoutNow(ctx, q.nameID)
	if now := q.e.clock(); err != nil || lock.Locked(now) || lock.Repeats(q.tag, now) {
		return err
	}
	right, err := q.module.check(ctx, q.name, q.password)
	if err != nil {
		return err
	}
	if q.asked.judged, q.asked.right = true, right; right != nil {
		q.asked.learn(&q.module.hostTable, right.ID, right)
		q.asked.confirmed = true
	}
	return nil
}

// lockoutNow looks at the lockout of a name again, for a caller who had to wait: the
// guesses before it may have locked it meanwhile.
func (e *Engine) lockoutNow(ctx context.Context, nameID string) (l account.Lockout, err error) {
	err = e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		l, _, err = account.Lockouts.Get(tx, nameID)
		return err
	})
	return l, err
}
