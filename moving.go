package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password"
)

// moving is the question to the Fallback in a login. It lives outside the transaction,
// which may run several times.
type moving struct {
	name  string // as it was typed
	asked bool
	fault error
	user  *directory.NewUser // nil: the answer was no
	id    string             // of the account that is made
	fresh newPassword
}

// newMoving is the question to the Fallback that a login may come to; nil: there is none.
func (e *Engine) newMoving(in *Login) elsewhere {
	if e.cfg.Fallback == nil || in.Password == "" || typed.CheckPassword(in.Password) != nil {
		return nil
	}
	return &moving{name: typed.WrittenName(in.Username), fresh: newPassword{password: in.Password}}
}

// ask asks the Fallback, once over all attempts, and hashes the password that is right.
func (m *moving) ask(c *call, place password.Place) (right bool, err error) {
	if !m.asked {
		m.asked = true
		m.user, m.fault = c.askFallback(c.time, m.name, m.fresh.password)
	}
	if m.fault != nil || m.user == nil {
		return false, m.fault
	}
	return true, c.hashNew(&m.fresh, place)
}

// askFallback asks one question. An error means that it is to be denied.
func (e *Engine) askFallback(call context.Context, name, password string) (*directory.NewUser, error) {
	u, err := ask(call, e.fallback, func(ctx context.Context) (*directory.NewUser, error) { return e.check(ctx, name, password) })
	if err != nil && err != ErrClosed {
		return nil, e.unasked(err)
	}
	return u, err
}

// unasked is the error of a login that the Fallback could not judge.
func (e *Engine) unasked(err error) error {
	e.logger.Error("the fallback did not answer", "error", err)
	return fmt.Errorf("%w: the fallback did not answer", ErrBusy)
}

// check is the question itself. The account is nil where the answer is no.
func (e *Engine) check(ctx context.Context, name, password string) (*directory.NewUser, error) {
	u, ok, err := e.cfg.Fallback.Check(ctx, name, password)
	switch {
	case err != nil || !ok:
		return nil, err
	case u == nil:
		return nil, errors.New("it said yes without an account")
	case typed.Name(u.Name) != typed.Name(name):
		return nil, errors.New("it answered with an account of another name")
	case u.Password != "" || u.PasswordHash != "":
		return nil, errors.New("it answered with a password; the one that was typed is taken")
	}
	own := *u
	return &own, nil
}

// moveIn makes the account that the Fallback has answered with, in the commit of its
// login.
func (m *moving) moveIn(c *call) error {
	if m.id == "" {
		m.id = rnd.UUID()
	}
	p, ref := &c.who, c.ref(m.id)
	if err := c.tx.Fetch(append(ref.personKeys(), account.Lockouts.Key(ref.home))...); err != nil {
		return err
	}
	app, err := c.ownRules()
	if err != nil {
		return err
	}
	ed := &directory.Editor{Tx: c.tx, Index: c.index, Application: &app}
	f, err := ed.CreateAs(m.id, m.user, m.fresh.stored())
	if err != nil {
		return c.unasked(fmt.Errorf("making the account that it answered with: %w", err))
	}
	p.accountRef, p.known, p.vacant, p.acc, p.age = ref, true, false, f.Account, f.Age
	p.guard.Home, p.guard.Known, p.guard.Account = ref.home, true, account.Lockout{}
	return c.log(Event{Kind: EventUserCreated, Account: m.id, Client: c.client.ID, Detail: "fallback"})
}

// ownRules is the application of the engine's own calls.
func (c *call) ownRules() (app directory.ApplicationRecord, err error) {
	id := *c.application.Load()
	if c.app.ID == id {
		return c.app, nil
	}
	if err := c.tx.Peek(directory.Applications.Key(id)); err != nil {
		return app, err
	}
	app, _, err = directory.Applications.Get(c.tx, id)
	return app, err
}
