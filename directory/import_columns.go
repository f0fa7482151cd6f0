package directory

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/account"
)

// form says what a cell holds.
type form int

const (
	formText   form = iota
	formBool        // true or false, as people and databases write them
	formNumber      // which JSON has without quotes
	formList        // several texts with semicolons between them
	formNoCell      // not the end of a path
)

// step is one name of the path of a column.
type step struct {
	name  string
	index bool // it is a place in a list
	form  form // of the last one
}

// columnPath takes a header apart: roles.0.role is a member of an element of a list. It
// is nil for a header that leads to no field of [ImportRow].
func columnPath(header string) []step {
	return stepsOf(reflect.TypeFor[ImportRow](), header)
}

// stepsOf follows the types of the fields.
func stepsOf(t reflect.Type, path string) []step {
	name, rest, more := strings.Cut(path, ".")
	field, ok := fieldNamed(t, name)
	if !ok {
		return nil
	}
	first := step{name: name}
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	if field == reflect.TypeFor[[]account.Attribute]() { // an object of texts, whose names may have dots
		if !more || rest == "" {
			return nil
		}
		return []step{first, {name: rest}}
	}
	if first.form = cellOf(field); first.form != formNoCell && !more {
		return []step{first}
	}
	switch {
	case !more:
		return nil
	case field.Kind() == reflect.Slice:
		return elementSteps(first, field.Elem(), rest)
	case field.Kind() == reflect.Struct:
		return behind(stepsOf(field, rest), first)
	}
	return nil
}

// elementSteps goes on at an element of a list.
func elementSteps(first step, elem reflect.Type, rest string) []step {
	place, rest, more := strings.Cut(rest, ".")
	n, err := strconv.Atoi(place)
	if err != nil || n < 0 || n >= maxGrants || place != strconv.Itoa(n) {
		return nil
	}
	at := step{name: place, index: true}
	if elem.Kind() == reflect.String && !more {
		return []step{first, at}
	}
	if elem.Kind() != reflect.Struct || !more {
		return nil
	}
	return behind(stepsOf(elem, rest), first, at)
}

// behind puts steps before others, of which there must be some.
func behind(others []step, first ...step) []step {
	if others == nil {
		return nil
	}
	return append(first, others...)
}

// fieldNamed finds the field of a struct that has a JSON name, also of one that it
// embeds.
func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if tag, ok := f.Tag.Lookup("json"); ok && tag == name {
			return f.Type, true
		}
		if f.Anonymous {
			if found, ok := fieldNamed(f.Type, name); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// cellOf says what a cell of a field of that type holds.
func cellOf(t reflect.Type) form {
	switch {
	case t == reflect.TypeFor[time.Time](), t.Kind() == reflect.String:
		return formText
	case t.Kind() == reflect.Bool:
		return formBool
	case t.Kind() == reflect.Int:
		return formNumber
	case t == reflect.TypeFor[[]string]():
		return formList
	}
	return formNoCell
}

// append writes a cell as JSON. What is neither yes, no nor a number stays a text, so that
// the reader says what it wants there.
func (f form) append(to []byte, cell string) []byte {
	switch f {
	case formList:
		to = append(to, '[')
		for i, one := range cells(cell) {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendText(to, one)
		}
		return append(to, ']')
	case formBool:
		switch strings.ToLower(cell) {
		case "true", "t", "1":
			return append(to, "true"...)
		case "false", "f", "0":
			return append(to, "false"...)
		}
	case formNumber:
		if n, err := strconv.Atoi(cell); err == nil && strconv.Itoa(n) == cell {
			return append(to, cell...)
		}
	}
	return appendText(to, cell)
}
