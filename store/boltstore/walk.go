package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
)

const (
	// walkWindow is how much of the file is read at once, where much of it is
	// wanted: as much as a processor keeps at hand.
	walkWindow = 256 << 10
	// walkers read and judge at the same time: a disk is quick only if it is
	// asked for several things.
	walkers = 8
	// maxFindings bounds what is told of one file.
	maxFindings = 1000
)

// walk reads the tree of a whole file by plain reads, which cannot fault, and
// finds what is not as bbolt and this package would have written it. What it
// finds sound bbolt can walk without a panic. It cannot find a pointer that was
// turned into one to an older state of the same page.
//
// It goes level by level, and reads the pages of a level in the order in which
// they lie in the file, so that reading the leaves, which are nearly all, is
// reading the file once. What it remembers meanwhile are the pages above the
// leaves, some 3 % of the file, and 48 bytes of each leaf.
type walk struct {
	f        *os.File
	meta     meta
	lenient  bool // leaves the records' checksums to those who read them
	progress func(done, all uint64)

	mu       sync.Mutex
	used     pageSet
	done     uint64   // pages that were read
	leaves   [][]leaf // of each branch
	findings []error
	unread   bool // a page was not, so that nothing is known of the pages below
}

// ref is a page that another leads to.
type ref struct {
	id     uint64
	within bounds
	leaf   *leaf // what it is told to if it is one
}

// leaf is what zones are made of: a leaf page from its first key on.
type leaf struct {
	first    []byte
	size     int
	earliest int64
	read     bool // it is a leaf
}

// walkFile judges a file. Findings wrap [ErrCorrupt], those of single records
// also [store.ErrDamaged]. The error is that of ctx.
func walkFile(ctx context.Context, f *os.File, m meta, o Options, progress func(done, all uint64)) (w *walk, err error) {
	w = &walk{f: f, meta: m, lenient: o.InsecureDamagedRecords, progress: progress, used: newPageSet(m.pages)}
	records, err := readRecords(f, m)
	if err != nil {
		w.findings = append(w.findings, err)
		return w, nil
	}
	w.used.claim(0, 2)
	root, err := readPage(f, m, m.root, nil)
	if err != nil || !w.used.claim(m.root, uint64(len(root)/m.pageSize)) {
		w.findings = append(w.findings, corrupt("bucket of buckets"))
		return w, nil
	}
	first := make([]leaf, 1)
	w.leaves = append(w.leaves, first)
	var level []ref
	if records.root != 0 {
		level = append(level, ref{id: records.root, leaf: &first[0]})
	} else {
		w.merge(w.judge(&first[0], records.inline))
	}
	for depth := 0; len(level) > 0; depth++ {
		if depth == maxDepth {
			w.findings = append(w.findings, corrupt("the tree is too deep"))
			return w, nil
		}
		if level, err = w.level(ctx, level); err != nil {
			return w, err
		}
	}
	if w.unread || m.freelist == noFreelist {
		return w, nil
	}
	if err := checkFreelist(f, m, w.used); err != nil {
		w.findings = append(w.findings, err)
	}
	return w, nil
}

// zones are those of the file, once all of it was read. Branches are few, and have
// their leaves in order.
func (w *walk) zones() *zones {
	slices.SortFunc(w.leaves, func(a, b []leaf) int { return bytes.Compare(a[0].first, b[0].first) })
	var c cutter
	var last []byte
	for _, branch := range w.leaves {
		for _, l := range branch {
			if !l.read {
				continue
			}
			if bytes.Compare(l.first, last) < 0 { // leaves of several depths, which bbolt does not make
				return newZones(nil)
			}
			c.add(l.first, l.size, l.earliest)
			last = l.first
		}
	}
	return newZones(c.list)
}

