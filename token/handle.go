package token

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// How long a session of the host's own lives.
const (
	HandleLife = 24 * time.Hour // from the login, whatever happens
	HandleIdle = time.Hour      // without a look at it, at most; nine tenths at least

	// The same where its holder has chosen to stay signed in.

	KeptLife = 30 * 24 * time.Hour
	KeptIdle = 14 * 24 * time.Hour
)

// A handle that was exchanged for its successor stands in for it until HandleGrace is over
// or the successor has come back, so that a lost answer signs nobody out. After that it ends
// the session, if it is one of the last HandleMemory: somebody has a copy.
const (
	HandleGrace  = 30 * time.Second
	HandleMemory = 16

	handleMark = 8 // bytes of a digest that are kept of a handle that was exchanged
)

const (
	handleSecret = 32 // bytes
	handleTag    = 32
	maxHandle    = 400 // bytes of the text
)

// Handle names a session of the host's own and proves that its holder may use it.
type Handle struct {
	Session string
	Account string
	secret  []byte
}

// HandleSealer makes the texts of handles and reads them: account, session and
// secret, sealed under a key of this purpose and prefix, so that what was not sealed
// here costs no look at a store.
//
// The construction is that of [SealVGToken]: a keyed digest of all that is sealed is
// the tag, and the key stream comes of the tag. The secret is random, so no two
// handles have one tag.
type HandleSealer struct {
	Index  store.Index
	Prefix string // of the engine's records; two engines on one store read each other's not
}

// Seal returns the text of a handle: at most 400 bytes of base64url.
func (h HandleSealer) Seal(x Handle) (string, error) {
	session, ok := fromID(x.Session)
	if !ok || len(x.secret) != handleSecret {
		return "", errHandle
	}
	text := slices.Concat(x.secret, session, []byte(x.Account))
	tag := h.tag(text)
	out := base64.RawURLEncoding.EncodeToString(append(tag, h.cipher(tag, text)...))
	if x.Account == "" || len(out) > maxHandle {
		return "", errHandle
	}
	return out, nil
}

var errHandle = fmt.Errorf("token: a handle needs a session and an account id of %d bytes at most", maxHandle*3/4-handleTag-handleSecret-16)

