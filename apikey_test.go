package sallyport_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// keyed is ada, who has both roles, and a key of hers that may read addresses.
type keyed struct {
	*sallyporttest.Kit
	t   *testing.T
	p   *sallyporttest.Person
	key *sallyport.CreatedKey
}

func newKeyed(t *testing.T, opts ...sallyporttest.Option) *keyed {
	t.Helper()
	k := &keyed{Kit: hosted(t, opts...), t: t}
	k.p = k.AddUser(t, sallyporttest.User{Name: "ada", Email: mail, EmailValidated: true, MFA: new(false), Roles: []string{sallyporttest.RoleName, sallyporttest.ManagerName}})
	k.key = k.make(sallyport.NewKey{Label: "nightly report", Scopes: []string{sallyporttest.ReadPath, sallyporttest.RoleName, "reports"}})
	return k
}

func (k *keyed) make(n sallyport.NewKey) *sallyport.CreatedKey {
	k.t.Helper()
	key, err := setup(k.Kit).CreateKey(k.t.Context(), k.p.ID, n)
	if err != nil {
		k.t.Fatal(err)
	}
	return key
}

// try judges a key.
func (k *keyed) try(key string) (*sallyport.Access, error) {
	k.t.Helper()
	return k.Engine.Key(k.t.Context(), sallyport.KeyCall{Key: key, Address: "192.0.2.7"})
}

// want holds a key to being good, or not.
func (k *keyed) want(what, key string, good bool) *sallyport.Access {
	k.t.Helper()
	a, err := k.try(key)
	if good && err != nil || !good && !errors.Is(err, sallyport.ErrInvalidKey) {
		k.t.Errorf("%s: got %v, want it good: %v", what, err, good)
	}
	return a
}

// TestKey: a key stands for its account with those of its rights that the key names, and
// with the host's own scopes; for no session, client or factor.
func TestKey(t *testing.T) {
	k := newKeyed(t)
	if text := k.key.Text; len(text) != 64 || !strings.HasPrefix(text, "sp_"+k.key.ID) || strings.Contains(fmt.Sprint(k.key, *k.key), text[20:40]) {
		t.Errorf("got %q, which prints as %v", text, k.key)
	}
	a := k.want("a new key", k.key.Text, true)
	if a.AccountID != k.p.ID || a.Name != "ada" || a.KeyID != k.key.ID || a.ClientID != "" || a.SessionID != "" || len(a.Methods) != 0 || !a.AuthTime.IsZero() ||
		!slices.Equal(a.Roles, []string{sallyporttest.RoleName}) || !slices.Equal(a.Permissions, []string{sallyporttest.ReadPath}) || len(a.Scopes) != 3 {
		t.Errorf("got %+v", a)
	}
	k.EditUser(t, "ada", func(u *directory.User) { u.Roles, u.Language = []directory.Grant{}, "de" })
	if a := k.want("without roles", k.key.Text, true); len(a.Roles)+len(a.Permissions) != 0 || a.Language != "de" {
		t.Errorf("the owner has no role, and the key %v, %v, in %q", a.Roles, a.Permissions, a.Language)
	}
	if a := k.want("one that names nothing", k.make(sallyport.NewKey{}).Text, true); len(a.Roles)+len(a.Permissions)+len(a.Scopes) != 0 {
		t.Errorf("got %+v", a)
	}
	for name, use := range map[string]func() error{
		"a session":    func() error { _, err := k.Engine.Session(t.Context(), k.key.Text); return err },
		"a token":      func() error { _, err := k.Engine.Verify(t.Context(), k.key.Text); return err },
		"user info":    func() error { _, err := k.Engine.UserInfo(t.Context(), k.key.Text); return err },
		"a new handle": func() error { _, err := k.Engine.Renew(t.Context(), k.key.Text); return err },
	} {
		if use() == nil {
			t.Errorf("a key is taken for %s", name)
		}
	}
	s := hostLogin(t, k.Kit, sallyport.Login{Username: "ada", Password: k.p.Password}).Session
	k.want("a handle as a key", s.Handle, false)
}

