package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestDamagedAccount: whoever deletes the records of factors, or the one that
// vouches for them, locks the account and opens nothing.
func TestDamagedAccount(t *testing.T) {
	for _, table := range []string{"factors", "ageing"} {
		s := memstore.New()
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		recs := recordsOf(t, s, table)
		if len(recs) != 1 {
			t.Fatalf("got %d records of %s, want 1", len(recs), table)
		}
		if err := s.Commit(t.Context(), store.Change{ID: 7, Writes: []store.Write{{Key: recs[0].Key, If: recs[0].Version}}}); err != nil {
			t.Fatal(err)
		}
		r, err := k.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("without %s: got %v, %v, want damage", table, r, err)
		}
	}
}

// recordsOf is the records of a table, as they stand beneath the engine.
func recordsOf(t testing.TB, s store.Store, table string) (list []store.Record) {
	t.Helper()
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if store.TableOf(r.Key) == table {
			list = append(list, r)
		}
	}
	return list
}

// load and put read and write a record beneath the engine.
func load(t *testing.T, s store.Store, key string) store.Record {
	t.Helper()
	recs, err := s.Load(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return recs[0]
}

func put(t *testing.T, s store.Store, key string, value []byte) {
	t.Helper()
	w := store.Write{Key: key, Value: value, If: load(t, s, key).Version}
	if err := s.Commit(t.Context(), store.Change{ID: rnd.Uint64(), Writes: []store.Write{w}}); err != nil {
		t.Fatal(err)
	}
}

// addAuthenticator logs in with a mailed code that adds an authenticator.
func addAuthenticator(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) sallyporttest.Answer {
	t.Helper()
	c := k.InProcess()
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	app, e := c.EnrollAuthenticator(a.RequestID)
	e.Want(t, false)
	p.Authenticator = app
	a = c.Choose(a, "Email", "OTP").Want(t, waiting)
	return c.Answer(a, k.Outbox.LastCode(p.Email)).Want(t, sallyport.Success)
}

// TestEnrolledFactorsAreVouchedFor: whoever deletes the record of factors that
// were enrolled, or puts back what it was before, makes damage of it and not an
// account with fewer factors.
func TestEnrolledFactorsAreVouchedFor(t *testing.T) {
	for _, tt := range []struct {
		name  string
		user  sallyporttest.User
		enrol func(*testing.T, *sallyporttest.Kit, *sallyporttest.Person)
	}{
		{"first factor", sallyporttest.User{Name: "marie", MFA: new(true)}, func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) {
			_, e := k.InProcess().EnrollAuthenticator(k.InProcess().Login(p.Name, p.Password).RequestID)
			e.Want(t, true)
		}},
		{"second factor", sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true}, func(t *testing.T, k *sallyporttest.Kit, p *sallyporttest.Person) {
			addAuthenticator(t, k, p)
		}},
	} {
		for _, back := range []bool{false, true} {
			s := memstore.New()
			k := sallyporttest.New(t, sallyporttest.WithStore(s))
			p := k.AddUser(t, tt.user)
			before := recordsOf(t, s, "factors")
			tt.enrol(t, k, p)
			after := recordsOf(t, s, "factors")
			if len(after) != 1 {
				t.Fatalf("%s: got %d records of factors, want 1", tt.name, len(after))
			}
			var value []byte
			if back && len(before) == 1 {
				value = before[0].Value
			}
			put(t, s, after[0].Key, value)
			if a := k.InProcess().Login(p.Name, p.Password); !errors.Is(a.Err, store.ErrDamaged) {
				t.Errorf("%s, put back %v: got %v, %v, want damage", tt.name, back, a, a.Err)
			}
		}
	}
}

// TestFactorAddedEndsSessions: a factor that is added ends every other session
// and pending login of the account. The login that added it goes on.
func TestFactorAddedEndsSessions(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	before := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
	k.Clock.Advance(time.Minute)
	open := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	code := k.Outbox.LastCode(mail)
	granted := addAuthenticator(t, k, p)
	if _, err := k.Engine.Verify(t.Context(), before.Tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("the session of before: got %v, want it ended", err)
	}
	c.Refresh(before.Tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	c.Answer(open, code).Want(t, dead)
	if _, err := k.Engine.Verify(t.Context(), granted.Tokens.AccessToken); err != nil {
		t.Errorf("the session that added it: got %v, want it live", err)
	}
	if a := c.Refresh(granted.Tokens.RefreshToken); !a.Granted() {
		t.Errorf("its refresh: got %v, want tokens", a)
	}
}

// TestAppliedFactorEndsSessions: so does a confirmed factor that the directory
// file replaces or adds, each of them.
func TestAppliedFactorEndsSessions(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*directory.User)
		ends bool
	}{
		{"nothing", func(*directory.User) {}, false},
		{"another e-mail address", func(u *directory.User) { u.Email = "other@example.com" }, true},
		{"an e-mail address no longer confirmed", func(u *directory.User) { u.EmailValidated = new(false) }, true},
		{"another number", func(u *directory.User) { u.Mobile = "+4915112345678" }, true},
		{"a number no longer confirmed", func(u *directory.User) { u.MobileValidated = new(false) }, true},
		{"an authenticator", func(u *directory.User) {
			u.TOTP = &directory.TOTP{Secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
		}, true},
	} {
		k := sallyporttest.New(t)
		c := k.InProcess()
		p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, Mobile: phone, MobileValidated: true})
		granted := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
		k.EditUser(t, p.Name, func(u *directory.User) {
			u.CredentialsVersion = 2
			u.Password = "" // else it would be a new password
			tt.edit(u)
		})
		_, err := k.Engine.Verify(t.Context(), granted.Tokens.AccessToken)
		if ended := errors.Is(err, sallyport.ErrInvalidToken); ended != tt.ends {
			t.Errorf("%s: got %v, want the session ended: %v", tt.name, err, tt.ends)
		}
	}
}
