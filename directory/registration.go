package directory

import (
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/openlist"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Registrations are kept under random ids, and are gone with their mailed keys.
var Registrations = store.NewTable[Registration]("registration", store.TableOptions{Size: 500})

// Registration is what somebody typed who signs up, until they have proven the
// address. It claims no name and opens nothing.
type Registration struct {
	Name       string // as it was typed
	Email      string
	Language   string
	Attributes []account.Attribute
	Password   NewHash
	// Browser is a keyed digest of the secret of the browser in which it began.
	Browser []byte
	Made    time.Time
	// NamesTaken counts the names that were asked for after the proof and were taken.
	NamesTaken int
	// End says what became of it; empty: nothing yet. Then what was typed is gone.
	End RegistrationEnd

	Unknown record.Unknown // what a newer program has written
}

// RegistrationEnd is what became of a registration.
type RegistrationEnd string

// The ends.
const (
	RegistrationMade         RegistrationEnd = "made"          // an account, which can log in
	RegistrationWaits        RegistrationEnd = "waits"         // an account, which waits for approval
	RegistrationAddressTaken RegistrationEnd = "address taken" // somebody has proven the address before
	RegistrationNames        RegistrationEnd = "names"         // too many taken names were asked for
)

// OpenRegistrations lists the registrations that are open, so that there are
// [openlist.Max] at most.
var OpenRegistrations = openlist.New("registering", RegistrationLife())

// RegistrationLife is how long a registration is open, which is as long as its key is
// good.
func RegistrationLife() time.Duration { return account.KeySignUp.Life() }

// Fields implements [record.Record].
func (r *Registration) Fields(f *record.Fields) {
	f.Text(1, "name", &r.Name)
	f.Text(2, "email", &r.Email)
	f.Text(3, "language", &r.Language)
	record.Many(f, 4, "attributes", &r.Attributes)
	f.SecretText(5, "passwordHash", &r.Password.Hash)
	f.SecretText(6, "historySalt", &r.Password.Salt)
	f.SecretText(7, "history", &r.Password.History)
	f.Secret(8, "browser", &r.Browser)
	f.Time(9, "made", &r.Made)
	f.Int(10, "namesTaken", &r.NamesTaken)
	f.Text(11, "end", (*string)(&r.End))
	f.Rest(&r.Unknown)
}

// Close ends the registration and forgets what was typed. The record stays until it
// expires, to tell what became of it.
func (r *Registration) Close(end RegistrationEnd) {
	*r = Registration{End: end, Made: r.Made, Email: r.Email, Unknown: r.Unknown}
}

// Put writes the registration of that id, which has been read.
func (r *Registration) Put(tx *store.Tx, id string) error {
	return Registrations.Put(tx, id, *r, r.Made.Add(RegistrationLife()))
}
