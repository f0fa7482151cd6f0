// Package directory is the built-in directory: applications with their roles and
// permissions, clients, users, policies, and the file that describes them all.
//
// # The file
//
// A [File] is a whole directory. [Parse] reads the JSON form of one; a host may
// also build it in Go. The engine's Apply brings it into the store, whole or not at
// all, and the [Report] lists what became of each [Entry]. All faults are listed at
// once, each with the path of its field.
//
// # Clients and resources
//
// A [Client] of the file, or a [NewClient] of a program, says what a program that logs
// people in may do; [ClientDefaults] has what is usual for its platform. A [Resource] says
// what a scope stands for that the engine does not know: claims of a user at userinfo, or
// an API, its audience and the claims that it wants. Both are checked by the same rules
// wherever they come from, and an [Editor] changes them one at a time.
//
// # What is written, and what is kept
//
// What the file last said of each user, application and client is stored. A field is
// written only where the file now differs from that, so a value that an operator or
// a login has set since is kept and reported.
//
// # Promise
//
// The functions that take a [github.com/sallyport-auth/sallyport/store.Tx], the
// records and the [Applier] are the engine's own. They carry no promise to other
// programs.
package directory
