package storetest

import (
	"fmt"

	"github.com/sallyport-auth/sallyport/store"
)

// The workloads whose histories are recorded and judged. Their rules are what
// an engine would be robbed by: if a store breaks one of them, [serial] tells
// who saw what.

// testSerialTransfers moves amounts between five accounts while others add
// them up.
func testSerialTransfers(e *env) {
	accounts := []string{"acc/0", "acc/1", "acc/2", "acc/3", "acc/4"}
	workload{
		readers: 2, callers: 5, rounds: long(16, 300), made: accounts, watched: accounts,
		keys: func(i, n int) []string {
			from := (i + n) % 5
			return []string{accounts[from], accounts[(from+1+n%4)%5]}
		},
		audit: func(recs map[string]store.Record) {
			sum := 0
			for _, r := range recs {
				sum += amount(r)
			}
			if sum != 500 {
				e.Errorf("one Load saw a sum of %d, want 500", sum)
			}
		},
		plan: func(i, n int, recs map[string]store.Record) []draft {
			from := accounts[(i+n)%5]
			var drafts []draft
			for k, r := range recs {
				if k == from {
					drafts = append(drafts, draft{key: k, n: amount(r) - 7})
				} else {
					drafts = append(drafts, draft{key: k, n: amount(r) + 7})
				}
			}
			return drafts
		},
	}.run(e)
}

// testSerialHotCounter has all callers count one record up, which each does
// beside an event of its own.
func testSerialHotCounter(e *env) {
	const callers = 6
	rounds := long(20, 300)
	var events []string
	for i := range callers {
		for n := range rounds {
			events = append(events, event(i, n))
		}
	}
	workload{
		callers: callers, rounds: rounds, made: []string{"hot"}, others: events,
		keys: func(i, n int) []string { return []string{"hot"} },
		plan: func(i, n int, recs map[string]store.Record) []draft {
			return []draft{{key: "hot", n: amount(recs["hot"]) + 1}, {key: event(i, n)}}
		},
	}.run(e)
}

func event(i, n int) string { return fmt.Sprintf("event/%d/%d", i, n) }

// testSerialWriteSkew has callers go off duty while they hold that the other
// is on, and come back.
func testSerialWriteSkew(e *env) {
	keys := []string{"duty/a", "duty/b"}
	workload{
		callers: 6, rounds: long(25, 400), made: keys,
		keys: func(i, n int) []string { return keys },
		plan: func(i, n int, recs map[string]store.Record) []draft {
			mine, other := keys[i%2], keys[1-i%2]
			on := amount(recs[mine]) > 0
			if amount(recs[other]) == 0 && !on {
				e.Errorf("caller %d in round %d found nobody on duty", i, n)
			}
			if on && amount(recs[other]) > 0 {
				return []draft{{key: mine, n: 0}, {key: other, keep: true}}
			}
			return []draft{{key: mine, n: 1}}
		},
	}.run(e)
}

// testSerialAbsenceSkew has callers take one of two seats while they hold that
// the other is free, and leave them again.
func testSerialAbsenceSkew(e *env) {
	keys := []string{"seat/a", "seat/b"}
	workload{
		readers: 2, callers: 6, rounds: long(25, 300), others: keys, watched: keys,
		made: []string{"door"}, // there must be something to begin with
		keys: func(i, n int) []string { return keys },
		plan: func(i, n int, recs map[string]store.Record) []draft {
			mine, other := keys[i%2], keys[1-i%2]
			taken, theirs := recs[mine].Value != nil, recs[other].Value != nil
			switch {
			case taken && theirs:
				e.Errorf("caller %d in round %d found both seats taken", i, n)
				return nil
			case taken:
				return []draft{{key: mine, del: true}}
			case theirs:
				return []draft{{key: mine, keep: true}, {key: other, del: true}}
			}
			return []draft{{key: mine, n: i}, {key: other, keep: true}}
		},
	}.run(e)
}

// testSerialSums has callers write neighbours, each key in commits of one and
// of two, while readers look across all of them.
func testSerialSums(e *env) {
	keys := []string{"p/0", "p/1", "p/2", "p/3"}
	workload{
		readers: 3, callers: 3, rounds: long(20, 300), made: keys, watched: keys,
		keys: func(i, n int) []string { return keys[(i+n)%3:][:1+n%2] },
		plan: func(i, n int, recs map[string]store.Record) (drafts []draft) {
			for k, r := range recs {
				drafts = append(drafts, draft{key: k, n: amount(r) + 1})
			}
			return drafts
		},
	}.run(e)
}

// testSerialCancelled cancels commits under way, at any moment. One that says
// it was cancelled has written nothing; each has an event that would tell.
func testSerialCancelled(e *env) {
	const callers = 4
	rounds := long(18, 150)
	keys := []string{"c/0", "c/1"}
	var events []string
	for i := range callers {
		for n := range rounds {
			events = append(events, event(i, n))
		}
	}
	workload{
		callers: callers, rounds: rounds, made: keys, others: events, cancel: true,
		keys: func(i, n int) []string { return keys },
		plan: func(i, n int, recs map[string]store.Record) []draft {
			return []draft{{key: keys[n%2], n: amount(recs[keys[n%2]]) + 1}, {key: event(i, n)}}
		},
	}.run(e)
}
