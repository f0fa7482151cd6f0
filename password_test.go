package sallyport_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

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

// TestRehash: a login renews an imported hash, and old and new passwords are
// told apart before and after.
func TestRehash(t *testing.T) {
	beside(t)
	synctest.Test(t, rehash) // a renewal comes behind the answer
}

func rehash(t *testing.T) {
	const bcryptOfSecret = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy" // "secret" is not it
	imported, err := bcrypt.GenerateFromPassword([]byte("an old password"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	p := k.AddUser(t, sallyporttest.User{Name: "old", Edit: func(u *directory.User) { u.Password, u.PasswordHash = "", string(imported) }})
	other := k.AddUser(t, sallyporttest.User{Name: "other", Edit: func(u *directory.User) { u.Password, u.PasswordHash = "", bcryptOfSecret }})
	stored := func(id string) string {
		recs, err := s.Load(t.Context(), "account/"+id)
		if err != nil {
			t.Fatal(err)
		}
		return string(recs[0].Value)
	}
	c := k.InProcess()
	c.Login(p.Name, "another").Want(t, mismatch)
	c.Login(other.Name, "secret").Want(t, mismatch)
	if !strings.Contains(stored(p.ID), "$2a$04$") {
		t.Fatal("the imported hash is not stored as it was given")
	}
	a := c.Login(p.Name, "an old password").Want(t, sallyport.Success)
	synctest.Wait()
	if got := stored(p.ID); strings.Contains(got, "$2a$") || !strings.Contains(got, "$argon2id$") {
		t.Errorf("got %s, want the hash renewed", got)
	}
	c.Login(p.Name, "another").Want(t, mismatch)
	c.Login(p.Name, "an old password").Want(t, sallyport.Success)
	if _, err := k.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
		t.Errorf("renewing the hash ended a session: %v", err)
	}
}

// hashMemory is what one hash of [hashingKit] allocates at least, and nothing
// else of a login comes near it.
const hashMemory = 4 << 20

// hashingKit is a kit whose hashes can be told by the memory that they take.
func hashingKit(t *testing.T, opts ...sallyporttest.Option) *sallyporttest.Kit {
	t.Helper()
	return sallyporttest.New(t, append(opts, sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.PasswordParams.Memory = hashMemory >> 10
	}))...)
}

// allocated is how many bytes a call allocates.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestUnknownNameCostsAHash: so does an account without a password, one whose
// stored hash cannot be read, and a name that is no name at all.
func TestUnknownNameCostsAHash(t *testing.T) {
	s := memstore.New()
	k := hashingKit(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	c := k.InProcess()
	paul := k.AddUser(t, sallyporttest.User{Name: "paul"})
	k.AddUser(t, sallyporttest.User{Name: "none", Edit: func(u *directory.User) { u.Password = "" }})
	broken := k.AddUser(t, sallyporttest.User{Name: "broken"})
	db := store.NewDB(s, "")
	err := db.Run(t.Context(), k.Clock.Now(), func(tx *store.Tx) error {
		r, _, err := account.Accounts.Get(tx, broken.ID)
		if err != nil {
			return err
		}
		r.PasswordHash = "$argon2id$v=19$m=4096,t=1,p=1$broken"
		return account.Accounts.Put(tx, broken.ID, r, time.Time{})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, password string
		want           sallyport.Status
	}{
		{paul.Name, "wrong", mismatch},
		{paul.Name, paul.Password, sallyport.Success},
		{"nobody", "wrong", mismatch},
		{"bad\u200bname", "wrong", mismatch},
		{"none", "wrong", mismatch},
		{broken.Name, broken.Password, mismatch},
	} {
		if got := allocated(func() { c.Login(tt.name, tt.password).Want(t, tt.want) }); got < hashMemory || got >= 2*hashMemory {
			t.Errorf("%q: got %d bytes allocated, want one hash of %d", tt.name, got, hashMemory)
		}
	}
	if !strings.Contains(k.Logs(), "a stored password hash is not usable") {
		t.Error("the operator is not told of a hash that cannot be read")
	}
}

// TestEveryHashPassesTheGate: nobody makes the engine hash beside the gate, and
// whom it turns away is told that the engine is busy.
func TestEveryHashPassesTheGate(t *testing.T) {
	shut := &password.Gate{} // the zero gate admits nobody
	k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Gate = shut }))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	for _, name := range []string{p.Name, "nobody", "bad\u200bname"} {
		if got := k.InProcess().Login(name, "wrong"); !errors.Is(got.Err, sallyport.ErrBusy) {
			t.Errorf("%q: got %v, %v, want busy", name, got, got.Err)
		}
	}
}

