package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// How long a session with a refresh token lives.
const (
	DefaultRefreshLife = 30 * 24 * time.Hour // from the login, whatever happens
	DefaultRefreshIdle = 15 * 24 * time.Hour // from the last refresh
	// SPARefreshLife is that of a program in a browser, whose refresh tokens are
	// easier to steal.
	SPARefreshLife = 24 * time.Hour
)

// Session is one login. The zero Session is dead.
type Session struct {
	// ID is 32 lower-case hexadecimal digits: the first twelve of the account's
	// home, see [NewSession], and 80 random bits. So a session lies beside the
	// other records of its account. Others may have homes that begin alike: what
	// tells whose a session is, is Account.
	ID string
	// Account is the immutable id of who logged in.
	Account string
	// Epoch is the account's at login. When the account's moves on, the
	// session is dead.
	Epoch uint64
	// Client is the canonical id of the client that logged in.
	Client      string
	Application string
	// ClientInstance is the [Client.Instance] of that client. It refreshes nothing for
	// another one of its id.
	ClientInstance uint64
	// Name is the user name at login.
	Name   string
	Scopes []string
	// AuthTime is when the last factor was proven.
	AuthTime time.Time
	// Methods are the factors proven, such as "pwd" and "otp" (RFC 8176).
	Methods []string
	Created time.Time
	// Expires is the absolute end; see [Session.End].
	Expires time.Time
	// Resource is the audience that the login asked for (RFC 8707), and that its tokens
	// are for; empty: it asked for none.
	Resource string
	// Round is the number of [Round] when it began: it ends when that is raised.
	Round uint64
	// Ended is set by sign-out, revocation and reuse of a refresh token, and
	// never cleared.
	Ended bool
	// Refresh is nil for a session without offline_access. It is replaced
	// whole, never written through.
	Refresh *Family

	// Handle is the digest of the secret in the handle of a session of the host's
	// own, and LastUse when that was last looked at, to a tenth of [HandleIdle].
	Handle  []byte
	LastUse time.Time

	// Kept says that its holder stays signed in for longer, by their own choice: see
	// [KeptLife].
	Kept bool
	// RenewDue says that what the session may do has changed since its handle was made,
	// which is then exchanged for a successor, see [HandleSealer.Renew]. PastHandles are
	// the first eight bytes of the digests of the last [HandleMemory] before it, end to
	// end, the newest last, and HandleRotated is when that one was exchanged. HandleUsed
	// says that its successor has come back.
	RenewDue      bool
	PastHandles   []byte
	HandleRotated time.Time
	HandleUsed    bool

	// StepUp is the id of the record of the request in which a second factor is, or was
	// last, proven anew; a session has one at a time. FormerMethods and FormerAuthTime are
	// Methods and AuthTime before, for which the handle before the present one stands
	// while it stands in; no FormerAuthTime: for the present ones.
	StepUp         string
	FormerMethods  []string
	FormerAuthTime time.Time

	// Misses are the wrong passwords and codes by which its holder tried to change the
	// account.
	Misses int

	// Grace says which one it was of the logins that grace let in without the second
	// factor that was wanted; 0: none of them.
	Grace int
	// Factors says, of a login on a remembered device, when the second factor was
	// proven there that it did not ask for, under the name of its method in policies.
	// Methods does not have it.
	Factors map[string]time.Time

	// Device and Address are what a list of sessions shows: the label of the device, and
	// the network address of the login.
	Device, Address string

	// What follows has its place and is not written yet.

	// Actor is who acts for the account.
	Actor string

	Unknown record.Unknown // what a newer program has written
}

// Sessions holds the sessions by id. What Get returns is shared.
var Sessions = store.NewTable[Session]("session", store.TableOptions{Near: true, Cached: true, Size: 320})

// ProvesFactor reports whether the login proved more than a password.
func (s *Session) ProvesFactor() bool {
	return slices.ContainsFunc(s.Methods, func(m string) bool { return m != "pwd" })
}

// IsOf reports whether a session is a client's, and not that of one of its id that was
// deleted before.
func (s *Session) IsOf(c *Client) bool {
	return c.ID != "" && s.Client == c.ID && s.ClientInstance == c.Instance
}

// NewSession is what [Begin] needs to know. The fields down to Methods become
// those of the [Session]. A life of 0 takes its default.
type NewSession struct {
	Account     string // 32 lower-case hexadecimal digits or a lower-case GUID
	Home        string // where its records lie: the id that they have in tables that are near
	Epoch       uint64
	Client      string
	Application string
	Name        string
	Scopes      []string
	Resource    string
	Round       uint64

	ClientInstance uint64 // as [Client.Instance] has it

	AuthTime    time.Time
	Methods     []string
	Grace       int           // as in [Session]
	AccessLife  time.Duration // as [Client.AccessLife] gives it
	RefreshLife time.Duration // at most
	RefreshIdle time.Duration // without a refresh

	Factors map[string]time.Time // as in [Session]

	Device, Address string // as in [Session]
	Kept            bool   // likewise, of one of the host's own
	// Holder is a secret of the browser that a session of the host's own is for, of which
	// that of its first handle comes; empty: that is random. See [HandleSealer.First].
	Holder string
}

var errNewSession = errors.New("token: a session needs an account id and a home of 16 bytes, and a client")

