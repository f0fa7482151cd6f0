// Package password makes and verifies password hashes, and bounds the work that
// strangers can cause by sending passwords. It knows nothing of accounts.
//
// # Hashes
//
// [Params.Hash] makes argon2id hashes (RFC 9106) in the PHC string format. [Verify]
// reads those, and the hashes that other systems have left: argon2i and argon2id,
// also as Django writes them, here, and all others in package legacy, whose comment
// lists the forms. The work that a stored hash asks for is capped before any is
// done, because a hash that was imported or planted could otherwise ask for
// gigabytes or hours: 256 MiB, 10 passes and 16 lanes for argon2, and as package
// legacy says for the others.
//
// Every hash of another system is to be replaced once its owner has logged in
// ([Params.NeedsRehash]). Those that are [Weak] need not wait for it: [Params.Wrap]
// puts argon2id around them.
//
// Passwords are verified byte for byte as they were received: never trimmed or
// folded, and cut by bcrypt alone, which reads 72 bytes ([Truncates]). In which form
// they are hashed is up to the caller. One of more than [MaxPassword] bytes never
// matches, nor does the empty one, nor one that the algorithm cannot tell from
// others: with a zero byte for bcrypt, of more than 512 bytes for sha-crypt, of bad
// UTF-8 where the other system has hashed UTF-16.
//
// # Equal work
//
// A refusal takes as long as an acceptance: whatever cannot match is refused
// only after the work of the stored hash has been done on something else.
// For a name that nobody bears there is [VerifyNobody]. Where hashes of several
// kinds are stored, the caller draws its [Kind] for such a name in proportion
// to what is stored, and always the same for the same name; a fixed one would
// tell the owners of the other kinds from nobody.
//
// # What may be set
//
// A [Policy] says which passwords may be set: how long, of which characters, of which
// pattern, none of the words that many use, none with a name that a stranger knows,
// and none of a list of published passwords. A [History] refuses the last passwords
// of an account; one hash checks them all. Both answer with a [PolicyError] that
// lists every rule that failed, for programs by its name and for people by a
// sentence. Policies and histories take a password as it was typed and bring it to
// the form that is hashed themselves, unlike [Params.Hash] and [Verify].
//
// A [BreachFilter] is a file of about three and a half bytes for each password of a
// list that the operator supplies, built once by [BuildBreachFilter] and read in two
// short pieces for a look-up.
//
// # The gate
//
// A hash takes a processor for tens of milliseconds and 19 MiB. A [Gate] lets
// in as many callers as there are processors, queues some more and refuses the
// rest with [ErrOverloaded]. Who waits stands in the group of their address, or
// of their client where no address is known; turns go round the groups, and a
// full queue makes room at the cost of the longest. So a flood from one place
// keeps nobody out who comes from another, and gets what they leave. Nothing in
// this package passes a gate by itself.
package password
