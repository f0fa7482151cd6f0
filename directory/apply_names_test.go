package directory_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
)

func TestApplyNames(t *testing.T) {
	const ann, bob = `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12"`, `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb13"`
	two := func(a, b string) string { return `{"users": [` + a + `, ` + b + `]}` }
	reuse := directory.Options{ReuseNames: true}
	start := `{"users": [` + userEntry("ann", ann) + `, ` + userEntry("bob", bob) + `, ` + userEntry("Straße") + `]}`
	tests := []struct {
		name  string
		files []string
		o     directory.Options
		want  string // how the error of the last begins; "": none
	}{
		{"renamed", []string{user("eve", ann)}, directory.Options{}, ""},
		{"renamed and back", []string{user("eve", ann), user("ann", ann)}, directory.Options{}, ""},
		{"another's", []string{user("bob", ann)}, directory.Options{}, "users[0].name: belongs to another account"},
		{"another's, by folding", []string{user("strasse", `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb14"`)}, directory.Options{}, `users[0].name: belongs to another account: "strasse" and "Straße" are one name`},
		{"another's, to be reused", []string{user("bob", ann)}, reuse, "users[0].name: belongs to another account"},
		{"a new account under a name given up", []string{two(userEntry("eve", ann), userEntry("ann"))}, directory.Options{}, "users[1].name: belonged to an account before"},
		{"the same, to be reused", []string{two(userEntry("eve", ann), userEntry("ann"))}, reuse, ""},
		{"swapped", []string{two(userEntry("bob", ann), userEntry("ann", bob))}, directory.Options{}, "users[0].name: belonged to an account before"},
		{"swapped, to be reused", []string{two(userEntry("bob", ann), userEntry("ann", bob))}, reuse, ""},
		{"an unknown id under a known name", []string{user("ann", `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb14"`)}, directory.Options{}, "users[0].name: belongs to another account"},
		{"pruned and made anew at once", []string{user("ann", `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb14"`)}, directory.Options{Prune: true, ReuseNames: true}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDirectory(t)
			d.apply(start)
			var err error
			before := ""
			for _, file := range tt.files {
				before = d.everything()
				err = d.try(file, tt.o)
			}
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil && d.everything() != before {
				t.Error("the refused file wrote something")
			}
		})
	}
}

// TestApplyNameRecords: each account has one name, and each name that was given up
// stays; there are no others.
func TestApplyNameRecords(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"users": [` + userEntry("ann", `"id": "`+idA+`"`) + `, ` + userEntry("bob") + `]}`)
	d.apply(`{"users": [` + userEntry("eve", `"id": "`+idA+`"`) + `, ` + userEntry("Bob") + `]}`)
	live, reserved := 0, 0
	for it, err := range account.Names.Scan(t.Context(), d.db, d.now, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if it.Value.Deleted {
			reserved++
		} else {
			live++
		}
	}
	if live != 2 || reserved != 1 {
		t.Errorf("got %d names and %d reserved, want 2 and 1", live, reserved)
	}
}

// TestApplyForeignName: an account that no apply made is found by its id alone, and
// nothing of it passes to whoever the file names.
func TestApplyForeignName(t *testing.T) {
	d := newDirectory(t)
	d.apply(`{"users": [` + userEntry("bob") + `, ` + userEntry("Ann", `"id": "`+idA+`"`, `"firstName": "Ann"`) + `]}`)
	d.remove("applied/" + idA) // what is left is an account as a host or an operator makes it
	before := d.everything()
	err := d.try(`{"users": [` + userEntry("bob") + `, ` + userEntry("ann", `"firstName": "Eve"`) + `]}`)
	if want := "users[1].name: belongs to an account that this file did not make; give its id"; err == nil || err.Error() != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	if d.everything() != before {
		t.Error("the refused file wrote something")
	}
	d.apply(user("ann", `"id": "`+idA+`"`, `"firstName": "Eve"`))
	d.want("user ann changed")
	d.apply(user("ann", `"firstName": "Eva"`)) // an apply has made it its own
	d.want("user ann changed")
}
