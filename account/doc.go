// Package account holds the records of accounts: the account and its state, the
// canonical spelling of its name, its epoch, the lockout by wrong passwords, and
// the decoy work that is done for an unknown name.
//
// # Records
//
// [Accounts] and [Names] are the built-in directory's. [Ageings] is kept for every
// account: its epoch, which ends sessions and pending logins when it rises, and the
// least serial of its factors. It lies at the [Home] of the account, as do its
// factors and its sessions. [Lockouts] counts misses under the keyed hash of the name
// that was typed and at the home of the account. User input never stands in a key:
// names are hashed, ids are ours or were checked to be UUIDs.
//
// # Promise
//
// The functions that take a [github.com/sallyport-auth/sallyport/store.Tx] and the
// record types are the engine's own. They carry no promise to other programs.
package account