// level reads the pages of a level and returns those of the next.
func (w *walk) level(ctx context.Context, refs []ref) (next []ref, err error) {
	slices.SortFunc(refs, func(a, b ref) int { return cmp.Compare(a.id, b.id) })
	work := make(chan []ref)
	var wg sync.WaitGroup
	for range walkers {
		wg.Go(func() {
			p := portionReader{walk: w}
			for some := range work {
				p.read(some)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			next = append(next, p.next...)
		})
	}
	for len(refs) > 0 && ctx.Err() == nil {
		n := w.near(refs)
		work <- refs[:n]
		refs = refs[n:]
	}
	close(work)
	wg.Wait()
	return next, ctx.Err()
}

// near is how many of refs, which are sorted, lie in one window.
func (w *walk) near(refs []ref) int {
	n, end := 1, refs[0].id+uint64(max(1, walkWindow/w.meta.pageSize))
	for n < len(refs) && refs[n].id < end {
		n++
	}
	return n
}

// portionReader is one of the goroutines that read a level.
type portionReader struct {
	*walk
	window, page []byte
	first        uint64 // page with which the window begins
	list         []entry
	next         []ref
}

// read reads pages that lie near each other: all at once where at least a
// quarter of what lies between is wanted.
func (p *portionReader) read(refs []ref) {
	size, last := uint64(p.meta.pageSize), refs[len(refs)-1].id
	p.first = refs[0].id
	p.window = p.window[:0]
	if span := last + 1 - p.first; last < p.meta.pages && span <= 4*uint64(len(refs)) {
		p.window = sized(p.window, int(span*size))
		if _, err := p.f.ReadAt(p.window, int64(p.first*size)); err != nil {
			p.window = p.window[:0] // one of them cannot be read: page by page, to say which
		}
	}
	var sum found
	for _, r := range refs {
		sum.add(p.one(r))
	}
	p.merge(sum)
}

// one reads a page and judges it.
func (p *portionReader) one(r ref) found {
	page, err := p.bytes(r.id)
	if err == nil {
		var isLeaf bool
		p.list, isLeaf, err = sound(page, p.meta.pageSize, r.within, p.list[:0])
		if err == nil && isLeaf {
			return p.judge(r.leaf, p.list)
		}
	}
	if err != nil {
		return found{unread: true, findings: []error{fmt.Errorf("%s: %w", r.within.describe(r.id), err)}}
	}
	list, _, _ := entries(bytes.Clone(page), nil) // the bounds of the children stay
	leaves := make([]leaf, len(list))
	for i, e := range list {
		leaves[i].first = e.key
		p.next = append(p.next, ref{e.child, r.within.within(list, i), &leaves[i]})
	}
	return found{leaves: [][]leaf{leaves}}
}

// bytes are those of a page with its overflow, which it claims.
func (p *portionReader) bytes(id uint64) (page []byte, err error) {
	at, size := (id-p.first)*uint64(p.meta.pageSize), uint64(p.meta.pageSize)
	if id >= p.first && at+size <= uint64(len(p.window)) {
		page = p.window[at : at+size]
		n, err := pageCount(page, id, p.meta)
		if err != nil {
			return nil, err
		}
		if n > 1 {
			page = nil
		}
	}
	if page == nil {
		if p.page, err = readPage(p.f, p.meta, id, p.page); err != nil {
			return nil, err
		}
		page = p.page
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.used.claim(id, uint64(len(page))/size) {
		return nil, corrupt("reached twice")
	}
	p.done += uint64(len(page)) / size
	p.progress(p.done, p.meta.pages)
	return page, nil
}

// found is what a part of a walk has come to.
type found struct {
	leaves   [][]leaf
	findings []error
	unread   bool
}

func (f *found) add(o found) {
	f.leaves = append(f.leaves, o.leaves...)
	f.findings = append(f.findings, o.findings...)
	f.unread = f.unread || o.unread
}

func (w *walk) merge(f found) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaves = append(w.leaves, f.leaves...)
	w.unread = w.unread || f.unread
	w.findings = append(w.findings, f.findings[:min(len(f.findings), max(0, maxFindings-len(w.findings)))]...)
}

// judge judges the entries of a leaf, and takes down what zones are made of.
func (w *walk) judge(l *leaf, list []entry) (f found) {
	l.read, l.earliest = true, never
	for _, e := range list {
		_, expires, _, err := header(e.key, e.value)
		if err != nil {
			l.earliest = 0
		}
		if err != nil && !w.lenient {
			f.findings = append(f.findings, fmt.Errorf("%w: %w", ErrCorrupt, err))
		}
		l.size += len(e.key) + len(e.value)
		l.earliest = earlier(l.earliest, expires)
	}
	return f
}
