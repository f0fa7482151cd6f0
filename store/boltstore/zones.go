package boltstore

import (
	"math"
	"slices"
	"sort"
	"sync"
)

const (
	// zoneSize is how many bytes of records a zone begins with, and half of what
	// it may grow to before it is read and cut anew: some six to twelve pages.
	zoneSize = 16 << 10
	// maxChunk bounds what an insertion into the list of zones moves.
	maxChunk = 256
	// never is later than any expiry that a sweep asks for.
	never = math.MaxInt64
)

// zones tell a sweep where to look. A zone is a run of neighbouring keys, and of
// each the process knows its first key and a time before which nothing in it
// expires. That time may be too early, which costs one reading of the zone; it is
// never too late, which would keep a record for ever. Two rules see to that:
//
//   - Whatever is committed makes the times of its zones earlier, where it expires
//     earlier, and never later.
//   - A time becomes later only by a reading of the zone after which nobody has
//     written to it, or whose writes since the reading began are entered again.
//
// A sweep reads in the write transaction, and what it read is entered after its
// commit and before the next begins. The inspection reads beside the writers, each
// portion in a read transaction: those commits that are entered after it has said
// so (watch) are remembered, and entered again on top of what it read (learn). A
// commit that was entered before was visible before, so the portion has seen it.
// Keys are what counts and not pages, so pages may be split, merged and moved
// between two portions, which follow each other by key without a gap.
//
// What was not read yet is one last zone. It is not swept while the inspection is
// on its way; if that ends early, the zone is one like others, whose time is the
// earliest of all, so the next sweep reads it, portion by portion.
//
// Beside its first key a zone takes some 40 bytes. Short neighbours are joined where
// one of them is read or shrinks, so a file takes few more zones than twice its bytes
// divided by [zoneSize]: of a million records of 520 bytes the list takes 2.7 MB.
type zones struct {
	mu       sync.Mutex
	chunks   []chunk // never empty, nor are theirs; the first zone begins with ""
	awaiting bool    // the inspection is on its way to the last zone
	watching bool
	seen     []entered // while watching
}

type chunk struct {
	list  []zone
	least int64 // of their times
}

type zone struct {
	first    string // no key of it is less
	earliest int64  // nothing in it expires before; 0 is a reason to read it
	size     int    // bytes of its records, nearly
}

// entered is a write to a zone that is being read.
type entered struct {
	key     string
	growth  int
	expires int64
}

// stretch is what was read of the keys from first to before next, or to the end
// if that is "".
type stretch struct {
	first, next string
	list        []zone // at least one, the first from first on
}

// newZones makes the zones of a file out of what was read of it, or one of which
// nothing is known.
func newZones(list []zone) *zones {
	z := &zones{chunks: []chunk{{list: []zone{{}}}}}
	if len(list) > 0 {
		list[0].first = ""
		z.replace(stretch{list: list})
	}
	return z
}

// earlier returns the earlier of a time and that at which a record expires, which
// is 0 for never.
func earlier(earliest, expires int64) int64 {
	if expires == 0 {
		return earliest
	}
	return min(earliest, expires)
}

// cutter makes zones out of records, or leaves, that are read in order.
type cutter struct{ list []zone }

func (c *cutter) add(first []byte, size int, earliest int64) {
	if n := len(c.list); n > 0 && c.list[n-1].size < zoneSize {
		last := &c.list[n-1]
		last.size, last.earliest = last.size+size, min(last.earliest, earliest)
		return
	}
	c.list = append(c.list, zone{string(first), earliest, size})
}

// await says that the inspection is on its way to the last zone.
func (z *zones) await() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.awaiting = true
}

// watch begins to remember what is entered for the last zone, which is about to be
// read.
func (z *zones) watch() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.watching, z.seen = true, nil
}

// learn enters what was read of the beginning of the last zone since watch.
func (z *zones) learn(s stretch) {
	z.mu.Lock()
	defer z.mu.Unlock()
	seen := z.seen
	z.watching, z.seen = false, nil
	z.awaiting = s.next != ""
	z.replace(s)
	for _, e := range seen {
		z.enter([]byte(e.key), e.growth, e.expires)
	}
}

// settle says that no inspection reads any more.
func (z *zones) settle() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.awaiting, z.watching, z.seen = false, false, nil
}

// follow enters a batch that was committed: what its sweeps have read, and on top
// of that its changes, of which they need not have seen all.
func (z *zones) follow(batch []*request, marks []mark) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, r := range batch {
		if r.sweep == nil || r.err != nil {
			continue
		}
		for _, s := range r.sweep.read {
			z.replace(s)
		}
	}
	for i := range marks {
		if m := &marks[i]; m.changed {
			z.enter(m.key, m.will.size-m.was.size, m.will.expires)
		}
	}
}

// due returns the first zone, from a key on, in which something may have expired
// before that second, and where it ends, "" for the end of all.
func (z *zones) due(from string, before int64) (first, next string, due bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	c, i := z.find([]byte(from))
	for ; c < len(z.chunks); c, i = c+1, 0 {
		if z.chunks[c].least >= before {
			continue
		}
		for ; i < len(z.chunks[c].list); i++ {
			n := z.chunks[c].list[i]
			if n.earliest >= before {
				continue
			}
			if z.isAwaited(c, i) {
				return "", "", false
			}
			if nc, ni, more := z.after(c, i); more {
				next = z.chunks[nc].list[ni].first
			}
			return max(from, n.first), next, true
		}
	}
	return "", "", false
}

