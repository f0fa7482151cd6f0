package directory_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/store"
)

// TestApplyKeepsWhatWasSetSince changes each field in the store, applies the
// same file, and then a file that differs in that field.
func TestApplyKeepsWhatWasSetSince(t *testing.T) {
	grant := `[{"application": "A", "role": "R"}]`
	tests := []struct {
		field       string // in the file
		file, later string
		since       func(*account.Account)
	}{
		{"name", `"ann"`, `"anna"`, func(a *account.Account) { a.Name = "eve" }},
		{"firstName", `"Ann"`, `"Anna"`, func(a *account.Account) { a.FirstName = "Eve" }},
		{"lastName", `"Ann"`, `"Anna"`, func(a *account.Account) { a.LastName = "Eve" }},
		{"language", `"de"`, `"fr-CH"`, func(a *account.Account) { a.Language = "en" }},
		{"approved", `true`, `false`, func(a *account.Account) { a.Approved = false }},
		{"disabled", `false`, `true`, func(a *account.Account) { a.Disabled = true }},
		{"disabled", `true`, `false`, func(a *account.Account) { a.Disabled = false }},
		{"locked", `false`, `true`, func(a *account.Account) { a.Locked = true }},
		{"mustChangePassword", `true`, `false`, func(a *account.Account) { a.MustChange = false }},
		{"start", `"2020-01-01T00:00:00Z"`, `"2021-01-01T00:00:00Z"`, func(a *account.Account) { a.Start = a.Start.AddDate(2, 0, 0) }},
		{"end", `"2030-01-01T00:00:00Z"`, `"2031-01-01T00:00:00Z"`, func(a *account.Account) { a.End = a.End.AddDate(2, 0, 0) }},
		{"attributes", `{"a": "1", "b": "2"}`, `{"b": "2", "a": "1"}`, func(a *account.Account) { a.Attributes = []account.Attribute{{Name: "a", Value: "3"}} }},
		{"roles", grant, `[]`, func(a *account.Account) { a.Roles = nil }},
		{"mfa", `true`, `false`, func(a *account.Account) { a.MFA = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.file, func(t *testing.T) {
			d := newDirectory(t)
			file := func(value string) string {
				u := `{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "ann", "` + tt.field + `": ` + value + `}`
				if tt.field == "name" {
					u = `{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": ` + value + `}`
				}
				return `{"applications": [{"name": "A", "roles": [{"name": "R"}]}], "users": [` + u + `]}`
			}
			d.apply(file(tt.file))
			id := d.report.Entries[len(d.report.Entries)-1].ID
			d.setAccount(id, tt.since)
			before := d.everything()
			d.apply(file(tt.file))
			last := d.report.Entries[len(d.report.Entries)-1]
			if last.Action != "kept" || !slices.Equal(last.Kept, []string{tt.field}) || d.everything() != before {
				t.Errorf("same file: got %+v, want %s kept and nothing written", last, tt.field)
			}
			d.apply(file(tt.later))
			if last := d.report.Entries[len(d.report.Entries)-1]; last.Kept != nil || last.Action != "changed" {
				t.Errorf("other file: got %+v, want it changed", last)
			}
			before = d.everything()
			d.apply(file(tt.later))
			if last := d.report.Entries[len(d.report.Entries)-1]; last.Kept != nil || d.everything() != before {
				t.Errorf("other file again: got %+v, want nothing written", last)
			}
		})
	}
}

// TestApplyPassword applies one file after another and looks at what became of
// the password: which one matches, and whether the sessions ended.
func TestApplyPassword(t *testing.T) {
	hash := func(pw string) string {
		h, err := password.InsecureParamsForTests().Hash(pw)
		if err != nil {
			t.Fatal(err)
		}
		return `"passwordHash": "` + h + `"`
	}
	clear := func(pw string) string { return `"password": "` + pw + `"` }
	const v2 = `"credentialsVersion": 2`
	fixed := hash("one")
	tests := []struct {
		name         string
		first, then  []string // fields
		since        string   // a password set in between
		match        string
		epoch        int
		want         string
		ledgerLocked bool // whether the guess ledger stays
	}{
		{"same", []string{clear("one")}, []string{clear("one")}, "", "one", 1, "kept", true},
		{"other without a version", []string{clear("one")}, []string{clear("two")}, "", "one", 1, "kept: password", true},
		{"the same in another form", []string{clear("P\u00e4ss")}, []string{clear("Pa\u0308ss")}, "", "P\u00e4ss", 1, "kept", true},
		{"stored in its form", []string{clear("Pa\u0308ss")}, []string{clear("Pa\u0308ss")}, "", "P\u00e4ss", 1, "kept", true},
		{"a hash of another form", []string{hash("Pa\u0308ss")}, []string{clear("Pa\u0308ss"), v2}, "", "Pa\u0308ss", 1, "changed", true},
		{"other with a version", []string{clear("one")}, []string{clear("two"), v2}, "", "two", 2, "changed", false},
		{"same with a version", []string{clear("one")}, []string{clear("one"), v2}, "", "one", 1, "changed", true},
		{"none with a version", []string{clear("one")}, []string{v2}, "", "one", 1, "changed", true},
		{"first one with a version", nil, []string{clear("two"), v2}, "", "two", 2, "changed", false},
		{"hash for hash", []string{fixed}, []string{hash("two"), v2}, "", "two", 2, "changed", false},
		{"same hash with a version", []string{fixed}, []string{fixed, v2}, "", "one", 1, "changed", true},
		{"clear for hash", []string{fixed}, []string{clear("one"), v2}, "", "one", 1, "changed", true},
		{"other hash without a version", []string{fixed}, []string{hash("two")}, "", "one", 1, "kept: passwordHash", true},
		{"changed since", []string{clear("one")}, []string{clear("one")}, "three", "three", 1, "kept: password", true},
		{"changed since, hash", []string{fixed}, []string{fixed}, "three", "three", 1, "kept: passwordHash", true},
		{"changed since, with a version", []string{clear("one")}, []string{clear("one"), v2}, "three", "one", 2, "changed", false},
		{"lower version", []string{clear("one"), v2}, []string{clear("two")}, "", "one", 1, "kept: credentialsVersion password", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(user("ann", tt.first...))
			id := d.entry("user", "ann").ID
			d.setFactors(id, func(f *mfa.Factors) { f.Ledger.Consecutive = 100 })
			if tt.since != "" {
				h, _ := password.InsecureParamsForTests().Hash(tt.since)
				d.setAccount(id, func(a *account.Account) { a.PasswordHash = h })
			}
			d.apply(user("ann", tt.then...))
			d.want("user ann " + tt.want)
			stored := d.account(id).PasswordHash
			if ok, err := password.Verify(stored, tt.match); !ok || err != nil {
				t.Errorf("got a hash that %q does not match (%v)", tt.match, err)
			}
			if got := d.epoch(id); got != tt.epoch {
				t.Errorf("got epoch %d, want %d", got, tt.epoch)
			}
			if f := d.factors(id); (f.Ledger.Consecutive == 100) != tt.ledgerLocked {
				t.Errorf("got ledger %+v, want it kept: %v", f.Ledger, tt.ledgerLocked)
			}
		})
	}
}