// TestP12Key: what ends a key ends it at the next call, and for good; what does not leaves
// it.
func TestP12Key(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(k *keyed) error
		good bool
	}{
		"revoked": {func(k *keyed) error { return setup(k.Kit).RevokeKey(t.Context(), k.p.ID, k.key.ID) }, false},
		"disabled for a while": {func(k *keyed) error {
			for _, off := range []bool{true, false} {
				if _, err := setup(k.Kit).UpdateUser(t.Context(), k.p.ID, directory.UserChange{Disabled: &off}); err != nil {
					return err
				}
			}
			return nil
		}, false},
		"disabled for a while by the file": {func(k *keyed) error {
			for _, off := range []bool{true, false} {
				k.EditUser(t, "ada", func(u *directory.User) { u.Disabled = off })
			}
			return nil
		}, false},
		"deleted": {func(k *keyed) error { return setup(k.Kit).DeleteUser(t.Context(), k.p.ID) }, false},
		"reset by mail": {func(k *keyed) error {
			if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "ada"}); err != nil {
				return err
			}
			link := k.Outbox.Await(mail, "reset").Link
			r, err := k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: link[strings.LastIndexByte(link, '/')+1:], NewPassword: fresh})
			if err == nil && r.Status != sallyport.PasswordChanged {
				err = fmt.Errorf("got %+v", r)
			}
			return err
		}, false},
		"its life is over": {func(k *keyed) error { k.Clock.Advance(token.DefaultKeyLife); return nil }, false},
		"a clock far back": {func(k *keyed) error { k.Clock.Advance(-time.Hour); return nil }, false},
		"just before":      {func(k *keyed) error { k.Clock.Advance(token.DefaultKeyLife - time.Nanosecond); return nil }, true},
		"another password": {func(k *keyed) error { return setup(k.Kit).SetLastingPassword(t.Context(), k.p.ID, fresh) }, true},
		"sessions ended":   {func(k *keyed) error { return setup(k.Kit).EndSessions(t.Context(), k.p.ID) }, true},
		"another's is revoked": {func(k *keyed) error {
			tom := k.AddUser(t, sallyporttest.User{Name: "tom"})
			if err := setup(k.Kit).RevokeKey(t.Context(), tom.ID, k.key.ID); !errors.Is(err, sallyport.ErrNoKey) {
				return fmt.Errorf("got %w", err)
			}
			return nil
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeyed(t)
			k.want("before", k.key.Text, true)
			if err := tt.do(k); err != nil {
				t.Fatal(err)
			}
			k.want("after", k.key.Text, tt.good)
		})
	}
}

