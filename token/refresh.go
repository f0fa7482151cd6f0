package token

import (
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

const (
	// RefreshGrace is how long the token spent last may be presented again, by
	// the same client, to get the same successor: time enough to repeat a call
	// whose answer was lost. On a node whose clock is behind it begins earlier,
	// by [moment.Leeway] at most.
	RefreshGrace = 30 * time.Second
	// RefreshMemory is how many spent tokens of a family are recognised. What
	// is older is merely invalid.
	RefreshMemory = 16

	refreshBytes = 32 // of a token: 16 of session id, 16 of secret
	digestBytes  = 16 // of the stored digest of a secret that is good: as many as it has
	pastBytes    = 8  // of one that was good: it opens nothing, and none is met by chance
)

// Family is the state of the refresh tokens of one session. It holds digests
// alone: neither a token nor the way to make the next one.
type Family struct {
	// Generation counts the tokens made, the first being 1.
	Generation uint64
	// Digest is of the secret that is good now.
	Digest []byte
	// Past are the first eight bytes of those of the last [RefreshMemory] spent
	// secrets, end to end, the newest last.
	Past []byte
	// RotatedAt is when the newest of Past was spent.
	RotatedAt time.Time
	// IdleSeconds is the life without a refresh, IdleAt its present end.
	IdleSeconds int64
	IdleAt      time.Time

	Unknown record.Unknown // what a newer program has written
}

// RefreshVerdict is what became of a presented refresh token. The zero value
// is a refusal.
type RefreshVerdict int

const (
	// Invalid means that the token is none of this session and client.
	Invalid RefreshVerdict = iota
	// Granted means that the token was good and is now spent.
	Granted
	// Repeated means that the token was spent within [RefreshGrace] and its
	// successor is unused: that successor is given again.
	Repeated
	// Reused means that a spent token came back. The session is ended, and the
	// successors with it.
	Reused
	// Expired means that the session had died by itself. It is closed, so that
	// no clock that jumps back revives it.
	Expired
	// Ended means that the session was ended, or the account has changed since.
	Ended
)

var verdictNames = [...]string{"Invalid", "Granted", "Repeated", "Reused", "Expired", "Ended"}

// String is the verdict's name.
func (v RefreshVerdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		return "RefreshVerdict(" + strconv.Itoa(int(v)) + ")"
	}
	return verdictNames[v]
}

// RefreshResult is the outcome of [Refresh]. Token is the successor when the
// verdict is [Granted] or [Repeated], else ""; Session is as the commit leaves
// it.
type RefreshResult struct {
	Verdict RefreshVerdict
	Session Session
	Token   string
}

// RefreshRequest is what [Refresh] judges.
type RefreshRequest struct {
	Token  string // as presented
	Client string // canonical id of the client that authenticated
	// Instance is its [Client.Instance].
	Instance uint64
	Epoch    uint64 // at which the account stands now
	// Life and Idle are the client's [Client.RefreshLife] and [Client.IdleLife] now; 0
	// leaves those of the login.
	Life, Idle time.Duration
}

// ParseRefreshToken reads 64 upper-case hexadecimal digits and returns the id
// of the session they name, in lower case as in [Sessions], and the secret.
// Any other text is false: no token has a second spelling.
func ParseRefreshToken(s string) (sessionID, secret string, ok bool) {
	raw, ok := fromUpperHex(s, refreshBytes)
	if !ok {
		return "", "", false
	}
	return hex.EncodeToString(raw[:16]), s[32:], true
}

// KnowsRefresh reports whether a refresh token is one of s, or was one of the last
// [RefreshMemory] before it, and whether it is the one that is good now, if the session
// lives. It changes nothing.
func (s *Session) KnowsRefresh(idx store.Index, presented string) (known, current bool) {
	id, secret, ok := ParseRefreshToken(presented)
	if !ok || id != s.ID || s.Refresh == nil {
		return false, false
	}
	age := s.Refresh.age(refreshDigest(idx, s.ID, secret))
	return age >= 0, age == 0
}

