// Package record is the form in which records rest: fields by number, each with
// its kind and length, in ascending order.
//
// # One description
//
// A type describes itself once, in a method Fields that names each field with its
// number and where it stands. [Append] calls it to write, [Decode] to read and
// [Describe] to print, so that what is written and what is read cannot differ:
//
//	func (a *Address) Fields(f *record.Fields) {
//		f.Text(1, "value", &a.Value)
//		f.Time(2, "validated", &a.Validated)
//		f.Rest(&a.Unknown)
//	}
//
// # The form
//
// A field is a tag, number × 8 + kind, and its value; a zero value is left out.
// Numbers are unsigned varints (encoding/binary), all other kinds a length and so
// many bytes. Texts that begin with a UUID or with 32 hexadecimal digits, as most
// ids do, keep those as 16 bytes. Nothing but a sequence of such fields with
// rising numbers is a record; see [Decode].
//
// # Fields to come
//
// A new field takes a number above all that were ever used. An older program
// keeps what it does not know ([Fields.Rest]) and writes it again as it was.
// Numbers are never used twice.
package record

import (
	"errors"
	"fmt"
	"sync"
)

// The bounds of a record.
const (
	MaxDepth   = 8       // records in records
	MaxNumber  = 255     // of a field
	MaxUnknown = 4 << 10 // bytes of fields that are not known, together
)

// ErrMalformed means that bytes are no record of the type, or that a value has no
// form.
var ErrMalformed = errors.New("malformed record")

// Record is a type that describes its fields. Fields must call the methods of f
// in ascending order of numbers and end with [Fields.Rest] or [Fields.End], always
// alike: it must look at nothing but its own fields. Values that are written or
// printed may be shared, so what it does besides calling them it does to what is
// read alone ([Fields.Reading]).
type Record interface {
	// Fields describes the fields of the receiver to f.
	Fields(f *Fields)
}

// Unknown is what a newer program has written that this one does not know. It is
// a text so that types that hold it stay comparable.
type Unknown string

// Fields is one pass over the fields of a record, which writes, reads or prints
// them. It is made by [Append], [Decode] and [Describe].
type Fields struct {
	mode  mode
	err   error
	depth int

	out   []byte // what is written
	force bool   // the next field is written though it is zero

	in       []byte // what is read
	text     string // the same, of which texts are parts
	at, end  int    // what of it is left, at this depth
	number   int    // of the next field; 0: there is none
	kind     byte
	single   bool // what is read has no field after it
	unknown  int  // bytes that were not known so far
	finished bool // this depth has called Rest or End

	needs int // the least reader that the fields named, see [Fields.Needs]

	lines   []Line
	outline bool // of what there may be, and not of values
	path    string
}

type mode byte

const (
	writing mode = iota
	reading
	printing
)

// The kinds of values. All but number have a length.
const (
	number byte = iota
	bytes
	uuid   // 16 bytes and a text
	digits // 16 bytes and a text
	list
	nested
)

// Append appends the form of r to b. The error wraps [ErrMalformed]: a number of
// a field that is no number, or too many records in each other.
func Append(b []byte, r Record) ([]byte, error) {
	b, _, err := AppendFor(b, r)
	return b, err
}

// AppendFor is [Append] which also returns the least reader that the record needs; 0:
// any will do. See [Fields.Needs].
func AppendFor(b []byte, r Record) (out []byte, reader int, err error) {
	f := begin(Fields{mode: writing, out: b})
	defer f.release()
	r.Fields(f)
	return f.out, f.needs, f.err
}

// Decode reads into r, which must be zero, what [Append] wrote. Bytes that it
// hands out are parts of b. The error wraps [ErrMalformed]: fields that do not
// rise, a kind that the field does not have, a number longer than it need be, a
// length that is too long, bytes after the last field, over [MaxDepth] records in
// each other, or over [MaxUnknown] bytes that are not known. What r holds then is
// not to be used.
func Decode(b []byte, r Record) error {
	f := begin(Fields{mode: reading, in: b, text: string(b), end: len(b)})
	defer f.release()
	f.readAll(r)
	return f.err
}

// passes are those that are over. Each has its own from begin to release.
var passes = sync.Pool{New: func() any { return new(Fields) }}

func begin(as Fields) *Fields {
	f := passes.Get().(*Fields)
	*f = as
	return f
}

func (f *Fields) release() {
	*f = Fields{}
	passes.Put(f)
}

// fail keeps the first error.
func (f *Fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
	}
}

// Reading reports whether the fields are being read.
func (f *Fields) Reading() bool { return f.mode == reading }

// Needs notes, where the fields are written, that programs below that schema would
// overlook something in them. Package store puts the greatest into the envelope.
func (f *Fields) Needs(schema int) {
	if f.mode == writing {
		f.needs = max(f.needs, schema)
	}
}

// Fail notes that the value of a field is none that its type has.
func (f *Fields) Fail(n int) { f.fail("the value of field %d", n) }

// enter is called before the fields of a record in a record.
func (f *Fields) enter() bool {
	if f.depth++; f.depth > MaxDepth {
		f.fail("over %d records in each other", MaxDepth)
		return false
	}
	return f.err == nil
}

// Rest ends the description of a record. What this program does not know is kept
// in p and written again.
func (f *Fields) Rest(p *Unknown) {
	switch f.mode {
	case writing:
		f.out = append(f.out, *p...)
	case reading:
		f.readRest(p)
	case printing:
		if *p != "" {
			f.print(0, "unknown", "", fmt.Sprintf("%d bytes", len(*p)))
		}
	}
}

// End ends the description of a record that will never have other fields than
// those it has, and fails where there are any.
func (f *Fields) End() {
	if f.mode != reading {
		return
	}
	if f.finished = true; f.number != 0 {
		f.fail("unknown field %d", f.number)
	}
}
