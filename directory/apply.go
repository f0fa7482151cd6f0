package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// ApplierConfig is what an apply is made of.
type ApplierConfig struct {
	Index   store.Index
	Params  password.Params // of new password hashes
	Options Options
	// ShortCodes and ShortSecrets allow what only some engines allow: one-time
	// codes under six characters, and client secrets under sixteen.
	ShortCodes, ShortSecrets bool
	// Modules are the names of the identity modules that the engine has beside VGUser.
	Modules []string
	// Channels are those of the engine that will serve the directory, to warn of
	// second factors that nobody could be asked for.
	Channels mfa.Channels
	// Own is the id of the account of the person in whose name the apply runs, to
	// which it may not do everything ([ErrOwnAccount]); empty: in nobody's.
	Own string
}

// ErrHashesWanted ends a transaction that met passwords which have not been
// hashed yet. [Applier.Hash] hashes them outside of it, and it runs again.
var ErrHashesWanted = errors.New("sallyport: passwords are to be hashed first")

// Applier is one apply of one directory. It belongs to one goroutine.
type Applier struct {
	index      store.Index
	o          Options
	channels   mfa.Channels
	modules    []string // as ApplierConfig.Modules
	ownAccount string   // as ApplierConfig.Own
	ownRoles   OwnRoles // nil: the account has them by their ids
	file       *File
	want       *wanted
	hashes     *hashes
	attempt
}

// attempt is what each attempt of the transaction sets anew.
type attempt struct {
	tx      *store.Tx
	catalog catalog
	apps    []appliedApplication // as wanted.applications
	faults  faults
	report  Report
	deleted []Entry
	moved   []movedHash               // password hashes that became others
	policy  *password.Policy          // that passwords in clear are judged by, for warnings alone
	stuck   map[mfa.Obstacle][]string // the paths of users who could give no second factor
	origins origins
	ownWas  *account.Account // the account of who applies as it is stored, where the file has it
	written bool
}

// NewApplier checks a directory and returns its Applier. The error lists all
// faults that are found without a store.
func NewApplier(d *File, c ApplierConfig) (*Applier, error) {
	want, err := checkDirectory(d, leniency{shortCodes: c.ShortCodes, shortSecrets: c.ShortSecrets, modules: c.Modules})
	if err != nil {
		return nil, err
	}
	return &Applier{index: c.Index, o: c.Options, channels: c.Channels, modules: c.Modules, ownAccount: c.Own, file: d, want: want, hashes: &hashes{params: c.Params}}, nil
}

// IsFaulty reports whether the last attempt found faults in the directory that
// only the store shows.
func (a *Applier) IsFaulty() bool { return len(a.faults.list) > 0 }

// HasWritten reports whether the last attempt wrote anything.
func (a *Applier) HasWritten() bool { return a.written }

// Hash hashes the passwords that the last attempt wanted.
func (a *Applier) Hash(ctx context.Context) error { return a.hashes.work(ctx) }

// Reported returns what the last attempt did, with the warnings of that moment.
func (a *Applier) Reported(now time.Time) Report {
	r := a.report
	r.Warnings = slices.Concat(shortMinimum(a.file), warnings(a.file, now), noModules(a.file, a.modules), weakPasswords(a.file, a.policy), r.Warnings)
	return r
}

