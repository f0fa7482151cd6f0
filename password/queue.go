package password

import "slices"

// waiter is one caller in the queue of a gate. Called is closed, under the
// gate's lock, when it may go in.
type waiter struct {
	name   string
	group  groupKey
	called chan struct{}
}

// groupKey is whom a waiter takes turns as: its address, or its name if it has
// none. A name and an address of the same spelling are two groups.
type groupKey struct{ addr, name string }

func groupOf(name, addr string) groupKey {
	if addr == "" {
		return groupKey{name: name}
	}
	return groupKey{addr: addr}
}

// queue holds the waiters of a gate by group and, in it, by name. In each slice
// the front is whose turn is next. Its few hundred entries are searched one by
// one, which costs nothing beside a hash. A gate's lock guards it.
type queue struct {
	limit  int // waiters in all
	length int
	names  map[string]int // waiters of a name, over all groups
	groups []*group
}

type group struct {
	key    groupKey
	length int
	lines  []*line
}

// line is the waiters of one name in one group.
type line struct {
	name    string
	waiters []*waiter
}

// push adds w at the end of its line, or reports false if the queue is full,
// share waiters of its name or its group are in it, or half as many of its name
// from its address: else one address could use up a name's share and keep its
// owner out.
func (q *queue) push(w *waiter, share int) bool {
	if q.length >= q.limit || q.names[w.name] >= share {
		return false
	}
	g := q.group(w.group)
	if g == nil {
		g = &group{key: w.group}
		q.groups = append(q.groups, g)
	} else if g.length >= share {
		return false
	}
	l := g.line(w.name)
	if l == nil {
		l = &line{name: w.name}
		g.lines = append(g.lines, l)
	} else if w.group.addr != "" && len(l.waiters) >= max(1, share/2) {
		return false
	}
	l.waiters = append(l.waiters, w)
	g.length++
	q.length++
	q.names[w.name]++
	return true
}

// pop removes and returns the first waiter, in order of turns, whose name is
// admitted; nil if there is none. Its group and line go to the end; those that
// were passed over keep their turn.
func (q *queue) pop(admits func(name string) bool) *waiter {
	for i, g := range q.groups {
		for j, l := range g.lines {
			if !admits(l.name) {
				continue
			}
			w := l.waiters[0]
			q.groups = append(slices.Delete(q.groups, i, i+1), g)
			g.lines = append(slices.Delete(g.lines, j, j+1), l)
			q.remove(w)
			return w
		}
	}
	return nil
}

// remove takes w out, with its line and group if it was the last of them, and
// reports whether it was in.
func (q *queue) remove(w *waiter) bool {
	g := q.group(w.group)
	if g == nil {
		return false
	}
	l := g.line(w.name)
	if l == nil {
		return false
	}
	i := slices.Index(l.waiters, w)
	if i < 0 {
		return false
	}
	l.waiters = slices.Delete(l.waiters, i, i+1)
	if len(l.waiters) == 0 {
		g.lines = slices.DeleteFunc(g.lines, func(o *line) bool { return o == l })
	}
	if len(g.lines) == 0 {
		q.groups = slices.DeleteFunc(q.groups, func(o *group) bool { return o == g })
	}
	g.length--
	q.length--
	if q.names[w.name]--; q.names[w.name] == 0 {
		delete(q.names, w.name)
	}
	return true
}

func (q *queue) group(key groupKey) *group {
	for _, g := range q.groups {
		if g.key == key {
			return g
		}
	}
	return nil
}

func (g *group) line(name string) *line {
	for _, l := range g.lines {
		if l.name == name {
			return l
		}
	}
	return nil
}
