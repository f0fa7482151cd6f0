package boltstore

import (
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/sallyport-auth/sallyport/store"
)

// plan gathers what a batch will write. A change is judged against the file
// and against the winners before it, which are marks here and nothing more, so
// a refused change leaves nothing to undo.
type plan struct {
	tx    *bolt.Tx
	marks map[string]*mark
}

// mark is what is known of one key: how it stands in the file, and how it will
// stand.
type mark struct {
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

// judge answers [store.ErrConflict], [store.ErrDamaged], or nil after it has
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
	for i, w := range r.change.Writes {
		if !w.Keep {
			m := marks[i]
			m.changed, m.value, m.will = true, w.Value, planned(r.change.ID, w)
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

// mark answers what is known of key, reading it at first.
func (p *plan) mark(key string) (*mark, error) {
	if m := p.marks[key]; m != nil {
		return m, nil
	}
	version, expires, value, err := header(key, p.tx.Bucket(recordsBucket).Get([]byte(key)))
	if err != nil {
		return nil, err
	}
	m := &mark{was: state{version: version, expires: expires}}
	if version != 0 {
		m.was.size = headerSize + len(key) + len(value)
	}
	m.will = m.was
	p.marks[key] = m
	return m, nil
}

// write puts the plan into the transaction, in key order so that each page is
// visited once, and says whether there was anything to write.
func (p *plan) write() (wrote bool, err error) {
	keys := make([]string, 0, len(p.marks))
	for k, m := range p.marks {
		if m.changed && (m.was.version != 0 || m.will.version != 0) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	records, expiry := p.tx.Bucket(recordsBucket), p.tx.Bucket(expiryBucket)
	for _, k := range keys {
		m := p.marks[k]
		if m.will.version == 0 {
			err = records.Delete([]byte(k))
		} else {
			err = records.Put([]byte(k), encode(k, m.will.version, m.will.expires, m.value))
		}
		if err == nil && m.was.expires != m.will.expires {
			err = reindex(expiry, k, m.was.expires, m.will.expires)
		}
		if err != nil {
			return false, err
		}
	}
	return len(keys) > 0, nil
}

// reindex moves the entry of key in the expiry index. 0 is no entry.
func reindex(expiry *bolt.Bucket, key string, was, will int64) error {
	if was != 0 {
		if err := expiry.Delete(dueKey(was, key)); err != nil {
			return err
		}
	}
	if will == 0 {
		return nil
	}
	return expiry.Put(dueKey(will, key), nil)
}
