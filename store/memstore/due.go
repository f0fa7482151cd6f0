package memstore

// arity is how many children an element of the heap has: with four the heap is
// half as deep as with two, and to compare them costs as much as to fetch one.
const arity = 4

// due is a heap of the records that expire, those that expire first at its top.
// Each record knows its place, so that one that is deleted or renewed leaves
// nothing behind.
type due struct {
	heap list[uint32]
	recs *records
}

// first returns the record that expires first, 0 if none does.
func (d *due) first() uint32 {
	if d.heap.n == 0 {
		return 0
	}
	return *d.heap.at(0)
}

func (d *due) add(i uint32) { d.up(d.heap.push(i), i) }

func (d *due) remove(i uint32) {
	at, last := d.recs.at(i).due, d.heap.pop()
	if last != i {
		d.place(at, last)
	}
}

// change tells that the record expires at another time than it did.
func (d *due) change(i uint32) { d.place(d.recs.at(i).due, i) }

// place puts a record where there is a gap, or above or below it.
func (d *due) place(at, i uint32) {
	if d.up(at, i) == at {
		d.down(at, i)
	}
}

func (d *due) expires(at uint32) int64 { return d.recs.at(*d.heap.at(at)).expires }

func (d *due) set(at, i uint32) {
	*d.heap.at(at) = i
	d.recs.at(i).due = at
}

// up puts a record into a gap and moves it up to where it belongs.
func (d *due) up(at, i uint32) uint32 {
	expires := d.recs.at(i).expires
	for at > 0 {
		parent := (at - 1) / arity
		if d.expires(parent) <= expires {
			break
		}
		d.set(at, *d.heap.at(parent))
		at = parent
	}
	d.set(at, i)
	return at
}

// down puts a record into a gap and moves it down to where it belongs.
func (d *due) down(at, i uint32) {
	expires := d.recs.at(i).expires
	for {
		least, soonest := at, expires
		for child := arity*at + 1; child <= arity*at+arity && int(child) < d.heap.n; child++ {
			if e := d.expires(child); e < soonest {
				least, soonest = child, e
			}
		}
		if least == at {
			break
		}
		d.set(at, *d.heap.at(least))
		at = least
	}
	d.set(at, i)
}
