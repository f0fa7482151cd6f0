package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestDamagedAccount: whoever deletes the records of factors, or the one that
// vouches for them, locks the account and opens nothing.
func TestDamagedAccount(t *testing.T) {
	for _, table := range []string{"factors/", "ageing/"} {
		s := memstore.New()
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		p := k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		recs, err := s.Load(t.Context(), table+p.ID)
		if err != nil || recs[0].Value == nil {
			t.Fatalf("got %v, %v, want the record", recs, err)
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
