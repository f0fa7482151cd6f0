package sallyport_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
)

// raceSignUpKey has all callers make an account by one key, each with another password.
func raceSignUpKey(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		in := sallyport.Registration{Username: fmt.Sprint("eva", n), Password: fresh, Email: fmt.Sprintf("eva%d@example.com", n)}
		return raceProofs(t, a, callers, in.Username, []sallyport.Verification{(&signing{a.kit, t}).started(in)})
	}
}

// raceSignUpName has each caller prove an address of their own, all for one name.
func raceSignUpName(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		in := sallyport.Registration{Username: fmt.Sprint("eva", n), Password: fresh}
		var proofs []sallyport.Verification
		for i := range callers {
			in.Email = fmt.Sprintf("eva%d-%d@example.com", n, i)
			proofs = append(proofs, (&signing{a.kit, t}).started(in))
		}
		return raceProofs(t, a, callers, in.Username, proofs)
	}
}

// raceSignUpAddress has the callers prove one address by as many keys as are mailed to
// it a day, each for a name of their own.
func raceSignUpAddress(t *testing.T, a arena, callers int) func(int) int {
	return func(n int) int {
		in := sallyport.Registration{Password: fresh, Email: fmt.Sprintf("eva%d@example.com", n)}
		var proofs []sallyport.Verification
		for i := range 3 {
			in.Username = fmt.Sprintf("eva%d-%d", n, i)
			proofs = append(proofs, (&signing{a.kit, t}).started(in))
		}
		return raceProofs(t, a, callers, "", proofs)
	}
}

// raceProofs counts the accounts that are made. The one of that name, if one is meant,
// is there.
func raceProofs(t *testing.T, a arena, callers int, name string, proofs []sallyport.Verification) int {
	defer a.kit.Clock.Advance(time.Minute)
	made := a.run(t, callers, heat{Call: "verify", Proofs: proofs}).winners(t, string(sallyport.RegistrationCreated), nil)
	if _, err := setup(a.kit).FindUser(t.Context(), name); name != "" && err != nil {
		t.Errorf("%s: got %v, want the account that was made", name, err)
	}
	return made
}
