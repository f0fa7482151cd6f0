package account

import (
	"time"

	"github.com/sallyport-auth/sallyport/internal/budget"
	"github.com/sallyport-auth/sallyport/internal/limit"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Lockouts are kept under the keyed hash of the typed canonical name, and under the
// [Home] of the account.
var Lockouts = store.NewTable[Lockout]("lockout", store.TableOptions{Near: true, Size: 120})

const (
	maxLock       = 24 * time.Hour // however often it locks
	neverUnlocked = 100 * 365 * 24 * time.Hour
	strangerKept  = 30 * 24 * time.Hour // how long the record of a name that belongs to no account may stay
)

// toldMisses are the wrong passwords after which the owner of the account is told.
var toldMisses = budget.Rule{
	Name: "wrong-passwords-told", What: "wrong passwords without a complete login", By: "an account", Size: 100, Refills: budget.ByLogin,
	UsedUp: "the owner is told, once", Source: "ours",
}

// TellAfter returns after how many misses without a complete login the owner of the
// account is told.
func TellAfter() int { return toldMisses.Size }

// Budgets returns all limits that this package keeps, in the order in which they are
// listed.
func Budgets() []budget.Rule {
	lock := DefaultLockRules()
	return []budget.Rule{
		{
			Name: "wrong-passwords", What: "wrong passwords", By: "a name as it is typed, and an account", Size: lock.MaxBadLogons, Period: lock.BadLogonWindow, Refills: budget.AtOnce,
			UsedUp: "it is locked for autoUnlockAfter, each time in a row twice as long, at most a day", Source: "maxBadLogons and badLogonWindow of the policy; this is the default",
		},
		toldMisses, resetMails,
	}
}

// LockRules say when wrong passwords lock a name.
type LockRules struct {
	MaxBadLogons    int // 0: they never lock
	BadLogonWindow  time.Duration
	AutoUnlockAfter time.Duration // 0: an administrator unlocks

	// sliding has the window begin anew with each miss: as long as no BadLogonWindow
	// passes without one, all are counted. See Below.
	sliding bool
}

// Below returns rules by which a name is locked before somebody else locks it, who does so
// after more than that many misses none of which came later than window after the one
// before, and forgets them after as long without one. Misses of 0 change nothing, and
// below 0 mean one.
func (p LockRules) Below(misses int, window time.Duration) LockRules {
	if misses == 0 {
		return p
	}
	if misses = max(misses, 1); p.MaxBadLogons <= 0 || misses < p.MaxBadLogons {
		p.MaxBadLogons = misses
	}
	p.sliding, p.BadLogonWindow = true, max(p.BadLogonWindow, window)
	if p.AutoUnlockAfter > 0 {
		p.AutoUnlockAfter = max(p.AutoUnlockAfter, window)
	}
	return p
}

// DefaultLockRules hold where nothing else was said.
func DefaultLockRules() LockRules {
	return LockRules{MaxBadLogons: 10, BadLogonWindow: 15 * time.Minute, AutoUnlockAfter: 15 * time.Minute}
}

// Lockout counts the wrong passwords given for one name or account.
type Lockout struct {
	Misses int          // in the present window
	Since  time.Time    // the first miss of the window
	Until  time.Time    // locked until then
	Locks  int          // in a row, since the last complete login
	Total  int          // misses since the last complete login
	Repeat limit.Repeat // of the last miss
	Last   Penalty      // what the last miss did
	Began  time.Time    // when the lock began; zero in records of older programs

	Unknown record.Unknown // what a newer program has written
}

// Penalty is what one wrong password did.
type Penalty struct {
	Locks bool // it locks
	Final bool // the next one would
}

// Locked reports whether it locks at that moment.
func (l *Lockout) Locked(now time.Time) bool { return now.Before(l.Until) }

// Repeats reports whether the same password missed a moment ago.
func (l *Lockout) Repeats(tag []byte, now time.Time) bool { return l.Repeat.Is(tag, now) }

// miss charges one wrong password and returns what it did.
func (l *Lockout) miss(p LockRules, now time.Time) Penalty {
	if now.Sub(l.Since) >= p.BadLogonWindow { // the zero Since is longer ago than any window
		l.Misses, l.Since = 0, now
	}
	l.Misses++
	l.Total++
	if p.sliding && now.After(l.Since) {
		l.Since = now
	}
	if p.MaxBadLogons <= 0 {
		return Penalty{}
	}
	if l.Misses < p.MaxBadLogons {
		return Penalty{Final: l.Misses == p.MaxBadLogons-1}
	}
	l.Misses, l.Since = 0, time.Time{}
	l.Began, l.Until = now, now.Add(lockFor(p.AutoUnlockAfter, l.Locks))
	l.Locks++
	return Penalty{Locks: true}
}

// lockFor is how long the next lock lasts after n in a row: twice as long as
// the one before, up to a day; without automatic unlocking until an
// administrator unlocks.
func lockFor(first time.Duration, n int) time.Duration {
	if first <= 0 {
		return neverUnlocked
	}
	d := first
	for range n {
		d = min(2*d, maxLock)
	}
	return d
}

// settle has a window or a lock that began ahead of the clock, which was set back
// since, begin now, and reports whether there was one.
func (l *Lockout) settle(now time.Time) (changed bool) {
	if since, moved := moment.Begun(l.Since, now); moved {
		l.Since, changed = since, true
	}
	if began, moved := moment.Begun(l.Began, now); moved {
		l.Began, l.Until, changed = began, l.Until.Add(began.Sub(l.Began)), true
	}
	return changed
}

// clear forgets what a complete login makes void, and reports whether there was
// anything: every miss is in the total.
func (l *Lockout) clear() bool {
	changed := l.Total != 0
	l.Total, l.Misses, l.Locks = 0, 0, 0
	l.Since, l.Began, l.Until = time.Time{}, time.Time{}, time.Time{}
	return changed
}

// expires is when the record may be forgotten: when neither its window nor its
// lock nor the row of locks matters any more.
func (l *Lockout) expires(p LockRules, now time.Time) time.Time {
	end := now.Add(p.BadLogonWindow + maxLock)
	if l.Until.After(now) {
		end = l.Until.Add(maxLock)
	}
	return end
}

// Guard is the two lockouts that a password is judged by.
type Guard struct {
	NameID, Home  string // see [NameID] and [Home]
	Known         bool   // the name belongs to an account
	Name, Account Lockout
}

// Keys are the keys of both.
func (g *Guard) Keys() []string { return []string{Lockouts.Key(g.NameID), Lockouts.Key(g.Home)} }

// Read reads what was fetched of both.
func (g *Guard) Read(tx *store.Tx) (err error) {
	if g.Name, _, err = Lockouts.Get(tx, g.NameID); err != nil {
		return err
	}
	g.Account, _, err = Lockouts.Get(tx, g.Home)
	return err
}

// NameAhead reports whether the lockout of the name, which may be all that was
// read, began ahead of the clock: then both have to be read, for [Guard.Settle].
func (g *Guard) NameAhead(now time.Time) bool {
	return g.Name.Since.After(now) || g.Name.Began.After(now)
}

// Settle has what was read begin now where it began ahead of the clock, and plans
// to write it so: else it would begin anew each time that it is met. Both are
// met together, or the one would begin when the other has ended. While nodes disagree of
// what time it is what lies ahead stays, and denies from before it begins.
func (g *Guard) Settle(tx *store.Tx, p LockRules) error {
	if tx.Apart() {
		return nil
	}
	name, account := g.Name.settle(tx.Now()), g.Account.settle(tx.Now())
	if !name && !account {
		return nil
	}
	return g.Write(tx, p, tx.Now())
}

// Miss charges both. The penalty that is kept is that of the typed name: that of
// the account's own count would tell that the name belongs to an account.
// Without a tag the same password is charged again.
func (g *Guard) Miss(tx *store.Tx, p LockRules, now time.Time, tag []byte) error {
	g.Name.Last = g.Name.miss(p, now)
	g.Account.miss(p, now)
	g.Name.Repeat = limit.Repeat{Digest: tag, At: now}
	return g.Write(tx, p, now)
}

// Bring takes over what another system counted of an account that moves in: wrong
// passwords, of which the next one may lock at the earliest, and until when it is
// locked. What is counted here already is never made less. Write it afterwards.
func (g *Guard) Bring(p LockRules, now time.Time, failed int, until time.Time) {
	if p.MaxBadLogons > 0 {
		failed = min(failed, p.MaxBadLogons-1)
	}
	if latest := now.Add(neverUnlocked); until.After(latest) {
		until = latest
	}
	for _, l := range []*Lockout{&g.Name, &g.Account} {
		if failed > l.Misses {
			l.Misses, l.Since, l.Total = failed, now, max(l.Total, failed)
		}
		if until.After(now) && until.After(l.Until) {
			l.Began, l.Until, l.Locks, l.Total = now, until, max(l.Locks, 1), max(l.Total, 1)
		}
	}
}

// Write puts both as they are.
func (g *Guard) Write(tx *store.Tx, p LockRules, now time.Time) error {
	nameEnd, accountEnd := g.Name.expires(p, now), g.Account.expires(p, now)
	// A lock without end would let strangers fill the store with names. Once the
	// record of the name is gone, that of the account still locks: the right
	// password is then refused like a wrong one, as is every password of an
	// unknown name.
	if latest := now.Add(strangerKept); nameEnd.After(latest) {
		nameEnd = latest
	}
	if latest := now.Add(strangerKept); !g.Known && accountEnd.After(latest) {
		accountEnd = latest
	}
	if err := Lockouts.Put(tx, g.NameID, g.Name, nameEnd); err != nil {
		return err
	}
	return Lockouts.Put(tx, g.Home, g.Account, accountEnd)
}

// Clear forgets what a complete login makes void, and writes what changed.
func (g *Guard) Clear(tx *store.Tx, p LockRules, now time.Time) error {
	for _, l := range []struct {
		id string
		l  *Lockout
	}{{g.NameID, &g.Name}, {g.Home, &g.Account}} {
		if !l.l.clear() {
			continue
		}
		if err := Lockouts.Put(tx, l.id, *l.l, l.l.expires(p, now)); err != nil {
			return err
		}
	}
	return nil
}

// NoteMiss remembers a wrong password that is counted elsewhere, so that a repeat of it is
// answered alike and not charged here.
func (g *Guard) NoteMiss(tx *store.Tx, p LockRules, tag []byte) error {
	g.Name.Last, g.Name.Repeat = Penalty{}, limit.Repeat{Digest: tag, At: tx.Now()}
	return g.Write(tx, p, tx.Now())
}

// ForgetMiss forgets which password missed last, for an account whose password
// becomes another: that may be the one.
func (g *Guard) ForgetMiss(tx *store.Tx, p LockRules, now time.Time) error {
	if g.Name.Repeat.Digest == nil {
		return nil
	}
	g.Name.Repeat = limit.Repeat{}
	return Lockouts.Put(tx, g.NameID, g.Name, g.Name.expires(p, now))
}
