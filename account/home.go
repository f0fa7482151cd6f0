package account

import "github.com/sallyport-auth/sallyport/store"

// Home returns where the records of an account lie: 32 lower-case hexadecimal
// digits, the id that its records have in each table that is near, see
// [store.TableOptions]. Sessions have ids that begin as the home does.
//
// It is a keyed hash of the account's id. So ids that a host or a file chose, such as
// numbers in a row, do not crowd together, and whoever has not the index key learns
// no account from a key or from the beginning of a session's id.
func Home(x store.Index, id string) string { return x.ID("account-home", id) }

// maxID is the most bytes of an id. A UUID has 36.
const maxID = 128

// IsID reports whether a text can be the id of a record in [Accounts]: at most 128 bytes of
// printable ASCII. No other text is in a key, so that it names nobody; what people type may
// be any.
func IsID(id string) bool { return len(id) <= maxID && store.CheckKeys(id) == nil }
