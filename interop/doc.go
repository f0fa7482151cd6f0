// Package interop holds tests that need other people's modules: the adapter and a guard
// mounted on the routers that Go programs use, clients that were not written for
// this server, and a browser. Those in clients and browser drive the command. It is a module of its own, so that none of them is
// ever a dependency of the engine.
//
// [README.md] lists the mounts and what differs between them.
//
// [README.md]: https://github.com/sallyport-auth/sallyport/blob/main/interop/README.md
package interop
