package sallyport

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/peer"
)

// checkUsers refuses the users of a file where they are the host's own, by name.
func (e *Engine) checkUsers(d *directory.File) error {
	if e.hosts == nil {
		return nil
	}
	var errs []error
	for i, u := range d.Users {
		errs = append(errs, fmt.Errorf("users[%d].name: %q: %w, and take them out of the file", i, u.Name, ErrHostAccounts))
	}
	return errors.Join(errs...)
}

// ownRoles are the roles by their names of the account of the call, which is kept elsewhere.
func (c *call) ownRoles() (list directory.OwnRoles) {
	for _, name := range c.asked.acc.Roles {
		list = append(list, directory.OwnRole{Application: c.ownApplication(), Name: name})
	}
	for _, r := range c.asked.acc.roles {
		list = append(list, directory.OwnRole{Application: cmp.Or(r.Application, c.ownApplication()), Name: r.Role})
	}
	return list
}

// Apply puts d into the store, whole or not at all. Applying the same
// directory again writes nothing. What was changed in the store since, by an
// operator or by a login, is kept; see [directory.User] for which field is
// written when. Accounts that are disabled or deleted, or whose password or
// factors change, lose their sessions and pending logins in the same commit.
//
// Passwords in clear are hashed one after the other before the transaction, about
// 25 ms each: to store them, or to tell whether the file has another than is
// stored. A file of hashes costs none of that.
//
// An error means that nothing was written. Faults of d are listed as by
// [directory.Parse], with those that only this engine and its store can tell.
func (e *Engine) Apply(ctx context.Context, d directory.File, o directory.Options) (directory.Report, error) {
	return e.applyBy(ctx, &Actor{}, d, o)
}

// Apply is [Engine.Apply] in the name of the actor. In that of a person it is refused
// ([ErrOwnAccount]) where it would do to their own account what they may not.
func (a *Admin) Apply(ctx context.Context, d directory.File, o directory.Options) (directory.Report, error) {
	if err := a.actor.check(); err != nil {
		return directory.Report{}, err
	}
	return a.e.applyBy(ctx, &a.actor, d, o)
}

// applyBy is Apply in the name of an actor; the zero Actor is none.
func (e *Engine) applyBy(ctx context.Context, by *Actor, d directory.File, o directory.Options) (directory.Report, error) {
	if err := e.checkUsers(&d); err != nil {
		return directory.Report{}, err
	}
	name, err := checkIssuer(e.cfg.Issuer)
	if err != nil {
		return directory.Report{}, fmt.Errorf("applying the directory: %w", err)
	}
	a, err := directory.NewApplier(&d, directory.ApplierConfig{
		Index: e.index, Params: e.cfg.PasswordParams, Options: o, Modules: moduleNames(e.modules), Own: normalID(by.own()),
		ShortCodes: e.cfg.InsecureShortCodes, ShortSecrets: peer.IsLoopbackHost(name), Channels: e.channels,
	})
	if err != nil {
		return directory.Report{}, err
	}
	fresh, algorithms := newFreshKeys(e.cfg.KeyRotation), algorithmsOf(&d)
	for {
		own := *e.application.Load()
		_, err := e.run(ctx, host, func(c *call) (err error) {
			if e.isElsewhere(by.own()) && by.own() != "" {
				if err := c.findElsewhere(by.own()); err != nil {
					return err
				}
				a.JudgeOwn(c.ownRoles())
			}
			if err := a.Apply(c.tx); err != nil || !a.HasWritten() {
				return err
			}
			if err := keepKeyFor(c.tx, fresh, algorithms...); err != nil {
				return err
			}
			if own, err = directory.OwnApplication(c.tx, e.ownApplication()); err != nil { // the file may have one of that name
				return err
			}
			return c.log(by.sign(Event{Kind: EventDirectory, Detail: a.Summary()}))
		})
		switch {
		case err == nil:
			e.application.Store(&own)
			return a.Reported(e.clock()), nil
		case a.IsFaulty():
			return directory.Report{}, err
		case !errors.Is(err, directory.ErrHashesWanted):
			return directory.Report{}, fmt.Errorf("applying the directory: %w", err)
		}
		if err := a.Hash(ctx); err != nil {
			return directory.Report{}, fmt.Errorf("hashing passwords: %w", err)
		}
	}
}

// algorithmsOf are those by which tokens of the clients of a file are signed.
func algorithmsOf(d *directory.File) (algorithms []string) {
	for _, c := range d.Clients {
		if c.TokenAlgorithm != nil {
			algorithms = append(algorithms, *c.TokenAlgorithm)
		}
	}
	return algorithms
}
