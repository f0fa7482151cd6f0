package sallyport_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/password"
)

// TestP9SignUpWork: a start of a sign-up costs one hash, also where the address is that
// of an account with a history of passwords: none of it is looked at, since the time that
// takes tells who has an account. Hashes are told by the memory that they take.
func TestP9SignUpWork(t *testing.T) {
	params := password.Params{Memory: 20 << 10, Time: 2, Threads: 1}
	s := newSigning(t, func(c *sallyport.Config) { c.PasswordParams = params })
	eva := s.signUp(evas())
	if err := setup(s.Kit).SetLastingPassword(t.Context(), eva.Account, "yet another horse"); err != nil {
		t.Fatal(err)
	}
	start := func(email string) uint64 {
		s.Clock.Advance(24 * time.Hour)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s.begin(sallyport.Registration{Username: "other", Password: "a horse of somebody else", Email: email})
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) >> 10
	}
	hash := uint64(params.Memory)
	for i := range 3 {
		// The history of a password costs as much again as its hash.
		for _, email := range []string{fmt.Sprintf("free%d@example.com", i), evasMail} {
			if got := start(email); got < 2*hash || got > 5*hash/2 {
				t.Errorf("%s: got %d KiB of memory, want those of two hashes of %d", email, got, hash)
			}
		}
	}
}