// TestDiscloseUnknownUsers: where it is asked for, a name that is nobody's is
// told as such until it locks; else it is a wrong password.
func TestDiscloseUnknownUsers(t *testing.T) {
	for _, disclose := range []bool{false, true} {
		k := sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.DiscloseUnknownUsers = disclose }))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul"})
		unknown, last := mismatch, lastBad
		if disclose {
			unknown = sallyport.Failure | sallyport.UserNotFound
			last = unknown
		}
		c.Login(p.Name, "wrong").Want(t, mismatch)
		c.Login("bad\u200bname", "wrong").Want(t, unknown)
		for i := range 10 {
			want := unknown
			switch i {
			case 8:
				want = last
			case 9:
				want = lockedOut
			}
			c.Login("nobody", fmt.Sprint("wrong ", i)).Want(t, want)
		}
		c.Login("nobody", "another").Want(t, lockedOut)
	}
}

// TestPasswordChangedWhileChecked: a password that was checked against a hash
// that is another by the time of the commit is checked again.
func TestPasswordChangedWhileChecked(t *testing.T) {
	const old, fresh = "the old password", "the fresh password"
	for _, tt := range []struct {
		sent string
		want sallyport.Status
	}{{old, mismatch}, {fresh, sallyport.Success}} {
		f := storetest.NewFaulty(memstore.New())
		k := sallyporttest.New(t, sallyporttest.WithStore(f))
		p := k.AddUser(t, sallyporttest.User{Name: "paul", Password: old})
		f.Reset()
		f.At(storetest.Commit, 1, func(_ context.Context, next func() error) error {
			k.EditUser(t, p.Name, func(u *directory.User) { u.Password, u.CredentialsVersion = fresh, 2 })
			return next()
		})
		k.InProcess().Login(p.Name, tt.sent).Want(t, tt.want)
		k.InProcess().Login(p.Name, fresh).Want(t, sallyport.Success)
	}
}

// TestPasswordLength: a password of 1,024 bytes is one, and a longer one is
// nobody's.
func TestPasswordLength(t *testing.T) {
	k := sallyporttest.New(t)
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "paul", Password: strings.Repeat("p", 1024)})
	c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	c.Login(p.Name, p.Password+"p").Want(t, mismatch)
	d := sallyporttest.Directory()
	d.Users = []directory.User{{Name: "paula", Password: p.Password + "p"}}
	if _, err := k.Engine.Apply(t.Context(), d, directory.Options{}); err == nil || !strings.Contains(err.Error(), "users[0].password") {
		t.Errorf("a directory with a longer one: got %v, want it refused", err)
	}
}

// TestCutPasswordIsNotRenewed: of a long password bcrypt compares the first 72 bytes.
// The hash is not made anew of what was typed behind them, which may be anything.
func TestCutPasswordIsNotRenewed(t *testing.T) {
	const head = "seventy-two bytes of a password that is as long as bcrypt looks, no more"
	k := sallyporttest.New(t)
	k.AddUser(t, sallyporttest.User{Name: "paul"})
	hash, err := bcrypt.GenerateFromPassword([]byte(head), bcrypt.MinCost)
	if err != nil || len(head) != 72 {
		t.Fatal(err, len(head))
	}
	k.EditUser(t, "paul", func(u *directory.User) { u.Password, u.PasswordHash, u.CredentialsVersion = "", string(hash), 2 })
	k.InProcess().Login("paul", head+" and another tail").Want(t, weakOver)
	if err := k.Engine.Close(); err != nil { // waits for what is made anew
		t.Fatal(err)
	}
	k.Node().InProcess().Login("paul", head+" and this one").Want(t, weakOver)
}
