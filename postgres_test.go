package sallyport_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
)

func TestMain(m *testing.M) {
	var err error
	switch dir := os.Getenv(isCrasher); {
	case dir != "":
		var now time.Time
		if now, err = time.Parse(time.RFC3339, os.Getenv(crashTime)); err == nil {
			err = crasher(dir, now, os.Stdout)
		}
	case os.Getenv(isRacer) != "":
		err = racer(os.Stdin, os.Stdout)
	default:
		os.Exit(pgtest.Main(m))
	}
	if err != nil { // of a process that a test has started
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
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
