package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/store/storetest"
)

// weakWord is the password of weakHash.
const (
	weakHash   = "$raw$md5$password$hex:5f4dcc3b5aa765d61d8327deb882cf99"
	weakWord   = "password"
	bcryptHash = "$2a$04$zVHmKQtGGQob.b/Nc7l9NO8UlrYcW05FiuCj/SxsFO/ZtiN9.mNzy"
)

// plainly is a kit over a store whose records can be read here.
func plainly(t *testing.T, s store.Store, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	plain := sallyporttest.WithConfig(func(c *sallyport.Config) { c.Keys, c.InsecurePlainStore = sealed.Keys{}, true })
	return hosted(t, append([]sallyporttest.Option{sallyporttest.WithStore(s), plain}, opts...)...)
}

// withHashes imports n accounts with a hash, user00000 and so on.
func withHashes(t *testing.T, k *sallyporttest.Kit, n int, hash string) {
	t.Helper()
	got, err := actions(t, setup(k).Import(t.Context(), manyRows(n, func(r *directory.ImportRow) { r.PasswordHash = hash }), directory.ImportOptions{}))
	wantActions(t, "the import", got, err, map[string]int{"created": n})
}

// hashesOf counts the stored hashes of imported accounts by how they begin.
func hashesOf(t *testing.T, s store.Store) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for it, err := range account.Accounts.Scan(t.Context(), store.NewDB(s, ""), sallyporttest.Start, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(it.Value.Name, "user") {
			counts[strings.Split(it.Value.PasswordHash, "$")[1]]++
		}
	}
	return counts
}

// mixOf is the mix of hashes, by their kinds.
func mixOf(t *testing.T, s store.Store) (weak int, kinds string) {
	t.Helper()
	err := store.Run(t.Context(), s, sallyporttest.Start, func(tx *store.Tx) error {
		m, _, err := account.HashMixes.Get(tx, account.TheHashMix)
		weak, kinds = m.Weak(), ""
		for _, share := range m.Shares {
			kinds += fmt.Sprintf("%v: %d; ", share.Kind, share.Count)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return weak, kinds
}

// TestWrapDormant: upkeep puts a slow hash around weak ones without a login. Their
// owners notice nothing: their sessions go on and their passwords are right.
func TestWrapDormant(t *testing.T) {
	var mu sync.Mutex
	var told []sallyport.EventKind
	m := memstore.New()
	k := plainly(t, m, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.OnEvent = func(ev sallyport.Event) { mu.Lock(); defer mu.Unlock(); told = append(told, ev.Kind) }
	}))
	withHashes(t, k, 1, weakHash)
	signedIn := hostLogin(t, k, sallyport.Login{Username: "user00000", Password: weakWord})
	k.Engine.Close() // the renewal behind that login has ended
	if weak, kinds := mixOf(t, m); weak != 0 {
		t.Errorf("got %s, want the renewed hash counted as what it became", kinds)
	}
	k = k.Node()
	mixed := func(r *directory.ImportRow) {
		if r.PasswordHash = weakHash; r.Line%5 == 0 {
			r.PasswordHash = bcryptHash
		}
	}
	got, err := actions(t, setup(k).Import(t.Context(), manyRows(20, mixed), directory.ImportOptions{}))
	wantActions(t, "the others", got, err, map[string]int{"kept": 1, "created": 19})
	told = nil
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := hashesOf(t, m); got["raw"] != 0 || got["argon2id-over"] != 15 || got["2a"] != 4 || got["argon2id"] != 1 {
		t.Errorf("got %v, want 15 wrapped and the others as they were", got)
	}
	if weak, kinds := mixOf(t, m); weak != 0 || !strings.Contains(kinds, "bcrypt cost=4: 4; ") {
		t.Errorf("got %s, want no weak hash counted", kinds)
	}
	if len(told) != 0 {
		t.Errorf("got %v, want no event", told)
	}
	if _, err := k.Engine.Session(t.Context(), signedIn.Session.Handle); err != nil {
		t.Errorf("the session: got %v, want it to go on", err)
	}
	wantOutcome(t, "the password", hostLogin(t, k, sallyport.Login{Username: "user00001", Password: weakWord}), sallyport.Granted, sallyport.NoReason)
	if r := hostLogin(t, k, sallyport.Login{Username: "user00002", Password: "wrong"}); r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("got %q for a wrong password", r.Reason)
	}
}