// Open undoes Seal. It returns false for whatever was not sealed by it.
func (h HandleSealer) Open(text string) (x Handle, ok bool) {
	if len(text) > maxHandle {
		return x, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= handleTag+handleSecret+16 {
		return x, false
	}
	tag, sealed := raw[:handleTag], raw[handleTag:]
	open := h.cipher(tag, sealed)
	if subtle.ConstantTimeCompare(tag, h.tag(open)) != 1 {
		return x, false
	}
	return Handle{secret: open[:handleSecret], Session: hex.EncodeToString(open[handleSecret : handleSecret+16]), Account: string(open[handleSecret+16:])}, true
}

func (h HandleSealer) tag(text []byte) []byte {
	return h.Index.Digest("handle-tag", h.Prefix, string(text))
}

// cipher enciphers or deciphers.
func (h HandleSealer) cipher(tag, text []byte) []byte {
	var stream []byte
	for i := 0; len(stream) < len(text); i++ {
		stream = append(stream, h.Index.Digest("handle-stream", h.Prefix, string(tag), strconv.Itoa(i))...)
	}
	out := make([]byte, len(text))
	subtle.XORBytes(out, text, stream)
	return out
}

// BeginOwn plans to create a session of the host's own, which no token names, and
// returns it with its handle. Scopes and lives of n are not read.
func BeginOwn(tx *store.Tx, h HandleSealer, now time.Time, n NewSession) (s Session, handle string, err error) {
	n.Scopes, n.AccessLife = nil, HandleLife
	if s, err = n.session(now); err != nil {
		return Session{}, "", err
	}
	x := h.first(&s, n.Holder)
	if handle, err = h.Seal(x); err != nil {
		return Session{}, "", err
	}
	if s.Handle, s.LastUse, s.Kept = h.digest(x), now, n.Kept; s.Kept {
		s.Expires = now.Add(KeptLife)
	}
	if err := Sessions.Insert(tx, s.ID, s, s.Expires); err != nil {
		return Session{}, "", fmt.Errorf("saving session: %w", err)
	}
	return s, handle, nil
}

// first makes the first handle of s: of a secret of the browser that has it, or at random.
func (h HandleSealer) first(s *Session, holder string) Handle {
	x := Handle{Session: s.ID, Account: s.Account}
	if x.secret = rnd.Bytes(handleSecret); holder != "" {
		x.secret = h.Index.Digest("handle-first", s.ID, holder)
	}
	return x
}

// First returns the first handle of s, and whether s has it still and is open for an account
// that stands at that epoch, where [NewSession].Holder was that secret: the answer that it
// came with may have been lost.
func (h HandleSealer) First(s *Session, holder string, epoch uint64, now time.Time) (handle string, ok bool, err error) {
	x := h.first(s, holder)
	if h.State(x, s, now) != HandlePresent || !h.Admits(x, s, epoch, now) {
		return "", false, nil
	}
	handle, err = h.Seal(x)
	return handle, err == nil, err
}

func (h HandleSealer) digest(x Handle) []byte {
	return h.Index.Digest("handle-secret", x.Session, string(x.secret))[:digestBytes]
}

// HandleState says what a handle is to a session. The zero value is a refusal.
type HandleState int

const (
	HandleUnknown HandleState = iota // none of that session and account
	HandlePresent                    // the one that it has now
	HandleFormer                     // the one before it, whose successor nobody has used yet
	HandleSpent                      // one of those before it
)

// State returns what a handle is to s at now, alive or ended.
func (h HandleSealer) State(x Handle, s *Session, now time.Time) HandleState {
	digest := h.digest(x)
	switch at := s.pastHandle(digest); {
	case s.ID != x.Session || s.Account != x.Account:
		return HandleUnknown
	case subtle.ConstantTimeCompare(s.Handle, digest) == 1:
		return HandlePresent
	case at < 0:
		return HandleUnknown
	case at == len(s.PastHandles)/handleMark-1 && s.inHandleGrace(now):
		return HandleFormer
	}
	return HandleSpent
}

// RenewedOnce reports whether the session has had another handle before this one.
func (s *Session) RenewedOnce() bool { return len(s.PastHandles) > 0 }

// pastHandle returns which of those before the present handle has that digest; -1: none.
func (s *Session) pastHandle(digest []byte) int {
	found := -1
	for i := 0; i+handleMark <= len(s.PastHandles); i += handleMark {
		if subtle.ConstantTimeCompare(s.PastHandles[i:i+handleMark], digest[:handleMark]) == 1 {
			found = i / handleMark
		}
	}
	return found
}

// inHandleGrace reports whether the handle before the present one stands in for it.
func (s *Session) inHandleGrace(now time.Time) bool {
	return !s.HandleUsed && now.Before(s.HandleRotated.Add(HandleGrace)) && !moment.Ahead(s.HandleRotated, now)
}

// Renew plans to exchange a handle of s, which the transaction must have read, for its
// successor, and returns that. The former one gets the same successor again, but after a
// step-up: that is for whoever has proven the factor. It reports false for any other.
func (h HandleSealer) Renew(tx *store.Tx, x Handle, s *Session) (handle string, ok bool, err error) {
	state := h.State(x, s, tx.Now())
	if state != HandlePresent && (state != HandleFormer || s.steppedUp()) {
		return "", false, nil
	}
	if handle, err = h.Successor(x); err != nil || state == HandleFormer {
		return handle, err == nil, err
	}
	h.rotate(x, s, tx.Now())
	s.LastUse = tx.Now()
	return handle, true, saveSession(tx, *s)
}

// Successor returns the handle for which x is, or was, exchanged: each has one.
func (h HandleSealer) Successor(x Handle) (string, error) { return h.Seal(h.next(x)) }

func (h HandleSealer) next(x Handle) Handle {
	return Handle{Session: x.Session, Account: x.Account, secret: h.Index.Digest("handle-next", x.Session, string(x.secret))}
}

// rotate puts the successor of x, the present handle, in its place.
func (h HandleSealer) rotate(x Handle, s *Session, now time.Time) {
	past := slices.Concat(s.PastHandles, s.Handle[:handleMark])
	s.PastHandles = past[max(0, len(past)-HandleMemory*handleMark):]
	s.Handle, s.HandleRotated, s.HandleUsed, s.RenewDue = h.digest(h.next(x)), now, false, false
	s.FormerMethods, s.FormerAuthTime = nil, time.Time{}
}

// Admits reports whether a handle opens s now, for an account that stands at that
// epoch: it names this session and this account, its secret is the present one, or the
// former, and neither the absolute nor the idle life is over.
func (h HandleSealer) Admits(x Handle, s *Session, epoch uint64, now time.Time) bool {
	return h.Opens(x, s, now) && s.LiveFor(epoch, now) && !s.isIdle(now)
}

// Opens reports whether a handle names s and holds its secret, or the former, alive or
// ended.
func (h HandleSealer) Opens(x Handle, s *Session, now time.Time) bool {
	state := h.State(x, s, now)
	return state == HandlePresent || state == HandleFormer
}

// IsIdle reports whether a handle opens s and s has died of not being used, or lies
// ahead of the clock, and nobody has written so.
func (h HandleSealer) IsIdle(x Handle, s *Session, now time.Time) bool {
	return h.Opens(x, s, now) && !s.Ended && s.isIdle(now)
}

// idle is how long s lives without being used.
func (s *Session) idle() time.Duration {
	if s.Kept {
		return KeptIdle
	}
	return HandleIdle
}

func (s *Session) isIdle(now time.Time) bool {
	return !now.Before(s.LastUse.Add(s.idle())) || moment.Ahead(s.LastUse, now)
}

// IsOpen reports whether a session lives at now for an account that stands at that epoch,
// and can be used again: one of the host's own also has to have been used within its idle
// life.
func (s *Session) IsOpen(epoch uint64, now time.Time) bool {
	return (s.Handle == nil || !s.isIdle(now)) && s.LiveFor(epoch, now)
}

// LastUsed is when a session was last used as far as that is written: of the host's own
// to a tenth of its idle life, of a client's the last refresh.
func (s *Session) LastUsed() time.Time {
	switch {
	case s.Handle != nil:
		return s.LastUse
	case s.Refresh != nil && !s.Refresh.RotatedAt.IsZero():
		return s.Refresh.RotatedAt
	}
	return s.Created
}

// UnusedEnd is when a session dies if it is not used any more.
func (s *Session) UnusedEnd() time.Time {
	if idle := s.LastUse.Add(s.idle()); s.Handle != nil && idle.Before(s.Expires) {
		return idle
	}
	return s.End()
}

// IsStale reports whether that a session of the host's own is used is to be written:
// once in a tenth of its idle life, and when a new handle comes back for the first time.
func (s *Session) IsStale(now time.Time) bool {
	return now.Sub(s.LastUse) >= s.idle()/10 || !s.HandleRotated.IsZero() && !s.HandleUsed
}

// Touch plans to write that s, which the transaction must have read, is used by its present
// handle. One that has ended, or was used since, stays as it is.
func Touch(tx *store.Tx, s Session) error {
	if s.Ended || !s.IsStale(tx.Now()) {
		return nil
	}
	s.LastUse, s.HandleUsed = tx.Now(), !s.HandleRotated.IsZero()
	s.FormerMethods, s.FormerAuthTime = nil, time.Time{} // nothing stands for them any more
	return saveSession(tx, s)
}
