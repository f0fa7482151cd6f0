package served

import "testing"

// StartFor is like [Start], with access tokens that are for that audience.
func StartFor(t testing.TB, audience string, users []User) *Server {
	t.Helper()
	return StartWith(t, directoryOf(t, users, nil), "-store", "memory:", "-audience", audience)
}
