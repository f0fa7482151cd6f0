// Package mfa is the life of a second factor: what an account has, what it is
// offered, the pending login that waits for an answer, the codes and links
// that answer it, and the enrollment of new factors inside it.
//
// # One pending login
//
// A [Request] is made when the first factor has passed ([Open]). It lives ten
// minutes and is bound to one account, one client and the account's epoch.
// Its options are copies of confirmed factors: choosing one sends a code or a
// link ([Case.Choose]), answering it proves it ([Case.Answer], [Case.Decide]).
// A request grants once and its final states are final.
//
// # Remembered devices
//
// Where a policy says so, a factor that was proven on a device need not be proven there
// again for a while. [Devices] are those of an account, for one transaction: a token that
// is shown is judged ([Devices.Show]), spent by a complete login ([Devices.Spend]), or
// charged with a wrong password ([Devices.Miss]). What is changed is planned at once.
//
// # How it is used
//
// Everything here is a function of what was read: the caller runs the
// transaction, reads the records in two rounds, and makes a [Case] of them
// ([FindRecord], [Keys], [Take]). The methods of a Case judge and change it in
// memory; [Case.Save] writes what changed in the same transaction. Nothing
// here sends, waits, or reads a clock; a message to be sent is handed out as
// data and goes out after the commit.
//
// The functions and methods that take a *store.Tx, the types they return, and
// the tables are the engine's own: they are exported because another package
// needs them, and their form carries no promise. A host uses the names of
// transports, modes and policies.
//
// # The trap
//
// A wrong code is a [Verdict], never an error: returning an error from the
// transaction would roll the count back and make guessing free. Charge, check,
// close, grant: in this order, in one commit.
package mfa
