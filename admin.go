package sallyport

import (
	"context"
	"strings"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// Admin is what an operator, or the host's own code, does with the built-in
// directory. Each call is one commit with its event, and acts at the next call that
// meets what it changed. Make one with [Engine.Admin]; its methods may be called from
// any number of goroutines. Their errors name the field at fault; those to be
// recognised are those of package directory that begin with Err, such as
// [directory.ErrNameTaken] and [directory.ErrNoUser], [ErrOwnAccount], [ErrHostAccounts]
// and, where a password is set, a [*password.PolicyError] with every rule that it breaks;
// all others are faults.
//
// What is changed here is kept by the next [Engine.Apply] of the same file, whose
// report says so.
type Admin struct {
	e     *Engine
	actor Actor
	app   string // id of the application whose roles are meant; empty: that of the engine's own calls
}

// Admin returns the administration in the name of an actor. A bad actor is told by
// the first call.
func (e *Engine) Admin(a Actor) *Admin { return &Admin{e: e, actor: a} }

// In returns the administration with another application: it is the one whose roles
// are meant, in [directory.NewUser] and [directory.UserChange], in [User], and by the
// methods on roles. Without it, and with "", it is that of the engine's own calls
// ([Config].Application). For an id that no application has every call is
// [directory.ErrNoApplication].
func (a *Admin) In(application string) *Admin {
	if application == "" {
		return &Admin{e: a.e, actor: a.actor}
	}
	return a.of(application)
}

// of is In of an id that is required.
func (a *Admin) of(application string) *Admin {
	id, ok := rnd.ParseUUID(application)
	if !ok {
		return &Admin{e: a.e, actor: a.actor, app: "none"} // no application has it
	}
	return &Admin{e: a.e, actor: a.actor, app: rnd.FormatUUID(id)}
}

// edit runs one edit in one commit with its event, which names the account of the id
// that fn returns.
func (a *Admin) edit(ctx context.Context, ev Event, fn func(c *call, ed *directory.Editor) (id string, err error)) error {
	return a.commit(ctx, func(c *call, ed *directory.Editor) (Event, error) {
		id, err := fn(c, ed)
		told := ev
		told.Account = id
		return told, err
	})
}

// commit runs one edit in one commit with the event that it returns, signed by the actor.
func (a *Admin) commit(ctx context.Context, fn func(*call, *directory.Editor) (Event, error)) error {
	if err := a.actor.check(); err != nil {
		return err
	}
	out, err := a.e.run(ctx, host, func(c *call) error {
		ed, err := a.editor(c)
		if err != nil {
			return err
		}
		ev, err := fn(c, ed)
		if err != nil {
			return err
		}
		return c.log(a.actor.sign(ev))
	})
	if err == nil {
		a.e.notify(&out)
		a.e.post(&out)
	}
	return err
}

// view reads for an administrator. fn may run several times.
func (a *Admin) view(ctx context.Context, fn func(*call, *directory.Editor) error) error {
	if err := a.actor.check(); err != nil {
		return err
	}
	return a.e.read(ctx, func(c *call) error {
		ed, err := a.editor(c)
		if err != nil {
			return err
		}
		return fn(c, ed)
	})
}

// editor is that of the call, in the application that is meant.
func (a *Admin) editor(c *call) (*directory.Editor, error) {
	if a.app == "" {
		return c.editor()
	}
	if err := c.tx.Fetch(directory.Applications.Key(a.app)); err != nil {
		return nil, err
	}
	ed, err := c.editor()
	if err != nil {
		return nil, err
	}
	return ed, ed.FindApplication(a.app)
}

// editor reads what every edit is judged by.
func (c *call) editor() (*directory.Editor, error) {
	from := c.hostCall()
	if err := c.tx.Peek(from.keys()...); err != nil {
		return nil, err
	}
	if err := c.admitHost(&from, token.GrantVGAuthenticator); err != nil {
		return nil, err
	}
	return &directory.Editor{Tx: c.tx, Index: c.index, Application: &c.app, ShortCodes: c.cfg.InsecureShortCodes, Modules: moduleNames(c.modules)}, nil
}

// CreateUser makes an account. It can log in at once, unless u says otherwise. With
// MustChangePassword, a Password is good as one of [Admin.SetPassword] is.
func (a *Admin) CreateUser(ctx context.Context, u directory.NewUser) (*User, error) {
	if a.e.hosts != nil {
		return nil, ErrHostAccounts
	}
	n := &newPassword{password: u.Password, hash: u.PasswordHash}
	var out *User
	err := a.edit(ctx, Event{Kind: EventUserCreated}, func(c *call, ed *directory.Editor) (string, error) {
		if n.password != "" {
			words := []string{u.Name, u.FirstName, u.LastName, u.Email, c.app.Name, c.label}
			if err := c.adminPassword(n, words); err != nil {
				return "", err
			}
		}
		f, err := ed.Create(&u, n.stored())
		if err != nil {
			return "", err
		}
		out = newUser(f, ed.Application)
		return out.ID, nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateUser changes those fields of an account that the change names. Whoever had a
// proven e-mail address that becomes another is told by mail to the old one. Of their own
// account an actor changes none by which it could do more than before, and no address.
func (a *Admin) UpdateUser(ctx context.Context, id string, by directory.UserChange) (*User, error) {
	own := a.actor.isOwn(id) && (by.Frees() || by.MovesAddresses())
	return a.change(ctx, Event{Kind: EventUserChanged, Detail: strings.Join(by.Fields(), ", ")}, id, own, func(c *call, ed *directory.Editor, f *directory.Found) error {
		was := f.Factors
		err := ed.Change(f, by)
		if email := was.ProvenEmail(); email != "" && email != f.Factors.Email.Value {
			c.tellAddressTaken(f, was.Targets(c.channels))
		}
		return err
	})
}

// tellAddressTaken tells the owner of an account that an administrator took a proven
// address from it.
func (c *call) tellAddressTaken(f *directory.Found, to []mfa.Target) {
	if len(to) > 0 {
		c.out.notices = append(c.out.notices, mfa.Notice{Kind: mfa.AddressTaken, User: f.Account.Name, Language: f.Account.Language, To: to})
	}
}

// DeleteUser deletes an account. Its name stays reserved.
func (a *Admin) DeleteUser(ctx context.Context, id string) error {
	_, err := a.change(ctx, Event{Kind: EventUserDeleted}, id, false, func(_ *call, ed *directory.Editor, f *directory.Found) error { return ed.Delete(f) })
	return err
}

// change is edit of an account that exists.
func (a *Admin) change(ctx context.Context, ev Event, id string, refused bool, fn func(*call, *directory.Editor, *directory.Found) error) (*User, error) {
	switch {
	case a.e.hosts != nil:
		return nil, ErrHostAccounts
	case refused:
		return nil, ErrOwnAccount
	}
	id = normalID(id)
	var out *User
	err := a.edit(ctx, ev, func(c *call, ed *directory.Editor) (string, error) {
		f, err := ed.Find(id)
		if err != nil {
			return "", err
		}
		if err := fn(c, ed, f); err != nil {
			return "", err
		}
		out, err = c.viewUser(f, ed.Application)
		return id, err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// User returns the account of that id.
func (a *Admin) User(ctx context.Context, id string) (*User, error) {
	return a.find(ctx, normalID(id), "")
}

// FindUser returns the account that has a name, in whatever spelling.
func (a *Admin) FindUser(ctx context.Context, name string) (*User, error) {
	return a.find(ctx, "", name)
}

func (a *Admin) find(ctx context.Context, id, name string) (out *User, err error) {
	if a.e.hosts != nil {
		return nil, ErrHostAccounts
	}
	err = a.view(ctx, func(c *call, ed *directory.Editor) error {
		wanted := id
		if wanted == "" {
			if wanted, err = c.holder(name); err != nil {
				return err
			}
		}
		f, err := ed.Find(wanted)
		if err != nil {
			return err
		}
		out, err = c.viewUser(f, ed.Application)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// holder returns the id of the account that has a name.
func (c *call) holder(name string) (string, error) {
	n := typed.Name(name)
	entry, ok, err := account.Names.Get(c.tx, account.NameID(c.index, n))
	if err == nil && (!ok || entry.Deleted || n.Refused) {
		err = directory.ErrNoUser
	}
	return entry.Account, err
}
