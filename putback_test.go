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

// vandal can write the database of a kit and has no key of its seals.
type vandal struct {
	*sallyporttest.Kit
	t   *testing.T
	raw store.Store
	was map[string]store.Record
}

func newVandal(t *testing.T) *vandal {
	s := memstore.New()
	return &vandal{Kit: sallyporttest.New(t, sallyporttest.WithStore(s)), t: t, raw: s}
}

func (v *vandal) records() map[string]store.Record {
	v.t.Helper()
	out := map[string]store.Record{}
	for r, err := range v.raw.Scan(v.t.Context(), "", "") {
		if err != nil {
			v.t.Fatal(err)
		}
		out[r.Key] = r
	}
	return out
}

// remember copies the database as it is now.
func (v *vandal) remember() { v.was = v.records() }

// isOf reports whether a record is of that table, or is the one of that key.
func isOf(key, what string) bool { return key == what || store.TableOf(key) == what }

// putBack writes the one record of a table, or of a key, that has changed since
// over with what it held then.
func (v *vandal) putBack(what string) {
	v.t.Helper()
	var changed []store.Write
	for key, r := range v.records() {
		if was, ok := v.was[key]; ok && isOf(key, what) && was.Version != r.Version {
			changed = append(changed, store.Write{Key: key, If: r.Version, Value: was.Value, Expires: was.Expires})
		}
	}
	if len(changed) != 1 {
		v.t.Fatalf("got %d records of %s that have changed, want 1", len(changed), what)
	}
	v.commit(changed)
}

// drop deletes all records of a table, or the one of a key.
func (v *vandal) drop(what string) {
	v.t.Helper()
	var all []store.Write
	for key, r := range v.records() {
		if isOf(key, what) {
			all = append(all, store.Write{Key: key, If: r.Version})
		}
	}
	if len(all) == 0 {
		v.t.Fatalf("no record of %s", what)
	}
	v.commit(all)
}

func (v *vandal) commit(w []store.Write) {
	v.t.Helper()
	if err := v.raw.Commit(v.t.Context(), store.Change{ID: rnd.Uint64(), Writes: w}); err != nil {
		v.t.Fatal(err)
	}
}

// Here follows what SECURITY.md says of whoever can write the database: first
// what is not defended, so that a change of that is noticed and told, then what
// is.

func TestPutBackSession(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	first := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.RefreshToken
	v.remember()
	c.Refresh(first)
	v.Clock.Advance(time.Hour)
	c.Refresh(first).WantOAuth(t, "invalid_grant") // a reuse, which ends the session
	v.putBack("session")
	if a := c.Refresh(first); a.Tokens == nil {
		t.Errorf("got %v, want a session that lives again", a)
	}
}

func TestPutBackFactors(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	answer := func(code string) sallyporttest.Answer {
		return c.AnswerWith(c.Login(p.Name, p.Password).Want(t, wanted), "MicrosoftAuthenticator", "OTP", code)
	}
	v.remember()
	code := p.Authenticator.Code()
	answer(code).Want(t, sallyport.Success)
	answer(code).Want(t, wrong)
	v.putBack("factors")
	answer(code).Want(t, sallyport.Success)
}

func TestPutBackAgeing(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	token := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	v.remember()
	addFactor(t, v, p)
	if _, err := v.Engine.Verify(t.Context(), token); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Fatalf("after another factor: got %v, want %v", err, sallyport.ErrInvalidToken)
	}
	v.putBack("ageing")
	if _, err := v.Engine.Verify(t.Context(), token); err != nil {
		t.Errorf("got %v, want a session that lives again", err)
	}
}

func TestPutBackDevices(t *testing.T) {
	v := newVandal(t)
	setPolicy(t, v.Kit, func(d *directory.Policy) { d.MFA.Session = new(12 * time.Hour) })
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "tom", TOTP: true})
	first := remembered(t, c, p)
	remembered(t, c, p) // so that the record outlives the device
	v.remember()
	byDevice(c, p, first).Want(t, sallyport.Success)
	v.Clock.Advance(time.Minute)
	byDevice(c, p, first).Want(t, wanted) // a spent token, which ends the device
	v.putBack("devices")
	byDevice(c, p, first).Want(t, sallyport.Success)
}

func TestPutBackAccount(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	v.remember()
	v.EditUser(t, p.Name, func(u *directory.User) { u.Disabled = true })
	if c.Login(p.Name, p.Password).Granted() {
		t.Fatal("a disabled account was let in")
	}
	v.putBack("account")
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
}

func TestDroppedCounts(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	for i := range 10 {
		c.Login(p.Name, "wrong "+string(rune('a'+i)))
	}
	c.Login(p.Name, p.Password).Want(t, lockedOut)
	v.drop("lockout")
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
}

func TestDroppedPolicy(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	required := "Required"
	v.Apply(t, func(d *directory.File) {
		d.Policy = &directory.Policy{MFA: directory.MFA{Mode: &required}}
	})
	if c.Login(p.Name, p.Password).Granted() {
		t.Fatal("a policy that requires a second factor let in without one")
	}
	v.drop("policy")
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
}

// TestPutBackDenied: factors older than the ageing record vouches for are
// damage, and a request that has ended needs a second record to live again.
func TestPutBackDenied(t *testing.T) {
	t.Run("factors", func(t *testing.T) {
		v := newVandal(t)
		p := v.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		v.remember()
		addFactor(t, v, p)
		v.putBack("factors")
		_, err := v.Engine.Login(t.Context(), login(sallyport.Login{Username: p.Name, Password: p.Password}))
		if !errors.Is(err, store.ErrDamaged) {
			t.Errorf("got %v, want %v", err, store.ErrDamaged)
		}
	})
	t.Run("request", func(t *testing.T) {
		v := newVandal(t)
		c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(p.Name, p.Password).Want(t, wanted), "Email", "OTP")
		code := v.Outbox.LastCode(mail)
		v.remember()
		c.Answer(a, code).Want(t, sallyport.Success)
		v.putBack("request")
		c.Answer(a, code).Want(t, dead)
	})
	t.Run("dropped list of pending logins", func(t *testing.T) {
		v := newVandal(t)
		c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		a := c.Choose(c.Login(p.Name, p.Password).Want(t, wanted), "Email", "OTP")
		v.drop("pending")
		c.Answer(a, v.Outbox.LastCode(mail)).Want(t, dead)
	})
}

// addFactor adds a factor to an account that has one over e-mail.
func addFactor(t *testing.T, v *vandal, p *sallyporttest.Person) {
	t.Helper()
	c := v.InProcess()
	a := c.Login(p.Name, p.Password).Want(t, wanted)
	c.EnrollAuthenticator(a.RequestID)
	v.Clock.Advance(time.Minute)
	c.Answer(c.Choose(a, "Email", "OTP"), v.Outbox.LastCode(mail)).Want(t, sallyport.Success)
}
