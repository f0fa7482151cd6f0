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
		record      string // in the store
		since       any
	}{
		{"name", `"ann"`, `"anna"`, "name", "eve"},
		{"firstName", `"Ann"`, `"Anna"`, "firstName", "Eve"},
		{"lastName", `"Ann"`, `"Anna"`, "lastName", "Eve"},
		{"approved", `true`, `false`, "approved", false},
		{"disabled", `false`, `true`, "disabled", true},
		{"disabled", `true`, `false`, "disabled", false},
		{"locked", `false`, `true`, "locked", true},
		{"mustChangePassword", `true`, `false`, "mustChange", false},
		{"start", `"2020-01-01T00:00:00Z"`, `"2021-01-01T00:00:00Z"`, "start", "2022-01-01T00:00:00Z"},
		{"end", `"2030-01-01T00:00:00Z"`, `"2031-01-01T00:00:00Z"`, "end", "2032-01-01T00:00:00Z"},
		{"attributes", `{"a": "1", "b": "2"}`, `{"b": "2", "a": "1"}`, "attributes", []record{{"name": "a", "value": "3"}}},
		{"roles", grant, `[]`, "roles", []record{}},
		{"mfa", `true`, `false`, "mfa", nil},
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
			d.set(accountRecords, id, record{tt.record: tt.since})
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
		{"other without a version", []string{clear("one")}, []string{clear("two")}, "", "one", 1, "kept", true},
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
		{"lower version", []string{clear("one"), v2}, []string{clear("two")}, "", "one", 1, "kept: credentialsVersion", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(user("ann", tt.first...))
			id := d.entry("user", "ann").ID
			d.setFactors(id, func(f *mfa.Factors) { f.Ledger.Consecutive = 100 })
			if tt.since != "" {
				h, _ := password.InsecureParamsForTests().Hash(tt.since)
				d.set(accountRecords, id, record{"passwordHash": h})
			}
			d.apply(user("ann", tt.then...))
			d.want("user ann " + tt.want)
			stored, _ := d.get(accountRecords, id)["passwordHash"].(string)
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

// TestApplyHashMix: what decoy work is drawn by counts the hashes of the file that
// named users last.
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
		{"one kind", user("bob", bcrypt), []int{1}},
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
	d.run(func(tx *store.Tx) error { return accountRecords.Delete(tx, idA) })
	d.apply(ann)
	d.want("user ann created")
	stored, _ := d.get(accountRecords, idA)["passwordHash"].(string)
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
	d := newDirectory(t)
	w := store.Write{Key: account.HashMixes.Key(account.TheHashMix), Value: []byte("{")}
	if err := d.store.Commit(t.Context(), store.Change{ID: 2, Writes: []store.Write{w}}); err != nil {
		t.Fatal(err)
	}
	if err := d.try(user("ann", `"password": "long enough"`)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want %v", err, store.ErrDamaged)
	}
}
