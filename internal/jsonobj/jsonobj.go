// Package jsonobj writes JSON objects member by member, as encoding/json would
// write them without its escapes for HTML, at a fraction of the cost: nothing
// is looked up by reflection, and nothing is allocated but the text itself.
//
// It is for the tokens and answers that every login writes. Each of them
// has a test that compares it with encoding/json, byte by byte.
package jsonobj

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Object is one object under construction. Make it with [Begin], add members
// in the order in which they are to stand, and take the text from
// [Object.End]. One goroutine uses it at a time.
type Object struct {
	buf   []byte
	empty bool
}

// Begin opens an object at the end of buf, which belongs to the object until
// it ends.
func Begin(buf []byte) Object { return Object{buf: append(buf, '{'), empty: true} }

// End closes the object and returns all of its text.
func (o *Object) End() []byte { return append(o.buf, '}') }

// name writes the name of a member, which must need no escape.
func (o *Object) name(name string) {
	o.separate()
	o.buf = append(append(append(o.buf, '"'), name...), '"', ':')
}

// String adds a text. Bytes that are no UTF-8 become U+FFFD.
func (o *Object) String(name, v string) {
	o.name(name)
	o.buf = AppendString(o.buf, v)
}

// Strings adds an array of texts; a nil one is null.
func (o *Object) Strings(name string, list []string) {
	if !o.array(name, list == nil) {
		return
	}
	for i, v := range list {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = AppendString(o.buf, v)
	}
	o.buf = append(o.buf, ']')
}

// Ints adds an array of numbers; a nil one is null.
func (o *Object) Ints(name string, list []int) {
	if !o.array(name, list == nil) {
		return
	}
	for i, v := range list {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = strconv.AppendInt(o.buf, int64(v), 10)
	}
	o.buf = append(o.buf, ']')
}

// array begins an array as a member, or writes null and reports false.
func (o *Object) array(name string, null bool) bool {
	o.name(name)
	if null {
		o.buf = append(o.buf, "null"...)
		return false
	}
	o.buf = append(o.buf, '[')
	return true
}

// Int adds a number.
func (o *Object) Int(name string, v int64) {
	o.name(name)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

// Bool adds true or false.
func (o *Object) Bool(name string, v bool) {
	o.name(name)
	o.buf = strconv.AppendBool(o.buf, v)
}

// Open begins an object as a member. What is added after it belongs to that
// object, until [Object.Close].
func (o *Object) Open(name string) {
	o.name(name)
	o.begin('{')
}

// Close ends the object that [Object.Open] or [Object.Element] began.
func (o *Object) Close() { o.close('}') }

// OpenArray begins an array of objects as a member. Only [Object.Element] and
// the members of its objects may follow, until [Object.CloseArray].
func (o *Object) OpenArray(name string) {
	o.name(name)
	o.begin('[')
}

// Element begins the next object of an array, which [Object.Close] ends.
func (o *Object) Element() {
	o.separate()
	o.begin('{')
}

// CloseArray ends the array that [Object.OpenArray] began.
func (o *Object) CloseArray() { o.close(']') }

// separate writes the comma between two members or elements.
func (o *Object) separate() {
	if !o.empty {
		o.buf = append(o.buf, ',')
	}
	o.empty = false
}

// begin and close need no stack: what has just been opened is empty, and what
// holds something that has been closed is not.
func (o *Object) begin(bracket byte) { o.buf, o.empty = append(o.buf, bracket), true }
func (o *Object) close(bracket byte) { o.buf, o.empty = append(o.buf, bracket), false }

// AppendString appends v as a JSON text. All but the plainest texts are left
// to encoding/json.
func AppendString(b []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendOdd(b, v)
		}
	}
	return append(append(append(b, '"'), v...), '"')
}

func appendOdd(b []byte, v string) []byte {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a string always has a form
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}
