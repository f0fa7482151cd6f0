package password_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/sallyport-auth/sallyport/password"
)

// TestGateModel makes up comings, goings and hang-ups, and holds the gate to
// what it promises after each: nobody is lost, nobody ends twice, only the right
// one is refused, and whoever is alone in a group waits for two of each other.
func TestGateModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Rapid asks a *testing.T for its deadline, which has none in a bubble.
		rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) {
			m := newModel(t, rt)
			rt.Cleanup(m.door.abandon)
			rt.Repeat(map[string]func(*rapid.T){
				"":       m.check,
				"come":   m.come,
				"leave":  m.leave,
				"hangUp": m.hangUp,
			})
			for len(m.door.inside) > 0 {
				m.leave(rt)
				m.check(rt)
			}
			if len(m.waiting) != 0 {
				rt.Fatalf("%d wait at an empty gate", len(m.waiting))
			}
			if got := len(m.door.errs); got != m.count {
				rt.Fatalf("%d of %d callers ended", got, m.count)
			}
		})
	})
}

// model is what a gate should hold, told from outside.
type model struct {
	permits, queue int
	door           *door
	waiting        []*modelWaiter // in the order in which they came
	count          int
}

type modelWaiter struct {
	caller, name  string
	group, subnet string
	stop          func()
	overtaken     map[string]int // how many of another group went in while the name was free
	shared        bool           // the group has, or had, another
}

