package bench

import (
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

func openPostgres(b *testing.B) store.Store {
	b.Helper()
	s, err := pgstore.Open(b.Context(), schema(b), pgstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}
