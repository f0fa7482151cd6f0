// Package jsonobj writes JSON objects member by member, as encoding/json would
// write them without its escapes for HTML, at a fraction of the cost: nothing
// is looked up by reflection, and nothing is allocated but the text itself.
//
// It is for the few records and answers that every login writes. Each of them
// has a test that compares it with encoding/json, byte by byte.
package jsonobj

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

var errTime = errors.New("jsonobj: a time outside of the years 0 to 9999")

// Object is one object under construction. Make it with [Begin], add members
// in the order in which they are to stand, and take the text from
// [Object.End]. One goroutine uses it at a time.
type Object struct {
	buf   []byte
	empty bool
	err   error
}

// Begin opens an object at the end of buf, which belongs to the object until
// it ends.
func Begin(buf []byte) Object { return Object{buf: append(buf, '{'), empty: true} }

// End closes the object and returns all of its text. The error is that of the
// first member that JSON cannot express, a time in the year 10000.
func (o *Object) End() ([]byte, error) { return append(o.buf, '}'), o.err }

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

// Uint adds a number.
func (o *Object) Uint(name string, v uint64) {
	o.name(name)
	o.buf = strconv.AppendUint(o.buf, v, 10)
}

// Bool adds true or false.
func (o *Object) Bool(name string, v bool) {
	o.name(name)
	o.buf = strconv.AppendBool(o.buf, v)
}

// Bytes adds a text in base64; nil is null.
func (o *Object) Bytes(name string, v []byte) {
	o.name(name)
	if v == nil {
		o.buf = append(o.buf, "null"...)
		return
	}
	o.buf = append(o.buf, '"')
	o.buf = base64.StdEncoding.AppendEncode(o.buf, v)
	o.buf = append(o.buf, '"')
}

// Time adds a moment in the form of RFC 3339, to the nanosecond.
func (o *Object) Time(name string, v time.Time) {
	if y := v.Year(); (y < 0 || y > 9999) && o.err == nil {
		o.err = errTime
	}
	o.name(name)
	o.buf = append(o.buf, '"')
	o.buf = v.AppendFormat(o.buf, time.RFC3339Nano)
	o.buf = append(o.buf, '"')
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
