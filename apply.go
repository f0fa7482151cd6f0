package sallyport

import (
	"context"
	"errors"
	"fmt"
	"github.com/sallyport-auth/sallyport/internal/peer"
	"time"

	"github.com/sallyport-auth/sallyport/store"
)

// ApplyOptions say what [Engine.Apply] may do beyond adding and changing. The
// zero ApplyOptions is the careful one.
type ApplyOptions struct {
	// Prune deletes what is stored and stands in no list of the directory. Of
	// a list that was left out (nil) nothing is deleted; clients go with their
	// application.
	Prune bool
	// ReuseNames lets a new account have the name of a deleted one. Otherwise
	// that stays reserved, since elsewhere it may still mean its old bearer.
	ReuseNames bool
}

// ApplyReport says what [Engine.Apply] did. It belongs to the caller.
type ApplyReport struct {
	Entries  []ApplyEntry // in the order of the directory, deletions last
	Warnings []string     // each begins with the path it speaks of
}

// ApplyEntry is what became of one entry.
type ApplyEntry struct {
	Kind string // "policy", "application", "permission", "role", "client" or "user"
	// Name is the name of a user or application; permissions, roles and
	// clients are "application/path", "application/role" and
	// "application_platform".
	Name   string
	ID     string // empty for the policy
	Action string // "created", "changed", "kept" or "deleted"
	// Kept are the fields of the directory that differ from what is stored and
	// were not written, under their JSON names: they were changed since they
	// were last applied, or need a higher credentialsVersion. A password in
	// clear is not compared, which would cost a hash; it is listed when the
	// stored one is another than was last applied.
	Kept []string
}

// The values of [ApplyEntry].Action.
const (
	actionCreated = "created"
	actionChanged = "changed"
	actionKept    = "kept"
	actionDeleted = "deleted"
)

