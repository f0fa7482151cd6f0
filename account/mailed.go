package account

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// The records of keys that are mailed and of proven addresses. They have their form,
// and nothing writes them yet.
var (
	// MailedKeys are kept under a keyed hash of the key.
	MailedKeys = store.NewTable[MailedKey]("key", store.TableOptions{})
	// Emails are kept under a keyed hash of the folded address.
	Emails = store.NewTable[EmailEntry]("email", store.TableOptions{})
)

// MailedKey is a key that is good once: for signing up, a new password, an
// invitation, a new address, or to undo. Its expiry is that of its record.
type MailedKey struct {
	Purpose string
	Account string
	// Epoch is the account's when the key was made. When it moves on, the key is
	// dead.
	Epoch   uint64
	Address string    // it was mailed to, as stored
	Spent   time.Time // zero: not yet
	Misses  int       // wrong factors beside it

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (k *MailedKey) Fields(f *record.Fields) {
	f.Text(1, "purpose", &k.Purpose)
	f.ID(2, "account", &k.Account)
	f.Uint(3, "epoch", &k.Epoch)
	f.Text(4, "address", &k.Address)
	f.Time(5, "spent", &k.Spent)
	f.Int(6, "misses", &k.Misses)
	f.Rest(&k.Unknown)
}

// EmailEntry lists the accounts that have proven an address.
type EmailEntry struct {
	Accounts []string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (e *EmailEntry) Fields(f *record.Fields) {
	record.Each(f, 1, "accounts", &e.Accounts, (*record.Fields).ID)
	f.Rest(&e.Unknown)
}
