package sallyport

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/store"
)

// lockouts are kept under the keyed hash of the typed canonical name and, where
// the name is an account's, also under that of the account's id.
var lockouts = store.Table[lockout]{Name: "lockout", Schema: 1}

const (
	maxLock       = 24 * time.Hour // however often it locks
	tellAfter     = 100            // misses without a complete login, the owner is told
	neverUnlocked = 100 * 365 * 24 * time.Hour
	strangerKept  = 30 * 24 * time.Hour // how long the record of a name may stay that is no account's
)

// lockRules say when wrong passwords lock a name.
type lockRules struct {
	MaxBadLogons    int           `json:"maxBadLogons"` // 0: they never lock
	BadLogonWindow  time.Duration `json:"badLogonWindow"`
	AutoUnlockAfter time.Duration `json:"autoUnlockAfter"` // 0: an administrator unlocks
}

// defaultLockRules hold where nothing else was said.
func defaultLockRules() lockRules {
	return lockRules{MaxBadLogons: 10, BadLogonWindow: 15 * time.Minute, AutoUnlockAfter: 15 * time.Minute}
}

// lockout counts the wrong passwords given for one name or account.
type lockout struct {
	Misses int          `json:"misses,omitempty"` // in the present window
	Since  time.Time    `json:"since,omitzero"`   // the first miss of the window
	Until  time.Time    `json:"until,omitzero"`   // locked until then
	Locks  int          `json:"locks,omitempty"`  // in a row, since the last complete login
	Total  int          `json:"total,omitempty"`  // misses since the last complete login
	Repeat limit.Repeat `json:"repeat,omitzero"`  // of the last miss
	Last   penalty      `json:"last,omitzero"`    // what the last miss did
}

// penalty is what one wrong password did.
type penalty struct {
	Locks bool `json:"locks,omitempty"` // it locks
	Final bool `json:"final,omitempty"` // the next one would
}

func (l *lockout) locked(now time.Time) bool { return now.Before(l.Until) }

// repeats reports whether the same password missed a moment ago.
func (l *lockout) repeats(tag []byte, now time.Time) bool { return l.Repeat.Is(tag, now) }

// miss charges one wrong password and returns what it did.
func (l *lockout) miss(p lockRules, now time.Time) penalty {
	if l.Since.IsZero() || now.Sub(l.Since) >= p.BadLogonWindow {
		l.Misses, l.Since = 0, now
	}
	l.Misses++
	l.Total++
	if p.MaxBadLogons <= 0 {
		return penalty{}
	}
	if l.Misses < p.MaxBadLogons {
		return penalty{Final: l.Misses == p.MaxBadLogons-1}
	}
	l.Misses, l.Since = 0, time.Time{}
	l.Until = now.Add(lockFor(p.AutoUnlockAfter, l.Locks))
	l.Locks++
	return penalty{Locks: true}
}

// lockFor is how long the next lock lasts after n in a row: twice as long as
// the one before, up to a day; without automatic unlocking until an
// administrator comes.
func lockFor(first time.Duration, n int) time.Duration {
	if first <= 0 {
		return neverUnlocked
	}
	d := first
	for range n {
		if d >= maxLock {
			break
		}
		d *= 2
	}
	return min(d, max(maxLock, first))
}

// clear is what a complete login leaves. It answers whether that is a change.
func (l *lockout) clear() bool {
	changed := l.Total != 0 || l.Misses != 0 || l.Locks != 0 || !l.Until.IsZero()
	l.Total, l.Misses, l.Locks, l.Since, l.Until = 0, 0, 0, time.Time{}, time.Time{}
	return changed
}

// expires is when the record may be forgotten: when neither its window nor its
// lock nor the row of locks matters any more.
func (l *lockout) expires(p lockRules, now time.Time) time.Time {
	end := now.Add(p.BadLogonWindow + maxLock)
	if l.Until.After(now) {
		end = l.Until.Add(maxLock)
	}
	return end
}

// accountLockoutID is the id of the lockout of an account, apart from those of
// names.
func accountLockoutID(x store.Index, account string) string { return x.ID("lockout-account", account) }

// guard is the two lockouts that a password is judged by.
type guard struct {
	nameID, accountID string
	known             bool // the name is an account's
	name, account     lockout
}

func (g *guard) keys() []string { return []string{lockouts.Key(g.nameID), lockouts.Key(g.accountID)} }

func (g *guard) read(tx *store.Tx) (err error) {
	if g.name, _, err = lockouts.Get(tx, g.nameID); err != nil {
		return err
	}
	g.account, _, err = lockouts.Get(tx, g.accountID)
	return err
}

// miss charges both. What it did follows the name that was typed, since what the
// account's own count says would tell that the name is an account's. Without a
// tag the same password is charged again.
func (g *guard) miss(tx *store.Tx, p lockRules, now time.Time, tag []byte) error {
	g.name.Last = g.name.miss(p, now)
	g.account.miss(p, now)
	g.name.Repeat = limit.Repeat{Digest: tag, At: now}
	return g.write(tx, p, now)
}

// write puts both as they are.
func (g *guard) write(tx *store.Tx, p lockRules, now time.Time) error {
	nameEnd, accountEnd := g.name.expires(p, now), g.account.expires(p, now)
	// A lock without end would let strangers fill the store with names. After
	// the name's own record the account's holds: the right password is then
	// answered like a wrong one, and so is every one of a name that is nobody's.
	if latest := now.Add(strangerKept); nameEnd.After(latest) {
		nameEnd = latest
	}
	if latest := now.Add(strangerKept); !g.known && accountEnd.After(latest) {
		accountEnd = latest
	}
	if err := lockouts.Put(tx, g.nameID, g.name, nameEnd); err != nil {
		return err
	}
	return lockouts.Put(tx, g.accountID, g.account, accountEnd)
}

// clear forgets what a complete login makes void.
func (g *guard) clear(tx *store.Tx, p lockRules, now time.Time) error {
	for _, l := range []struct {
		id string
		l  *lockout
	}{{g.nameID, &g.name}, {g.accountID, &g.account}} {
		if !l.l.clear() {
			continue
		}
		if err := lockouts.Put(tx, l.id, *l.l, l.l.expires(p, now)); err != nil {
			return err
		}
	}
	return nil
}
