package bench

import (
	"testing"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

// openPostgres opens a store in the schema that the URL leads into.
func openPostgres(b *testing.B, url string) store.Store {
	b.Helper()
	s, err := pgstore.Open(b.Context(), url, pgstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}
