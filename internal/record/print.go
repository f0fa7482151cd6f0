package record

import "strconv"

// Line is one field of a record for a reader.
type Line struct {
	Name  string // with those of the records it stands in, as in "refresh.generation"
	Value string
}

// Describe returns the fields of r that are not zero, each in words. Of secrets it
// tells the length alone.
func Describe(r Record) []Line {
	f := Fields{mode: printing}
	r.Fields(&f)
	return f.lines
}

// Outline returns all fields of r, which must be zero, each with its number and
// what it holds. Records that may hold themselves are not for it.
func Outline(r Record) []Line {
	f := Fields{mode: printing, outline: true}
	r.Fields(&f)
	return f.lines
}

// print adds a line, unless the value is the zero one.
func (f *Fields) print(n int, name, what, value string) {
	if f.outline {
		f.lines = append(f.lines, Line{f.path + name, strconv.Itoa(n) + " " + what})
		return
	}
	switch value {
	case "", `""`, "0", "false", "0s":
		if !f.force {
			return
		}
	}
	f.force = false
	f.lines = append(f.lines, Line{f.path + name, value})
}

func (f *Fields) printSecret(n int, name, what string, size int) {
	if size > 0 || f.outline {
		f.print(n, name, what, "("+strconv.Itoa(size)+" bytes)")
	}
}

func (f *Fields) printRecord(n int, name, what string, r Record) {
	if f.outline {
		f.print(n, name, what, "")
	}
	path := f.path
	f.path, f.force = path+name+".", false
	if f.enter() {
		r.Fields(f)
	}
	f.depth--
	f.path = path
}
