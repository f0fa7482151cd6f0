// Package sallyporttest is a kit for tests that log somebody in: a whole
// engine in memory, a clock to advance, an outbox that catches every message,
// people with factors, and clients that walk the conversation.
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
// # When something is wrong
//
// Whatever takes a [testing.TB] fails that test. What a server may answer is
// an [Answer], however grim: a fault of the store is one with status 500. What
// no server may answer, and what the kit cannot do, fails the test.
//
// The kit belongs to tests alone: its passwords are hashed at no cost, and all
// kits of a process sign with the same key.
package sallyporttest
