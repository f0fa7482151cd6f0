// Package storetest proves that a backend keeps the promise of
// [store.Store], and makes any store fail on demand.
//
// # For whoever writes a backend
//
// Call [Run] from a test with a function that opens an empty store:
//
//	func TestContract(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return mystore.New() })
//	}
//
// It goes through the contract line by line, holds the store to a model through
// sequences of calls made up at random, and looks for a serial order of what
// concurrent callers saw. It takes a few seconds on a durable backend; with
// SALLYPORT_LONG=1 in the environment, minutes. [RunBackend] also looks at what
// a store leaves when it is closed or crashes, and at damage and unknown
// outcomes, as far as a [Backend] lets it.
//
// docs/stores.md tells how to write a store, and of each subtest which broken
// stores it has caught. What no suite can see is a disk that lies: kill your
// process under load as well.
//
// # For whoever builds on a store
//
// [Faulty] fails, panics, blocks, cancels or loses the answer at the call you
// name, so that a test can walk through every call of a journey and see that
// each failure refuses. [Counting] tells what a journey costs.
//
// The package is for tests: nothing that is shipped should link it.
package storetest