// TestWrapSearch: where nothing weak is counted, upkeep looks at no account, and where
// all of it is gone it stops looking, also if the count was wrong.
func TestWrapSearch(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	k := plainly(t, f)
	scans := func() int {
		f.Reset()
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		return f.Calls(storetest.Scan)
	}
	withHashes(t, k, 3, bcryptHash)
	scans() // the first one has more to do
	idle := scans()
	miscount := func(n int) {
		t.Helper()
		kind, err := password.Recognise(weakHash)
		if err != nil {
			t.Fatal(err)
		}
		err = store.Run(t.Context(), f, sallyporttest.Start, func(tx *store.Tx) error {
			m, _, err := account.HashMixes.Get(tx, account.TheHashMix)
			if err != nil {
				return err
			}
			m = m.Clone()
			m.Count(kind, n)
			return account.HashMixes.Put(tx, account.TheHashMix, m, account.NoExpiry)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	miscount(5)
	if got := scans(); got != idle+1 {
		t.Errorf("got %d scans, want one more than the %d of every upkeep", got, idle)
	}
	if weak, kinds := mixOf(t, f); weak != 0 || !strings.Contains(kinds, "bcrypt cost=4: 3") {
		t.Errorf("got %s, want what was found counted", kinds)
	}
	if got := scans(); got != idle {
		t.Errorf("got %d scans, want %d again", got, idle)
	}
	miscount(1)
	f.Reset()
	for n := range idle + 1 { // the last of which searches
		f.At(storetest.Scan, n+1, func(_ context.Context, next func() error) error { miscount(3); return next() })
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if weak, kinds := mixOf(t, f); weak == 0 {
		t.Errorf("got %s, want what was counted during the search left standing", kinds)
	}
}

// TestWrapLoginWins: a password that becomes another while its weak hash is wrapped is
// not put back.
func TestWrapLoginWins(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	k := plainly(t, f)
	withHashes(t, k, 1, weakHash)
	u, err := setup(k).FindUser(t.Context(), "user00000")
	if err != nil {
		t.Fatal(err)
	}
	met := false
	for n := range 12 { // whichever of its commits wraps
		f.At(storetest.Commit, f.Calls(storetest.Commit)+n+1, func(ctx context.Context, next func() error) error {
			if got := hashesOf(t, f); got["raw"] == 1 && !met {
				met = true
				if err := setup(k).SetLastingPassword(context.WithoutCancel(ctx), u.ID, "correct horse battery"); err != nil {
					t.Error(err)
				}
			}
			return next()
		})
	}
	if _, _, err := setup(k).WrapHashes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !met || hashesOf(t, f)["argon2id"] != 1 {
		t.Errorf("got %v (met: %v), want the new password kept", hashesOf(t, f), met)
	}
	wantOutcome(t, "the new password", hostLogin(t, k, sallyport.Login{Username: "user00000", Password: "correct horse battery"}), sallyport.Granted, sallyport.NoReason)
}

// TestWrapNeverInTheWay: while a password is judged, upkeep wraps nothing.
func TestWrapNeverInTheWay(t *testing.T) {
	gate, err := password.NewGate(password.GateConfig{Permits: 4})
	if err != nil {
		t.Fatal(err)
	}
	m := memstore.New()
	k := plainly(t, m, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = gate }))
	withHashes(t, k, 3, weakHash)
	err = gate.Do(t.Context(), password.Place{Name: "somebody"}, func(bool) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // in which it would have wrapped all of them
		defer cancel()
		if err := k.Engine.Maintain(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := hashesOf(t, m); got["raw"] != 3 {
		t.Errorf("got %v, want nothing wrapped", got)
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := hashesOf(t, m); got["argon2id-over"] != 3 {
		t.Errorf("got %v, want all wrapped once nobody is there", got)
	}
}

// TestWrapAfterRestart: what a process that ended has left, another does, over a sealed
// store as well.
func TestWrapAfterRestart(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	k := hosted(t, sallyporttest.WithStore(f))
	withHashes(t, k, 10, weakHash)
	f.Reset()
	f.At(storetest.Commit, 8, storetest.Fail(errors.New("no more")))
	if err := k.Engine.Maintain(t.Context()); err == nil {
		t.Fatal("got no error, want the fault")
	}
	k.Engine.Close()
	k = k.Node()
	n, done, err := setup(k).WrapHashes(t.Context())
	if err != nil || !done || n == 0 || n >= 10 {
		t.Errorf("got %d, %v, %v, want what was left", n, done, err)
	}
	if n, done, err := setup(k).WrapHashes(t.Context()); n != 0 || !done || err != nil {
		t.Errorf("again: got %d, %v, %v, want nothing left", n, done, err)
	}
	wantOutcome(t, "a login", hostLogin(t, k, sallyport.Login{Username: "user00007", Password: weakWord}), sallyport.Granted, sallyport.NoReason)
}

// TestWrapAfterCut: an import that is cut off behind its first row has told before that
// there is a weak hash.
func TestWrapAfterCut(t *testing.T) {
	f := storetest.NewFaulty(memstore.New())
	k := plainly(t, f)
	f.Reset()
	for n := 3; n < 200; n++ {
		f.At(storetest.Commit, n, storetest.Fail(errors.New("no more")))
	}
	row := func(r *directory.ImportRow) { r.PasswordHash = weakHash }
	_, _ = actions(t, setup(k).Import(t.Context(), manyRows(2, row), directory.ImportOptions{})) // cut off
	f.Reset()
	if got := hashesOf(t, f); got["raw"] != 1 {
		t.Fatalf("got %v, want the first row", got)
	}
	if err := k.Engine.Maintain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := hashesOf(t, f); got["argon2id-over"] != 1 {
		t.Errorf("got %v, want it wrapped", got)
	}
}

// TestWrapHashes: at once, and one event tells how many.
func TestWrapHashes(t *testing.T) {
	var mu sync.Mutex
	var told []sallyport.Event
	m := memstore.New()
	k := plainly(t, m, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.OnEvent = func(ev sallyport.Event) { mu.Lock(); defer mu.Unlock(); told = append(told, ev) }
	}))
	withHashes(t, k, 50, weakHash)
	told = nil
	n, done, err := setup(k).WrapHashes(t.Context())
	if err != nil || !done || n != 50 || hashesOf(t, m)["argon2id-over"] != 50 {
		t.Errorf("got %d, %v, %v and %v, want all 50", n, done, err, hashesOf(t, m))
	}
	if len(told) != 1 || told[0].Kind != sallyport.EventHashesWrapped || told[0].Detail != "50" || told[0].Actor != "setup" {
		t.Errorf("got %+v, want one event with the count", told)
	}
	if weak, kinds := mixOf(t, m); weak != 0 || !strings.Contains(kinds, ": 5") {
		t.Errorf("got %s, want 50 of ours and no weak one", kinds)
	}
	if _, _, err := k.Engine.Admin(sallyport.Actor{}).WrapHashes(t.Context()); err == nil {
		t.Error("a bad actor was not refused")
	}
}
