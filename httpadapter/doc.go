// Package httpadapter puts a [sallyport.Engine] on HTTP: the token and userinfo
// endpoints, revocation and introspection, the principal, enrolment and password APIs,
// discovery, and the pages on which people enrol a factor, answer a link, or use the key
// of a mail. It turns requests into engine calls and results into answers, and decides
// nothing about logins itself.
//
// # Mounting
//
// An [Adapter] is an [http.Handler] for everything below the engine's issuer:
//
//	http.Handle("/", adapter)                                  // https://id.example.com
//	http.Handle("/auth/", http.StripPrefix("/auth", adapter))  // https://example.com/auth
//
// Where the prefix is not stripped, say so with [Options.BasePath], and where a part
// of it is, say what is left; it is always the end of the issuer's path. A host that
// registers leaves one by one takes them from [Adapter.Routes]; paths then
// match as its router matches, while [Adapter.ServeHTTP] ignores ASCII case and
// one slash at the end, and never redirects. The README of the module
// interop shows how to mount it on chi, gin, echo and fiber.
//
// # Input
//
// Bodies are read strictly and within bounds: 16 KiB, 64 fields, 1 KiB a
// field. A repeated field, a raw semicolon, a malformed percent code, a NUL or
// bad UTF-8 makes the adapter refuse the request. Credentials are read from the
// body or the Authorization header, never from a query, except by the enrolment
// API, whose published form has them there.
//
// # Pages
//
// The pages are HTML without a script, with one style sheet of their own, in the
// light and in the dark. [Options.Name] and [Options.Logo] put the host's name and
// mark above them. A form that went well leads on (303) to a page that shows the
// outcome; a refused one is answered in place. Doing the same again, by a double
// click, a reload or a second window of the same browser, shows the same outcome.
//
// Where the link of a mail brings a key, opening it spends nothing. The pages of a
// reset, of a new address, of a change that is taken back, and of an invitation move the
// key into a cookie of their path (sallyport_reset, sallyport_address, sallyport_undo,
// sallyport_invite) and lead to an address without it. A proxy's log should hold the path up to the key alone.
//
// # Documentation
//
// Each [Route] of the API has an [Operation], by which the router reads its fields. Package
// apidocs makes documents of them, and serves them by [Adapter.With]: a page, an OpenAPI
// document, a collection for Postman. A host that does not import it carries none of it.
//
// # Trust
//
// No byte of an answer depends on the Host header or on forwarding headers.
// Forwarding headers that come from [Options.TrustedProxies] tell the address of
// a user, which budgets and messages use.
//
// # Servers
//
// A call that waits for a link takes up to four minutes. The adapter moves the
// connection's write deadline for it, so a server may keep short time-outs. A
// proxy in between needs a time-out of more than four minutes; otherwise set
// [Options.AnswerLinksAtOnce]. Some servers, such as fasthttp's adaptor, do not
// end a request's context when the caller hangs up: there such a call waits to
// its end, and its tokens are lost.
//
// Strings that a server reuses after a call, as fasthttp does, are copied.
package httpadapter
