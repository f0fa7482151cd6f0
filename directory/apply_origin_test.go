package directory_test

import (
	"slices"
	"testing"

	"github.com/sallyport-auth/sallyport/token"
)

// TestApplyOrigins applies files one after the other and looks who lists what.
func TestApplyOrigins(t *testing.T) {
	const a, b = `"corsOrigins": ["https://a.example"]`, `"corsOrigins": ["https://b.example", "https://a.example"]`
	d := newDirectory(t)
	for _, step := range []struct {
		name, file string
		prune      bool
		want       []int // clients of each origin, fewest first
	}{
		{"nobody", clients(client("SPA", public)), false, nil},
		{"one", clients(client("SPA", public, a)), false, []int{1}},
		{"a second of the same origin", clients(client("SPA", public, a), client("WebApp", secrets, a)), false, []int{2}},
		{"a further origin", clients(client("SPA", public, b), client("WebApp", secrets, a)), false, []int{1, 2}},
		{"one that the file leaves out", clients(client("SPA", public, b)), false, []int{1, 2}},
		{"one that is deleted", clients(client("SPA", public, b)), true, []int{1, 1}},
		{"one origin less", clients(client("SPA", public, a)), false, []int{1}},
		{"none at all", clients(client("SPA", public)), false, nil},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.prune {
				d.apply(step.file, prune)
			} else {
				d.apply(step.file)
			}
			var got []int
			for it, err := range token.Origins.Scan(t.Context(), d.db, d.now, "", "") {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, len(it.Value.Clients))
			}
			if slices.Sort(got); !slices.Equal(got, step.want) {
				t.Errorf("got %v clients, want %v", got, step.want)
			}
			before := d.everything()
			if d.apply(step.file); d.everything() != before {
				t.Error("applied again: something was written")
			}
		})
	}
}
