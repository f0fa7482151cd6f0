// Package account says what is true of an account whoever owns its data: who it
// is and in which state, the spellings of its name, its epoch, the wrong passwords
// that were given for it and the locks they earned, and the work that is done for
// a name that is nobody's.
//
// # Records
//
// [Accounts] and [Names] are the built-in directory's. [Ageings] is kept for every
// account: its epoch, which ends sessions and pending logins when it rises, and the
// least serial of its factors. [Lockouts] counts misses under the keyed hash of the
// name that was typed and, where it is an account's, under that of the account's
// id. User input never stands in a key: names are hashed, ids are ours or were
// checked to be UUIDs.
//
// # Promise
//
// The functions that take a [github.com/sallyport-auth/sallyport/store.Tx] and the
// record types are the engine's own. They carry no promise to other programs.
package account
