package pgstore_test

import (
	"bytes"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// Values of up to a page lie in their row, where reading them costs no second
// look-up; larger ones elsewhere. Neither is compressed.
func TestWhereValuesLie(t *testing.T) {
	tests := []struct {
		size int
		in   bool
	}{
		{2_000, true},
		{8_000, true},
		{8_200, false},
	}
	for _, tt := range tests {
		url := pgtest.URL(t)
		s, watch := open(t, url), sql(t, url)
		w := put("a", "")
		w.Value = bytes.Repeat([]byte("v"), tt.size)
		commit(t, s, w)
		out := count(t, watch, "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'sallyport_records'::regclass")
		if (out == 0) != tt.in {
			t.Errorf("a value of %d bytes: got %d bytes elsewhere, want none to be %v", tt.size, out, tt.in)
		}
		if got := load(t, s, "a").Value; !bytes.Equal(got, w.Value) {
			t.Errorf("got %d bytes, want the %d that were written", len(got), tt.size)
		}
	}
}
