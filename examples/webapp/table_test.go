package main

import (
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestTableAccounts: the table does all that the engine asks of it.
func TestTableAccounts(t *testing.T) {
	sallyporttest.TestAccounts(t, func(t *testing.T) (sallyport.Accounts, func(sallyport.Account) string) {
		own := newTable(t)
		if _, err := own.make(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		return own, func(a sallyport.Account) (id string) {
			err := own.pool.QueryRow(t.Context(), `INSERT INTO `+own.name+` (name, password_hash, email) VALUES ($1, $2, $3) RETURNING id::text`,
				a.Name, a.PasswordHash, a.Email).Scan(&id)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
	})
}

// TestTableMadeOnce: a table that is there stays as it is, whoever made it.
func TestTableMadeOnce(t *testing.T) {
	own := newTable(t)
	first, err := own.make(t.Context(), newPeople())
	if err != nil || len(first) != 4 {
		t.Fatalf("got %d people, %v", len(first), err)
	}
	if _, err := own.pool.Exec(t.Context(), `DELETE FROM `+own.name); err != nil {
		t.Fatal(err)
	}
	again, err := own.make(t.Context(), newPeople())
	if a, _ := own.ByName(t.Context(), "ada"); err != nil || len(again) != 0 || a != nil {
		t.Errorf("got %d people anew, ada being %v, %v", len(again), a, err)
	}
}

// TestTablePages: the pages are the same over the table, but for the sign-up, which no page
// offers: the app makes its users itself.
func TestTablePages(t *testing.T) {
	w := newWorldOver(t, newTable(t))
	lacks(t, w.browser().Open("/").Want(t, 200, "Nobody is signed in"), "/sign-up")
	lacks(t, w.browser().Open("/sign-in").Want(t, 200, "Password"), "/sign-up")
	w.passwords["ADA"] = w.passwords["ada"]
	w.byCode(w.enter(w.browser(), "/vault", "ADA")).Want(t, 200, "100 gold coins", "Signed in as ada")
	w.in("bob").Open("/account").Want(t, 200, "bob", "Change the password")
}