// Begin plans to create a session. With offline_access among the scopes it
// returns the first refresh token, which is nowhere stored; without it the
// result is "" and the session ends with its access token.
//
// The record is inserted under an id that nobody else can choose, which makes
// the outcome of the commit decidable: two sessions with one id cannot both
// land. An error means that n is not usable.
func Begin(tx *store.Tx, idx store.Index, now time.Time, n NewSession) (s Session, refreshToken string, err error) {
	if s, err = n.session(now); err != nil {
		return Session{}, "", err
	}
	if offline := slices.Contains(n.Scopes, ScopeOfflineAccess); offline {
		s.Expires = now.Add(orDefault(n.RefreshLife, DefaultRefreshLife))
		s.Refresh, refreshToken = newFamily(idx, now, s, orDefault(n.RefreshIdle, DefaultRefreshIdle))
	}
	if err := Sessions.Insert(tx, s.ID, s, s.Expires); err != nil {
		return Session{}, "", fmt.Errorf("saving session: %w", err)
	}
	return s, refreshToken, nil
}

// session is the session that n describes, without a way to go on after its
// [NewSession.AccessLife].
func (n *NewSession) session(now time.Time) (Session, error) {
	_, isAccount := fromAccountID(n.Account)
	_, isHome := fromID(n.Home)
	if !isAccount || !isHome || n.Client == "" {
		return Session{}, errNewSession
	}
	return Session{
		ID: newSessionID(n.Home), Account: n.Account, Epoch: n.Epoch, Client: n.Client, Application: n.Application, ClientInstance: n.ClientInstance, Name: n.Name,
		Scopes: slices.Clone(n.Scopes), Resource: n.Resource, Round: n.Round, AuthTime: n.AuthTime, Methods: slices.Clone(n.Methods), Grace: n.Grace, Created: now, Expires: now.Add(accessLife(n.AccessLife)),
		Factors: maps.Clone(n.Factors), Device: n.Device, Address: n.Address,
	}, nil
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// homeDigits is how many digits of a home the id of a session begins with. Of a
// million accounts two have homes that begin alike once in 500 stores.
const homeDigits = 12

const sessionRandom = 10 // bytes of an id that are random

// newSessionID makes the id of a session of the account of that home. It is no
// credential: what opens a session is the refresh secret or a signed token. Since it
// stands in refresh tokens, who holds two of them sees whether they are of one
// account, which their access tokens tell as well; whose they are it does not tell.
func newSessionID(home string) string {
	return SessionPrefix(home) + hex.EncodeToString(rnd.Bytes(sessionRandom))
}

// SessionPrefix is what the ids of all sessions of the account of that home begin
// with, and may be those of others: only [Session.Account] tells.
func SessionPrefix(home string) string { return home[:homeDigits] }

// End is when the session dies by itself: at its absolute end, or before that
// when it is not refreshed in time.
func (s Session) End() time.Time {
	if s.Refresh != nil && s.Refresh.IdleAt.Before(s.Expires) {
		return s.Refresh.IdleAt
	}
	return s.Expires
}

// LiveFor reports whether the session lives at now for an account that stands
// at that epoch. One that began ahead of the clock, which was set back since, does
// not.
func (s Session) LiveFor(epoch uint64, now time.Time) bool {
	return !s.Ended && s.Epoch == epoch && now.Before(s.End()) && !moment.Ahead(s.Created, now)
}

// TokenEnd is when an access token issued now must expire: after the given
// life, and not after the session.
func (s Session) TokenEnd(now time.Time, life time.Duration) time.Time {
	end := now.Add(accessLife(life))
	if s.End().Before(end) {
		return s.End()
	}
	return end
}

// GivesTokens reports whether an access token can be made at now that lives: they end with
// whole seconds, and none goes beyond the session, so that its last second has none.
func (s Session) GivesTokens(now time.Time) bool { return s.End().Truncate(time.Second).After(now) }

// EndSession plans to end s, which the transaction must have read. The record
// stays until it expires, so that what names it is refused for a reason.
func EndSession(tx *store.Tx, s Session) error {
	s.Ended = true
	return saveSession(tx, s)
}

// sessionMisses are the wrong passwords and codes that end a session.
var sessionMisses = budget.Rule{
	Name: "session-guesses", What: "wrong passwords and codes", By: "a session in which something is changed", Size: 5, Refills: budget.Never,
	UsedUp: "the session ends", Source: "ours",
}

// Budgets returns all limits that this package keeps.
func Budgets() []budget.Rule { return []budget.Rule{sessionMisses, openSessions, openKeys} }

// Miss plans to count a wrong password or code that was given in s, which the
// transaction must have read. The fifth ends the session.
func Miss(tx *store.Tx, s Session) error {
	if s.Misses++; s.Misses >= sessionMisses.Size {
		return EndSession(tx, s)
	}
	return saveSession(tx, s)
}

// IsAtLastMiss reports whether the next [Miss] ends the session.
func (s *Session) IsAtLastMiss() bool { return s.Misses+1 >= sessionMisses.Size }

// Follow plans to let s, which the transaction must have read, go on at another epoch
// of its account: it caused the change that ends all others, and is charged with no
// wrong password any more. At the same epoch it is written as it is.
func Follow(tx *store.Tx, s Session, epoch uint64) error {
	if s.Epoch != epoch {
		s.Epoch, s.Misses, s.RenewDue = epoch, 0, s.Handle != nil
	}
	return saveSession(tx, s)
}

// saveSession keeps the record to the absolute end: if its expiry moved with each
// refresh, so would its place in the order of expiry that stores keep.
func saveSession(tx *store.Tx, s Session) error {
	if err := Sessions.Put(tx, s.ID, s, s.Expires); err != nil {
		return fmt.Errorf("saving session: %w", err)
	}
	return nil
}