// applied is what the directory file last said of a user. A field of the file
// is written only where it differs from this.
type applied struct {
	Name       string      `json:"name,omitempty"`
	Email      string      `json:"email,omitempty"`
	Mobile     string      `json:"mobile,omitempty"`
	FirstName  string      `json:"firstName,omitempty"`
	LastName   string      `json:"lastName,omitempty"`
	Approved   bool        `json:"approved,omitempty"`
	Disabled   bool        `json:"disabled,omitempty"`
	Locked     bool        `json:"locked,omitempty"`
	MustChange bool        `json:"mustChange,omitempty"`
	MFA        *bool       `json:"mfa,omitempty"`
	Start      time.Time   `json:"start,omitzero"`
	End        time.Time   `json:"end,omitzero"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Roles      []roleGrant `json:"roles,omitempty"`
	// HashTag tells whether the password hash is still the one that was
	// applied. It is a digest, so that no old hash outlives its password.
	HashTag string `json:"hashTag,omitempty"`
}

// Apply puts d into the store, whole or not at all. Applying the same
// directory again writes nothing. What was changed in the store since, by an
// operator or by a login, is kept; see [DirectoryUser] for which field is
// written when. Accounts that are disabled or deleted, or whose password or
// factors change, lose their sessions and pending logins in the same commit.
//
// Passwords in clear are hashed one after the other before the transaction,
// about 25 ms each, and only those of new accounts and of accounts whose
// credentialsVersion has risen.
//
// An error means that nothing was written. Faults of d are listed as by
// [ParseDirectory], with those that only this engine and its store can tell.
func (e *Engine) Apply(ctx context.Context, d Directory, o ApplyOptions) (ApplyReport, error) {
	name, err := checkIssuer(e.cfg.Issuer)
	if err != nil {
		return ApplyReport{}, fmt.Errorf("applying the directory: %w", err)
	}
	want, err := checkDirectory(&d, leniency{shortCodes: e.cfg.InsecureShortCodes, shortSecrets: peer.IsLoopbackHost(name)})
	if err != nil {
		return ApplyReport{}, err
	}
	a := applier{index: e.index, o: o, want: want, hashes: &hashes{params: e.cfg.PasswordParams}}
	for {
		err := e.run(ctx, host, func(tx *store.Tx, done *[]Event) error {
			if err := a.apply(tx); err != nil || !a.written {
				return err
			}
			return e.log(tx, done, Event{Kind: EventDirectory, Detail: a.summary()})
		})
		switch {
		case err == nil:
			a.report.Warnings = append(warnings(&d, e.clock()), a.report.Warnings...)
			return a.report, nil
		case len(a.faults.list) > 0:
			return ApplyReport{}, err
		case !errors.Is(err, errHashesWanted):
			return ApplyReport{}, fmt.Errorf("applying the directory: %w", err)
		}
		if err := a.hashes.work(ctx); err != nil {
			return ApplyReport{}, fmt.Errorf("hashing passwords: %w", err)
		}
	}
}

// applier is one apply. Everything below hashes is set anew by each attempt of
// the transaction.
type applier struct {
	index  store.Index
	o      ApplyOptions
	want   *wanted
	hashes *hashes

	tx      *store.Tx
	catalog catalog
	apps    []appliedApplication // as wanted.applications
	faults  faults
	report  ApplyReport
	deleted []ApplyEntry
	mix     hashMix // of the users of the file
	written bool
}

// apply is the transaction. What is read is peeked at, so that logins under
// way are not in its way; what is written is held to what was read, and all
// that is read beside it hangs on the catalog.
func (a *applier) apply(tx *store.Tx) error {
	a.tx, a.catalog, a.apps = tx, catalog{}, nil
	a.faults, a.report, a.deleted, a.written, a.hashes.todo = faults{}, ApplyReport{}, nil, false, nil
	a.mix = hashMix{}
	for _, step := range []func() error{
		a.readCatalog, a.applyPolicy, a.applyApplications, a.applyClients, a.applyUsers, a.applyHashMix,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := a.faults.err(); err != nil {
		return err
	}
	if a.hashes.wanted() {
		return errHashesWanted
	}
	a.report.Entries = append(a.report.Entries, a.deleted...)
	if !a.written {
		return nil
	}
	a.catalog.Revision++
	return catalogs.Put(tx, theCatalog, a.catalog, noExpiry)
}

// applyHashMix remembers which kinds of password hashes the users have.
func (a *applier) applyHashMix() error {
	was, exists, err := hashMixes.Get(a.tx, theHashMix)
	if err != nil || len(a.mix.Shares) == 0 {
		return err
	}
	return update(a, hashMixes, theHashMix, exists, was, a.mix)
}

func (a *applier) readCatalog() (err error) {
	if err := a.tx.Peek(catalogs.Key(theCatalog), policies.Key(generalPolicy), hashMixes.Key(theHashMix)); err != nil {
		return err
	}
	a.catalog, _, err = catalogs.Get(a.tx, theCatalog)
	return err
}

// peekBite bounds the keys of one reading: a store answers all of them at once.
const peekBite = 512

func (a *applier) peek(keys []string) error {
	for len(keys) > 0 {
		n := min(len(keys), peekBite)
		if err := a.tx.Peek(keys[:n]...); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// put writes a record that is kept until it is deleted.
func put[T any](a *applier, t store.Table[T], id string, v T) error {
	a.written = true
	return t.Put(a.tx, id, v, noExpiry)
}

func remove[T any](a *applier, t store.Table[T], id string) error {
	a.written = true
	return t.Delete(a.tx, id)
}

// update writes a record unless it is there and stays as it is.
func update[T any](a *applier, t store.Table[T], id string, exists bool, was, is T) error {
	if exists && same(was, is) {
		return nil
	}
	return put(a, t, id, is)
}

func (a *applier) tell(e ApplyEntry) { a.report.Entries = append(a.report.Entries, e) }

func (a *applier) tellDeleted(kind, name, id string) {
	a.deleted = append(a.deleted, ApplyEntry{Kind: kind, Name: name, ID: id, Action: actionDeleted})
}

// summary is what the event of the apply says.
func (a *applier) summary() string {
	n := map[string]int{}
	for _, e := range a.report.Entries {
		n[e.Action]++
	}
	return fmt.Sprintf("%d created, %d changed, %d deleted", n[actionCreated], n[actionChanged], n[actionDeleted])
}

// action is what to call an entry that is now another than it was.
func action(exists, same bool) string {
	switch {
	case !exists:
		return actionCreated
	case same:
		return actionKept
	}
	return actionChanged
}
