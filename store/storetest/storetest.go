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

// Run proves the contract of [store.Store] in subtests. open answers an empty
// store each time it is called; Run closes it.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range []struct {
		name string
		test func(e *env)
	}{
		{"LoadAnswersInOrder", testLoadOrder},
		{"EmptyIsNotAbsent", testEmptyValue},
		{"VersionIsTheChange", testVersion},
		{"VersionNeverRepeats", testVersionAfterDelete},
		{"IfIsHeld", testIf},
		{"AbsenceIsHeld", testAbsence},
		{"KeepWritesNothing", testKeep},
		{"AllOrNothing", testAtomic},
		{"DeleteAndEmptyChange", testDelete},
		{"BytesInAreCopied", testAliasIn},
		{"BytesOutAreTheCallers", testAliasOut},
		{"AnyBytes", testAnyBytes},
		{"OddKeys", testOddKeys},
		{"BadKeys", testBadKeys},
		{"BadChanges", testBadChanges},
		{"ManyWrites", testManyWrites},
		{"LargeValue", testLargeValue},
		{"Cancelled", testCancelled},
		{"Expires", testExpires},
		{"ScanOrderAndBounds", testScan},
		{"ScanPages", testScanPages},
		{"ScanCallsBack", testScanCallsBack},
		{"ScanWhileWriting", testScanWhileWriting},
		{"SweepTakesTheExpired", testSweep},
		{"SweepLimit", testSweepLimit},
		{"SweepSparesTheRewritten", testSweepRewritten},
		{"SweepRace", testSweepRace},
		{"CountersAreExact", testCounters},
		{"OneOfManyInserts", testOneInsert},
		{"WriteSkew", testWriteSkew},
		{"AbsenceSkew", testAbsenceSkew},
		{"TransfersConserve", testTransfers},
		{"Close", testClose},
		{"CloseUnderLoad", testCloseUnderLoad},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { s.Close() })
			c.test(&env{T: t, s: s, ctx: t.Context()})
		})
	}
}

// env is one subtest with its store.
type env struct {
	*testing.T
	s   store.Store
	ctx context.Context
}

// load answers one record.
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
		e.Errorf("the store changed:\ngot  %v\nwant %v", got, want)
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
