package record

import "encoding/binary"

// readAll reads a record from what is left at this depth.
func (f *Fields) readAll(r Record) {
	f.number, f.finished = 0, false
	f.next()
	r.Fields(f)
	if !f.finished {
		f.fail("a description without its end")
	}
}

// next reads the tag of the next field, which must be above the one before.
func (f *Fields) next() {
	last := f.number
	f.number = 0
	if f.err != nil || f.single || f.at == f.end {
		return
	}
	tag := f.uvarint()
	if f.err != nil {
		return
	}
	f.kind = byte(tag & 7)
	if tag>>3 > MaxNumber || int(tag>>3) <= last || f.kind > nested {
		f.fail("field %d of kind %d after field %d", tag>>3, f.kind, last)
		return
	}
	f.number = int(tag >> 3)
}

// found reports whether the next field has that number, and fails where one was
// passed over.
func (f *Fields) found(n int) bool {
	if f.number != 0 && f.number < n {
		f.fail("unknown field %d below a known one", f.number)
		f.number = 0
	}
	return f.number == n
}

// uvarint reads a number, in its shortest form.
func (f *Fields) uvarint() uint64 {
	v, n := binary.Uvarint(f.in[f.at:f.end])
	if n <= 0 || n > 1 && f.in[f.at+n-1] == 0 {
		f.fail("a number")
		f.at = f.end
		return 0
	}
	f.at += n
	return v
}

// readNumber reads the value of a field that was found.
func (f *Fields) readNumber() uint64 {
	if f.kind != number {
		f.fail("kind %d of field %d", f.kind, f.number)
		return 0
	}
	v := f.uvarint()
	f.next()
	return v
}

// sized reads a length, and returns where the bytes stand.
func (f *Fields) sized() (from, to int) {
	n := f.uvarint()
	if n > uint64(f.end-f.at) {
		f.fail("a length of %d", n)
		return f.at, f.at
	}
	from = f.at
	f.at += int(n)
	return from, f.at
}

// readBytes reads the value of a field of that kind, or of another that takes its
// place.
func (f *Fields) readBytes(kind byte) (from, to int) {
	if f.kind != kind {
		f.fail("kind %d of field %d", f.kind, f.number)
		return f.at, f.at
	}
	from, to = f.sized()
	f.next()
	return from, to
}

// within reads by a function what stands at those places, all of it, and then
// goes on with the field after.
func (f *Fields) within(kind byte, read func()) {
	if f.kind != kind {
		f.fail("kind %d of field %d", f.kind, f.number)
		return
	}
	from, to := f.sized()
	n, end := f.number, f.end
	f.at, f.end = from, to
	read()
	if f.err == nil && f.at != f.end {
		f.fail("bytes after the last")
	}
	f.at, f.end, f.number, f.finished = to, end, n, false
	f.next()
}

// readRest keeps the fields that are left.
func (f *Fields) readRest(p *Unknown) {
	f.finished = true
	if f.number == 0 || f.err != nil {
		return
	}
	from := f.at - len(binary.AppendUvarint(nil, uint64(f.number)<<3|uint64(f.kind)))
	for f.number != 0 && f.err == nil {
		if f.kind == number {
			f.uvarint()
		} else {
			f.sized()
		}
		f.next()
	}
	if f.unknown += f.at - from; f.unknown > MaxUnknown {
		f.fail("over %d unknown bytes", MaxUnknown)
	}
	*p = Unknown(f.text[from:f.at])
}
