package main

import "strings"

// term is a figure that counts several times.
type term struct {
	key   string
	times float64
}

// sum is figures added up. An empty sum is no figure.
type sum []term

func one(key string) sum { return sum{{key, 1}} }

// of is the sum in one pass; false if a figure is missing.
func (s sum) of(p pass) (total float64, ok bool) {
	for _, t := range s {
		v, there := p[t.key]
		if !there {
			return 0, false
		}
		total += t.times * v
	}
	return total, len(s) > 0
}

// unit is that of all its figures: what stands behind the last blank.
func (s sum) unit() string { return s[0].key[strings.LastIndexByte(s[0].key, ' ')+1:] }

// isRate reports whether more is better.
func (s sum) isRate() bool { return strings.HasSuffix(s.unit(), "/s") }

// goal is a row of the table: ours divided by base and held to bound, or ours
// held to most.
type goal struct {
	what   string
	ours   sum
	limit  sum            // what nobody can undercut
	rivals map[string]sum // by name
	base   sum            // what the ratio is of
	per    string         // base in words
	bound  float64        // 0: there is no goal, the ratio is shown for what it tells
	atMost bool           // else at least; of times, the ratio is then base divided by ours
	plus   float64        // is added to base
	most   float64        // instead of base and bound: a goal in the unit of ours
}

// below is the goal of a row that is to be at most bound times base.
func (g goal) below(bound float64, base sum, per string) goal {
	g.bound, g.base, g.per, g.atMost = bound, base, per, true
	return g
}

// above is the goal of a row whose rate is to be at least bound times that of
// base.
func (g goal) above(bound float64, base sum, per string) goal {
	g.bound, g.base, g.per = bound, base, per
	return g
}

// shown is a row without a goal.
func (g goal) shown(base sum, per string) goal {
	g.base, g.per, g.atMost = base, per, true
	return g
}

// within is the goal of a row that is to be at most a figure.
func (g goal) within(most float64) goal {
	g.most, g.atMost = most, true
	return g
}

const (
	microsecond = 1e3 // of the nanoseconds in which times are measured
	millisecond = 1e6
	second      = 1e9
)