// Apply is the function of the transaction. It peeks at what it reads, so that
// logins under way do not make it run again. A record that it writes must be as it
// was read; the catalog, which each apply writes, holds the rest together.
func (a *Applier) Apply(tx *store.Tx) error {
	a.attempt, a.hashes.todo = attempt{tx: tx, origins: origins{}}, nil
	for _, step := range []func() error{
		a.readCatalog, a.applyPolicy, a.applyApplications, a.applyClients, a.applyOrigins, a.applyResources, a.applyUsers, a.keepOwnRights, a.applyHashMix, a.warnOfObstacles,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := a.faults.err(); err != nil {
		return err
	}
	if a.hashes.wanted() {
		return ErrHashesWanted
	}
	a.report.Entries = append(a.report.Entries, a.deleted...)
	if !a.written {
		return nil
	}
	a.catalog.Revision++
	return catalogs.Put(tx, theCatalog, a.catalog, account.NoExpiry)
}

// movedHash is a password hash that took the place of another; empty: none.
type movedHash struct{ from, to string }

// applyHashMix counts the password hashes that became others in the mix, which counts
// all accounts and not those of the file alone.
func (a *Applier) applyHashMix() error {
	was, _, err := account.HashMixes.Get(a.tx, account.TheHashMix)
	if err != nil || len(a.moved) == 0 {
		return err
	}
	mix := was.Clone() // what was read is shared
	for _, m := range a.moved {
		mix.Remove(m.from)
		mix.Add(m.to)
	}
	return update(a, account.HashMixes, account.TheHashMix, mix, same(was, mix))
}

func (a *Applier) readCatalog() (err error) {
	if err := a.tx.Peek(catalogs.Key(theCatalog), Policies.Key(GeneralPolicy), account.HashMixes.Key(account.TheHashMix), token.Resources.Key(token.TheResources)); err != nil {
		return err
	}
	a.catalog, _, err = catalogs.Get(a.tx, theCatalog)
	return err
}

// peekLimit is how many keys are read at once: a store returns all of them
// together.
const peekLimit = 512

func (a *Applier) peek(keys []string) error {
	for len(keys) > 0 {
		n := min(len(keys), peekLimit)
		if err := a.tx.Peek(keys[:n]...); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// put writes a record that is kept until it is deleted.
func put[T any](a *Applier, t store.Table[T], id string, v T) error {
	a.written = true
	return t.Put(a.tx, id, v, account.NoExpiry)
}

func remove[T any](a *Applier, t store.Table[T], id string) error {
	a.written = true
	return t.Delete(a.tx, id)
}

// removeAll reads the records together before it deletes them: each deletion needs
// the version that it replaces.
func removeAll[T any](a *Applier, t store.Table[T], ids []string) error {
	var keys []string
	for _, id := range ids {
		keys = append(keys, t.Key(id))
	}
	if err := a.peek(keys); err != nil {
		return err
	}
	for _, id := range ids {
		if err := remove(a, t, id); err != nil {
			return err
		}
	}
	return nil
}

// update writes a record unless it is unchanged. An absent record was read as the
// zero value, which no record of the directory is.
func update[T any](a *Applier, t store.Table[T], id string, v T, unchanged bool) error {
	if unchanged {
		return nil
	}
	return put(a, t, id, v)
}

func (a *Applier) tell(e Entry) { a.report.Entries = append(a.report.Entries, e) }

func (a *Applier) tellDeleted(kind, name, id string) {
	a.deleted = append(a.deleted, Entry{Kind: kind, Name: name, ID: id, Action: actionDeleted})
}

// keptDeleted stands in [Entry].Kept of what a program has deleted.
const keptDeleted = "deleted"

// tellGone tells of an entry that is not brought back.
func (a *Applier) tellGone(kind, name, id string) {
	a.tell(Entry{Kind: kind, Name: name, ID: id, Action: actionKept, Kept: []string{keptDeleted}})
}

// Summary returns the text of the event of the apply, such as "2 created, 0
// changed, 1 deleted".
func (a *Applier) Summary() string {
	n := map[string]int{}
	for _, e := range a.report.Entries {
		n[e.Action]++
	}
	return fmt.Sprintf("%d created, %d changed, %d deleted", n[actionCreated], n[actionChanged], n[actionDeleted])
}

// action names what became of an entry.
func action(exists, unchanged bool) string {
	switch {
	case !exists:
		return actionCreated
	case unchanged:
		return actionKept
	}
	return actionChanged
}
