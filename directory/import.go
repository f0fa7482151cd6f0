package directory

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// ImportOptions say how an import is done. The zero value writes what it reports.
type ImportOptions struct {
	// DryRun writes nothing and reports what an import would.
	DryRun bool
}

// ImportResult is what became of one row. It belongs to the caller.
type ImportResult struct {
	Line       int
	Name       string
	ExternalID string
	ID         string   // of the account; empty where there is none, or would be one
	Action     string   // "created", "changed", "kept" or "refused"
	Kept       []string // as in [Entry]
	Reason     string   // why it was refused; each fault behind its field, joined by "; "
	// Err is a fault of the store or of the engine, after which the import ends.
	// Rows that are told before it have landed.
	Err error
}

// Values of [ImportResult].Action.
const (
	ActionCreated = actionCreated
	ActionChanged = actionChanged
	ActionKept    = actionKept
	ActionRefused = "refused" // nothing was written of the row
)

// Refused is the result of a row with a fault.
func (r *ImportRow) Refused(reason error) ImportResult {
	return ImportResult{Line: r.Line, Name: r.Name, ExternalID: r.ExternalID, Action: ActionRefused, Reason: oneLine(reason)}
}

// RowImporterConfig is what the import of a row is made of.
type RowImporterConfig struct {
	Index       store.Index
	Params      password.Params // of new password hashes
	Application string          // id of the one whose roles are meant by rows that name none
	// Own is the id of the account of the person in whose name the import runs, as
	// that of [ApplierConfig]; empty: in nobody's.
	Own string
}

// ErrRowRefused ends the transaction of a row that was refused after some of its writes
// had been planned. [RowImporter.Result] says why.
var ErrRowRefused = errors.New("directory: the row is refused")

// RowImporter puts one row into the store, in one transaction. It belongs to one
// goroutine.
type RowImporter struct {
	a    Applier // of a directory with this user alone
	row  *ImportRow
	want wantedUser
	own  string
	id   string // of a new account, over all attempts
}

// NewRowImporter checks a row, and returns what imports it. The error lists all faults
// that are found without a store.
func NewRowImporter(row *ImportRow, c RowImporterConfig) (*RowImporter, error) {
	w, err := row.check()
	if err != nil {
		return nil, err
	}
	a := Applier{index: c.Index, ownAccount: c.Own, want: &wanted{}, hashes: &hashes{params: c.Params}}
	return &RowImporter{a: a, row: row, want: w, own: c.Application, id: rnd.UUID()}, nil
}

// Hash hashes the password that the last attempt wanted.
func (r *RowImporter) Hash(ctx context.Context) error { return r.a.hashes.work(ctx) }

// HasWritten reports whether the last attempt wrote anything.
func (r *RowImporter) HasWritten() bool { return r.a.written }

// Result is what the last attempt did, worth something once it has committed.
func (r *RowImporter) Result() ImportResult {
	out := ImportResult{Line: r.row.Line, Name: r.want.name, ExternalID: r.row.ExternalID, Action: ActionRefused}
	if err := r.a.faults.err(); err != nil || len(r.a.report.Entries) == 0 {
		out.Reason = oneLine(err)
		return out
	}
	e := r.a.report.Entries[0]
	out.ID, out.Action, out.Kept = e.ID, e.Action, e.Kept
	return out
}

// NewHash returns the password hash that the last attempt gave the account; empty: the
// account has the one it had.
func (r *RowImporter) NewHash() (from, to string) {
	if len(r.a.moved) == 0 {
		return "", ""
	}
	return r.a.moved[0].from, r.a.moved[0].to
}

// Apply is the function of the transaction. Of a row that is refused nothing is written,
// and Result says why: it is no error, or [ErrRowRefused]. The error is [ErrHashesWanted]
// where a password is to be hashed first. It leaves the mix of hashes to its caller, since
// all rows would meet on that record.
func (r *RowImporter) Apply(tx *store.Tx) error {
	r.a.attempt, r.a.hashes.todo = attempt{tx: tx}, nil
	p, err := r.find()
	if err != nil || r.a.IsFaulty() {
		return err
	}
	if err := r.judgeHashes(p); err != nil {
		return err
	}
	plans := []userPlan{*p}
	if err := r.a.applyNames(plans); err != nil {
		return err
	}
	if err := r.bringLocks(p); err != nil {
		return err
	}
	if err := r.nameExternal(p); err != nil {
		return err
	}
	if err := r.a.applyUser(&plans[0]); err != nil {
		return err
	}
	if r.keepOwnRoles(&plans[0]); r.a.IsFaulty() {
		return ErrRowRefused
	}
	r.forgetHash(p)
	return nil
}

// forgetHash does not tell of a hash that was said before: a login has made it anew
// since, or it was wrapped.
func (r *RowImporter) forgetHash(p *userPlan) {
	if hash := r.want.PasswordHash; hash == "" || r.a.hashTag(hash) != p.before.HashTag {
		return
	}
	e := &r.a.report.Entries[0]
	e.Kept = slices.DeleteFunc(e.Kept, func(field string) bool { return field == "passwordHash" })
}

// judgeHashes ends the attempt before anything is planned where a password is to be
// hashed first.
func (r *RowImporter) judgeHashes(p *userPlan) error {
	try := *p
	r.a.applyPassword(&try)
	r.a.report.Warnings = nil
	if r.a.hashes.wanted() {
		return ErrHashesWanted
	}
	return nil
}

// nameExternal has the external id lead to the account.
func (r *RowImporter) nameExternal(p *userPlan) error {
	if r.row.ExternalID == "" || p.before.ExternalID == r.row.ExternalID {
		return nil
	}
	return put(&r.a, externals, externalKey(r.a.index, r.row.ExternalID), external{Account: p.id})
}

// bringLocks takes over what wrong passwords have done elsewhere to an account that is
// new here.
func (r *RowImporter) bringLocks(p *userPlan) error {
	tx := r.a.tx
	if p.exists || r.row.FailedCount == 0 && !r.row.LockedUntil.After(tx.Now()) {
		return nil
	}
	policy, ok, err := Policies.Get(tx, GeneralPolicy)
	if err != nil {
		return err
	}
	if !ok {
		policy = DefaultPolicy()
	}
	g := account.Guard{NameID: account.NameID(r.a.index, p.key), Home: p.home, Known: true}
	if err := tx.Fetch(g.Keys()...); err != nil {
		return err
	}
	if err := g.Read(tx); err != nil {
		return err
	}
	g.Bring(policy.LockRules, tx.Now(), r.row.FailedCount, r.row.LockedUntil)
	return g.Write(tx, policy.LockRules, tx.Now())
}

// errNothing is told where a row was refused without a fault, which cannot be.
var errNothing = errors.New("nothing was decided")
