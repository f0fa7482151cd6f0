// Package sallyport is an authentication engine for Go programs: it decides
// who a user is, asks for a second factor, enrolls authenticators and issues
// tokens, inside the host's process, over a store the host chooses.
//
// A sally port is an entrance with two doors, of which the second opens only
// when the first has shut.
//
// # Getting started
//
// An [Engine] is made of a [Config]: a store (package store/memstore,
// store/boltstore), the keys that seal it (package store/sealed), and the
// public base URL. Users, applications and clients come from a [directory.File],
// which [Engine.Apply] brings into the store. [Engine.Login] then carries the
// whole conversation; package httpadapter puts it on the wire.
//
// # The conversation
//
// Call 1 brings a name and a password. It is answered with tokens, or with a
// [Status] that says why not. Where a second factor is wanted the [Result]
// names a request and the options to answer it with; call 2 chooses one and
// has a code or a link sent; call 3 brings the code. A link is answered on a
// page of its own, while [Engine.Wait] holds call 2. A request lives ten
// minutes, belongs to one account and one client, and is worth tokens once.
//
// # Refusals and errors
//
// A refusal is a [Result] whose Status has [Failure]. An error is a broken
// store, a context that ended, a caller's bug, or a [ProtocolError]; any error
// denies. A Status is a set of flags whose integer, name and booleans always
// agree.
//
// # What holds
//
// Every decision is a pure function of facts, policy and time, made inside one
// optimistic transaction: the charge for a wrong answer, the spending of a
// right one and what it grants land in one commit, before anything leaves the
// engine. From the first look at a secret to that commit a call does not depend on
// its caller, so hanging up saves no charge; what was right and is not waited for
// lapses. The invariants are named P1 to P16 in SECURITY.md, and tests are named
// after them.
//
// # Time
//
// The engine reads [Config.Now] once a call, and once more after a password
// was hashed. Inside a process time stands still rather than go back.
//
// # Upkeep
//
// Call [Engine.Maintain] about each minute: it deletes what has expired, ends
// sessions that are too many, and rotates signing keys. A call takes as long as
// there is work, 45 seconds at most, and holds up no login meanwhile.
// [Engine.Close] ends held calls and waits for messages under way; the store
// is the host's to close, afterwards.
package sallyport
