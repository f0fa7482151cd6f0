package record

import (
	"encoding/binary"
	"slices"
)

// tag writes what stands before a value.
func (f *Fields) tag(n int, kind byte) {
	if n < 1 || n > MaxNumber {
		f.fail("number %d of a field", n)
	}
	f.out = binary.AppendUvarint(f.out, uint64(n)<<3|uint64(kind))
}

// wants reports whether a value is to be written, given whether it is zero.
func (f *Fields) wants(zero bool) bool {
	forced := f.force
	f.force = false
	return !zero || forced
}

func (f *Fields) writeNumber(n int, v uint64) {
	f.tag(n, number)
	f.out = binary.AppendUvarint(f.out, v)
}

// writeSized writes a value of unknown length by a function, and its length
// before it. It reports how long that was.
func (f *Fields) writeSized(write func()) int {
	f.out = append(f.out, 0)
	from := len(f.out)
	write()
	n := len(f.out) - from
	if n < 1<<7 {
		f.out[from-1] = byte(n)
		return n
	}
	var room [binary.MaxVarintLen64]byte
	size := binary.PutUvarint(room[:], uint64(n))
	f.out = slices.Insert(f.out, from, room[1:size]...)
	f.out[from-1] = room[0]
	return n
}

func appendSized[S string | []byte](b []byte, v S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}
