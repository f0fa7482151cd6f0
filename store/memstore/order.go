package memstore

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// maxChunk is the length at which a chunk is cut in two: long enough that the
// list of chunks stays short, short enough that an insertion moves little.
const maxChunk = 512

// order is the records in byte order of their keys, in sorted chunks, none of
// them empty. A record is sorted in when somebody scans and not before, since
// most of what a login writes is never looked for in order; and one that is
// deleted stays in its chunk until much of the order is such. A record is fresh
// (and if deleted then, gone at once), or waits to be sorted in, or is in a chunk.
type order struct {
	recs    *records
	fresh   list[uint32]
	waiting list[uint32]
	chunks  [][]uint32
	sorted  int // how many are in chunks
	dead    int // how many of those, and of the waiting, are deleted
}

// insert adds a record of a key that is not there.
func (o *order) insert(i uint32) { o.recs.at(i).fresh = o.fresh.push(i) }

// remove is told that a record is deleted. It reports whether nothing here names
// it any more; otherwise it is released later, and must keep its key until then.
func (o *order) remove(i uint32) bool {
	at := o.recs.at(i).fresh
	if int(at) >= o.fresh.n || *o.fresh.at(at) != i { // it was fresh once
		o.dead++
		return false
	}
	if last := o.fresh.pop(); last != i {
		*o.fresh.at(at) = last
		o.recs.at(last).fresh = at
	}
	return true
}

// named is a record with its key, to be sorted while others change it.
type named struct {
	key string
	i   uint32
}

// take moves up to n of those that wait to the end of to.
func (o *order) take(to []named, n int) []named {
	for range min(n, o.waiting.n) {
		i := o.waiting.pop()
		to = append(to, named{o.key(i), i})
	}
	return to
}

// bury releases a deleted record.
func (o *order) bury(i uint32) {
	o.dead--
	o.recs.release(i)
}

// sortIn puts records into chunks. They are sorted, and no chunk before c is the
// place of any of them. It returns the chunk of the last.
func (o *order) sortIn(batch []named, c int) int {
	if len(o.chunks) == 0 {
		o.chunks = [][]uint32{make([]uint32, 0, maxChunk)}
	}
	for _, r := range batch {
		c = o.chunk(r.key, c)
		at, met := o.within(c, r.key)
		if met { // deleted, for the key was free when this one came
			o.bury(o.chunks[c][at])
			o.chunks[c][at] = r.i
			continue
		}
		o.sorted++
		chunk := slices.Insert(o.chunks[c], at, r.i)
		o.chunks[c] = chunk
		if len(chunk) == maxChunk {
			o.chunks[c] = chunk[:maxChunk/2]
			o.chunks = slices.Insert(o.chunks, c+1, append(make([]uint32, 0, maxChunk), chunk[maxChunk/2:]...))
		}
	}
	return c
}

// chunk returns the last chunk that does not begin above key, from c on. For the
// next of many keys that is often c itself.
func (o *order) chunk(key string, c int) int {
	above := func(i int) bool { return o.key(o.chunks[c+1+i][0]) > key }
	rest := len(o.chunks) - c - 1
	if rest <= 0 || above(0) {
		return c
	}
	return c + sort.Search(rest, above)
}

// within returns where key stands in a chunk, or would stand.
func (o *order) within(c int, key string) (at int, met bool) {
	return slices.BinarySearchFunc(o.chunks[c], key, func(i uint32, key string) int { return strings.Compare(o.key(i), key) })
}

// from yields the records whose key is not below from.
func (o *order) from(from string) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		if len(o.chunks) == 0 {
			return
		}
		c := o.chunk(from, 0)
		at, _ := o.within(c, from)
		for ; c < len(o.chunks); c, at = c+1, 0 {
			for _, i := range o.chunks[c][at:] {
				if !yield(o.recs.at(i)) {
					return
				}
			}
		}
	}
}

func (o *order) key(i uint32) string { return o.recs.at(i).key() }

// isUntidy reports whether so many are deleted that it is worth going through all.
func (o *order) isUntidy() bool { return o.dead > maxChunk && o.dead > o.sorted/2 }

// tidy frees chunk c of deleted records, and joins it to the one before if there
// is room. It returns the chunk to go on with.
func (o *order) tidy(c int) int {
	chunk := slices.DeleteFunc(o.chunks[c], func(i uint32) bool {
		if o.recs.at(i).version != 0 {
			return false
		}
		o.bury(i)
		o.sorted--
		return true
	})
	o.chunks[c] = chunk
	if c > 0 && len(o.chunks[c-1])+len(chunk) < maxChunk {
		o.chunks[c-1] = append(o.chunks[c-1], chunk...)
		chunk = nil
	}
	if len(chunk) == 0 {
		o.chunks = slices.Delete(o.chunks, c, c+1)
		return c
	}
	return c + 1
}