// TestP6Key: what was met dead by time stays so when the clock is put right: a key over its
// life or made ahead of the clock, and a secret over its time beside the new one.
func TestP6Key(t *testing.T) {
	for name, by := range map[string]time.Duration{"over its life": token.DefaultKeyLife, "ahead": -time.Hour} {
		k := newKeyed(t)
		k.Clock.Advance(by)
		k.want(name, k.key.Text, false)
		k.Clock.Advance(-by)
		k.want(name+", and then", k.key.Text, false)
	}
	k := newKeyed(t)
	k.Clock.Advance(2 * time.Hour) // so that setting it back leaves the key's beginning behind
	next, err := setup(k.Kit).RotateKey(t.Context(), k.p.ID, k.key.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	k.Clock.Advance(time.Hour)
	k.want("the old secret", k.key.Text, false)
	k.Clock.Advance(-30 * time.Minute)
	k.want("the old secret, and then", k.key.Text, false)
	k.want("the new one", next.Text, true)
}

// TestP12KeyOfHost: a key of an account that a host owns ends when the host disables it, and
// when it is forgotten; whoever has the id later has none of it.
func TestP12KeyOfHost(t *testing.T) {
	for name, end := range map[string]func(k *sallyporttest.Kit, u *userTable) error{
		"disabled": func(k *sallyporttest.Kit, u *userTable) error {
			for _, off := range []bool{true, false} {
				u.edit(annID, func(a *sallyport.Account) { a.Disabled = off })
				hostLogin(t, k, annLogin)
			}
			return nil
		},
		"forgotten": func(k *sallyporttest.Kit, _ *userTable) error { return setup(k).Forget(t.Context(), annID) },
	} {
		u := ann(t)
		k := owned(t, u)
		signedIn(t, k)
		key, err := setup(k).CreateKey(t.Context(), annID, sallyport.NewKey{})
		if err != nil {
			t.Fatal(err)
		}
		try := func() error {
			_, err := k.Engine.Key(t.Context(), sallyport.KeyCall{Key: key.Text})
			return err
		}
		if err := try(); err != nil {
			t.Fatal(err)
		}
		if err := end(k, u); err != nil {
			t.Fatal(err)
		}
		if err := try(); !errors.Is(err, sallyport.ErrInvalidKey) {
			t.Errorf("%s: got %v", name, err)
		}
		signedIn(t, k)
		if err := try(); !errors.Is(err, sallyport.ErrInvalidKey) {
			t.Errorf("%s, and then another login: got %v", name, err)
		}
	}
}

// TestP12KeyOfHostReset: a password that is set by a mailed key ends the API keys of an
// account that a host owns, also where the host's write is lost or
// refused; one that its owner changes
// does not.
func TestP12KeyOfHostReset(t *testing.T) {
	mailed := func(k *sallyporttest.Kit) error {
		key := k.Outbox.Key(mail, func() {
			if err := k.Engine.BeginReset(t.Context(), sallyport.ResetRequest{Username: "ann"}); err != nil {
				t.Error(err)
			}
		})
		return errorOf(k.Engine.FinishReset(t.Context(), sallyport.ResetFinish{Key: key, NewPassword: fresh}))
	}
	owner := func(k *sallyporttest.Kit) error { return errorOf(changes(t, k)) }
	lost, broken := func(func() error) error { return nil }, func(func() error) error { return errors.New("broken") }
	for name, tt := range map[string]struct {
		set    func(*sallyporttest.Kit) error
		around func(func() error) error
		good   bool
	}{"by mail": {mailed, nil, false}, "by mail, and lost": {mailed, lost, false}, "by mail, and refused": {mailed, broken, false}, "by its owner": {owner, nil, true}, "by its owner, and lost": {owner, lost, true}} {
		w, k := writable(t)
		if !tt.good {
			w.edit(annID, func(a *sallyport.Account) { a.Email, a.EmailValidatedAt = mail, born })
		}
		hostLogin(t, k, annLogin)
		key, err := setup(k).CreateKey(t.Context(), annID, sallyport.NewKey{})
		if err != nil {
			t.Fatal(err)
		}
		try := func(when string, good bool) {
			t.Helper()
			if _, err := k.Engine.Key(t.Context(), sallyport.KeyCall{Key: key.Text}); good && err != nil || !good && !errors.Is(err, sallyport.ErrInvalidKey) {
				t.Errorf("%s, %s: got %v, want it good: %v", name, when, err, good)
			}
		}
		try("before", true)
		w.around = tt.around
		if err := tt.set(k); (err != nil) != strings.HasSuffix(name, "refused") {
			t.Errorf("%s: got %v", name, err)
		}
		try("at once", tt.good)
		later(k)
		try("later", tt.good)
	}
}

// TestKeyRotated: two secrets of a key live for as long as was said, seven days at most.
func TestKeyRotated(t *testing.T) {
	for _, tt := range []struct{ asked, lasts time.Duration }{{0, 0}, {time.Hour, time.Hour}, {30 * 24 * time.Hour, token.MaxKeyOverlap}, {-time.Hour, 0}} {
		k := newKeyed(t)
		next, err := setup(k.Kit).RotateKey(t.Context(), k.p.ID, k.key.ID, tt.asked)
		if err != nil || next.ID != k.key.ID || next.Text == k.key.Text || !next.Expires.Equal(k.key.Expires) {
			t.Fatalf("got %+v, %v", next, err)
		}
		k.want("the new one", next.Text, true)
		if tt.lasts > 0 {
			k.Clock.Advance(tt.lasts - time.Nanosecond)
			k.want("the old one, at last", k.key.Text, true)
			k.Clock.Advance(time.Nanosecond)
		}
		k.want("the old one", k.key.Text, false)
		k.want("the new one still", next.Text, true)
		third, err := setup(k.Kit).RotateKey(t.Context(), k.p.ID, k.key.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		k.want("the first", k.key.Text, false)
		k.want("the second", next.Text, true)
		k.want("the third", third.Text, true)
	}
}

// TestKeys: an account has twenty at most; those that are over make room, and are not
// listed.
func TestKeys(t *testing.T) {
	k := newKeyed(t)
	k.make(sallyport.NewKey{Label: "short", Life: time.Hour})
	for range token.MaxKeys - 2 {
		k.make(sallyport.NewKey{})
	}
	if _, err := setup(k.Kit).CreateKey(t.Context(), k.p.ID, sallyport.NewKey{}); !errors.Is(err, token.ErrTooManyKeys) {
		t.Errorf("one more: got %v", err)
	}
	k.Clock.Advance(time.Hour)
	k.make(sallyport.NewKey{Label: "in its place"})
	list, err := setup(k.Kit).Keys(t.Context(), k.p.ID)
	if err != nil || len(list) != token.MaxKeys || list[0].Label != "nightly report" || list[19].Label != "in its place" {
		t.Errorf("got %+v, %v", list, err)
	}
	for _, bad := range []sallyport.NewKey{{Life: token.MaxKeyLife + 1}, {Life: -1}, {Label: strings.Repeat("x", 65)}, {Scopes: make([]string, 51)}} {
		if _, err := setup(k.Kit).CreateKey(t.Context(), k.p.ID, bad); err == nil {
			t.Errorf("made of %+v", bad)
		}
	}
	if _, err := setup(k.Kit).CreateKey(t.Context(), "0c01cfec-5d10-434e-9998-9e48e0e844e3", sallyport.NewKey{}); !errors.Is(err, directory.ErrNoUser) {
		t.Errorf("of nobody: got %v", err)
	}
}

// TestP5KeyMakesNoKey: whoever is at work by an API key makes none, and rotates none.
func TestP5KeyMakesNoKey(t *testing.T) {
	k := newKeyed(t)
	by := k.Engine.Admin(sallyport.Actor{Access: k.want("", k.key.Text, true), Reason: "a copy"})
	if key, err := by.CreateKey(t.Context(), k.p.ID, sallyport.NewKey{}); err == nil {
		t.Errorf("made %v", key)
	}
	if key, err := by.RotateKey(t.Context(), k.p.ID, k.key.ID, 0); err == nil {
		t.Errorf("rotated %v", key)
	}
	if list, err := setup(k.Kit).Keys(t.Context(), k.p.ID); err != nil || len(list) != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
	k.want("the key itself", k.key.Text, true)
}

// TestP16KeyCost: what is no key costs no reading; unknown and wrong ones cost alike; that
// one is used is written once a day.
func TestP16KeyCost(t *testing.T) {
	counting := storetest.NewCounting(memstore.New())
	k := newKeyed(t, sallyporttest.WithStore(counting))
	cost := func(what, key string, loads, commits int) {
		t.Helper()
		counting.Reset()
		_, _ = k.try(key)
		if c := counting.Counts(); c.Loads != loads || c.Commits != commits {
			t.Errorf("%s: got %d readings and %d commits, want %d and %d", what, c.Loads, c.Commits, loads, commits)
		}
	}
	text := k.key.Text
	for _, bad := range []string{"", "sp_", text[:63], text + "x", strings.ToUpper(text), "xx_" + text[3:], text[:63] + string(text[63]^1), text[:5] + "0" + text[6:]} {
		cost("what is no key", bad, 0, 0)
	}
	cost("the first use: two readings that are held together, and that it is used", text, 3, 2)
	cost("the second", text, 1, 0)
	other := newKeyed(t).key.Text
	cost("an unknown one", other, 2, 1)
	next, err := setup(k.Kit).RotateKey(t.Context(), k.p.ID, k.key.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	cost("a wrong secret, of a key that is known here", text, 2, 1)
	k.Clock.Advance(24 * time.Hour)
	cost("the next day", next.Text, 2, 1)
	list, err := setup(k.Kit).Keys(t.Context(), k.p.ID)
	if err != nil || !list[0].LastUse.Equal(k.Clock.Now().UTC().Truncate(24*time.Hour)) {
		t.Errorf("got %+v, %v", list, err)
	}
}

// TestP4KeyFailures: after twenty wrong keys within a minute an address is told nothing,
// whatever it sends; others are not kept out, and what is no key is not counted.
func TestP4KeyFailures(t *testing.T) {
	k := newKeyed(t)
	other := newKeyed(t).key.Text
	for range 30 {
		k.want("no key", "sp_nonsense", false)
	}
	for range 20 {
		k.want("a wrong one", other, false)
	}
	for _, key := range []string{other, k.key.Text} {
		if _, err := k.try(key); !errors.Is(err, sallyport.ErrBusy) {
			t.Errorf("after twenty: got %v", err)
		}
	}
	if _, err := k.Engine.Key(t.Context(), sallyport.KeyCall{Key: k.key.Text, Address: "192.0.2.8"}); err != nil {
		t.Errorf("from elsewhere: got %v", err)
	}
	k.Clock.Advance(2 * time.Minute)
	k.want("later", k.key.Text, true)
	for _, proxy := range []string{"", "10.0.0.1", "127.0.0.1", "::1"} {
		for range 21 {
			_, _ = k.Engine.Key(t.Context(), sallyport.KeyCall{Key: other, Address: proxy})
		}
		if _, err := k.Engine.Key(t.Context(), sallyport.KeyCall{Key: k.key.Text, Address: proxy}); err != nil {
			t.Errorf("behind the proxy %q one caller keeps out the others: %v", proxy, err)
		}
	}
}

// TestP11Key: the text of a key rests nowhere, and stands in no event or log.
func TestP11Key(t *testing.T) {
	s := memstore.New()
	k := newKeyed(t, sallyporttest.WithStore(s))
	k.want("", k.key.Text, true)
	secret := k.key.Text[15:58]
	for rec, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(rec.Key+string(rec.Value), secret) {
			t.Errorf("%s holds the secret of a key", rec.Key)
		}
	}
	if logs := k.Logs() + fmt.Sprint(k.Events()); strings.Contains(logs, secret) {
		t.Error("a log or an event holds the secret of a key")
	}
}

// FuzzKey reads texts of API keys, of which none is one that nobody made.
func FuzzKey(f *testing.F) {
	f.Add("")
	f.Add("sp_abcdefghijkm" + strings.Repeat("A", 43) + "000000")
	f.Fuzz(func(t *testing.T, text string) {
		k, ok := token.ParseKey(text)
		if ok && (len(text) != 64 || !strings.HasPrefix(text, token.KeyPrefix+k.ID)) {
			t.Fatalf("read %q as %+v", text, k)
		}
	})
}
