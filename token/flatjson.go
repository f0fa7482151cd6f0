package token

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a header or a claims set. Ours have four and fifteen members, and
// nest two deep. A stranger may send any header, and without bounds it could cost
// the square of its length, and a stack as deep as it is long.
const (
	maxMembers = 64
	maxNesting = 16
)

// eachMember calls visit with the name and the text of the value of each member
// of the JSON object that text is, in order. It reports false if text is anything
// else, if it is not UTF-8 (RFC 7515 section 5.2), if a name stands twice, and as soon as
// visit does.
//
// It exists because every call of a resource server reads a token: encoding/json
// makes a map, a reflection and a copy of what is read once and then forgotten.
// What is rare (escapes, fractions) is left to encoding/json all the same.
func eachMember(text string, visit func(name, value string) bool) bool {
	if !utf8.ValidString(text) {
		return false
	}
	var room [16]string
	names := room[:0]
	s := scanner{text: text}
	s.blanks()
	whole := s.object(func(name, value string) bool {
		name, ok := stringOf(name)
		if !ok || len(names) == maxMembers || slices.Contains(names, name) {
			return false
		}
		names = append(names, name)
		return visit(name, value)
	})
	s.blanks()
	return whole && s.at == len(text)
}

// scanner walks over JSON text. Its methods report false where the text is not
// what they are named after or nests too deep, and else stand behind it.
type scanner struct {
	text  string
	at    int
	depth int
}

// is steps over c, if that comes next.
func (s *scanner) is(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) blanks() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// object calls visit, which may be nil, with the texts of each name and value.
func (s *scanner) object(visit func(name, value string) bool) bool {
	if !s.opens('{') {
		return false
	}
	for first := true; ; first = false {
		if more, ok := s.next('}', first); !more {
			return ok
		}
		name := s.at
		if !s.quoted() {
			return false
		}
		end := s.at
		if s.blanks(); !s.is(':') {
			return false
		}
		s.blanks()
		value := s.at
		if !s.value() || visit != nil && !visit(s.text[name:end], s.text[value:s.at]) {
			return false
		}
	}
}

// array calls visit, which may be nil, with the text of each element.
func (s *scanner) array(visit func(value string) bool) bool {
	if !s.opens('[') {
		return false
	}
	for first := true; ; first = false {
		if more, ok := s.next(']', first); !more {
			return ok
		}
		from := s.at
		if !s.value() || visit != nil && !visit(s.text[from:s.at]) {
			return false
		}
	}
}

// opens steps over an opening bracket.
func (s *scanner) opens(bracket byte) bool {
	s.depth++
	return s.depth <= maxNesting && s.is(bracket)
}

// next stands before the next element or, if there is none, behind the closing
// bracket; it is not ok if neither comes.
func (s *scanner) next(closing byte, first bool) (more, ok bool) {
	s.blanks()
	if s.is(closing) {
		s.depth--
		return false, true
	}
	if !first && !s.is(',') {
		return false, false
	}
	s.blanks()
	return true, true
}

func (s *scanner) value() bool {
	if s.at == len(s.text) {
		return false
	}
	switch s.text[s.at] {
	case '{':
		return s.object(nil)
	case '[':
		return s.array(nil)
	case '"':
		return s.quoted()
	}
	return s.word()
}

// quoted steps over a string, quotes included.
func (s *scanner) quoted() bool {
	from := s.at
	if !s.is('"') {
		return false
	}
	for escapes := false; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return !escapes || json.Valid([]byte(s.text[from:s.at]))
		case c == '\\':
			escapes = true
			s.at++
		case c < ' ':
			return false
		}
	}
	return false
}

// word steps over a number, true, false or null.
func (s *scanner) word() bool {
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(",]} \t\r\n", s.text[s.at]) < 0 {
		s.at++
	}
	word := s.text[from:s.at]
	return isPlainInt(word) || json.Valid([]byte(word))
}

// isPlainInt reports whether word is a number greater than 0 in digits alone, as
// every time in our tokens is.
func isPlainInt(word string) bool {
	if word == "" || word[0] == '0' {
		return false
	}
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return true
}

// stringOf returns what a JSON string says. It is false for any other value.
func stringOf(value string) (s string, ok bool) {
	if value[0] != '"' {
		return "", false
	}
	if s = value[1 : len(value)-1]; strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	return unquote(value)
}

// unquote is apart so that the usual string stays off the heap.
func unquote(value string) (s string, ok bool) {
	err := json.Unmarshal([]byte(value), &s)
	return s, err == nil
}

// setString, setInt and setStrings read a value into its place. As with
// encoding/json, null leaves the place alone.
func setString(to *string, value string) (ok bool) {
	if value != "null" {
		*to, ok = stringOf(value)
		return ok
	}
	return true
}

func setInt(to *int64, value string) bool {
	if value == "null" {
		return true
	}
	n, err := strconv.ParseInt(value, 10, 64)
	*to = n
	return err == nil
}

func setStrings(to *[]string, value string) bool {
	if value == "null" {
		return true
	}
	s := scanner{text: value}
	list := make([]string, 0, strings.Count(value, ",")+1)
	ok := s.array(func(element string) bool {
		var one string
		ok := setString(&one, element)
		list = append(list, one)
		return ok
	})
	*to = list
	return ok
}
