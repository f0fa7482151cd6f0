package directory_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/directory"
)

func TestApplyNames(t *testing.T) {
	const ann, bob = `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12"`, `"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb13"`
	two := func(a, b string) string { return `{"users": [` + a + `, ` + b + `]}` }
	reuse := directory.Options{ReuseNames: true}
	start := two(userEntry("ann", ann), userEntry("bob", bob))
	tests := []struct {
		name  string
		files []string
		o     directory.Options
		want  string // how the error of the last begins; "": none
	}{
		{"renamed", []string{user("eve", ann)}, directory.Options{}, ""},
		{"renamed and back", []string{user("eve", ann), user("ann", ann)}, directory.Options{}, ""},
		{"another's", []string{user("bob", ann)}, directory.Options{}, "users[0].name: belongs to another account"},
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

// TestApplyMatches wants entries with an id to be found by it, and others by
// name, but none to take what belongs to an entry that the file leaves out.
func TestApplyMatches(t *testing.T) {
	const a, b = "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "6f209594-fc04-4e96-9f9f-7daf57b0fb13"
	d := newDirectory(t)
	d.apply(`{"applications": [{"id": "` + a + `", "name": "One"}, {"name": "Two"}]}`)
	two := d.entry("application", "Two").ID
	d.apply(`{"applications": [{"name": "two"}, {"id": "` + strings.ToUpper(a) + `", "name": "Uno"}]}`)
	d.want("application two changed", "application Uno changed")
	if got := d.entry("application", "two").ID; got != two {
		t.Errorf("got %s for the application found by name, want %s", got, two)
	}
	for _, file := range []string{
		`{"applications": [{"id": "` + b + `", "name": "UNO"}]}`,
		`{"applications": [{"id": "` + a + `", "name": "Two"}]}`,
	} {
		if err := d.try(file); err == nil || !strings.HasPrefix(err.Error(), "applications[0].name: belongs to ") {
			t.Errorf("got %v for %s, want it refused", err, file)
		}
	}
	if err := d.try(`{"applications": [{"id": "`+b+`", "name": "UNO"}]}`, prune); err != nil {
		t.Errorf("got %v with the bearer of the name pruned, want none", err)
	}
}
