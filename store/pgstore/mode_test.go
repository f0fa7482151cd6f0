package pgstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store"
)

// A pooler that hands out connections by transaction keeps no prepared
// statements: every mode that prepares none, or none under a name, must do.
func TestExecModes(t *testing.T) {
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec"} {
		t.Run(mode, func(t *testing.T) {
			s := open(t, pgtest.URL(t)+"&default_query_exec_mode="+mode)
			old := time.Unix(1000, 0)
			a := store.Write{Key: "a", Value: []byte("\x00\xffx"), Expires: old}
			id := commit(t, s, a, store.Write{Key: "none", Keep: true})
			a.If, a.Value = id, []byte("y")
			next := commit(t, s, a, put("b", "z"))
			if r := load(t, s, "a"); string(r.Value) != "y" || r.Version != next || !r.Expires.Equal(old) {
				t.Errorf("got %+v, want y of version %d", r, next)
			}
			if n, err := s.Sweep(t.Context(), time.Unix(2000, 0), 10); n != 1 || err != nil {
				t.Errorf("Sweep: got %d and error %v, want 1", n, err)
			}
			var got []string
			for r, err := range s.Scan(t.Context(), "", "") {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r.Key)
			}
			if !slices.Equal(got, []string{"b"}) {
				t.Errorf("Scan: got %q, want b", got)
			}
		})
	}
}
