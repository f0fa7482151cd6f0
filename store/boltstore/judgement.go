package boltstore

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// judgement is an [inspection] of what one transaction sees. Where every page is
// known to be sound, it has none, and believes bbolt.
type judgement struct {
	in              *inspection
	records, expiry place
}

func (s *Store) judge(tx *bolt.Tx) judgement {
	in := s.inspection.Load()
	if in == nil {
		return judgement{}
	}
	return judgement{in, placeOf(tx, recordsBucket, in.meta.pageSize), placeOf(tx, expiryBucket, in.meta.pageSize)}
}

// key returns nil where what bbolt finds under the key of a record may be
// believed, with deleting also what it would merge.
func (j judgement) key(key []byte, deleting bool) error {
	if j.in == nil {
		return nil
	}
	return j.in.key(j.records, key, deleting)
}

// due is key for the index. 0 is no entry.
func (j judgement) due(key []byte, expires int64, deleting bool) error {
	if j.in == nil || expires == 0 {
		return nil
	}
	return j.in.key(j.expiry, dueKey(expires, key), deleting)
}

// deletable returns nil where an entry of the index may be deleted with its
// record.
func (j judgement) deletable(k []byte) error {
	if j.in == nil {
		return nil
	}
	if err := j.in.key(j.expiry, k, true); err != nil {
		return err
	}
	return j.in.key(j.records, k[8:], true)
}

// each calls fn for the entries of a bucket from a key on, until it returns
// false. A damaged page ends it.
func (j judgement) each(tx *bolt.Tx, bucket, from []byte, fn func(k, v []byte) bool) error {
	return j.passing(tx, bucket, from, fn, func(err error) error { return err })
}

// eachDue is each for the index, of which damaged pages are passed over: what
// they list stays, and the rest is swept.
func (j judgement) eachDue(tx *bolt.Tx, fn func(k []byte) bool) error {
	return j.passing(tx, expiryBucket, nil, func(k, _ []byte) bool { return fn(k) }, func(error) error { return nil })
}

func (j judgement) passing(tx *bolt.Tx, bucket, from []byte, fn func(k, v []byte) bool, skip func(error) error) error {
	p := j.records
	if bytes.Equal(bucket, expiryBucket) {
		p = j.expiry
	}
	if j.in != nil && p.root != 0 {
		return j.in.each(p, from, func(e entry) bool { return fn(e.key, e.value) }, skip)
	}
	c := tx.Bucket(bucket).Cursor()
	for k, v := c.Seek(from); k != nil && fn(k, v); k, v = c.Next() {
	}
	return nil
}
