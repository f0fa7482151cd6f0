package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

const (
	day  = 24 * time.Hour
	year = 365 * day
)

// noon is when the first wrong password comes. Expiries are whole seconds.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func rules(maxBad int, window, unlock time.Duration) account.LockRules {
	return account.LockRules{MaxBadLogons: maxBad, BadLogonWindow: window, AutoUnlockAfter: unlock}
}

// lockouts is a store with the two lockouts of one name.
type lockouts struct {
	t     *testing.T
	store store.Store
	db    *store.DB
	known bool // the name belongs to an account
}

func newLockouts(t *testing.T, known bool) *lockouts {
	s := memstore.New()
	return &lockouts{t: t, store: s, db: store.NewDB(s, ""), known: known}
}

// do reads the guard at now and calls fn with it.
func (l *lockouts) do(now time.Time, fn func(tx *store.Tx, g *account.Guard) error) {
	l.t.Helper()
	err := l.db.Run(l.t.Context(), now, func(tx *store.Tx) error {
		g := account.Guard{NameID: "name", Home: "home", Known: l.known}
		if err := tx.Fetch(g.Keys()...); err != nil {
			return err
		}
		if err := g.Read(tx); err != nil {
			return err
		}
		return fn(tx, &g)
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

// miss gives one wrong password at now.
func (l *lockouts) miss(p account.LockRules, now time.Time, tag []byte) (did account.Penalty) {
	l.t.Helper()
	l.do(now, func(tx *store.Tx, g *account.Guard) error {
		err := g.Miss(tx, p, now, tag)
		did = g.Name.Last
		return err
	})
	return did
}

// read returns what is stored, as it is at now.
func (l *lockouts) read(now time.Time) (name, acc account.Lockout) {
	l.t.Helper()
	l.do(now, func(_ *store.Tx, g *account.Guard) error {
		name, acc = g.Name, g.Account
		return nil
	})
	return name, acc
}

// expires returns when the store may forget each of the two.
func (l *lockouts) expires() (name, acc time.Time) {
	l.t.Helper()
	r, err := l.store.Load(l.t.Context(), account.Lockouts.Key("name"), account.Lockouts.Key("home"))
	if err != nil {
		l.t.Fatal(err)
	}
	return expiry(l.t, r[0]), expiry(l.t, r[1])
}

// expiry is the one in the record, of which the store is told the next full hour.
func expiry(t *testing.T, r store.Record) time.Time {
	t.Helper()
	if r.Value == nil {
		return time.Time{}
	}
	fields, err := account.Lockouts.Describe(r)
	if err != nil || len(fields) == 0 || fields[0].Name != "(expires)" {
		t.Fatalf("got %v, %v, want a record that expires", fields, err)
	}
	end, err := time.Parse(time.RFC3339Nano, fields[0].Value)
	if early := r.Expires.Sub(end); err != nil || early < 0 || early >= time.Hour {
		t.Errorf("the store is told %s, want the full hour after %s (%v)", r.Expires, end, err)
	}
	return end
}

// TestLockoutMiss: what the last of a row of wrong passwords does, and what is
// counted afterwards. The name and the account are counted alike.
func TestLockoutMiss(t *testing.T) {
	often := func(n int) []time.Duration { return make([]time.Duration, n) }
	for _, c := range []struct {
		name   string
		rules  account.LockRules
		at     []time.Duration // after noon
		want   account.Penalty
		misses int
		since  time.Duration
		total  int
		locks  int
		until  time.Duration // 0: never locked
	}{
		{name: "one", rules: rules(3, time.Minute, time.Hour), at: often(1), misses: 1, total: 1},
		{name: "last but one", rules: rules(3, time.Minute, time.Hour), at: often(2), want: account.Penalty{Final: true}, misses: 2, total: 2},
		{name: "last but two", rules: rules(4, time.Minute, time.Hour), at: often(2), misses: 2, total: 2},
		{name: "the one that locks", rules: rules(3, time.Minute, time.Hour), at: often(3), want: account.Penalty{Locks: true}, since: -1, total: 3, locks: 1, until: time.Hour},
		{name: "one alone locks", rules: rules(1, time.Minute, time.Hour), at: often(1), want: account.Penalty{Locks: true}, since: -1, total: 1, locks: 1, until: time.Hour},
		{name: "two allowed, the first", rules: rules(2, time.Minute, time.Hour), at: often(1), want: account.Penalty{Final: true}, misses: 1, total: 1},
		{name: "0 never locks", rules: rules(0, time.Minute, time.Hour), at: often(150), misses: 150, total: 150},
		{name: "the last moment of the window", rules: rules(2, time.Minute, time.Hour), at: []time.Duration{0, time.Minute - 1}, want: account.Penalty{Locks: true}, since: -1, total: 2, locks: 1, until: time.Hour + time.Minute - 1},
		{name: "the end of the window", rules: rules(2, time.Minute, time.Hour), at: []time.Duration{0, time.Minute}, want: account.Penalty{Final: true}, misses: 1, since: time.Minute, total: 2},
		{name: "the window begins at its first miss", rules: rules(3, time.Minute, time.Hour), at: []time.Duration{0, 40 * time.Second, 80 * time.Second}, misses: 1, since: 80 * time.Second, total: 3},
		{name: "after a lock the count begins anew", rules: rules(2, time.Hour, time.Minute), at: []time.Duration{0, 0, 30 * time.Minute}, want: account.Penalty{Final: true}, misses: 1, since: 30 * time.Minute, total: 3, locks: 1, until: time.Minute},
		{name: "after a lock the window begins anew", rules: rules(2, time.Hour, time.Minute), at: []time.Duration{0, 0, 30 * time.Minute, 80 * time.Minute}, want: account.Penalty{Locks: true}, since: -1, total: 4, locks: 2, until: 82 * time.Minute},
		{name: "until an administrator unlocks", rules: rules(1, time.Minute, 0), at: often(1), want: account.Penalty{Locks: true}, since: -1, total: 1, locks: 1, until: 100 * year},
		{name: "a day", rules: rules(1, time.Minute, day), at: often(1), want: account.Penalty{Locks: true}, since: -1, total: 1, locks: 1, until: day},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLockouts(t, true)
			var did account.Penalty
			for _, at := range c.at {
				did = l.miss(c.rules, noon.Add(at), nil)
			}
			if did != c.want {
				t.Errorf("got %+v, want %+v", did, c.want)
			}
			var since, until time.Time // zero: none
			if c.since >= 0 {
				since = noon.Add(c.since)
			}
			if c.until > 0 {
				until = noon.Add(c.until)
			}
			name, acc := l.read(noon.Add(c.at[len(c.at)-1]))
			for _, got := range []account.Lockout{name, acc} {
				if got.Misses != c.misses || got.Total != c.total || got.Locks != c.locks || !got.Since.Equal(since) || !got.Until.Equal(until) {
					t.Errorf("got %+v, want %d misses since %v, %d in all, %d locks until %v", got, c.misses, since, c.total, c.locks, until)
				}
			}
			if name.Last != c.want || acc.Last != (account.Penalty{}) {
				t.Errorf("got penalties %+v of the name and %+v of the account, want %+v and none", name.Last, acc.Last, c.want)
			}
		})
	}
}

// TestLockoutRow: each lock in a row lasts twice as long as the one before, and
// a day at most however many there were.
func TestLockoutRow(t *testing.T) {
	for _, c := range []struct {
		name  string
		first time.Duration
		want  []time.Duration
	}{
		{"hours", 5 * time.Hour, []time.Duration{5 * time.Hour, 10 * time.Hour, 20 * time.Hour, day, day}},
		{"a day after three", 3 * time.Hour, []time.Duration{3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, day}},
		{"a day", day, []time.Duration{day, day, day}},
		{"a second", time.Second, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		{"until an administrator unlocks", 0, []time.Duration{100 * year, 100 * year}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLockouts(t, true)
			for i, want := range c.want {
				l.miss(rules(1, time.Minute, c.first), noon, nil)
				if name, _ := l.read(noon); name.Until.Sub(noon) != want {
					t.Errorf("lock %d: got %v, want %v", i+1, name.Until.Sub(noon), want)
				}
			}
		})
	}
	t.Run("more than the hours fit into a duration", func(t *testing.T) {
		l := newLockouts(t, true)
		for range 100 {
			l.miss(rules(1, time.Minute, time.Hour), noon, nil)
		}
		if name, _ := l.read(noon); name.Locks != 100 || name.Until.Sub(noon) != day {
			t.Errorf("got lock %d for %v, want lock 100 for a day", name.Locks, name.Until.Sub(noon))
		}
	})
}

func TestLockoutLocked(t *testing.T) {
	l := account.Lockout{Until: noon}
	if !l.Locked(noon.Add(-1)) || l.Locked(noon) || l.Locked(noon.Add(1)) {
		t.Error("want it to lock up to the moment before Until")
	}
	if (&account.Lockout{}).Locked(noon) {
		t.Error("got a lock that nothing set")
	}
}

// TestLockoutRepeats: the password that missed last is known for ten seconds, by
// the name alone, and not at all without a tag.
func TestLockoutRepeats(t *testing.T) {
	l := newLockouts(t, true)
	l.miss(rules(5, time.Minute, time.Hour), noon, []byte("tag"))
	name, acc := l.read(noon)
	for _, c := range []struct {
		tag   string
		after time.Duration
		want  bool
	}{
		{"tag", 0, true},
		{"tag", 10*time.Second - 1, true},
		{"tag", 10 * time.Second, false},
		{"other", 0, false},
	} {
		if got := name.Repeats([]byte(c.tag), noon.Add(c.after)); got != c.want {
			t.Errorf("%s after %v: got %v, want %v", c.tag, c.after, got, c.want)
		}
	}
	if acc.Repeats([]byte("tag"), noon) {
		t.Error("the account remembers the password too")
	}
	l.miss(rules(5, time.Minute, time.Hour), noon, nil)
	if name, _ := l.read(noon); name.Repeats([]byte("tag"), noon) || name.Repeats(nil, noon) {
		t.Error("a miss without a tag left one")
	}
}

// TestLockoutExpires: a record stays while its window, its lock and the row of
// locks matter, that of an unknown name 30 days at most.
func TestLockoutExpires(t *testing.T) {
	for _, c := range []struct {
		name          string
		rules         account.LockRules
		known         bool
		typed, stored time.Duration // after the miss: of the typed name, of the account
	}{
		{name: "counted", rules: rules(3, time.Hour, time.Hour), known: true, typed: 25 * time.Hour, stored: 25 * time.Hour},
		{name: "locked", rules: rules(1, time.Hour, 2*time.Hour), known: true, typed: 26 * time.Hour, stored: 26 * time.Hour},
		{name: "locked for less than the window", rules: rules(1, time.Hour, time.Minute), known: true, typed: day + time.Minute, stored: day + time.Minute},
		{name: "without an end", rules: rules(1, time.Hour, 0), known: true, typed: 30 * day, stored: 100*year + day},
		{name: "without an end, unknown", rules: rules(1, time.Hour, 0), typed: 30 * day, stored: 30 * day},
		{name: "counted, unknown", rules: rules(3, time.Hour, time.Hour), typed: 25 * time.Hour, stored: 25 * time.Hour},
		{name: "the longest that an unknown name is kept", rules: rules(3, 29*day, time.Hour), typed: 30 * day, stored: 30 * day},
		{name: "a second longer", rules: rules(3, 29*day+time.Second, time.Hour), known: true, typed: 30 * day, stored: 30*day + time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLockouts(t, c.known)
			l.miss(c.rules, noon, nil)
			name, acc := l.expires()
			if name.Sub(noon) != c.typed || acc.Sub(noon) != c.stored {
				t.Errorf("got %v for the name and %v for the account, want %v and %v", name.Sub(noon), acc.Sub(noon), c.typed, c.stored)
			}
		})
	}
}

