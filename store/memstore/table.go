package memstore

import (
	"hash/maphash"
	"math/bits"
)

// table finds records by their keys: a hash table of chains that grows by one
// bucket with each record (linear hashing, Litwin 1980), so that no caller waits
// for the growth of a large one. In place of a map it keeps the keys out of the
// table, where they cost a third of a small record and as much work of the
// garbage collector as the records themselves.
type table struct {
	recs    *records
	seed    maphash.Seed
	buckets list[uint32] // the first record of each chain
	n       int          // records in all chains
}

func newTable(recs *records) table {
	t := table{recs: recs, seed: maphash.MakeSeed()}
	t.buckets.push(0)
	return t
}

// find returns the record of key, the absent one if there is none.
func (t *table) find(key string) uint32 {
	hash := t.hash(key)
	i := *t.bucket(hash)
	for i != 0 {
		r := t.recs.at(i)
		if r.hash == hash && r.key() == key {
			break
		}
		i = r.next
	}
	return i
}

// hash is of 32 bits, which tells as many records apart as there can be.
func (t *table) hash(key string) uint32 { return uint32(maphash.String(t.seed, key)) }

// bucket returns the start of the chain for a hash. Of the buckets, the number of
// which lies between two powers of two, those from the lower power on have been
// split from the ones that many below.
func (t *table) bucket(hash uint32) *uint32 {
	last := uint32(t.buckets.n - 1)
	all := uint32(1)<<bits.Len32(last) - 1
	if b := hash & all; b <= last {
		return t.buckets.at(b)
	}
	return t.buckets.at(hash & (all >> 1))
}

// add takes a record whose key is not there.
func (t *table) add(i uint32) {
	r := t.recs.at(i)
	r.hash = t.hash(r.key())
	t.link(i)
	if t.n++; t.n > t.buckets.n {
		t.split()
	}
}

func (t *table) link(i uint32) {
	r := t.recs.at(i)
	head := t.bucket(r.hash)
	r.next, *head = *head, i
}

// split adds a bucket and hangs the chain that it comes from in anew.
func (t *table) split() {
	n := uint32(t.buckets.n)
	from := t.buckets.at(n - 1<<(bits.Len32(n)-1))
	i := *from
	*from = 0
	t.buckets.push(0)
	for i != 0 {
		next := t.recs.at(i).next
		t.link(i)
		i = next
	}
}

// remove forgets a record that is there.
func (t *table) remove(i uint32) {
	r := t.recs.at(i)
	place := t.bucket(r.hash)
	for *place != i {
		place = &t.recs.at(*place).next
	}
	*place = r.next
	t.n--
}
