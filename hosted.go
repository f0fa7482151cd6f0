package sallyport

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// What the host, or a module, says of an account is asked for in two steps. fill takes it for what it
// is, before a password is looked at. meet brings our records of the account up to it, and
// raises its epoch where the host has ended what was, once the caller has shown that they
// may go on: before that, what is written must not depend on the account.

// askName asks for the account of a typed name, before anything is read.
func (c *call) askName(name string) error {
	if c.hosts == nil {
		return nil
	}
	_, err := c.asked.byName(strings.TrimFunc(name, unicode.IsSpace))
	return err
}

// isNamed reports whether a typed name is one of the account of the call as the host folds
// names, which has been found otherwise.
func (c *call) isNamed(name string) (bool, error) {
	if err := c.askName(name); err != nil || c.hosts == nil {
		return false, err
	}
	found := c.asked.found
	return found != nil && found.ID == c.who.acc.ID, nil
}

// takeNamed makes the account that the host has for the typed name that of the call.
func (c *call) takeNamed() {
	p, found := &c.who, c.asked.found
	if p.known = found != nil; !p.known {
		p.accountRef = c.ref(nameless(c.index, p.guard.NameID))
		return
	}
	p.accountRef, p.table, p.acc.ID = c.hostRef(found.ID), c.hosts, found.ID
}

// expect asks for an account before its records are read, where this process knows where
// it is kept. For a look an answer will do that is as old as the table allows.
func (c *call) expect(ref accountRef, look bool) error {
	if !ref.hosted {
		return nil
	}
	at, known := c.elsewhere.Get(ref.id)
	if !known {
		return nil
	}
	_, err := c.asked.byID(at.table, at.id, look)
	return err
}

// placeElsewhere finds where the account of the call is kept, by our record of it.
func (c *call) placeElsewhere() {
	p := &c.who
	if p.module == nil && p.age.Module != "" {
		if p.module = c.modules[p.age.Module]; p.module != nil {
			p.table = &p.module.hostTable
		}
	} else if p.table == nil {
		p.table = c.hosts
	}
}

// fill takes what the host, or the module, says of the account of the call, whose records
// of ours have been read. For a look an answer will do that is as old as the table allows.
func (c *call) fill(look bool) error {
	p := &c.who
	if !p.hosted {
		return nil
	}
	c.placeElsewhere()
	id := cmp.Or(p.acc.ID, p.age.ElsewhereID())
	if id == "" || p.table == nil {
		return nil // nobody's, as that of a request that never was
	}
	said, err := c.asked.byID(p.table, id, look)
	if err != nil {
		return err
	}
	c.elsewhere.Put(p.id, keptElsewhere{p.table, id})
	p.acc, p.known = account.Account{ID: id}, said != nil
	if p.known {
		if p.acc, err = c.neutral(said); err != nil {
			return err
		}
	}
	p.guard.Known = p.known
	return nil
}

// neutral is an account that is kept elsewhere in the form that all accounts have here.
func (c *call) neutral(a *hostAccount) (account.Account, error) {
	out := account.Account{
		ID: a.ID, Name: a.Name, PasswordHash: a.PasswordHash, FirstName: a.FirstName, LastName: a.LastName, Language: hostLanguage(a.Language), Attributes: a.Attributes,
		Approved: !a.Unapproved, Disabled: a.Disabled, Locked: a.Locked, MustChange: a.MustChangePassword,
		Start: a.Start.UTC(), End: a.End.UTC(), MFA: a.MFA,
	}
	for _, name := range a.Roles {
		out.Roles = append(out.Roles, directory.NamedRole(*c.application.Load(), name))
	}
	if err := c.addGrants(&out, a.roles); err != nil {
		return out, err
	}
	return out, nil
}

// hostLanguage is the language of an account that is kept elsewhere; empty where it is none.
func hostLanguage(tag string) string {
	if typed.CheckLanguage(tag) != nil {
		return ""
	}
	return tag
}

// addGrants adds the roles that a module names. The list of applications is read where one
// is named that is neither the engine's own nor an id.
func (c *call) addGrants(to *account.Account, roles []PrincipalRole) error {
	own, ids := typed.Label(c.ownApplication()), map[string]string(nil)
	for _, r := range roles {
		id, label := normalID(r.Application), typed.Label(r.Application)
		switch _, isID := rnd.ParseUUID(id); {
		case r.Application == "" || label == own:
			id = *c.application.Load()
		case !isID:
			if ids == nil {
				if err := c.tx.Peek(directory.OwnKey()); err != nil {
					return err
				}
				var err error
				if ids, err = directory.ApplicationsByName(c.tx); err != nil {
					return err
				}
			}
			if id = ids[label]; id == "" {
				continue // there is none, and no role in it
			}
		}
		to.Roles = append(to.Roles, directory.NamedRole(id, r.Role))
	}
	return nil
}

// hostDigest is what is kept of a host's password hash.
func (e *Engine) hostDigest(ref accountRef, hash string) string {
	return hex.EncodeToString(e.index.Digest("host-hash", ref.id, hash))
}

// wordOf is what was said last in this call.
func (c *call) wordOf() hostWord {
	p, said, w := &c.who, c.asked.acc, hostWord{}
	if p.module != nil {
		w.module = p.module.folded
	}
	switch {
	case said == nil:
		w.gone = true
		return w
	case p.module == nil:
		w.digest = c.hostDigest(p.accountRef, said.PasswordHash)
	}
	w.off, w.since, w.passwordSet = said.Disabled, said.Since.UTC(), said.passwordSet
	return w
}

