package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/store"
)

// Run proves the contract of [store.Store] in subtests. open returns an empty
// store each time it is called; Run closes it. What only shows when a store is
// opened again, damaged or cut off is skipped: see [RunBackend].
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	RunBackend(t, Backend{Open: open})
}

// RunBackend proves the contract of [store.Store] in subtests, and what a
// backend promises beyond the life of one handle as far as b lets it look. A
// subtest that needs a field of b which is nil is skipped and says so.
func RunBackend(t *testing.T, b Backend) { run(t, b, checks) }

func run(t *testing.T, b Backend, checks []check) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			e := &env{T: t, b: b, ctx: t.Context()}
			for _, f := range c.needs {
				f(e)
			}
			e.use(b.Open(t))
			c.test(e)
		})
	}
}

// check is one subtest; needs skip it where the backend cannot be asked.
type check struct {
	name  string
	test  func(e *env)
	needs []func(e *env)
}

var checks = []check{
	{"LoadAnswersInOrder", testLoadOrder, nil},
	{"EmptyIsNotAbsent", testEmptyValue, nil},
	{"VersionIsTheChange", testVersion, nil},
	{"VersionNeverRepeats", testVersionAfterDelete, nil},
	{"IfIsHeld", testIf, nil},
	{"AbsenceIsHeld", testAbsence, nil},
	{"KeepWritesNothing", testKeep, nil},
	{"AllOrNothing", testAtomic, nil},
	{"LargeChangeIsAtomic", testLargeAtomic, nil},
	{"DeleteAndEmptyChange", testDelete, nil},
	{"BytesInAreCopied", testAliasIn, nil},
	{"BytesOutAreTheCallers", testAliasOut, nil},
	{"AnyBytes", testAnyBytes, nil},
	{"OddKeys", testOddKeys, nil},
	{"BadKeys", testBadKeys, nil},
	{"BadChanges", testBadChanges, nil},
	{"ManyWrites", testManyWrites, nil},
	{"LargeValue", testLargeValue, nil},
	{"Cancelled", testCancelled, nil},
	{"Expires", testExpires, nil},
	{"ScanOrderAndBounds", testScan, nil},
	{"ScanPages", testScanPages, nil},
	{"ScanCallsBack", testScanCallsBack, nil},
	{"ScanWhileWriting", testScanWhileWriting, nil},
	{"SweepTakesTheExpired", testSweep, nil},
	{"SweepFarAhead", testSweepFar, nil},
	{"SweepLimit", testSweepLimit, nil},
	{"SweepSparesTheRewritten", testSweepRewritten, nil},
	{"SweepRace", testSweepRace, nil},
	{"Sequences", testSequences, nil},
	{"CountersAreExact", testCounters, nil},
	{"OneOfManyInserts", testOneInsert, nil},
	{"WriteSkew", testWriteSkew, nil},
	{"AbsenceSkew", testAbsenceSkew, nil},
	{"TransfersConserve", testTransfers, nil},
	{"SerialTransfers", testSerialTransfers, nil},
	{"SerialHotCounter", testSerialHotCounter, nil},
	{"SerialWriteSkew", testSerialWriteSkew, nil},
	{"SerialAbsenceSkew", testSerialAbsenceSkew, nil},
	{"SerialSums", testSerialSums, nil},
	{"SerialWhenCancelled", testSerialCancelled, nil},
	{"Close", testClose, nil},
	{"CloseUnderLoad", testCloseUnderLoad, nil},
	{"ReopenFindsAll", testReopen, []func(*env){needsReopen}},
	{"ReopenAfterLoad", testReopenAfterLoad, []func(*env){needsReopen}},
	{"CrashKeepsTheAcknowledged", testCrash, []func(*env){needsCrash}},
	{"ConflictIsDurable", testConflictIsDurable, []func(*env){needsCrash}},
	{"DamageIsFound", testDamage, []func(*env){needsDamage}},
	{"UnknownIsSettled", testUnknown, []func(*env){needsCut}},
}

// env is one subtest with its store.
type env struct {
	*testing.T
	b   Backend
	s   store.Store
	ctx context.Context
}

// use makes s the store of the subtest, to be closed with it.
func (e *env) use(s store.Store) {
	e.s = s
	e.Cleanup(func() { s.Close() })
}

// load returns one record.
func (e *env) load(key string) store.Record {
	e.Helper()
	return e.loadAll(key)[0]
}

func (e *env) loadAll(keys ...string) []store.Record {
	e.Helper()
	recs, err := e.s.Load(e.ctx, keys...)
	if err != nil {
		e.Fatalf("Load: %v", err)
	}
	if len(recs) != len(keys) {
		e.Fatalf("Load of %d keys: %d records", len(keys), len(recs))
	}
	for i, r := range recs {
		if r.Key != keys[i] {
			e.Fatalf("Load: record %d has key %q, want %q", i, r.Key, keys[i])
		}
		if (r.Value == nil) != (r.Version == 0) {
			e.Fatalf("Load %q: value %q with version %d", r.Key, r.Value, r.Version)
		}
	}
	return recs
}

// try commits writes under a new id.
func (e *env) try(writes ...store.Write) (id uint64, err error) {
	id = rnd.Uint64()
	return id, e.s.Commit(e.ctx, store.Change{ID: id, Writes: writes})
}

// commit is try that must succeed.
func (e *env) commit(writes ...store.Write) (id uint64) {
	e.Helper()
	id, err := e.try(writes...)
	if err != nil {
		e.Fatalf("Commit: %v", err)
	}
	return id
}

// put replaces whatever stands under key.
func (e *env) put(key, value string, expires time.Time) (id uint64) {
	e.Helper()
	return e.commit(store.Write{Key: key, Value: []byte(value), If: e.load(key).Version, Expires: expires})
}

// refused wants an error and the store as it was.
func (e *env) refused(want error, writes ...store.Write) {
	e.Helper()
	before := e.all()
	if _, err := e.try(writes...); !errors.Is(err, want) {
		e.Errorf("Commit: got error %v, want %v", err, want)
	}
	e.same(before)
}

// all is everything in the store, by a scan.
func (e *env) all() []store.Record {
	e.Helper()
	var all []store.Record
	for r, err := range e.s.Scan(e.ctx, "", "") {
		if err != nil {
			e.Fatalf("Scan: %v", err)
		}
		all = append(all, r)
	}
	return all
}

func (e *env) same(want []store.Record) {
	e.Helper()
	got := e.all()
	if !slices.EqualFunc(got, want, equal) {
		i := 0
		for i < min(len(got), len(want)) && equal(got[i], want[i]) {
			i++
		}
		show := func(recs []store.Record) []store.Record { return recs[i:min(len(recs), i+4)] }
		e.Errorf("the store changed: got %d records, want %d; from number %d on\ngot  %v\nwant %v", len(got), len(want), i, show(got), show(want))
	}
}

func equal(a, b store.Record) bool {
	return a.Key == b.Key && slices.Equal(a.Value, b.Value) && a.Version == b.Version && a.Expires.Equal(b.Expires)
}

// want compares one record; an empty expires is not looked at.
func (e *env) want(got store.Record, value string, version uint64) {
	e.Helper()
	if got.Value == nil || string(got.Value) != value || got.Version != version {
		e.Errorf("record %q: got %q of version %d, want %q of %d", got.Key, got.Value, got.Version, value, version)
	}
}

func (e *env) absent(key string) {
	e.Helper()
	if r := e.load(key); r.Value != nil {
		e.Errorf("record %q: got %q of version %d, want it absent", key, r.Value, r.Version)
	}
}
