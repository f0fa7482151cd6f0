package memstore

import "strings"

// record is all that is kept of a key: 48 bytes and one text. Everything else
// names a record by its index in [records].
type record struct {
	// data is the length of the key less one, the key, and the value: one text
	// takes less room than two.
	data    string
	version uint64 // 0: it was deleted
	expires int64  // as [store.ExpirySeconds]
	hash    uint32 // of the key, as [table] has it
	next    uint32 // the next record in its chain there
	fresh   uint32 // where it stands among the fresh of [order], if it does
	due     uint32 // where it stands in [due], if it expires
}

// join returns the data of a record: a copy of key and value.
func join(key string, value []byte) string {
	var b strings.Builder
	b.Grow(1 + len(key) + len(value))
	b.WriteByte(byte(len(key) - 1))
	b.WriteString(key)
	b.Write(value)
	return b.String()
}

// split returns key and value of data.
func split(data string) (key, value string) {
	n := 2 + int(data[0])
	return data[1:n], data[n:]
}

func (r *record) key() string {
	key, _ := split(r.data)
	return key
}

// forgetValue leaves the key alone, in a text of its own.
func (r *record) forgetValue() { r.data = strings.Clone(r.data[:2+int(r.data[0])]) }

// records are all records, some of which are free to be used again. Index 0 is
// that of a record that is never there, so that it can stand for all absent ones.
// There is memory for no more than the four thousand million of an index.
type records struct {
	list[record]
	free list[uint32]
}

// add takes a record and returns its index.
func (r *records) add(rec record) uint32 {
	if r.free.n > 0 {
		i := r.free.pop()
		*r.at(i) = rec
		return i
	}
	return r.push(rec)
}

// release frees an index that nothing names any more.
func (r *records) release(i uint32) {
	*r.at(i) = record{}
	r.free.push(i)
}