// meet brings our records of the account up to what the host says, in this commit. With
// factors also the addresses on record, whose keys have been read then. Where the id is
// another person's now, nothing is known of the account any more.
func (c *call) meet(factors bool) error {
	p := &c.who
	if !p.hosted || p.acc.ID == "" || p.table == nil || c.asked.hasWritten() {
		return nil
	}
	w := c.wordOf()
	age, why := p.age, hostNews{}
	if w.isStale(age) {
		p.table.forget(p.acc.ID) // another copy may be asked next
		return p.table.fault(fmt.Errorf("the account %q had a later password than it is said to have: the copy that was asked is behind", p.acc.ID))
	}
	if age.ElsewhereID() != "" {
		if age, why = w.follow(age, c.tx.Now()); age != p.age {
			// The answer may be older than the record: what has just been written by
			// another call, or at another node, is no news.
			if err := c.asked.makeSure(); err != nil {
				return err
			}
		}
	} else if p.known {
		age = w.first(p.acc.ID, c.tx.Now())
		if err := c.meetFirst(); err != nil {
			return err
		}
	}
	if w.isOther(age) {
		p.known = false
	}
	if factors && p.known {
		raised, err := c.meetAddresses(&age)
		if err != nil {
			return err
		}
		if why.kind == "" && raised {
			why = hostNews{kind: EventFactorsChanged, detail: "validated by the host"}
		}
	}
	if age == p.age {
		return nil
	}
	known := p.age.ElsewhereID() != ""
	p.age = age
	if err := account.Ageings.Put(c.tx, p.home, age, account.NoExpiry); err != nil || why.kind == "" {
		return err
	}
	if known {
		e, ref := c.Engine, p.accountRef
		c.asked.met = func(ctx context.Context) error { return e.keepMet(ctx, ref, w) }
	}
	return c.log(Event{Kind: why.kind, Account: p.id, Detail: why.detail})
}

// meetFirst is what is done for an account that has no record of ours yet: its hash is
// counted. One that has factors all the same had a record, which was taken away.
func (c *call) meetFirst() error {
	f, err := mfa.ReadFactors(c.tx, c.who.home, 0)
	if err != nil {
		return err
	}
	if f.Serial > 0 {
		return fmt.Errorf("reading account: %w: its epoch is gone", store.ErrDamaged)
	}
	return c.countHash()
}

// meetAddresses puts the host's addresses on record. It reports whether one has become a
// factor, which is told in age.
func (c *call) meetAddresses(age *account.Ageing) (raised bool, err error) {
	p, said := &c.who, c.asked.acc
	f, err := mfa.ReadFactors(c.tx, p.home, age.Serial)
	if err != nil {
		return false, err
	}
	changed, raised := f.Follow(
		mfa.Told{Over: mfa.Email, Address: said.Email, Validated: said.EmailValidatedAt},
		mfa.Told{Over: mfa.SMS, Address: said.Mobile, Validated: said.MobileValidatedAt},
	)
	if raised {
		age.Serial, age.Epoch = f.Serial, age.Epoch+1
	}
	if !changed {
		return false, nil
	}
	return raised, mfa.FactorsTable.Put(c.tx, p.home, f, account.NoExpiry)
}

// meetNow is fill and meet for a call on the record of a request, or on a session: their
// ids and secrets have shown that the caller may go on.
func (c *call) meetNow(request string) error {
	if err := c.fill(false); err != nil || !c.who.hosted || c.asked == nil {
		return err
	}
	c.asked.request = request
	return c.meet(true)
}

// meetLive is meetNow where a handle or a token is looked at, which costs little: the
// addresses are left, and an answer of a moment ago will do. For a session that is dead by
// its epoch there is nothing to ask.
func (c *call) meetLive(s *token.Session) error {
	if s.Epoch != c.who.age.Epoch {
		return nil
	}
	if err := c.fill(true); err != nil {
		return err
	}
	return c.meet(false)
}

// confirm has the host say once more what it has of the account, right before it is
// granted anything.
func (c *call) confirm() error {
	if !c.who.hosted || c.asked == nil {
		return nil
	}
	return c.asked.confirm()
}

// meetRight is meet after a right password.
func (c *call) meetRight() error {
	if err := c.meet(true); err != nil || !c.who.hosted || c.who.known {
		return err
	}
	return ErrAccountReused
}

// keepMet is meet in a commit of its own, behind a call that failed.
func (e *Engine) keepMet(ctx context.Context, ref accountRef, w hostWord) error {
	var told []Event
	err := e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		told = nil
		was, ok, err := account.Ageings.Get(tx, ref.home)
		if err != nil || !ok {
			return err
		}
		age, why := w.follow(was, tx.Now())
		if age == was {
			return nil
		}
		if why.kind != "" {
			ev := Event{ID: eventID(tx.Now()), Time: tx.Now(), Kind: why.kind, Account: cmp.Or(age.HostID, ref.id), Detail: why.detail}
			if err := e.keepEvent(tx, ev); err != nil {
				return err
			}
			told = []Event{ev}
		}
		return account.Ageings.Put(tx, ref.home, age, account.NoExpiry)
	})
	if err != nil {
		return err
	}
	return e.announce(told)
}

// maxMixed is how many hashes of a host are counted: enough for their proportion.
const maxMixed = 1000

// countHash adds the hash of an account that is met for the first time to the mix by which
// unknown names are refused. Nobody can list a host's hashes before.
func (c *call) countHash() error {
	mix, _, err := account.HashMixes.Get(c.tx, account.TheHashMix)
	if err != nil {
		return err
	}
	if mix.Total() >= maxMixed {
		return nil
	}
	return account.MoveHash(c.tx, "", c.who.acc.PasswordHash)
}
