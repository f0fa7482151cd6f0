package sallyport

import (
	"cmp"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
	"github.com/sallyport-auth/sallyport/wire"
)

// person is the account of a call and all that is judged of it. For a name that
// is no account's it is made up of absent records, so that the same keys are read
// and the same work is done.
type person struct {
	accountRef
	known bool
	// vacant says that no account has the name, nor had it.
	vacant bool
	// name is the one that is judged, in one spelling at every call.
	name typed.UserName
	acc  account.Account
	age  account.Ageing
	// table is where an account that is kept elsewhere is asked for, and module the one
	// that keeps it. Both are nil of one of the built-in directory, and where a record names
	// what is not configured any more.
	table  *hostTable
	module *moduleTable
	// staged is the hash that a password is held against in the place of the
	// account's, in a request that stages one.
	staged string
	// weak says that the account's password, as it was typed, does not meet the
	// policy. It is false until a password was found right.
	weak  bool
	guard account.Guard
}

// accountRef names an account, and where its records lie: its [account.Home].
//
// A host that owns its accounts may give them any id, and so may a module. Ours is then the
// home itself.
type accountRef struct {
	id, home string
	hosted   bool // by a host that owns its accounts, or a module
}

// ref names the account of an id. A text that is none, as an administrator may type it, is
// nobody's.
func (e *Engine) ref(id string) accountRef {
	if !account.IsID(id) {
		id = nameless(e.index, id)
	}
	if len(id) == homeLength {
		return accountRef{id: id, home: id, hosted: true}
	}
	return accountRef{id: id, home: account.Home(e.index, id), hosted: e.hosts != nil}
}

// hostRef is ref by the id that the host has.
func (e *Engine) hostRef(hostID string) accountRef {
	home := account.Home(e.index, hostID)
	return accountRef{id: home, home: home, hosted: true}
}

// homeLength is the length of a home, which no UUID has.
const homeLength = 32

// refOf is ref of the account that has a session or a request, and reports whether
// this process has met that one: then it makes no digest.
func (e *Engine) refOf(key, id string) (ref accountRef, met bool) {
	if o, met := e.owners.Get(key); met && o.id == id {
		return o.accountRef, true
	}
	return e.ref(id), false
}

// ownerOf is refOf of a session, which is remembered.
func (e *Engine) ownerOf(session, id string) accountRef {
	ref, met := e.refOf(session, id)
	if !met {
		e.owners.Put(session, owner{accountRef: ref})
	}
	return ref
}

// nameless is the id under which records of no account are looked up.
func nameless(index store.Index, seed string) string {
	return rnd.FormatUUID([16]byte(index.Digest("nobody", seed)[:16]))
}

// liveKeys are the records that say whether an account may go on.
func (r accountRef) liveKeys() []string {
	keys := make([]string, 0, 3) // with room for those of stateKeys
	if !r.hosted {
		keys = append(keys, account.Accounts.Key(r.id))
	}
	return append(keys, account.Ageings.Key(r.home))
}

// stateKeys are liveKeys and the factors.
func (r accountRef) stateKeys() []string {
	return append(r.liveKeys(), mfa.FactorsTable.Key(r.home))
}

// personKeys are the records of an account by which every login is judged.
func (r accountRef) personKeys() []string {
	return append(mfa.Keys(r.home), r.liveKeys()...)
}

// fetch reads the account of p and what vouches for it, in one round.
func (p *person) fetch(tx *store.Tx) error {
	if err := tx.Fetch(p.stateKeys()...); err != nil {
		return err
	}
	return p.readState(tx)
}

// readState is fetch where the keys were read before.
//
// Of an account that a host owns it reads what is ours: until call.fill has taken what
// the host says, nothing is known of it.
func (p *person) readState(tx *store.Tx) (err error) {
	if p.hosted {
		p.age, _, err = account.Ageings.Get(tx, p.home)
		return err
	}
	if p.acc, p.known, err = account.Accounts.Get(tx, p.id); err != nil {
		return err
	}
	p.guard.Known = p.known
	p.age, err = account.ReadAgeing(tx, p.home, p.known)
	return err
}

// leastSerial is what the factors have at least that vouch for the account. Those of one
// that is gone were deleted with it, while its ageing stays: nothing vouches for them,
// and nobody is asked for any.
func (p *person) leastSerial() uint64 {
	if !p.known {
		return 0
	}
	return p.age.Serial
}

// read is readState and the lockouts, whose keys were read before.
func (p *person) read(tx *store.Tx) error {
	if err := p.readState(tx); err != nil {
		return err
	}
	return p.guard.Read(tx)
}

// typed returns what misses are counted by, where it is not the account's own name but
// an address: later calls of the same request are counted by it too.
func (p *person) typed(x store.Index) string {
	if p.guard.NameID == account.NameID(x, typed.Name(p.acc.Name)) {
		return ""
	}
	return p.guard.NameID
}

// facts are what the account itself says at a moment.
func (p *person) facts(now time.Time) facts {
	a := &p.acc
	return facts{
		known: p.known, approved: a.Approved, disabled: a.Disabled, locked: a.Locked, mustChange: a.MustChange, elsewhere: p.module != nil,
		notYet: !a.Start.IsZero() && now.Before(a.Start), expired: !a.End.IsZero() && !now.Before(a.End),
	}
}

// usable reports whether the account may log in at all.
func (p *person) usable(now time.Time) bool {
	_, refused := accountAnswer(p.facts(now))
	return p.known && !refused
}

// admits reports whether the account may go on with a request. One that has to change
// its password may, in a request that is for that, and in one that grants nothing: who
// was invited adds a factor before they choose another password.
func (p *person) admits(r *mfa.Request, now time.Time) bool {
	if r.Unproven() {
		return true // before an option is answered, everybody's goes on
	}
	a, refused := accountAnswer(p.facts(now))
	return p.known && (!refused || a.outcome == PasswordChangeWanted && (r.ChangesPassword() || r.Purpose == mfa.AcceptInvitation))
}

// hostID is the id that a host which owns the account has for it, or empty.
func (p *person) hostID() string {
	if p.hosted && p.module == nil {
		return p.acc.ID
	}
	return ""
}

// publicID is the id of the account as the host and its trail know it.
func (p *person) publicID() string { return cmp.Or(p.hostID(), p.id) }

// moduleName is the name of the module that the account is of, as clients list it.
func (p *person) moduleName() string {
	switch {
	case p.module != nil:
		return p.module.name
	case p.acc.Passwordless:
		return token.ModulePasswordless
	}
	return token.ModuleVGUser
}

func (p *person) identity() *Identity {
	if p.module != nil {
		return &Identity{Name: p.acc.Name, Type: p.module.name}
	}
	return &Identity{Name: p.acc.Name, Type: wire.ModuleVGUser}
}
