package boltstore

import (
	"context"
	"os"
)

// checkPointers reads the pages above the leaves, some 2 % of a file, and refuses
// one in which they lead to a page that is listed as free, or to one page twice:
// there an older state of the right page may lie, which looks sound. What is
// damaged in another way is left to the inspection.
func checkPointers(f *os.File, m meta, records tree) error {
	w := &walk{f: f, meta: m, lenient: true, progress: func(uint64, uint64) {}, used: newPageSet(m.pages)}
	w.used.claim(0, 2)
	w.used.claim(m.root, 1)
	level := []ref{{id: records.root, leaf: &leaf{}}}
	for range height(f, m, records.root) {
		next, err := w.level(context.Background(), level)
		if err != nil {
			return err
		}
		level = next
	}
	for _, leaf := range level {
		if records.root != 0 && (leaf.id >= m.pages || !w.used.claim(leaf.id, 1)) {
			return corrupt("a page is reached twice")
		}
	}
	return checkFreelist(f, m, w.used)
}

// height is how many levels of a tree lie above its leaves; 0 where that cannot
// be read.
func height(f *os.File, m meta, root uint64) int {
	var page []byte
	for n, id := 0, root; n < maxDepth && id != 0; n++ {
		var err error
		if page, err = readPage(f, m, id, page); err != nil {
			return 0
		}
		list, isLeaf, err := entries(page, nil)
		if err != nil {
			return 0
		}
		if isLeaf {
			return n
		}
		id = list[0].child
	}
	return 0
}
