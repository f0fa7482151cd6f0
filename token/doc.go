// Package token turns a decided login into what a client holds, and judges
// what a client brings back: clients and their secrets, signing keys, access
// tokens and whom they are for, sessions, refresh families, VGTokens, userinfo and
// discovery.
//
// It decides nothing about people. It knows no password, no second factor, no
// status bit and no HTTP; the engine tells it that a login is complete, and
// asks it later what a token is worth. It runs no transaction and reads no
// clock: functions that touch the store take a [store.Tx] that the caller
// runs, and the present moment is an argument.
//
// # Sessions
//
// One login is one [Session] record. Everything handed out names it: the
// refresh token by id, the access token by its vgToken claim, which hides the
// id (see [SealVGToken]). A session is bound to an immutable account id and
// carries that account's epoch; when the epoch moves, the session is dead. So it is when
// its client is another ([Client].Instance) or the next [Round] has begun, which end all
// sessions of a client, and all there are, by one record each.
//
// # Profiles and audiences
//
// A client has tokens of one of two profiles: the published one, with the claims of Visual
// Guard in their order, or that of RFC 9068. [Sign] writes both and [Verify] reads both: a
// token that has something of each is none. A [Resource] says what a scope of the host's
// own stands for: claims at userinfo, or an API with its audience. [ResourceList.Target]
// decides for whom a token is, and what it says because of that.
//
// # Refresh families
//
// A refresh token is spent by its first use and followed by one successor. The
// successor is computed from the spent token, so an answer that was lost on
// the way can be given again, and no token rests in the store. A spent token
// that comes back later than that is theft or a broken client, and ends the
// session. [Refresh] says which, as data: its verdict has to commit.
//
// # Keys
//
// Signing keys stand in one [Ring] with the moments between which each is
// shown, signs and is believed. Those moments lie so far apart that nodes whose
// clocks disagree a little, and resource servers that cached the key set, never
// meet a token they cannot verify. The keys of each algorithm ([Algorithms]) follow each
// other apart. A key is made ([NewKey]), imported with its certificate ([ImportKey]), or
// kept outside by whoever signs for it ([OutsideKey]). A token is judged by the algorithm
// of the key that it names, whatever its header says.
package token
