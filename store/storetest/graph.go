package storetest

import "slices"

// graph is a directed graph whose edges say why they are there.
type graph struct {
	out [][]arrow
	in  []int // edges that lead to a node
}

type arrow struct {
	from, to int
	why      string
}

func newGraph(nodes int) *graph {
	return &graph{out: make([][]arrow, nodes), in: make([]int, nodes)}
}

// node adds a node.
func (g *graph) node() int {
	g.out, g.in = append(g.out, nil), append(g.in, 0)
	return len(g.out) - 1
}

func (g *graph) edge(from, to int, why string) {
	g.out[from] = append(g.out[from], arrow{from, to, why})
	g.in[to]++
}

// sorted is the nodes in an order in which every edge leads forward. Those on
// a cycle and behind one are not among them.
func (g *graph) sorted() []int {
	in := slices.Clone(g.in)
	var order []int
	for n := range in {
		if in[n] == 0 {
			order = append(order, n)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, a := range g.out[order[i]] {
			if in[a.to]--; in[a.to] == 0 {
				order = append(order, a.to)
			}
		}
	}
	return order
}

// cycle is a shortest cycle, or nil.
func (g *graph) cycle() (best []arrow) {
	order := g.sorted()
	if len(order) == len(g.out) {
		return nil
	}
	sound := make([]bool, len(g.out))
	for _, n := range order {
		sound[n] = true
	}
	for n := range g.out {
		if sound[n] {
			continue
		}
		if c := g.back(n, sound); c != nil && (best == nil || len(c) < len(best)) {
			best = c
		}
	}
	return best
}

// back is a shortest way from a node back to it that passes no node of those
// to be avoided, or nil.
func (g *graph) back(home int, avoid []bool) []arrow {
	came := make(map[int]arrow)
	queue := []int{home}
	for i := 0; i < len(queue); i++ {
		for _, a := range g.out[queue[i]] {
			if _, been := came[a.to]; been || avoid[a.to] {
				continue
			}
			came[a.to] = a
			if a.to != home {
				queue = append(queue, a.to)
				continue
			}
			var way []arrow
			for at := a; ; at = came[at.from] {
				way = append(way, at)
				if at.from == home {
					slices.Reverse(way)
					return way
				}
			}
		}
	}
	return nil
}

// reach reports of two nodes whether a way leads from one to the other: a row of
// bits for each node.
type reach [][]uint64

func (r reach) has(from, to int) bool { return r[from][to/64]&(1<<(to%64)) != 0 }

// closure computes reach of a graph without cycles, a node after those that it
// leads to.
func (g *graph) closure() reach {
	r := make(reach, len(g.out))
	words := (len(g.out) + 63) / 64
	order := g.sorted()
	slices.Reverse(order)
	for _, n := range order {
		row := make([]uint64, words)
		for _, a := range g.out[n] {
			row[a.to/64] |= 1 << (a.to % 64)
			for i, w := range r[a.to] {
				row[i] |= w
			}
		}
		r[n] = row
	}
	return r
}
