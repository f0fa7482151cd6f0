package memstore

import (
	"iter"
	"slices"
	"sort"
)

// maxChunk is the length at which a chunk is cut in two: long enough that the
// list of chunks stays short, short enough that an insertion moves little.
const maxChunk = 128

// maxFresh is how many strings wait to be sorted in: enough that one search
// serves several of them, few enough that no caller is held up for a millisecond.
const maxFresh = 512

// order is a set of strings in byte order, kept as a list of sorted chunks,
// none of them empty. A million strings make some ten thousand chunks, so that
// to sort one in costs two binary searches and moves at most 128 strings. What
// is fresh is not sorted in before it is looked for, since most of what a login
// writes is never looked for in order. The zero order is empty.
type order struct {
	chunks [][]string
	fresh  []string // in no chunk yet
}

// find returns where s stands, or would stand.
func (o *order) find(s string) (chunk, at int, found bool) {
	chunk = sort.Search(len(o.chunks), func(i int) bool { return o.chunks[i][0] > s }) - 1
	if chunk < 0 {
		return 0, 0, false
	}
	at, found = slices.BinarySearch(o.chunks[chunk], s)
	return chunk, at, found
}

// insert adds a string that is not in the set.
func (o *order) insert(s string) {
	if o.fresh = append(o.fresh, s); len(o.fresh) == maxFresh {
		o.sortFresh()
	}
}

// sortFresh sorts in what is fresh.
func (o *order) sortFresh() {
	slices.Sort(o.fresh)
	for _, s := range o.fresh {
		o.sortIn(s)
	}
	clear(o.fresh)
	o.fresh = o.fresh[:0]
}

func (o *order) sortIn(s string) {
	c, at, _ := o.find(s)
	if len(o.chunks) == 0 {
		o.chunks = [][]string{{s}}
		return
	}
	chunk := slices.Insert(o.chunks[c], at, s)
	o.chunks[c] = chunk
	if len(chunk) > maxChunk {
		half := len(chunk) / 2
		o.chunks = slices.Insert(o.chunks, c+1, slices.Clone(chunk[half:]))
		clear(chunk[half:]) // the strings belong to the other chunk now
		o.chunks[c] = chunk[:half]
	}
}

func (o *order) remove(s string) {
	o.sortFresh()
	c, at, found := o.find(s)
	if !found {
		return
	}
	if o.chunks[c] = slices.Delete(o.chunks[c], at, at+1); len(o.chunks[c]) == 0 {
		o.chunks = slices.Delete(o.chunks, c, c+1)
	}
}

// from yields the strings that are not below s. Nothing may be fresh, and the
// set must not change meanwhile.
func (o *order) from(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		c, at, _ := o.find(s)
		for ; c < len(o.chunks); c, at = c+1, 0 {
			for _, v := range o.chunks[c][at:] {
				if !yield(v) {
					return
				}
			}
		}
	}
}
