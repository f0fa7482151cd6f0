package storetest

import (
	"fmt"
	"slices"
	"strings"
)

// fate is what the caller of an operation was told.
type fate int

const (
	landed  fate = iota
	refused      // nothing was written, for sure
	unknown      // nobody can tell, unless somebody saw what it wrote
)

// op is one recorded call of Load or Commit: each is a transaction, and each
// saw one moment. Start and end are readings of one counter, so that a call
// that ended before another began has the smaller number.
type op struct {
	who        string
	id         uint64            // of the change, 0 for a Load
	start, end int64             // end means nothing if the fate is unknown
	saw        map[string]uint64 // versions read, or held to by If; 0 is absent
	puts, dels []string
	fate       fate
}

func (o *op) writes(key string) bool {
	return slices.Contains(o.puts, key) || slices.Contains(o.dels, key)
}

// serial returns an error unless some order of the operations explains all
// that they saw, each seeing what the ones before it wrote, and no operation
// stands before one that had ended when it began (strict serialisability).
//
// Versions are unique, so who wrote what was seen and who replaced it is known
// and no order has to be guessed: the order exists if and only if the graph of
// these edges has no cycle. Absence alone has no version. Whoever saw a key
// absent stands before its birth or after its death, for each of its lives;
// such an alternative is decided when the graph forbids one side. One that
// stays open accuses nobody, so the verdict is never wrong, and with the order
// in time hardly any stays open.
func serial(ops []op) error {
	h := &history{writer: map[uint64]int{}, replaced: map[place][]int{}}
	if err := h.pick(ops); err != nil {
		return err
	}
	h.graph = newGraph(len(h.ops))
	h.inTime()
	if err := h.versions(); err != nil {
		return err
	}
	return h.absences()
}

// place is a version of a key.
type place struct {
	key     string
	version uint64
}

type history struct {
	ops      []op // those that landed
	writer   map[uint64]int
	replaced map[place][]int
	graph    *graph
}

// pick leaves out what did not land, after a look whether it was seen.
func (h *history) pick(ops []op) error {
	seen := map[uint64]string{}
	for _, o := range ops {
		if o.fate != refused {
			for _, v := range o.saw {
				seen[v] = o.who
			}
		}
	}
	for _, o := range ops {
		who, wasSeen := seen[o.id]
		wasSeen = wasSeen && o.id != 0
		switch {
		case o.fate == refused && wasSeen:
			return fmt.Errorf("%s was refused, but %s saw what it wrote", o.who, who)
		case o.fate == refused, o.fate == unknown && !wasSeen:
			continue
		}
		if o.id != 0 {
			h.writer[o.id] = len(h.ops)
		}
		for k, v := range o.saw {
			if v != 0 && o.writes(k) {
				h.replaced[place{k, v}] = append(h.replaced[place{k, v}], len(h.ops))
			}
		}
		h.ops = append(h.ops, o)
	}
	return nil
}

// inTime adds an edge from each operation to those that began after it had
// ended, by way of a node for each end, so that the edges stay few.
func (h *history) inTime() {
	var ends []int
	for i, o := range h.ops {
		if o.fate == landed {
			ends = append(ends, i)
		}
	}
	slices.SortFunc(ends, func(a, b int) int { return int(h.ops[a].end - h.ops[b].end) })
	nodes := make([]int, len(ends))
	for k, i := range ends {
		nodes[k] = h.graph.node()
		h.graph.edge(i, nodes[k], "ended before")
		if k > 0 {
			h.graph.edge(nodes[k-1], nodes[k], "")
		}
	}
	for i, o := range h.ops {
		k, _ := slices.BinarySearchFunc(ends, o.start, func(end int, start int64) int { return int(h.ops[end].end - start) })
		if k > 0 {
			h.graph.edge(nodes[k-1], i, "")
		}
	}
}

// versions adds the edges that follow from versions: a writer stands before
// who saw its version, and who saw it before those that replaced it.
func (h *history) versions() error {
	for i, o := range h.ops {
		for k, v := range o.saw {
			if v == 0 {
				continue
			}
			w, known := h.writer[v]
			if !known || !slices.Contains(h.ops[w].puts, k) {
				return fmt.Errorf("%s saw %q of version %d, which nobody has written", o.who, k, v)
			}
			h.graph.edge(w, i, fmt.Sprintf("wrote %q, seen by", k))
			for _, r := range h.replaced[place{k, v}] {
				if r != i {
					h.graph.edge(i, r, fmt.Sprintf("saw %q before it was replaced by", k))
				}
			}
		}
	}
	return h.cycle()
}

// life is a stretch in which a key was there: from the operation that made it
// to the one that deleted it, -1 if none did.
type life struct{ birth, death int }

func (h *history) lives() map[string][]life {
	lives := map[string][]life{}
	for i, o := range h.ops {
		for _, k := range o.puts {
			if o.saw[k] != 0 {
				continue
			}
			l := life{i, -1}
			for at := o.id; ; {
				next := h.replaced[place{k, at}]
				if len(next) == 0 {
					break
				}
				if slices.Contains(h.ops[next[0]].dels, k) {
					l.death = next[0]
					break
				}
				at = h.ops[next[0]].id
			}
			lives[k] = append(lives[k], l)
		}
	}
	return lives
}

// alternative is an absence that was seen, and a life of the same key.
type alternative struct {
	who int
	key string
	life
}

// absences decides the alternatives that the graph decides, until none is left
// or none moves.
func (h *history) absences() error {
	var open []alternative
	lives := h.lives()
	for i, o := range h.ops {
		for k, v := range o.saw {
			if v != 0 {
				continue
			}
			for _, l := range lives[k] {
				if l.birth != i {
					open = append(open, alternative{i, k, l})
				}
			}
		}
	}
	for moved := true; moved && len(open) > 0; {
		reach := h.graph.closure()
		moved = false
		left := open[:0]
		for _, a := range open {
			before := !reach.has(a.birth, a.who)
			after := a.death >= 0 && !reach.has(a.who, a.death)
			switch {
			case !before && !after:
				return fmt.Errorf("%s saw %q absent, but it was there: %s had made it and nobody deleted it before",
					h.ops[a.who].who, a.key, h.ops[a.birth].who)
			case before && after:
				left = append(left, a)
				continue
			case before && !reach.has(a.who, a.birth):
				h.graph.edge(a.who, a.birth, fmt.Sprintf("saw %q absent before it was made by", a.key))
				moved = true
			case after && !reach.has(a.death, a.who):
				h.graph.edge(a.death, a.who, fmt.Sprintf("deleted %q, seen absent by", a.key))
				moved = true
			}
		}
		open = left
		if err := h.cycle(); err != nil {
			return err
		}
	}
	return nil
}

// cycle returns an error that tells a shortest cycle, if there is one.
func (h *history) cycle() error {
	path := h.graph.cycle()
	if path == nil {
		return nil
	}
	var b strings.Builder
	b.WriteString("no serial order explains what was seen:")
	for _, e := range path {
		if e.from < len(h.ops) {
			fmt.Fprintf(&b, "\n%s %s", h.ops[e.from].who, e.why)
		}
	}
	return fmt.Errorf("%s the first", b.String())
}
