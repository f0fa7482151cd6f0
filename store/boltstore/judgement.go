package boltstore

import bolt "go.etcd.io/bbolt"

// judgement is an [inspection] of what one transaction sees. Where every page is
// known to be sound, it has none, and believes bbolt.
type judgement struct {
	in      *inspection
	records place
}

func (s *Store) judge(tx *bolt.Tx) judgement {
	in := s.inspection.Load()
	if in == nil {
		return judgement{}
	}
	return judgement{in, placeOf(tx, in.meta.pageSize)}
}

// key returns nil where what bbolt finds under a key may be believed, with
// deleting also what it would merge.
func (j judgement) key(key []byte, deleting bool) error {
	if j.in == nil {
		return nil
	}
	return j.in.key(j.records, key, deleting)
}

// each calls fn for the records from a key on, until it returns false. For each
// damaged page it calls skip, and goes on behind it if that returns nil.
func (j judgement) each(tx *bolt.Tx, from []byte, fn func(k, v []byte) bool, skip func(error) error) error {
	if j.in != nil && j.records.root != 0 {
		return j.in.each(j.records, from, func(e entry) bool { return fn(e.key, e.value) }, skip)
	}
	c := tx.Bucket(recordsBucket).Cursor()
	for k, v := c.Seek(from); k != nil && fn(k, v); k, v = c.Next() {
	}
	return nil
}