// Refresh spends a refresh token of s, which this transaction must have read,
// and plans to write what follows. An error is the store's.
//
// The verdict is data and has to commit, refusals too: a reused token ends the
// session in the same commit. Nothing is said of a session to whoever does not
// hold one of its secrets and is not its client: that is Invalid whatever
// state the session is in, and changes nothing.
func Refresh(tx *store.Tx, idx store.Index, now time.Time, s Session, r RefreshRequest) (RefreshResult, error) {
	id, secret, ok := ParseRefreshToken(r.Token)
	if !ok || id != s.ID || r.Client != s.Client || r.Instance != s.ClientInstance || s.Refresh == nil {
		return RefreshResult{Verdict: Invalid, Session: s}, nil
	}
	s = s.Within(r.Life, r.Idle)
	out := RefreshResult{Verdict: s.judge(idx, now, secret, r.Epoch)}
	switch out.Verdict {
	case Granted:
		out.Token = s.successor(idx, s.Refresh.Generation, secret)
		s.Refresh = s.Refresh.next(idx, now, s, out.Token)
	case Repeated:
		out.Token = s.successor(idx, s.Refresh.Generation-1, secret)
	case Reused, Expired:
		s.Ended = true
	}
	out.Session = s
	switch out.Verdict {
	case Granted, Reused, Expired:
		return out, saveSession(tx, s)
	}
	return out, nil
}

func (s Session) judge(idx store.Index, now time.Time, secret string, epoch uint64) RefreshVerdict {
	age := s.Refresh.age(refreshDigest(idx, s.ID, secret))
	switch {
	case age < 0:
		return Invalid
	case s.Ended || s.Epoch != epoch:
		return Ended
	case !s.LiveFor(epoch, now):
		return Expired
	case age == 0:
		return Granted
	case age == 1 && !moment.Ahead(s.Refresh.RotatedAt, now) && now.Before(s.Refresh.RotatedAt.Add(RefreshGrace)):
		return Repeated // the successor is unused, else this were older
	default:
		return Reused
	}
}

// age says how many successors the secret with that digest has had, or -1 if
// it is none of the family. Every digest is compared, so the time tells nothing
// of which one matched.
func (f *Family) age(digest []byte) int {
	age := subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(f.Digest, digest), 0, -1)
	successors := len(f.Past) / pastBytes
	for p := range slices.Chunk(f.Past, pastBytes) {
		age = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(p, digest[:pastBytes]), successors, age)
		successors--
	}
	return age
}

// next is the family after its present token was spent at now.
func (f *Family) next(idx store.Index, now time.Time, s Session, token string) *Family {
	past := slices.Concat(f.Past, f.Digest[:pastBytes])
	past = past[max(0, len(past)-RefreshMemory*pastBytes):]
	next := *f
	next.Generation++
	next.Digest = refreshDigest(idx, s.ID, token[32:])
	next.Past = past
	next.RotatedAt = now
	next.IdleAt = now.Add(time.Duration(f.IdleSeconds) * time.Second)
	return &next
}

// newFamily starts the family of s and returns its first token.
func newFamily(idx store.Index, now time.Time, s Session, idle time.Duration) (*Family, string) {
	secret := rnd.Hex(16)
	return &Family{
		Generation:  1,
		Digest:      refreshDigest(idx, s.ID, secret),
		IdleSeconds: int64(idle / time.Second),
		IdleAt:      now.Add(idle),
	}, refreshToken(s.ID, secret)
}

// successor is the token that follows the one of that generation. It is a
// function of the secret presented, so it can be made again while that one is
// at hand, and by nobody who has the store alone.
func (s Session) successor(idx store.Index, generation uint64, presented string) string {
	d := idx.Digest("refresh-successor", s.ID, strconv.FormatUint(generation, 10), presented)
	return refreshToken(s.ID, upperHex(d[:16]))
}

func refreshToken(sessionID, secret string) string { return strings.ToUpper(sessionID) + secret }

func refreshDigest(idx store.Index, sessionID, secret string) []byte {
	return idx.Digest("refresh-secret", sessionID, secret)[:digestBytes]
}
