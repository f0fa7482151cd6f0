// Package guard protects a host's own handlers: it says who is calling, by a session cookie,
// a bearer token or an API key, and lets only those pass who may. It draws no pages.
//
// A [Guard] is made of an engine, and is a chain link as any router takes it:
//
//	g, err := guard.New(engine, guard.Options{})
//	mux.Handle("GET /reports", g.Require(guard.Role("Auditor"))(reports))
//
// Within such a handler [From] returns who it is. [Guard.SignInPage] walks people through a
// login by a page of the host's, [Guard.StepUpPage] through a step-up, and [Guard.SignOut]
// ends the session. What is answered where the conditions are not met:
//
//   - No session and no token: a browser that asks for a page is led to the sign-in page and
//     from there back, by a path of this site alone; everybody else is answered 401.
//   - Somebody who is signed in by a cookie and lacks a recent second factor: a browser that
//     asks for a page is led to the page on which that is proven, and from there back.
//   - Somebody who may not: 403. A bearer token that lacks a scope, and whoever else lacks a
//     recent second factor, is told so as RFC 6750 and RFC 9470 say.
//   - A store that fails, or an engine that is busy: 503 with Retry-After, never a guess.
//
// Where an Authorization header came, it alone is judged, and no cookie. One that is no
// bearer token is nobody's.
//
// # Cookies
//
// The cookie holds the handle of a session and nothing else. It is HttpOnly and
// SameSite=Lax, and with an https issuer its name begins with __Host-, so that no other
// site, port or path sets it. Two of that name are none. [Guard.SignIn] sets it after a
// login, and ends the session that the browser brought; [Guard.SignOut] ends the session
// first and the cookie then, as [Guard.EndSession] does for a page that answers by itself.
// When what the session may do changes, as after another password, its handle is exchanged
// at the next request, and a copy of the old one is worth nothing (see
// [sallyport.Engine.Renew]).
//
// # Step-up
//
// The page that a browser is led to by [Factor] is the host's, at Options.StepUp: it calls
// [Guard.StepUp] and then [Guard.AnswerStepUp], which read the cookie, refuse other sites and
// set the new handle (see [sallyport.Engine.StepUp]). What has to be proven the page says, and
// no request. A copy of the cookie from before has nothing of it. A bearer token is never
// stepped up: whoever has one logs in anew.
//
// # Requests from other sites
//
// A request that changes something, or opens a WebSocket, and brings the cookie has to come
// from a page of this site: Sec-Fetch-Site says same-origin or none, or Origin is the
// issuer's. Anything else is 403, also where a browser sends neither: all that are in use
// send one of them. Host is never compared, since proxies rewrite it. Bearer tokens need no
// such rule.
//
// Signing in and out want the same of every request, whatever its method and whether or not
// it brings the cookie: browsers leave it out of another site's form and keep the one in the
// answer. Put [Guard.SameSite] before the handlers of such forms, so that nothing of another
// site is read there.
//
// # Caches
//
// An answer that sets a cookie, or is behind [Factor], leaves with no-store, whatever its
// handler said, and nothing is said to proxies alone, as by CDN-Cache-Control. Any other
// answer to somebody who is signed in is for them alone: where the handler says neither
// private nor no-store it becomes private, and is asked for again each time. An answer to
// nobody is the handler's, with Vary, since others may be shown more.
package guard
