// Package apidocs serves the documentation of an [httpadapter.Adapter] beside its routes: a page
// for people, /documentation/index.html; an OpenAPI 3.1 document; and a collection of requests
// for Postman with its environment. All are made of the adapter's own table of routes: they say of
// every operation who may call it, what it takes and what it answers, with recorded answers of a
// real server. They need nothing from elsewhere.
//
//	adapter, err := httpadapter.New(engine, httpadapter.Options{})
//	adapter, err = apidocs.Add(adapter, apidocs.Options{})
//
// A host that does not import the package carries none of it. [OpenAPI] and [Examples] are there
// for hosts that serve the document in another way.
//
// # What is told
//
// The documents are the same for everybody who can reach the adapter, and tell nothing that a
// caller could not find out by calling. What the forms of the page and the environment are filled
// with is a [Demo]: by default the published example, whose passwords are gaps to be filled in.
// Secrets of a real server are refused there; those of a server for this machine alone, such as
// sallyport demo, are let pass.
//
// # The page
//
// It is HTML that works without a script. With one, each operation has a form that calls the
// server from the page. The policy of the page (CSP) lets the script be loaded from this server
// alone, and reach no other. What is typed stays in the page: a secret goes into the body of a
// call or its Authorization header, never into an address or into what the browser stores.
package apidocs
