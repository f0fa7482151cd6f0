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

// A host's own pages, walked in process: the cookie and the hidden nonce of the form
// travel as they do in a browser.
func ExampleKit_Browser() {
	kit := sallyporttest.New(t)
	kit.AddUser(t, sallyporttest.User{Name: "marie"})
	host := newHost(kit.Engine) // in yours, the handler that your program serves

	page := kit.Browser(host).Open("/account")
	fmt.Println(page.URL, page.Title)

	page = page.Form().Fill("Name", "marie").Fill("Password", "wrong").Submit("Sign in")
	fmt.Println(page.Status, page.Text)

	page = page.Form().Fill("Password", sallyporttest.Password).Submit("Sign in")
	fmt.Println(page.URL, page.Text)
	// Output:
	// http://localhost:5000/login Sign in
	// 401 Sign in
	// That did not work.
	// Name
	// Password
	// Sign in
	// http://localhost:5000/account Hello, marie
}

// A busy engine, to see what a host says when there is too much to do.
func ExampleWithBusyGate() {
	kit := sallyporttest.New(t, sallyporttest.WithBusyGate())
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie"})

	a := kit.HTTP().Login(marie.Name, marie.Password)
	fmt.Println(a.HTTP, a.OAuthError)

	page := kit.Browser(newHost(kit.Engine)).Open("/login").Form().Fill("Name", marie.Name).Fill("Password", marie.Password).Submit("Sign in")
	fmt.Println(page.Status, page.Text)
	// Output:
	// 503 temporarily_unavailable
	// 503 Too many sign in at once. Please try again in a moment.
}

// Wrong passwords that all count lock a name; the clock unlocks it.
func ExampleClient_WrongPasswords() {
	kit := sallyporttest.New(t)
	marie := kit.AddUser(t, sallyporttest.User{Name: "marie"})
	client := kit.InProcess()

	fmt.Println(client.WrongPasswords(marie.Name, 10).Status)
	kit.Clock.Advance(15 * time.Minute)
	fmt.Println(client.Login(marie.Name, marie.Password).Status)
	// Output:
	// Failure, PasswordIsLocked
	// Success
}
