package account_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/memstore"
)

// emails is an index of proven addresses over a fresh store.
type emails struct {
	t  *testing.T
	db *store.DB
	x  store.Index
}

func newEmails(t *testing.T) *emails {
	t.Helper()
	x, err := store.NewIndex(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return &emails{t, store.NewDB(memstore.New(), ""), x}
}

func (e *emails) run(fn func(tx *store.Tx) error) {
	e.t.Helper()
	if err := e.db.Run(e.t.Context(), noon, fn); err != nil {
		e.t.Fatal(err)
	}
}

func (e *emails) move(account1, was, is string) {
	e.t.Helper()
	e.run(func(tx *store.Tx) error { return account.MoveEmail(tx, e.x, account1, was, is) })
}

// want wants an address to have those accounts, and the one holder where there is one.
func (e *emails) want(address string, accounts ...string) {
	e.t.Helper()
	id := account.EmailID(e.x, address)
	e.run(func(tx *store.Tx) error {
		entry, found, err := account.Emails.Get(tx, id)
		if err != nil {
			return err
		}
		if !slices.Equal(entry.Accounts, accounts) || found != (len(accounts) > 0) {
			e.t.Errorf("%s: got %q (%v), want %q", address, entry.Accounts, found, accounts)
		}
		one := ""
		if len(accounts) == 1 {
			one = accounts[0]
		}
		if got, err := account.Holder(tx, id); err != nil || got != one {
			e.t.Errorf("%s: got the holder %q, %v, want %q", address, got, err, one)
		}
		for _, who := range []string{"ada", "eve", "nobody"} {
			others := append(slices.DeleteFunc(slices.Clone(accounts), func(a string) bool { return a == who }), "")
			if got, err := account.OtherHolder(tx, id, who); err != nil || got != others[0] {
				e.t.Errorf("%s: held by another than %s: got %q, %v, want %q", address, who, got, err, others[0])
			}
		}
		return nil
	})
}

// TestMoveEmail: the index follows an account from one proven address to the next, in
// whatever spelling, and a shared address has no holder.
func TestMoveEmail(t *testing.T) {
	e := newEmails(t)
	e.move("ada", "", "")
	e.move("ada", "", "Ada@Bücher.example")
	e.want("ada@xn--bcher-kva.example.", "ada")
	e.move("ada", "", "ada@bücher.example") // again
	e.want("ada@bücher.example", "ada")
	e.move("eve", "", "ADA@bücher.example")
	e.want("ada@bücher.example", "ada", "eve")
	e.move("ada", "ada@bücher.example", "ADA@BÜCHER.example") // the same in another spelling
	e.want("ada@bücher.example", "ada", "eve")
	e.move("ada", "ada@bücher.example", "ada@example.com")
	e.want("ada@bücher.example", "eve")
	e.want("ada@example.com", "ada")
	e.move("eve", "ada@bücher.example", "")
	e.want("ada@bücher.example")
	e.move("eve", "ada@bücher.example", "") // again
	e.move("eve", "ada@example.com", "")    // of another
	e.want("ada@example.com", "ada")
}

// TestManyHolders: who shares an address with 256 others is not listed, so that an entry
// stays small; none of them is found by it.
func TestManyHolders(t *testing.T) {
	e := newEmails(t)
	var all []string
	for i := range 300 {
		id := fmt.Sprintf("account %d", i)
		e.move(id, "", "all@example.com")
		if i < 256 {
			all = append(all, id)
		}
	}
	e.want("all@example.com", all...)
	e.move("account 299", "all@example.com", "")
	e.want("all@example.com", all...)
}

// TestEmailKeys: an entry lies under a keyed hash of the folded address, of which no
// text is in the key, and no address has an empty one.
func TestEmailKeys(t *testing.T) {
	e := newEmails(t)
	got := account.EmailKeys(e.x, "", "Ada@Example.com", "", "ada@example.COM.", "eve@example.com")
	if len(got) != 3 || got[0] != got[1] || got[0] == got[2] || got[0] != "email/"+account.EmailID(e.x, "ada@example.com") {
		t.Errorf("got %q", got)
	}
}
