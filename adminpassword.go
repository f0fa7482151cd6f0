package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
)

// SetPassword gives an account another password, which ends its sessions and unlocks
// it. It opens nothing but a change of password, and is good for seven days: after
// them it is answered and charged like a wrong one. The error is a
// [*password.PolicyError] where the policy refuses it, and [ErrOwnAccount] for the
// actor's own account, whose owner has [Engine.ChangePassword].
func (a *Admin) SetPassword(ctx context.Context, id, pw string) error {
	return a.setPassword(ctx, id, Event{Detail: "to be changed"}, given{password: pw, mustChange: true})
}

// SetLastingPassword is [Admin.SetPassword] with one that need not be changed and has
// no end of its own: whoever set it goes on knowing it. It is for accounts of programs.
func (a *Admin) SetLastingPassword(ctx context.Context, id, pw string) error {
	return a.setPassword(ctx, id, Event{Detail: "lasting"}, given{password: pw})
}

// GeneratePassword is [Admin.SetPassword] with a random one, which it returns: at
// least [password.GeneratedLength] characters that are not taken for one another, as
// the policy wants them. It is shown this once. Where the policy has a pattern that
// nothing random matches, the error names it.
func (a *Admin) GeneratePassword(ctx context.Context, id string) (string, error) {
	var made string
	err := a.setPassword(ctx, id, Event{Detail: "generated, to be changed"}, given{mustChange: true, made: &made})
	if err != nil {
		return "", err
	}
	return made, nil
}

// given is a password that an administrator gives an account, or where one goes that
// is made.
type given struct {
	password   string
	mustChange bool
	made       *string
}

func (a *Admin) setPassword(ctx context.Context, id string, ev Event, g given) error {
	n := &newPassword{password: g.password}
	ev.Kind = EventPasswordSet
	_, err := a.change(ctx, ev, id, a.actor.isOwn(id), func(c *call, ed *directory.Editor, f *directory.Found) error {
		c.who.acc, c.who.age = f.Account, f.Age
		words := c.wordsOf(f.Factors.Email.Value)
		if g.made != nil && n.password == "" {
			if err := c.generate(n, words); err != nil {
				return err
			}
			*g.made = n.password
		}
		if err := c.adminPassword(n, words); err != nil {
			return err
		}
		return ed.SetPassword(f, n.stored(), g.mustChange)
	})
	return err
}

// generate makes a password that the policy takes. One is made over all attempts.
func (c *call) generate(n *newPassword, words []string) error {
	policy, err := c.passwordPolicy(&c.policy.Passwords)
	if err != nil {
		return err
	}
	n.password, err = policy.Generate(password.Context{Words: words})
	return err
}