// TestLockoutExpiresAfterLock: once a lock is over, the window counts again.
func TestLockoutExpiresAfterLock(t *testing.T) {
	for _, c := range []struct {
		name string
		now  time.Duration // after noon, when the lock ends
		want time.Duration // after now
	}{
		{"a second before the end", -time.Second, day + time.Second},
		{"at the end", 0, day + time.Hour},
		{"after it", time.Second, day + time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, now := newLockouts(t, true), noon.Add(c.now)
			l.do(now, func(tx *store.Tx, g *account.Guard) error {
				g.Name.Until, g.Account.Until = noon, noon
				return g.Write(tx, rules(3, time.Hour, time.Hour), now)
			})
			name, acc := l.expires()
			if name.Sub(now) != c.want || acc.Sub(now) != c.want {
				t.Errorf("got %v and %v, want %v", name.Sub(now), acc.Sub(now), c.want)
			}
		})
	}
}

// TestLockoutClear: a complete login forgets counts and locks, keeps the repeat,
// and writes nothing where there is nothing to forget.
func TestLockoutClear(t *testing.T) {
	p := rules(2, time.Minute, time.Hour)
	clear := func(l *lockouts, now time.Time) {
		t.Helper()
		l.do(now, func(tx *store.Tx, g *account.Guard) error { return g.Clear(tx, p, now) })
	}
	l := newLockouts(t, true)
	clear(l, noon)
	if name, acc := l.expires(); !name.IsZero() || !acc.IsZero() {
		t.Error("clearing nothing wrote a record")
	}
	for range 3 { // a lock, and one miss of the next window
		l.miss(p, noon, []byte("tag"))
	}
	later := noon.Add(time.Second)
	clear(l, later)
	name, acc := l.read(later)
	for _, got := range []account.Lockout{name, acc} {
		if got.Misses != 0 || got.Total != 0 || got.Locks != 0 || !got.Since.IsZero() || !got.Until.IsZero() {
			t.Errorf("got %+v, want nothing counted", got)
		}
	}
	if !name.Repeats([]byte("tag"), later) {
		t.Error("the repeat was forgotten too")
	}
	if got, _ := l.expires(); got.Sub(later) != day+time.Minute {
		t.Errorf("got %v until the cleared record ends, want a day and the window", got.Sub(later))
	}
}

