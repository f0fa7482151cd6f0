// Package totp holds time-based one-time codes (RFC 6238): the shared secret,
// the codes it makes, the key URI that an authenticator app scans and the
// picture of that URI. All are pure functions of (secret, time); what has to be
// remembered, above all the last step that was accepted, is the caller's.
//
// # One setting
//
// Codes are made with HMAC-SHA-1, have six digits and change every 30 seconds.
// None of this can be set: Microsoft Authenticator ignores the parameters
// algorithm, digits and period of a key URI and shows such a code whatever they
// say, so any other setting locks its users out. SHA-1 is sound inside HMAC;
// what a guesser meets are the six digits, and those are defended by counting
// guesses, not by a longer hash.
//
// # A code is its step
//
// A code is one number of 30-second steps since 1970. [Secret.Verify] says
// which step matched, and the caller stores that step in the transaction that
// accepts the code and hands it in as after the next time. Then no code is
// accepted twice (RFC 6238, section 5.2), nor after a later one, however it is
// spelled. The window is one step to either side, for clocks that differ and
// people who type slowly.
//
// # Secrets stay silent
//
// A [Secret] prints as a placeholder with every verb of fmt and in slog. Its
// text comes only from [Secret.Base32], [Secret.URI] and the text marshaller,
// which serves records that are sealed.
package totp
