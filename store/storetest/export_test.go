package storetest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Serial judges a history of one operation a line:
//
//	1-4 load a=7 b=0          from 1 to 4 it saw version 7 of a, and no b
//	5-9 8 a=7 put b=0 hold    the change 8 replaced version 7 of a, held that b is absent
//	5-9 8 a=7 delete refused  deletes; and how it ended, if it did not land
func Serial(lines ...string) error {
	var ops []op
	for i, line := range lines {
		words := strings.Fields(line)
		o := op{who: fmt.Sprintf("line %d", i+1), saw: map[string]uint64{}}
		if _, err := fmt.Sscanf(words[0], "%d-%d", &o.start, &o.end); err != nil {
			return fmt.Errorf("no history: %q", line)
		}
		o.id, _ = strconv.ParseUint(words[1], 10, 64)
		last := ""
		for _, w := range words[2:] {
			key, version, is := strings.Cut(w, "=")
			switch {
			case is:
				last = key
				o.saw[key], _ = strconv.ParseUint(version, 10, 64)
			case w == "put":
				o.puts = append(o.puts, last)
			case w == "delete":
				o.dels = append(o.dels, last)
			case w == "refused":
				o.fate = refused
			case w == "unknown":
				o.fate = unknown
			}
		}
		ops = append(ops, o)
	}
	return serial(ops)
}

// RunSome is RunBackend with some of the subtests.
func RunSome(t *testing.T, b Backend, want func(name string) bool) {
	var some []check
	for _, c := range checks {
		if want(c.name) {
			some = append(some, c)
		}
	}
	run(t, b, some)
}

// Names are the subtests of the suite, in order.
func Names() (names []string) {
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}
