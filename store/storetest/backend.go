package storetest

import (
	"os"
	"testing"

	"github.com/sallyport-auth/sallyport/store"
)

// Backend is what [RunBackend] may do to a backend. Open is needed; each other
// field that is nil leaves a promise unproven, and its subtests are skipped.
// All are called from the goroutine of the test. The suite closes the stores of
// Open, Reopen and Crash; closing one again when t ends does no harm.
type Backend struct {
	// Open returns an empty store.
	Open func(t *testing.T) store.Store

	// Reopen returns a store on what s, which has been closed, has left behind.
	// A store that keeps nothing, such as one in memory, has none.
	Reopen func(t *testing.T, s store.Store) store.Store

	// Crash returns a store on what would be left if the process that holds s
	// died now: a copy of its files as they are, or one more connection to its
	// database. Calls on s may be under way, and s goes on.
	Crash func(t *testing.T, s store.Store) store.Store

	// Damage changes how the record under key rests, so that it cannot be what
	// was written, past s and while s is open. No call is under way.
	Damage func(t *testing.T, s store.Store, key string)

	// Cut returns s, or another store on its records, of which the next Commit
	// is cut off under way, and only that; end is called when its outcome is
	// settled, and closes what Cut has opened. What n means is the backend's: it
	// counts from 0, and each should cut elsewhere, before the change arrives
	// and after it has landed. A backend that never returns ErrUnknown has none.
	Cut func(t *testing.T, s store.Store, n int) (cut store.Store, end func())
}

func needsReopen(e *env) {
	if e.b.Reopen == nil {
		e.Skip("Backend.Reopen is nil: what outlives Close is not proven")
	}
}

func needsCrash(e *env) {
	if e.b.Crash == nil {
		e.Skip("Backend.Crash is nil: durability is not proven")
	}
}

func needsDamage(e *env) {
	if e.b.Damage == nil {
		e.Skip("Backend.Damage is nil: that damage is noticed is not proven")
	}
}

func needsCut(e *env) {
	if e.b.Cut == nil {
		e.Skip("Backend.Cut is nil: unknown outcomes are not proven")
	}
}

// reopen closes the store of the subtest and opens what it has left.
func (e *env) reopen() {
	e.Helper()
	if err := e.s.Close(); err != nil {
		e.Fatalf("Close: %v", err)
	}
	e.use(e.b.Reopen(e.T, e.s))
}

// crashed is a subtest on what a crash would leave now. It is closed by end.
func (e *env) crashed() (after *env, end func()) {
	s := e.b.Crash(e.T, e.s)
	return &env{T: e.T, b: e.b, s: s, ctx: e.ctx}, func() { s.Close() }
}

// long is the first number, or the second if the environment says
// SALLYPORT_LONG.
func long(short, long int) int {
	if os.Getenv("SALLYPORT_LONG") != "" {
		return long
	}
	return short
}
