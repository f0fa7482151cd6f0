package sallyport_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/bcrypt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestRehash: a login renews an imported hash, and old and new passwords are
// told apart before and after.
func TestRehash(t *testing.T) {
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
	p := k.AddUser(t, sallyporttest.User{Name: "old", Edit: func(u *sallyport.DirectoryUser) { u.Password, u.PasswordHash = "", string(imported) }})
	other := k.AddUser(t, sallyporttest.User{Name: "other", Edit: func(u *sallyport.DirectoryUser) { u.Password, u.PasswordHash = "", bcryptOfSecret }})
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
