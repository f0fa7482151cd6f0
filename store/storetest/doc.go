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
// It goes through the contract line by line and takes a few seconds on a
// durable backend. What it cannot see is durability itself: prove that by
// opening the store again, and by killing the process.
//
// # For whoever builds on a store
//
// [Faulty] fails, panics, blocks, cancels or loses the answer at the call you
// name, so that a test can walk through every call of a journey and see that
// each failure refuses. [Counting] tells what a journey costs.
//
// The package is for tests: nothing that is shipped should link it.
package storetest