// TestLockoutClearOne: the account's count is cleared also where the name's is
// empty, and the reverse.
func TestLockoutClearOne(t *testing.T) {
	p := rules(5, time.Minute, time.Hour)
	for _, c := range []struct{ name, acc int }{{0, 2}, {2, 0}} {
		l := newLockouts(t, true)
		l.do(noon, func(tx *store.Tx, g *account.Guard) error {
			g.Name.Total, g.Account.Total = c.name, c.acc
			return g.Write(tx, p, noon)
		})
		l.do(noon, func(tx *store.Tx, g *account.Guard) error { return g.Clear(tx, p, noon) })
		if name, acc := l.read(noon); name.Total != 0 || acc.Total != 0 {
			t.Errorf("%+v: got %d and %d, want 0 and 0", c, name.Total, acc.Total)
		}
	}
}

func TestDefaultLockRules(t *testing.T) {
	if got, want := account.DefaultLockRules(), rules(10, 15*time.Minute, 15*time.Minute); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if account.TellAfter() != 100 {
		t.Errorf("got %d, want the owner told after 100 misses", account.TellAfter())
	}
}

func TestGuardKeys(t *testing.T) {
	g := account.Guard{NameID: "name", Home: "home"}
	if got, want := g.Keys(), []string{"of/name/lockout", "of/home/lockout"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestGuardReadDamaged: a record that cannot be read is an error, never a count
// of 0.
func TestGuardReadDamaged(t *testing.T) {
	for _, id := range []string{"name", "home"} {
		l := newLockouts(t, true)
		w := store.Write{Key: account.Lockouts.Key(id), Value: []byte("{")}
		if err := l.store.Commit(t.Context(), store.Change{ID: 1, Writes: []store.Write{w}}); err != nil {
			t.Fatal(err)
		}
		err := l.db.Run(t.Context(), noon, func(tx *store.Tx) error {
			g := account.Guard{NameID: "name", Home: "home"}
			if err := tx.Fetch(g.Keys()...); err != nil {
				return err
			}
			return g.Read(tx)
		})
		if !isDamaged(err) {
			t.Errorf("%s: got %v, want %v", id, err, store.ErrDamaged)
		}
	}
}

// TestBelow: rules that stay below somebody else's are as strict as the stricter of both, and
// lock for as long as the other counts.
func TestBelow(t *testing.T) {
	for _, tt := range []struct {
		name                string
		own                 account.LockRules
		misses              int
		window              time.Duration
		max                 int
		wantWindow, autoEnd time.Duration
	}{
		{"nothing said", rules(10, time.Hour, time.Hour), 0, 2 * time.Hour, 10, time.Hour, time.Hour},
		{"stricter", rules(10, time.Hour, time.Hour), 3, time.Minute, 3, time.Hour, time.Hour},
		{"longer", rules(10, time.Hour, time.Hour), 3, 2 * time.Hour, 3, 2 * time.Hour, 2 * time.Hour},
		{"laxer", rules(2, time.Hour, time.Hour), 3, 2 * time.Hour, 2, 2 * time.Hour, 2 * time.Hour},
		{"where nothing locks", rules(0, time.Hour, time.Hour), 3, time.Minute, 3, time.Hour, time.Hour},
		{"until an administrator unlocks", rules(10, time.Hour, 0), 3, 2 * time.Hour, 3, 2 * time.Hour, 0},
		{"below none", rules(10, time.Hour, time.Hour), -1, time.Minute, 1, time.Hour, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.own.Below(tt.misses, tt.window)
			if got.MaxBadLogons != tt.max || got.BadLogonWindow != tt.wantWindow || got.AutoUnlockAfter != tt.autoEnd {
				t.Errorf("got %+v, want %d, %v, %v", got, tt.max, tt.wantWindow, tt.autoEnd)
			}
		})
	}
}

// TestBelowSlides: misses that come slowly are counted as long as no whole window passes
// without one.
func TestBelowSlides(t *testing.T) {
	for _, tt := range []struct {
		every time.Duration
		locks bool
	}{{time.Hour - time.Second, true}, {time.Hour, false}} {
		l, p := newLockouts(t, true), rules(10, time.Minute, time.Minute).Below(3, time.Hour)
		locks := false
		for i := range 3 {
			l.do(noon.Add(time.Duration(i)*tt.every), func(tx *store.Tx, g *account.Guard) error {
				err := g.Miss(tx, p, tx.Now(), nil)
				locks = g.Name.Last.Locks
				return err
			})
		}
		if locks != tt.locks {
			t.Errorf("each %v: got it locked: %v, want %v", tt.every, locks, tt.locks)
		}
	}
}
