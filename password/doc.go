// Package password makes and verifies password hashes, and bounds the work that
// strangers can cause by sending passwords. It knows nothing of accounts.
//
// # Hashes
//
// [Params.Hash] makes argon2id hashes (RFC 9106) in the PHC string format. [Verify]
// reads those and bcrypt's, as other systems left them. Parameters of stored
// hashes are capped before any work is done, because a hash that was imported
// or planted could otherwise ask for gigabytes: 256 MiB, 10 passes and 16 lanes
// for argon2id, cost 13 for bcrypt.
//
// Passwords are verified byte for byte as they were received: never trimmed,
// folded or cut. In which form they are hashed is up to the caller. One of more than [MaxPassword] bytes never matches, nor does
// the empty one. Bcrypt reads 72 bytes and ends at a zero byte, so a longer
// password or one with a zero byte never matches a bcrypt hash.
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
