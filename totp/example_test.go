package totp_test

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/totp"
)

// An enrolment and a login. The secret is made by totp.NewSecret; this one is
// fixed so that the output is.
func Example() {
	secret, err := totp.ParseSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		panic(err)
	}
	uri, err := secret.URI("Acme", "marie@example.com")
	if err != nil {
		panic(err)
	}
	picture, err := totp.PNG(uri)
	if err != nil {
		panic(err)
	}
	fmt.Println(uri)
	fmt.Printf("%.3q\n", picture[1:4])

	now := time.Unix(1234567890, 0)
	var last uint64 // kept with the secret
	for _, typed := range []string{"005 924", "005924"} {
		code, ok := totp.CleanCode(typed)
		if !ok {
			continue
		}
		if step, ok := secret.Verify(code, now, last); ok {
			last = step
			fmt.Println("accepted", step)
		} else {
			fmt.Println("refused")
		}
	}
	fmt.Println(secret)
	// Output:
	// otpauth://totp/Acme:marie%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&algorithm=SHA1&digits=6&period=30
	// "PNG"
	// accepted 41152263
	// refused
	// totp.Secret(hidden)
}
