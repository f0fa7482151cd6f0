// Package sallyporttest is a kit for tests that log somebody in: a whole
// engine in memory, a clock to advance, an outbox that catches every message,
// people with factors, clients that walk the conversation, and a browser that walks
// pages.
//
// # A test
//
// Make a kit, add somebody, log in, and look at the answer:
//
//	kit := sallyporttest.New(t)
//	kit.AddUser(t, sallyporttest.User{Name: "marie", Email: "marie@example.com", EmailValidated: true})
//	c := kit.InProcess()
//	a := c.Login("marie", sallyporttest.Password).Want(t, sallyport.Failure|sallyport.MFAAuthenticationRequired)
//	a = c.Choose(a, "Email", "OTP")
//	a = c.Answer(a, kit.Outbox.LastCode("marie@example.com")).Want(t, sallyport.Success)
//
// It is the real engine over the real memory store; nothing is mocked. A host
// that mounts the engine itself gives [Kit.Engine] to its own server.
//
// # Time and messages
//
// The [Clock] stands still until the test moves it, so codes expire when the
// test says so and never because the machine was slow. The [Outbox] catches
// what would be mailed or sent as text messages, and can fail or block.
//
// The same wrong password or code within ten seconds is answered alike and charged
// once. A test that counts misses sends different ones ([Client.WrongPasswords],
// [Client.WrongCodes]) or advances the clock by ten seconds in between.
//
// # Two ways in
//
// [Kit.InProcess] and [Kit.HTTP] give a [Client] with the same methods and the
// same answers, so that one table of tests covers the engine and the adapter.
//
// # Pages
//
// [Kit.Browser] walks the pages of a handler: the host's own, with the engine
// mounted in it, or those of the adapter. It keeps cookies, follows redirects, fills
// in forms by their labels and sends them with what is hidden in them.
//
//	page := kit.Browser(host).Open("/login")
//	page = page.Form().Fill("Name", "marie").Fill("Password", sallyporttest.Password).Submit("Sign in")
//	page.Want(t, http.StatusOK, "Hello, marie")
//
// # Another directory
//
// The kit begins with the directory of [Directory]. [WithDirectory] changes it or
// puts another in its place; users, roles and the client are then taken from that.
//
// # When something is wrong
//
// Whatever takes a [testing.TB] fails that test. What a server may answer is
// an [Answer], however grim: a fault of the store is one with status 500. What
// no server may answer, and what the kit cannot do, fails the test.
// [WithBusyGate] makes an engine that has too much to do, and storetest.Faulty a
// store that fails.
//
// The kit belongs to tests alone: its passwords are hashed at no cost, and all
// kits of a process sign with the same key.
package sallyporttest
