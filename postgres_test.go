package sallyport_test

import (
	"context"
	"os"
	"sync/atomic"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// openPostgres opens a store in an empty schema. Where PostgreSQL is missing
// the test is skipped.
func openPostgres(t *testing.T, url string) store.Store {
	t.Helper()
	s, err := pgstore.Open(t.Context(), url, pgstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestP1TwoNodes answers with one code at two nodes on one database: one of
// them grants.
func TestP1TwoNodes(t *testing.T) {
	first := sallyporttest.New(t, sallyporttest.WithStore(openPostgres(t, pgtest.URL(t))))
	nodes := []*sallyporttest.Kit{first, first.Node()}
	c, p := first.InProcess(), first.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	for range 5 {
		a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
		in := login(sallyport.Login{RequestID: a.RequestID, OptionID: option(t, a, "Email", "OTP"), Code: first.Outbox.LastCode(mail)})
		var won atomic.Int32
		crowd(16, func(i int) {
			r, err := nodes[i%2].Engine.Login(context.Background(), in)
			if err != nil {
				t.Errorf("got %v, want a verdict", err)
			} else if r.Tokens != nil {
				won.Add(1)
			}
		})
		if got := won.Load(); got != 1 {
			t.Errorf("got %d winners, want 1", got)
		}
	}
}
