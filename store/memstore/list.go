package memstore

// blockLen is the length of the blocks of a [list].
const blockLen = 1024

// list is a slice in blocks: when it grows, nothing of what it holds is moved,
// so that no caller waits for the copying of millions of elements. The zero list
// is empty.
type list[T any] struct {
	blocks []*[blockLen]T
	n      int
}

// at returns the place of element i, good until it is popped.
func (l *list[T]) at(i uint32) *T { return &l.blocks[i/blockLen][i%blockLen] }

// push appends v and returns its index.
func (l *list[T]) push(v T) uint32 {
	if l.n == len(l.blocks)*blockLen {
		l.blocks = append(l.blocks, new([blockLen]T))
	}
	i := uint32(l.n)
	l.n++
	*l.at(i) = v
	return i
}

// pop removes the last element of a list that is not empty. Its room stays, for
// the next.
func (l *list[T]) pop() T {
	l.n--
	return *l.at(uint32(l.n))
}
