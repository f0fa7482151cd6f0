package sallyporttest_test

import (
	"fmt"
	"time"

	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// A host's own test of a login with a mailed code: in yours, t is the test's.
func Example() {
	kit := sallyporttest.New(t)
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true})
	client := kit.HTTP()

	a := client.Login(marie.Name, marie.Password)
	fmt.Println(a.HTTP, a.Status, a.Offered())

	a = client.Choose(a, "Email", "OTP")
	fmt.Println(a.HTTP, a.Status, kit.Outbox.Last(marie.Email).Subject)

	a = client.Answer(a, kit.Outbox.LastCode(marie.Email))
	fmt.Println(a.HTTP, a.Status, client.UserInfo(a.Tokens.AccessToken).HTTP)

	kit.Clock.Advance(31 * time.Minute)
	fmt.Println(client.UserInfo(a.Tokens.AccessToken).HTTP)
	// Output:
	// 400 Failure, MFA_AuthenticationRequired [Email Link Email OTP]
	// 400 Failure, MFA_WaitingUserAction Your code for localhost
	// 200 Success 200
	// 401
}

// A link is decided while the call that chose it waits.
func ExampleClient_WaitLink() {
	kit := sallyporttest.New(t)
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true})
	client := kit.InProcess()

	held := client.WaitLink(client.Login(marie.Name, marie.Password), "Email")
	client.Approve(held.Link)
	fmt.Println(held.Answer().Status)
	// Output: Success
}
