package password_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/password"
)

// A login: the gate bounds the work, and a name that nobody bears costs as much
// as one that somebody does.
func Example() {
	gate, err := password.NewGate(password.GateConfig{})
	if err != nil {
		panic(err)
	}
	stored := map[string]string{}
	stored["ann"], err = password.DefaultParams().Hash("correct horse")
	if err != nil {
		panic(err)
	}

	login := func(name, typed string) (ok bool) {
		at := password.Place{Name: name, Address: "192.0.2.7"}
		err := gate.Do(context.Background(), at, func(bool) {
			hash, known := stored[name]
			if !known {
				password.VerifyNobody(password.Kind{}, typed)
				return
			}
			ok, _ = password.Verify(hash, typed) // an error denies
		})
		return err == nil && ok
	}
	fmt.Println(login("ann", "correct horse"), login("ann", "wrong"), login("bob", "correct horse"))
	// Output: true false false
}

// An account has come from an LDAP directory with a weak hash. Its owner can log
// in as before; until then argon2id stands around the digest.
func ExampleParams_Wrap() {
	hash := "{SSHA}lUfe9nSdiEvOPfpVx4ouB6gJhWALB2ZZ"
	params := password.DefaultParams()
	if password.Weak(hash) {
		wrapped, err := params.Wrap(hash)
		if err != nil {
			panic(err)
		}
		hash = wrapped
	}
	kind, _ := password.Recognise(hash)
	ok, _ := password.Verify(hash, "secret words")
	fmt.Println(kind, ok, params.NeedsRehash(hash))
	// Output: argon2id m=19456,t=2,p=1 true true
}

// A password is set: it has to meet the policy, and must be none of the last five.
func ExamplePolicy() {
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: 12, Pattern: "[0-9]", Message: "Use a digit."})
	if err != nil {
		panic(err)
	}
	history, err := password.History{}.Add(password.DefaultParams(), "plum-orbit-41-vex", password.DefaultHistory)
	if err != nil {
		panic(err)
	}
	known := password.Context{Words: []string{"ann", "Ann Calloway", "ann@example.com", "Flumen"}}

	for _, pw := range []string{"calloway!", "plum-orbit-41-vex", "tall-gravy-77-owl"} {
		err := password.JoinPolicy(policy.Check(pw, known), history.Check(pw, password.DefaultHistory))
		var failed *password.PolicyError
		if errors.As(err, &failed) {
			for _, v := range failed.Failed {
				fmt.Println(v.Rule, "–", v.Message)
			}
			continue
		}
		fmt.Println("good:", err == nil)
	}
	// Output:
	// minLength – Use at least 12 characters.
	// pattern – Use a digit.
	// context – Leave out names and addresses of yours, and the names of what you sign in to.
	// history – Choose one that you have not had here before.
	// good: true
}
