package directory

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Applicant is an account as sign-up makes it: its owner has proven Email.
type Applicant struct {
	Name, Email, Language string
	Attributes            []account.Attribute
	Roles                 []string // as in [NewUser]
	Password              NewHash
	Factor                bool      // the address is a second factor at once
	Falls                 time.Time // it waits for approval until then; zero: it is approved
}

// CheckAttributes returns what is wrong with the attributes of an account.
func CheckAttributes(list []account.Attribute) error {
	var c checker
	c.attributes("attributes", list)
	return errors.Join(c.list...)
}

// CheckRoles returns nil if the application has roles of all these names, else an
// error that wraps [ErrNoRole].
func (e *Editor) CheckRoles(names []string) error {
	_, err := e.roles(names)
	return err
}

// Register makes the account of whoever has signed up. That neither the name nor the
// address is taken has been seen in this transaction. Errors are those of Create.
func (e *Editor) Register(a *Applicant) (*Found, error) {
	f, err := e.draft(&NewUser{Name: a.Name, Email: a.Email, Attributes: a.Attributes, Roles: a.Roles, Unapproved: !a.Falls.IsZero()}, a.Password)
	if err != nil {
		return nil, err
	}
	f.Account.Language, f.Account.Falls = a.Language, a.Falls
	f.Factors.Email = mfa.Address{Value: a.Email, Proven: e.Tx.Now()}
	if a.Factor {
		f.Factors.Email = mfa.Address{Value: a.Email, Validated: e.Tx.Now()}
		f.Factors.Serial, f.Age.Serial = 1, 1
	}
	if err := e.insert(f); err != nil || a.Falls.IsZero() {
		return f, err
	}
	return f, Fallings.Insert(e.Tx, fallingID(a.Falls), falling{Account: f.Account.ID}, account.NoExpiry)
}

// Fallings lists the accounts that wait for approval, by when they fall. Their ids
// sort by time.
var Fallings = store.NewTable[falling]("falling", store.TableOptions{Size: 40})

// falling is an account that falls unless it was approved before.
type falling struct {
	Account string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (f *falling) Fields(r *record.Fields) {
	r.ID(1, "account", &f.Account)
	r.Rest(&f.Unknown)
}

// fallingID returns an id that sorts by time and is unique: 16 digits of the seconds,
// a dash, and 64 random bits.
func fallingID(at time.Time) string { return FallsBefore(at) + "-" + rnd.Hex(8) }

// FallsBefore returns what sorts behind the ids in [Fallings] of all accounts that
// fall before that second.
func FallsBefore(at time.Time) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, uint64(max(0, at.Unix()))))
}

// Fall deletes the account that an entry of [Fallings] names, if it was never
// approved and its time is over, with its name and its claim to the address: somebody
// else may sign up with them. It returns the account's id, or an empty one where
// there is nothing to delete any more; then only the entry goes.
func (e *Editor) Fall(entry string) (id string, err error) {
	listed, found, err := Fallings.Get(e.Tx, entry)
	if err != nil || !found {
		return "", err
	}
	f, err := e.Find(listed.Account)
	if errors.Is(err, ErrNoUser) {
		return "", Fallings.Delete(e.Tx, entry)
	}
	if err != nil {
		return "", err
	}
	acc := &f.Account
	switch {
	case acc.Approved || acc.Falls.IsZero():
		return "", Fallings.Delete(e.Tx, entry)
	case e.Tx.Now().Before(acc.Falls):
		return "", nil
	}
	name, proven := account.NameID(e.Index, typed.Name(acc.Name)), f.Factors.ProvenEmail()
	keys := append(account.EmailKeys(e.Index, proven), account.Names.Key(name), applieds.Key(acc.ID), account.HashMixes.Key(account.TheHashMix))
	if err := e.Tx.Fetch(keys...); err != nil {
		return "", err
	}
	holder, _, err := account.Names.Get(e.Tx, name)
	if err != nil {
		return "", err
	}
	if holder.Account != acc.ID {
		return "", fmt.Errorf("deleting an account that was not approved: %w: its name leads to another", store.ErrDamaged)
	}
	return acc.ID, errors.Join(
		account.Names.Delete(e.Tx, name), account.MoveEmail(e.Tx, e.Index, acc.ID, proven, ""), account.Accounts.Delete(e.Tx, acc.ID),
		account.Ageings.Delete(e.Tx, f.home), mfa.FactorsTable.Delete(e.Tx, f.home), applieds.Delete(e.Tx, acc.ID),
		Fallings.Delete(e.Tx, entry), account.MoveHash(e.Tx, acc.PasswordHash, ""),
	)
}
