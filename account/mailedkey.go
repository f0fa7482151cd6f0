package account

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// KeyPurpose says what a mailed key is good for, which is one thing alone.
type KeyPurpose string

// The purposes of mailed keys.
const (
	KeySignUp  KeyPurpose = "sign-up"
	KeyReset   KeyPurpose = "reset"   // a new password for whoever forgot theirs
	KeyAddress KeyPurpose = "address" // proves a new address
	KeyUndo    KeyPurpose = "undo"    // takes a change of address back
	// KeyInvitation lets an account add its first second factor. Not every one is mailed:
	// an administrator may hand it over.
	KeyInvitation KeyPurpose = "invitation"
)

// Life returns how long a key of that purpose is good.
func (p KeyPurpose) Life() time.Duration {
	switch p {
	case KeyReset:
		return 30 * time.Minute
	case KeyUndo:
		return 72 * time.Hour
	case KeyInvitation:
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// MailedKeys are kept under a keyed hash of the key, so that no reader of the store
// learns one.
var MailedKeys = store.NewTable[MailedKey]("key", store.TableOptions{})

// MailedKey is a key that is good once, for one purpose. Its expiry is that of its
// record.
type MailedKey struct {
	Purpose KeyPurpose
	Account string // of a sign-up the id of the registration, since there is no account yet
	// Epoch is the account's when the key was made. When it moves on, the key is
	// dead.
	Epoch   uint64
	Address string    // it was mailed to, as stored
	Made    time.Time // one that was made ahead of the clock is dead
	Spent   time.Time // zero: not yet
	Misses  int       // wrong factors beside it
	Refused int       // new passwords that were refused
	// Application is the id of the one by whose policy an invitation is taken up on its
	// page; empty: that of the engine's own calls.
	Application string

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (k *MailedKey) Fields(f *record.Fields) {
	f.Text(1, "purpose", (*string)(&k.Purpose))
	f.ID(2, "account", &k.Account)
	f.Uint(3, "epoch", &k.Epoch)
	f.Text(4, "address", &k.Address)
	f.Time(5, "spent", &k.Spent)
	f.Int(6, "misses", &k.Misses)
	f.Time(7, "made", &k.Made)
	f.Int(8, "refused", &k.Refused)
	f.ID(9, "application", &k.Application)
	f.Rest(&k.Unknown)
}

// mailedKeySize is the size of a mailed key in bytes.
const mailedKeySize = 32

// IsMailedKey reports whether a text has the form of a mailed key. What has not costs
// no reading.
func IsMailedKey(text string) bool {
	if len(text) != 2*mailedKeySize || text != strings.ToLower(text) {
		return false
	}
	_, err := hex.DecodeString(text)
	return err == nil
}

// MailedKeyID returns the id of the record of a mailed key, under which
// [MailedKeys] has it.
func MailedKeyID(x store.Index, p KeyPurpose, text string) string {
	return x.ID("mailed-key", string(p), text)
}

// NewMailedKey writes a new key and returns the text that is to be mailed, 64
// lower-case hexadecimal digits, which is nowhere else.
func NewMailedKey(tx *store.Tx, x store.Index, k MailedKey) (text string, err error) {
	text = strings.ToLower(rnd.Hex(mailedKeySize))
	k.Made = tx.Now()
	return text, MailedKeys.Insert(tx, MailedKeyID(x, k.Purpose, text), k, tx.Now().Add(k.Purpose.Life()))
}

// ReadMailedKey returns the key of that id, whose record has been read. It reports
// false where there is none, or it is spent, of another purpose, or made over a minute
// ahead of the clock. Whether the account's epoch is still the key's is for the caller
// to judge, who has read the account.
func ReadMailedKey(tx *store.Tx, p KeyPurpose, id string) (k MailedKey, live bool, err error) {
	k, found, err := FindMailedKey(tx, p, id)
	return k, found && k.Spent.IsZero(), err
}

// FindMailedKey is ReadMailedKey of a key that may be spent. One that was made ahead of
// the clock is deleted, so that it is dead also once the clock is there.
func FindMailedKey(tx *store.Tx, p KeyPurpose, id string) (k MailedKey, found bool, err error) {
	k, found, err = MailedKeys.Get(tx, id)
	if err != nil || !found || k.Purpose != p {
		return MailedKey{}, false, err
	}
	if moment.Ahead(k.Made, tx.Now()) {
		return MailedKey{}, false, MailedKeys.Delete(tx, id)
	}
	return k, true, nil
}

// Spend marks the key of that id as spent. The record stays until it expires, since a
// spend is never a deletion.
func (k *MailedKey) Spend(tx *store.Tx, id string) error {
	k.Spent = tx.Now()
	return k.put(tx, id)
}

// maxKeyTries is how many wrong factors, or refused passwords, end a key.
const maxKeyTries = 5

// Miss counts a wrong factor beside the key of that id. The fifth ends the key, as one
// that is the last does.
func (k *MailedKey) Miss(tx *store.Tx, id string, last bool) error {
	if k.Misses++; last {
		k.Misses = maxKeyTries
	}
	return k.endWorn(tx, id)
}

// Refuse counts a new password that was refused. The fifth ends the key of that id.
func (k *MailedKey) Refuse(tx *store.Tx, id string) error {
	k.Refused++
	return k.endWorn(tx, id)
}

// IsUsed reports whether the key has done what it was for. One that ended by misses or
// refusals has not.
func (k *MailedKey) IsUsed() bool { return !k.Spent.IsZero() && !k.isWorn() }

func (k *MailedKey) isWorn() bool { return k.Misses >= maxKeyTries || k.Refused >= maxKeyTries }

func (k *MailedKey) endWorn(tx *store.Tx, id string) error {
	if k.isWorn() {
		return k.Spend(tx, id)
	}
	return k.put(tx, id)
}

func (k *MailedKey) put(tx *store.Tx, id string) error { return MailedKeys.Put(tx, id, *k, k.Ends()) }

// Ends returns when the key dies.
func (k *MailedKey) Ends() time.Time { return k.Made.Add(k.Purpose.Life()) }

// Keep writes the key of that id as it is, so that as much is written as for a miss.
func (k *MailedKey) Keep(tx *store.Tx, id string) error { return k.put(tx, id) }

// CarryOver carries the key of that id over to the new epoch of its account, if it was of
// the old one: the call that raised it goes on with it. The record has been read.
func CarryOver(tx *store.Tx, id string, from, to uint64) error {
	k, ok, err := MailedKeys.Get(tx, id)
	if err != nil || !ok || k.Epoch != from {
		return err
	}
	k.Epoch = to
	return k.put(tx, id)
}
