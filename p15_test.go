package sallyport_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// TestP15Stores runs the same conversation on every store and compares what
// was answered.
func TestP15Stores(t *testing.T) {
	bolt, err := boltstore.Open(filepath.Join(t.TempDir(), "x.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bolt.Close() })
	var first string
	converse := func(t *testing.T, s store.Store) {
		k := sallyporttest.New(t, sallyporttest.WithStore(s))
		c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		var log strings.Builder
		note := func(a sallyporttest.Answer) sallyporttest.Answer {
			fmt.Fprintln(&log, a.HTTP, a.Status, a.Offered())
			return a
		}
		note(c.Login(p.Name, "wrong"))
		a := note(c.Choose(note(c.Login(p.Name, p.Password)), "Email", "OTP"))
		note(c.Answer(a, "000"))
		g := note(c.Answer(a, k.Outbox.LastCode(mail)))
		note(c.Answer(a, k.Outbox.LastCode(mail)))
		note(c.Refresh(g.Tokens.RefreshToken))
		if first == "" {
			first = log.String()
		}
		if log.String() != first {
			t.Errorf("answered\n%s\nwant\n%s", log.String(), first)
		}
	}
	t.Run("memory", func(t *testing.T) { converse(t, memstore.New()) })
	t.Run("bolt", func(t *testing.T) { converse(t, bolt) })
	t.Run("PostgreSQL", func(t *testing.T) { converse(t, openPostgres(t, pgtest.URL(t))) })
}
