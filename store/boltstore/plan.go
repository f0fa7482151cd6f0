package boltstore

import (
	"bytes"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// plan gathers what a batch will write. A change is judged against the file
// and against the winners before it, which are marks here and nothing more, so
// a refused change leaves nothing to undo.
type plan struct {
	records   *bolt.Bucket
	judgement judgement
	list      []mark
	marks     map[string]int // place in the list
	wrote     bool           // something of it, or a sweep
}

func newPlan(tx *bolt.Tx, j judgement, batch []*request) *plan {
	n := 0
	for _, r := range batch {
		n += len(r.change.Writes)
	}
	return &plan{
		records: tx.Bucket(recordsBucket), judgement: j,
		list: make([]mark, 0, n), marks: make(map[string]int, n),
	}
}

// mark is what is known of one key: how it stands in the file, and how it will
// stand.
type mark struct {
	key       []byte
	was, will state
	value     []byte // of will, unless it was nowhere changed
	changed   bool
}

// state is a record without its value. Version 0 is absence.
type state struct {
	version uint64
	expires int64
	size    int
}

// judgeAll judges the changes of a batch in its order, and sets their errors. A
// change whose caller has gone is left out.
func (p *plan) judgeAll(batch []*request) {
	for _, r := range batch {
		if r.err = r.ctx.Err(); r.err == nil && r.sweep == nil {
			r.err = guard(func() error { return p.judge(r) })
		}
	}
}

// judge returns [store.ErrConflict], [store.ErrDamaged], or nil after it has
// put the change into the plan.
func (p *plan) judge(r *request) error {
	marks := make([]*mark, len(r.change.Writes))
	conflict, growth := false, 0
	for i, w := range r.change.Writes {
		m, err := p.mark(w.Key)
		if err != nil {
			return err
		}
		marks[i] = m
		conflict = conflict || m.will.version != w.If
		if !w.Keep {
			growth += planned(r.change.ID, w).size - m.will.size
		}
	}
	r.grows = growth > 0
	if conflict {
		return store.ErrConflict
	}
	if err := p.reachable(r, marks); err != nil {
		return err
	}
	for i, w := range r.change.Writes {
		if !w.Keep {
			m := marks[i]
			m.changed, m.value, m.will = true, w.Value, planned(r.change.ID, w)
		}
	}
	return nil
}

// reachable returns an error if a page that the change would touch, beside those
// of its keys, is damaged: bbolt merges those that deleting has made small.
func (p *plan) reachable(r *request, marks []*mark) error {
	if p.judgement.in == nil {
		return nil
	}
	for i, w := range r.change.Writes {
		if w.Keep || w.Value != nil || marks[i].was.version == 0 {
			continue
		}
		if err := p.judgement.key(marks[i].key, true); err != nil {
			return err
		}
	}
	return nil
}

// planned is the state after w.
func planned(id uint64, w store.Write) state {
	if w.Value == nil {
		return state{}
	}
	return state{id, store.ExpirySeconds(w.Expires), headerSize + len(w.Key) + len(w.Value)}
}

// mark returns what is known of key, reading it at first. The list has room for
// all keys of the batch, so it never moves.
func (p *plan) mark(key string) (*mark, error) {
	if i, known := p.marks[key]; known {
		return &p.list[i], nil
	}
	m := mark{key: []byte(key)}
	if err := p.judgement.key(m.key, false); err != nil {
		return nil, err
	}
	version, expires, value, err := header(m.key, p.records.Get(m.key))
	if err != nil {
		return nil, err
	}
	if version != 0 {
		m.was = state{version, expires, headerSize + len(key) + len(value)}
	}
	m.will = m.was
	p.marks[key] = len(p.list)
	p.list = append(p.list, m)
	return &p.list[len(p.list)-1], nil
}

// recordsFill is how full bbolt leaves the pages it splits. Records come both at
// ends and in between: of 0.5, 0.7 and 0.9 the file was smallest with the last two
// (2,329, 1,918 and 1,922 bytes a login), and the fuller a page is, the sooner it is
// split again.
const recordsFill = 0.7

// write puts the plan into the transaction, in key order so that each page is
// visited once. It ends the plan.
func (p *plan) write() (err error) {
	p.records.FillPercent = recordsFill
	slices.SortFunc(p.list, func(a, b mark) int { return bytes.Compare(a.key, b.key) })
	for i := range p.list {
		m := &p.list[i]
		if !m.changed || m.was.version == 0 && m.will.version == 0 {
			continue
		}
		p.wrote = true
		if m.will.version == 0 {
			err = p.records.Delete(m.key)
		} else {
			err = p.records.Put(m.key, encode(m.key, m.will.version, m.will.expires, m.value))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