// enter enters a write that is committed.
func (z *zones) enter(key []byte, growth int, expires int64) {
	c, i := z.find(key)
	if z.isAwaited(c, i) {
		if z.watching {
			z.seen = append(z.seen, entered{string(key), growth, expires})
		}
		return
	}
	n := &z.chunks[c].list[i]
	n.size = max(0, n.size+growth)
	n.earliest = earlier(n.earliest, expires)
	if growth > 0 && n.size > 2*zoneSize {
		n.earliest = 0
	}
	z.chunks[c].least = min(z.chunks[c].least, n.earliest)
	if growth < 0 {
		z.joinAround(key)
	}
}

// replace puts what was read in the place of what was known.
func (z *zones) replace(s stretch) {
	if s.next != "" {
		z.cut(s.next)
	}
	z.cut(s.first)
	c, i := z.find([]byte(s.first))
	z.chunks[c].list[i] = s.list[0]
	z.chunks[c].reckon()
	for {
		nc, ni, more := z.after(z.find([]byte(s.first)))
		if !more || s.next != "" && z.chunks[nc].list[ni].first >= s.next {
			break
		}
		z.remove(nc, ni)
	}
	for _, n := range s.list[1:] {
		c, i := z.find([]byte(n.first))
		z.insert(c, i+1, n)
	}
	z.joinAround([]byte(s.list[len(s.list)-1].first))
	z.joinAround([]byte(s.first))
}

// cut has a zone begin at first, as early as the one around it. Its size matters
// once it has been read.
func (z *zones) cut(first string) {
	c, i := z.find([]byte(first))
	if n := z.chunks[c].list[i]; n.first != first {
		z.insert(c, i+1, zone{first, n.earliest, n.size})
	}
}

// joinAround joins the zone of a key with its neighbours where they are short.
func (z *zones) joinAround(key []byte) {
	z.join(z.find(key))
	if c, i, more := z.after(z.find(key)); more {
		z.join(c, i)
	}
}

// join joins a zone to the one before it, if both are short.
func (z *zones) join(c, i int) {
	bc, bi := c, i-1
	if i == 0 && c > 0 {
		bc, bi = c-1, len(z.chunks[c-1].list)-1
	}
	if bi < 0 || z.isAwaited(c, i) {
		return
	}
	n, into := z.chunks[c].list[i], &z.chunks[bc].list[bi]
	if into.size+n.size > zoneSize {
		return
	}
	into.size, into.earliest = into.size+n.size, min(into.earliest, n.earliest)
	z.chunks[bc].least = min(z.chunks[bc].least, into.earliest)
	z.remove(c, i)
}

// find is the place of the zone of a key.
func (z *zones) find(key []byte) (c, i int) {
	c = sort.Search(len(z.chunks), func(c int) bool { return z.chunks[c].list[0].first > string(key) }) - 1
	list := z.chunks[c].list
	return c, sort.Search(len(list), func(i int) bool { return list[i].first > string(key) }) - 1
}

// after is the place after that one, if there is any.
func (z *zones) after(c, i int) (_, _ int, more bool) {
	if i+1 < len(z.chunks[c].list) {
		return c, i + 1, true
	}
	return c + 1, 0, c+1 < len(z.chunks)
}

// isAwaited reports whether the zone at that place is the inspection's.
func (z *zones) isAwaited(c, i int) bool {
	return z.awaiting && c == len(z.chunks)-1 && i == len(z.chunks[c].list)-1
}

// insert inserts a zone at a place that is not the first. A chunk that is full is
// halved or, where its end grows, left as it is.
func (z *zones) insert(c, i int, n zone) {
	k := &z.chunks[c]
	if len(k.list) == maxChunk {
		at := maxChunk / 2
		if i >= maxChunk-1 {
			at = maxChunk - 1
		}
		right := append(make([]zone, 0, maxChunk), k.list[at:]...)
		clear(k.list[at:])
		k.list = k.list[:at]
		k.reckon()
		z.chunks = slices.Insert(z.chunks, c+1, chunk{list: right})
		z.chunks[c+1].reckon()
		if i > at {
			c, i = c+1, i-at
		}
		k = &z.chunks[c]
	}
	k.list = slices.Insert(k.list, i, n)
	k.least = min(k.least, n.earliest)
}

// remove removes a zone that is not the first.
func (z *zones) remove(c, i int) {
	k := &z.chunks[c]
	k.list = slices.Delete(k.list, i, i+1)
	k.reckon()
	if c == 0 || len(k.list) > 0 && len(k.list)+len(z.chunks[c-1].list) > maxChunk/2 {
		return
	}
	before := &z.chunks[c-1]
	before.list, before.least = append(before.list, k.list...), min(before.least, k.least)
	z.chunks = slices.Delete(z.chunks, c, c+1)
}

// reckon finds the least time of a chunk.
func (k *chunk) reckon() {
	k.least = never
	for i := range k.list {
		k.least = min(k.least, k.list[i].earliest)
	}
}
