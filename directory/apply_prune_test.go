package directory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
)

var prune = directory.Options{Prune: true}

func TestApplyPrune(t *testing.T) {
	full := `{
		"applications": [{"name": "A", "permissions": [{"path": "/p"}, {"path": "/q"}], "roles": [{"name": "R", "permissions": ["/p", "/q"]}, {"name": "S"}]}, {"name": "B"}],
		"clients": [{"application": "A", "platform": "SPA", "grantTypes": ["VGAuthenticator"], "public": true}, {"application": "B", "platform": "SPA", "grantTypes": ["VGAuthenticator"], "public": true}],
		"users": [{"name": "ann"}, {"name": "bob"}]}`
	tests := []struct {
		name, file string
		want       []string // beyond what is kept
	}{
		{"lists left out", `{}`, nil},
		{"lists of an application left out", `{"applications": [{"name": "A"}, {"name": "B"}]}`, nil},
		{"users", user("ann"), []string{"user bob deleted"}},
		{"all users", `{"users": []}`, []string{"user ann deleted", "user bob deleted"}},
		{"a role", `{"applications": [{"name": "A", "roles": [{"name": "S"}]}, {"name": "B"}]}`, []string{"role A/R deleted"}},
		{"a permission that a role has", `{"applications": [{"name": "A", "permissions": [{"path": "/q"}]}, {"name": "B"}]}`, []string{"permission A/p deleted"}},
		{"an application with its client", `{"applications": [{"name": "A"}]}`, []string{"application B deleted", "client B_SPA deleted"}},
		{"clients", `{"clients": []}`, []string{"client A_SPA deleted", "client B_SPA deleted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(full)
			d.apply(tt.file)
			if slices.ContainsFunc(d.report.Entries, func(e directory.Entry) bool { return e.Action != "kept" && e.Kind != "role" }) {
				t.Errorf("without Prune: got %q, want all kept", d.outcome())
			}
			d.apply(tt.file, prune)
			var got []string
			for _, s := range d.outcome() {
				if !strings.HasSuffix(s, " kept") {
					got = append(got, s)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			d.apply(tt.file, prune)
			if i := slices.IndexFunc(d.report.Entries, func(e directory.Entry) bool { return e.Action != "kept" }); i >= 0 {
				t.Errorf("pruned again: got %q, want all kept", d.outcome())
			}
		})
	}
}

func TestApplyPrunedAccount(t *testing.T) {
	d := newDirectory(t)
	const id = "6f209594-fc04-4e96-9f9f-7daf57b0fb12"
	ann := user("ann", `"id": "`+id+`"`, `"email": "a@x.example"`, `"emailValidated": true`)
	d.apply(ann)
	d.apply(`{"users": []}`, prune)
	if d.account(id).ID != "" || d.factors(id).Serial != 0 || d.epoch(id) != 2 {
		t.Errorf("got account %+v, factors %+v, epoch %d, want none, none and 2", d.account(id), d.factors(id), d.epoch(id))
	}
	if err := d.try(ann); err == nil || !strings.HasPrefix(err.Error(), "users[0].name: belonged to an account before") {
		t.Errorf("got %v for the name of a deleted account, want it reserved", err)
	}
	// Under its old id it goes on where it was, so that nothing old comes alive.
	d.apply(strings.ReplaceAll(ann, "true", "false"), directory.Options{ReuseNames: true})
	if f := d.factors(id); d.epoch(id) != 3 || f.Serial != 1 || f.Any() {
		t.Errorf("got epoch %d and factors %+v, want 3 and serial 1 without a factor", d.epoch(id), f)
	}
	// Without an id a reused name belongs to a new account.
	d.apply(`{"users": []}`, prune)
	d.apply(user("ann"), directory.Options{ReuseNames: true})
	if got := d.entry("user", "ann").ID; got == id {
		t.Errorf("got the id %s of the deleted account, want a new one", got)
	}
}

// TestApplyPrunedTwice: an account that is listed but gone is not deleted again.
func TestApplyPrunedTwice(t *testing.T) {
	d := newDirectory(t)
	d.apply(user("ann", `"id": "`+idA+`"`))
	d.run(func(tx *store.Tx) error { return account.Accounts.Delete(tx, idA) })
	d.apply(`{"users": []}`, prune)
	d.want()
	if d.epoch(idA) != 1 {
		t.Errorf("got epoch %d, want 1", d.epoch(idA))
	}
}

// TestApplyPrunedRecords: what is pruned is gone from the store.
func TestApplyPrunedRecords(t *testing.T) {
	d := newDirectory(t)
	d.apply(clients(client("SPA", public)))
	left := func() (n int) {
		for _, table := range []string{"application", "client"} {
			for _, err := range d.store.Scan(t.Context(), table+"/", "") {
				if n++; err != nil {
					t.Fatal(err)
				}
			}
		}
		return n
	}
	if n := left(); n != 4 { // one is the engine's own
		t.Fatalf("got %d applications and clients, want 4", n)
	}
	d.apply(`{"applications": []}`, prune)
	if n := left(); n != 1 {
		t.Errorf("got %d applications and clients, want the engine's own alone", n)
	}
}

// TestApplyPrunedClientForgotten: a client that a program has deleted stays so under the
// old file, until the file no longer names it, or its application, and prunes.
func TestApplyPrunedClientForgotten(t *testing.T) {
	full := clients(client("SPA", public))
	for _, tt := range []struct {
		name, file string
		o          directory.Options
		want       string // under the full file, after that one
	}{
		{"not named, not pruned", `{"clients": []}`, directory.Options{}, "client A_SPA kept: deleted"},
		{"named, pruned", full, prune, "client A_SPA kept: deleted"},
		{"no list, pruned", `{}`, prune, "client A_SPA kept: deleted"},
		{"not named, pruned", `{"clients": []}`, prune, "client A_SPA created"},
		{"its application not named, not pruned", `{"applications": [{"name": "B"}]}`, directory.Options{}, "client A_SPA kept: deleted"},
		{"its application not named, pruned", `{"applications": [{"name": "B"}]}`, prune, "client A_SPA created"},
		{"another application not named, pruned", `{"applications": [{"name": "A"}]}`, prune, "client A_SPA kept: deleted"},
	} {
		d := newDirectory(t)
		// With an id the application is the same one when it comes back.
		full := strings.Replace(full, `{"name": "A"}`, `{"name": "A", "id": "`+idA+`"}`, 1)
		d.apply(full)
		if err := d.e.Admin(sallyport.Actor{Name: "setup"}).DeleteClient(t.Context(), idA+"_SPA"); err != nil {
			t.Fatal(err)
		}
		d.apply(strings.Replace(tt.file, `{"name": "A"}`, `{"name": "A", "id": "`+idA+`"}`, 1), tt.o)
		if got := d.outcome(); slices.Contains(got, "client A_SPA deleted") {
			t.Errorf("%s: got %q, want nothing said of what is gone", tt.name, got)
		}
		d.apply(full)
		if got := d.outcome(); !slices.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