// TestApplyHashMix: what decoy work is drawn by counts the hashes of all accounts,
// those too that the file does not name.
func TestApplyHashMix(t *testing.T) {
	const bcrypt = `"passwordHash": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"`
	d := newDirectory(t)
	counts := func() (list []int) {
		d.run(func(tx *store.Tx) error {
			m, _, err := account.HashMixes.Get(tx, account.TheHashMix)
			for _, s := range m.Shares {
				list = append(list, s.Count)
			}
			return err
		})
		return list
	}
	for _, c := range []struct {
		name, file string
		want       []int
	}{
		{"no hash", user("eve"), nil},
		{"two kinds", `{"users": [` + userEntry("ann", `"password": "long enough"`) + `, ` + userEntry("bob", bcrypt) + `, ` + userEntry("cid", bcrypt) + `]}`, []int{1, 2}},
		{"a file without users", `{"applications": [{"name": "A"}]}`, []int{1, 2}},
		{"one of three users", user("bob", bcrypt), []int{1, 2}},
		{"another hash", user("bob", `"password": "long enough"`, `"credentialsVersion": 2`), []int{2, 1}},
	} {
		d.apply(c.file)
		if got := counts(); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestApplyMadeAgain: an account whose record is gone is made again with the
// credentials of the file, whatever version was applied.
func TestApplyMadeAgain(t *testing.T) {
	d := newDirectory(t)
	ann := user("ann", `"id": "`+idA+`"`, `"password": "long enough"`, `"email": "a@x.example"`, `"emailValidated": true`, `"credentialsVersion": 3`)
	d.apply(ann)
	d.run(func(tx *store.Tx) error { return account.Accounts.Delete(tx, idA) })
	d.apply(ann)
	d.want("user ann created")
	stored := d.account(idA).PasswordHash
	if ok, err := password.Verify(stored, "long enough"); !ok || err != nil {
		t.Errorf("got a hash that the password does not match (%v)", err)
	}
	if f := d.factors(idA); !f.Email.Confirmed() || d.epoch(idA) != 2 {
		t.Errorf("got %+v and epoch %d, want the address confirmed and epoch 2", f.Email, d.epoch(idA))
	}
}

// TestApplyDamagedHashMix: a record that cannot be read is an error, and is not
// replaced.
func TestApplyDamagedHashMix(t *testing.T) {
	misread := store.NewTable[indexKey]("hashmix", store.TableOptions{}) // a sound record of other fields
	for name, damage := range map[string]func(*applied) error{
		"no record": func(d *applied) error {
			w := store.Write{Key: account.HashMixes.Key(account.TheHashMix), Value: []byte("{")}
			return d.store.Commit(t.Context(), store.Change{ID: 2, Writes: []store.Write{w}})
		},
		"other fields": func(d *applied) error {
			return d.db.Run(t.Context(), d.now, func(tx *store.Tx) error {
				return misread.Put(tx, account.TheHashMix, indexKey("x"), account.NoExpiry)
			})
		},
	} {
		d := newDirectory(t)
		if err := damage(d); err != nil {
			t.Fatal(err)
		}
		was := d.everything()
		for _, secret := range []string{`"password": "long enough"`, `"passwordHash": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"`} {
			if err := d.try(user("ann", secret)); !errors.Is(err, store.ErrDamaged) || d.everything() != was {
				t.Errorf("%s, %.14s: got %v, want %v and nothing written", name, secret, err, store.ErrDamaged)
			}
		}
	}
}
