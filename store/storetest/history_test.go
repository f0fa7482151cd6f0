package storetest_test

import (
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/store/storetest"
)

// The judge of histories, judged: what a store must never show is found, and
// what it may show is not accused.
func TestSerial(t *testing.T) {
	for _, tt := range []struct {
		name, history string
		want          string // a part of the error; empty: none
	}{
		{"nothing", "", ""},
		{"one after the other", `
			1-2 1 a=0 put
			3-4 load a=1
			5-6 2 a=1 put
			7-8 load a=2`, ""},
		{"a read beside a write may see either", `
			1-2 1 a=0 put
			3-9 2 a=1 put
			4-5 load a=1
			6-7 load a=2
			8-10 load a=2`, ""},
		{"but not the one before again", `
			1-2 1 a=0 put
			3-9 2 a=1 put
			4-5 load a=2
			6-7 load a=1`, "no serial order"},
		{"stale read", `
			1-2 1 a=0 put
			3-4 2 a=1 put
			5-6 load a=1`, "no serial order"},
		{"lost update", `
			1-2 1 a=0 put
			3-9 2 a=1 put
			3-9 3 a=1 put`, "no serial order"},
		{"torn load", `
			1-2 1 a=0 put b=0 put
			3-9 2 a=1 put b=1 put
			3-9 load a=2 b=1`, "no serial order"},
		{"write skew", `
			1-2 1 a=0 put b=0 put
			3-9 2 a=1 put b=1 hold
			3-9 3 b=1 put a=1 hold`, "no serial order"},
		{"the same without holding", `
			1-2 1 a=0 put b=0 put
			3-9 2 a=1 put
			3-9 3 b=1 put`, ""},
		{"skew over absence", `
			3-9 2 a=0 put b=0 hold
			3-9 3 b=0 put a=0 hold`, "absent"},
		{"two births without a death", `
			3-9 2 a=0 put
			3-9 3 a=0 put`, "absent"},
		{"two readers that disagree on an order", `
			1-2 1 a=0 put b=0 put
			3-20 2 a=1 put
			3-20 3 b=1 put
			4-19 load a=2 b=1
			4-19 load a=1 b=3`, "no serial order"},
		{"a refused change that was seen", `
			1-2 1 a=0 put refused
			3-4 load a=1`, "was refused"},
		{"a version from nowhere", `
			1-2 load a=5`, "nobody has written"},
		{"a version of another key", `
			1-2 1 a=0 put
			3-4 load b=1`, "nobody has written"},
		{"acknowledged and lost", `
			1-2 1 a=0 put
			3-4 load a=0`, "absent"},
		{"deleted and still there", `
			1-2 1 a=0 put
			3-4 2 a=1 delete
			5-6 load a=1`, "no serial order"},
		{"deleted and made again", `
			1-2 1 a=0 put
			3-4 2 a=1 delete
			5-6 load a=0
			7-8 3 a=0 put
			9-10 load a=3`, ""},
		{"absence between two lives", `
			1-2 1 a=0 put
			3-4 load a=0
			5-6 2 a=1 delete`, "absent"},
		{"absence beside a life, in time either way", `
			1-9 1 a=0 put
			1-9 2 a=1 delete
			1-9 load a=0
			1-9 3 a=0 put`, ""},
		{"absence held while another makes it", `
			1-2 1 b=0 put
			3-9 2 a=0 put b=1 hold
			3-9 3 b=1 put a=0 hold
			10-11 load a=2 b=3`, "absent"},
		{"absence told by what else was seen", `
			1-2 1 h=0 put
			3-4 2 h=1 put a=0 put
			3-9 3 h=2 put a=2 delete
			3-9 4 h=3 put a=0 put
			3-9 load h=3 a=0`, ""},
		{"absence belied by what else was seen", `
			1-2 1 h=0 put
			3-4 2 h=1 put a=0 put
			3-9 3 h=2 put a=2 delete
			3-9 4 h=3 put a=0 put
			3-9 load h=4 a=0`, "absent"},
		{"unknown and not seen", `
			1-2 1 a=0 put
			3-4 2 a=1 put unknown
			5-6 load a=1`, ""},
		{"unknown and landed late", `
			1-2 1 a=0 put
			3-4 2 a=1 put unknown
			5-6 load a=1
			7-8 load a=2`, ""},
		{"unknown, seen and gone again", `
			1-2 1 a=0 put
			3-4 2 a=1 put unknown
			5-6 load a=2
			7-8 load a=1`, "no serial order"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var lines []string
			for line := range strings.Lines(tt.history) {
				if strings.TrimSpace(line) != "" {
					lines = append(lines, line)
				}
			}
			err := storetest.Serial(lines...)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
		})
	}
}
