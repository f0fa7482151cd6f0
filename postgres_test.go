package sallyport_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

func TestMain(m *testing.M) {
	if os.Getenv(isRacer) != "" {
		if err := racer(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "racer:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(pgtest.Main(m))
}

// openPostgres opens a store in an empty schema. Where PostgreSQL is missing
// the test is skipped.
func openPostgres(t *testing.T, url string) store.Store {
	t.Helper()
	s, err := pgstore.Open(t.Context(), url, pgstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
