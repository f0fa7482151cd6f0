package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

const adaID = "2f0d9b3e-6a7c-4b1d-8e5f-0a1b2c3d4e5f"

func (d *applied) index() store.Index {
	d.t.Helper()
	var key indexKey
	d.run(func(tx *store.Tx) (err error) {
		key, _, err = indexKeys.Get(tx, "index")
		return err
	})
	index, err := store.NewIndex(key)
	if err != nil {
		d.t.Fatal(err)
	}
	return index
}

// holders are how many accounts have proven an address, by the index.
func (d *applied) holders(address string) (n int) {
	d.t.Helper()
	index := d.index()
	d.run(func(tx *store.Tx) error {
		e, _, err := account.Emails.Get(tx, account.EmailID(index, address))
		n = len(e.Accounts)
		return err
	})
	return n
}

// TestApplyEmails: an apply keeps the index of proven addresses true, whatever it does
// to an address.
func TestApplyEmails(t *testing.T) {
	entry := func(fields ...string) string {
		return user("ada", append([]string{`"id": "` + adaID + `"`}, fields...)...)
	}
	const a, b = `"email": "a@example.com"`, `"email": "b@example.com"`
	const yes, no, second = `"emailValidated": true`, `"emailValidated": false`, `"credentialsVersion": 2`
	for _, tt := range []struct {
		name, first, then string
		prune             bool
		a, b              int // who has proven either after the second
	}{
		{"the same again", entry(a, yes), entry(a, yes), false, 1, 0},
		{"never validated", entry(a), entry(a), false, 0, 0},
		{"validated later", entry(a), entry(a, yes, second), false, 1, 0},
		{"validated without a version", entry(a), entry(a, yes), false, 0, 0},
		{"another, staged", entry(a, yes), entry(b), false, 1, 0},
		{"another, validated", entry(a, yes), entry(b, yes, second), false, 0, 1},
		{"another, not validated", entry(a, yes), entry(b, second), false, 0, 0},
		{"validated no longer", entry(a, yes), entry(a, no, second), false, 0, 0},
		{"taken away", entry(a, yes), entry(second), false, 0, 0},
		{"shared", entry(a, yes), `{"users": [` + userEntry("eve", a, yes) + "," + userEntry("bob", a, yes) + "]}", false, 3, 0},
		{"gone from the file", entry(a, yes), user("eve", b, yes), false, 1, 1},
		{"pruned", entry(a, yes), user("eve", b, yes), true, 0, 1},
		{"pruned for another", entry(a, yes), user("eve", a, yes), true, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(tt.first)
			d.apply(tt.then, directory.Options{Prune: tt.prune})
			if gotA, gotB := d.holders("A@example.com"), d.holders("b@example.com"); gotA != tt.a || gotB != tt.b {
				t.Errorf("got %d and %d accounts, want %d and %d", gotA, gotB, tt.a, tt.b)
			}
		})
	}
}

// TestApplyStagesProven: a changed address of the file takes the place of one that is
// proven only once it is proven itself, also where the present one is no factor.
func TestApplyStagesProven(t *testing.T) {
	d := newDirectory(t)
	d.apply(user("ada", `"id": "`+adaID+`"`, `"email": "a@example.com"`))
	d.setFactors(adaID, func(f *mfa.Factors) { f.Email.Proven = d.now })
	d.apply(user("ada", `"id": "`+adaID+`"`, `"email": "b@example.com"`))
	if got := d.factors(adaID).Email; got.Value != "a@example.com" || got.Next != "b@example.com" || !got.IsProven() {
		t.Errorf("got %+v, want the proven one in use and the other staged", got)
	}
}

// TestApplyEmailsRounds: the entries of a crowd are read together.
func TestApplyEmailsRounds(t *testing.T) {
	rounds := func(n int) int64 {
		d := newDirectory(t)
		var list []string
		for i := range n {
			list = append(list, userEntry(fmt.Sprintf("user%d", i), fmt.Sprintf(`"email": "u%d@example.com", "emailValidated": true`, i)))
		}
		before := d.store.loads.Load()
		d.apply(`{"users": [` + strings.Join(list, ",") + "]}")
		return d.store.loads.Load() - before
	}
	if one, many := rounds(1), rounds(60); many > one {
		t.Errorf("got %d readings for one user and %d for 60, want as many", one, many)
	}
}