var (
	modelNames  = []string{"ann", "bob", "eve", "joe"}
	modelPlaces = []string{"~web", "~app", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8:1::1"}
)

func newModel(t *testing.T, rt *rapid.T) *model {
	m := &model{permits: rapid.IntRange(1, 3).Draw(rt, "permits"), queue: rapid.IntRange(1, 12).Draw(rt, "queue")}
	m.door = newDoor(t, m.permits, m.queue)
	return m
}

// groupOf is written out, since it is what the gate is judged by.
func groupOf(where string) (group, subnet string) {
	if !strings.HasPrefix(where, "2001:") {
		return where, ""
	}
	switch where {
	case "2001:db8::1", "2001:db8::2":
		return "2001:db8:0", "0"
	case "2001:db8:0:1::1":
		return "2001:db8:0", "1"
	}
	return "2001:db8:1", "0"
}

func (m *model) come(rt *rapid.T) {
	m.count++
	name, where := rapid.SampledFrom(modelNames).Draw(rt, "name"), rapid.SampledFrom(modelPlaces).Draw(rt, "where")
	w := &modelWaiter{caller: fmt.Sprintf("%s@%s#%d", name, where, m.count), name: name, overtaken: map[string]int{}}
	w.group, w.subnet = groupOf(where)
	free := len(m.door.inside) < m.permits && !m.nameInside(name)
	before, full := len(m.door.inside), len(m.waiting) == m.queue
	w.stop = m.door.comeStoppable(w.caller)
	if free {
		if len(m.door.inside) != before+1 || m.door.waited[w.caller] {
			rt.Fatalf("%s is not in at once, though a permit and the name are free", w.caller)
		}
		return
	}
	m.waiting = append(m.waiting, w)
	var out []*modelWaiter
	for _, o := range m.waiting {
		if err, ended := m.door.errs[o.caller]; ended {
			if !errors.Is(err, password.ErrOverloaded) {
				rt.Fatalf("%s ended with %v", o.caller, err)
			}
			out = append(out, o)
		}
	}
	if !full && len(out) != 0 || full && len(out) != 1 {
		rt.Fatalf("%d were refused as %s came, full: %v", len(out), w.caller, full)
	}
	if full {
		m.wantRefused(rt, w, out[0])
		m.drop(out[0])
	}
	for _, o := range m.waiting {
		o.shared = o.shared || m.length(o, byGroup) > 1
	}
}

// The parts of the queue that two waiters may share.
func byGroup(a, b *modelWaiter) bool  { return a.group == b.group }
func bySubnet(a, b *modelWaiter) bool { return byGroup(a, b) && a.subnet == b.subnet }
func byName(a, b *modelWaiter) bool   { return bySubnet(a, b) && a.name == b.name }

// length returns how many share a part with w.
func (m *model) length(w *modelWaiter, same func(a, b *modelWaiter) bool) (n int) {
	for _, o := range m.waiting {
		if same(w, o) {
			n++
		}
	}
	return n
}

// wantRefused judges who had to go as w came to a full queue.
func (m *model) wantRefused(rt *rapid.T, w, out *modelWaiter) {
	own := m.length(w, byGroup)
	others := slices.DeleteFunc(slices.Clone(m.waiting), func(o *modelWaiter) bool { return o == w })
	longest := func(among []*modelWaiter, same func(a, b *modelWaiter) bool) (n int) {
		for _, o := range among {
			n = max(n, (&model{waiting: others}).length(o, same))
		}
		return n
	}
	without := &model{waiting: others}
	group := longest(others, byGroup)
	if own >= group {
		if out != w {
			rt.Fatalf("%s was displaced by %s, whose group is then as long", out.caller, w.caller)
		}
		return
	}
	if out == w {
		rt.Fatalf("%s was refused with %d in the group, the longest has %d", w.caller, own, group)
	}
	inGroup := slices.DeleteFunc(slices.Clone(others), func(o *modelWaiter) bool { return !byGroup(o, out) })
	inSubnet := slices.DeleteFunc(slices.Clone(inGroup), func(o *modelWaiter) bool { return !bySubnet(o, out) })
	if without.length(out, byGroup) != group || without.length(out, bySubnet) != longest(inGroup, bySubnet) ||
		without.length(out, byName) != longest(inSubnet, byName) {
		rt.Fatalf("%s was displaced, who is not of the longest", out.caller)
	}
	i := slices.Index(others, out)
	if slices.ContainsFunc(others[i+1:], func(o *modelWaiter) bool { return byName(o, out) }) {
		rt.Fatalf("%s was displaced, who is not the newest of the name", out.caller)
	}
}

func (m *model) leave(rt *rapid.T) {
	if len(m.door.inside) == 0 {
		return
	}
	gone := rapid.SampledFrom(m.door.inside).Draw(rt, "gone")
	n := len(m.door.order)
	m.door.leave(gone)
	if err, ended := m.door.errs[gone]; !ended || err != nil {
		rt.Fatalf("%s left and ended %v with %v", gone, ended, err)
	}
	switch called := m.door.order[n:]; len(called) {
	case 0:
	case 1:
		i := slices.IndexFunc(m.waiting, func(w *modelWaiter) bool { return w.caller == called[0] })
		if i < 0 || !m.door.waited[called[0]] {
			rt.Fatalf("%s was called and did not wait", called[0])
		}
		m.overtake(rt, m.waiting[i])
	default:
		rt.Fatalf("%q were called for one that left", called)
	}
}

// overtake takes w, who was called, from the waiting, and counts it against
// those who could have been called as well.
func (m *model) overtake(rt *rapid.T, w *modelWaiter) {
	m.drop(w)
	for _, o := range m.waiting {
		if byName(o, w) && slices.Index(m.waiting, o) >= 0 && m.number(o) < m.number(w) {
			rt.Fatalf("%s was called before %s of the same line", w.caller, o.caller)
		}
		if o.name != w.name && m.nameInside(o.name) {
			continue // could not be called
		}
		if o.overtaken[w.group]++; o.overtaken[w.group] > 2 && !o.shared {
			rt.Fatalf("%d of group %s went in before %s, who is alone in theirs", o.overtaken[w.group], w.group, o.caller)
		}
	}
}

func (m *model) number(w *modelWaiter) (n int) {
	_, text, _ := strings.Cut(w.caller, "#")
	fmt.Sscan(text, &n)
	return n
}

func (m *model) hangUp(rt *rapid.T) {
	if len(m.waiting) == 0 {
		return
	}
	w := rapid.SampledFrom(m.waiting).Draw(rt, "who hangs up")
	w.stop()
	if err, ended := m.door.errs[w.caller]; !ended || !errors.Is(err, context.Canceled) {
		rt.Fatalf("%s hung up and ended %v with %v", w.caller, ended, err)
	}
	m.drop(w)
}

func (m *model) drop(w *modelWaiter) {
	m.waiting = slices.DeleteFunc(m.waiting, func(o *modelWaiter) bool { return o == w })
}

func (m *model) nameInside(name string) bool {
	return slices.ContainsFunc(m.door.inside, func(c string) bool { return strings.HasPrefix(c, name+"@") })
}

// check is what holds at all times.
func (m *model) check(rt *rapid.T) {
	if n := len(m.door.inside); n > m.permits {
		rt.Fatalf("%d are inside, want at most %d", n, m.permits)
	}
	for i, c := range m.door.inside {
		name, _, _ := strings.Cut(c, "@")
		if slices.ContainsFunc(m.door.inside[i+1:], func(o string) bool { return strings.HasPrefix(o, name+"@") }) {
			rt.Fatalf("two of %s are inside", name)
		}
	}
	for _, w := range m.waiting {
		if _, ended := m.door.errs[w.caller]; ended {
			rt.Fatalf("%s ended without a reason", w.caller)
		}
		if len(m.door.inside) < m.permits && !m.nameInside(w.name) {
			rt.Fatalf("%s waits, though a permit and the name are free", w.caller)
		}
	}
	if got, want := len(m.door.order)+len(m.waiting), m.count-m.refusedOrGone(); got != want {
		rt.Fatalf("%d went in or wait, want %d", got, want)
	}
	if len(m.waiting) > m.queue {
		rt.Fatalf("%d wait, want at most %d", len(m.waiting), m.queue)
	}
}

// refusedOrGone returns how many ended without having been in.
func (m *model) refusedOrGone() (n int) {
	for _, err := range m.door.errs {
		if err != nil {
			n++
		}
	}
	return n
}
