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
// store/boltstore), the keys that seal it (package store/sealed), and the public base
// URL. [Engine.Admin] makes accounts, [Engine.Login] logs them in, and
// [Engine.Session] says who comes with the handle that a login was granted. Nothing
// else is needed for a program that looks after its own users.
//
// # Users of your own
//
// A host that has a table of users keeps it: two methods, [Accounts], are all that the
// engine asks of it, and a third, [PasswordWriter], lets it change passwords. Sessions,
// second factors and locks are kept in the engine's store all the same.
//
// # The conversation
//
// Call 1 brings a name and a password. The [Result] is Granted, or says by its
// [Outcome] what is to be done next and by its [Reason] why. Where a second factor is
// wanted it names a request and the options to answer it with; call 2 chooses one and
// has a code or a link sent; call 3 brings the code. A link is answered on a page of
// its own, while [Engine.Wait] holds call 2. A request lives ten minutes, belongs to
// one account and one caller, and is worth one session.
//
// # People who sign up
//
// With [Config.SignUp], [Engine.Register] takes what somebody types who wants an account,
// and mails a key to the address; [Engine.VerifyEmail] spends the key and makes the
// account. Before that there is none, and nothing that is answered tells whether a name
// or an address is somebody's.
//
// # The host and its clients
//
// A call without a [Caller] is the host's own: it is granted a [Session], whose handle
// the host gives to its user, in a cookie for one. A program that the host does not
// link is a client; its calls name it, and are granted [Tokens]. Applications and
// clients come from a [directory.File], which [Engine.Apply] brings into the store,
// and package httpadapter puts the conversation on the wire, in the documents of the
// Visual Guard Identity Server. What one party opened is unknown to the other, and a
// handle and a token never stand for one another.
//
// # Tokens and their keys
//
// A client's access tokens are of one of two profiles: the published one, byte for byte as
// Visual Guard's, or that of RFC 9068, which has an audience and the claims that an API has
// chosen. A resource of the directory ([Admin.CreateResource]) makes an API of a scope. The
// keys that sign follow each other by [Config.KeyRotation], may be imported
// ([Engine.ImportKey]) or stay outside of the process ([Config.Signers]), and are taken out
// of use by [Engine.RetireKeys]. [Engine.Revoke], [Engine.Introspect], [Engine.EndSession],
// [Admin.EndClientSessions] and [Admin.EndAllSessions] are the life of what was granted;
// whatever is ended or changed is seen at the next call. Package httpadapter/apidocs
// documents the calls to clients, by a page of forms.
//
// # Refusals and errors
//
// A refusal is a [Result] that is not Granted. An error is a broken store, a context
// that ended, a caller's bug, or a [ProtocolError]; any error denies. Outcome, Reason
// and [Status], which is the same in Visual Guard's numbers, are made in one place and
// always agree.
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
