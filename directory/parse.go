package directory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// Parse reads a directory file: JSON in UTF-8 with the fields of
// [File], perhaps behind one byte order mark. It is strict. A field that is unknown or stands twice, null, a
// value of the wrong type, a bad value, a text with half a surrogate pair, or a reference that leads nowhere is
// an error whose lines each begin with the path of one fault, such as
// "users[3].email: …", in the order of the file; at most 20 are listed. Names
// of fields are compared exactly. Durations are Go's ("15m"), times RFC 3339.
//
// What only an engine can judge (short codes, short secrets, names of modules) is left to
// the engine's Apply. No password or secret is part of an error.
func Parse(data []byte) (File, error) {
	var d File
	data = typed.File(data)
	if err := checkSyntax(data); err != nil {
		return d, err
	}
	var r fileReader
	r.value("", data, reflect.ValueOf(&d).Elem())
	if err := r.faults.err(); err != nil {
		return File{}, err
	}
	if _, err := checkDirectory(&d, leniency{shortCodes: true, shortSecrets: true, anyModule: true}); err != nil {
		return File{}, err
	}
	return d, nil
}

// checkSyntax returns an error with the place where data stops being one JSON
// value in UTF-8.
func checkSyntax(data []byte) error {
	if err := typed.CheckFile(data); err != nil {
		return err
	}
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := data[:min(max(syntax.Offset-1, 0), int64(len(data)))]
		line := bytes.Count(before, []byte("\n")) + 1
		column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
		return fmt.Errorf("line %d, column %d: not JSON: %w", line, column, err)
	}
	return err
}

// fileReader fills Go values from JSON and notes every fault with its path.
// The nesting that it follows is that of the types, whatever the file nests.
type fileReader struct{ faults faults }

// value reads raw, which is sound JSON, into v.
func (r *fileReader) value(path string, raw []byte, v reflect.Value) {
	raw = bytes.TrimSpace(raw)
	switch p := v.Addr().Interface().(type) {
	case *time.Duration:
		r.duration(path, raw, p)
		return
	case *time.Time:
		r.time(path, raw, p)
		return
	case *[]account.Attribute:
		r.attributes(path, raw, p)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		r.value(path, raw, v.Elem())
	case reflect.Struct:
		r.object(path, raw, v)
	case reflect.Slice:
		r.array(path, raw, v)
	case reflect.String:
		r.scalar(path, raw, "a string", v)
	case reflect.Bool:
		r.scalar(path, raw, "true or false", v)
	default:
		r.scalar(path, raw, "a whole number", v)
	}
}

func (r *fileReader) object(path string, raw []byte, v reflect.Value) {
	r.members(path, raw, func(at, name string, raw []byte) {
		if !r.field(at, name, raw, v) {
			r.faults.add(at, "unknown field")
		}
	})
}

// field reads a member into the field of a struct, or of one that it embeds, whose
// name it has, and reports whether there is one.
func (r *fileReader) field(at, name string, raw []byte, v reflect.Value) bool {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tagged, ok := f.Tag.Lookup("json")
		switch {
		case f.Anonymous && r.field(at, name, raw, v.Field(i)):
			return true
		case !ok || tagged != name:
			continue
		case f.Tag.Get("blank") == "nil" && string(bytes.TrimSpace(raw)) == `""`:
			return true // the same as leaving it out
		}
		r.value(at, raw, v.Field(i))
		return true
	}
	return false
}

// members calls fn for the members of an object, in order, each name once.
func (r *fileReader) members(path string, raw []byte, fn func(at, name string, raw []byte)) {
	if !r.wants(path, raw, "{", "an object") {
		return
	}
	seen := map[string]bool{}
	d := json.NewDecoder(bytes.NewReader(raw))
	_, err := d.Token() // the brace
	for err == nil && d.More() {
		var token json.Token
		var value json.RawMessage
		if token, err = d.Token(); err != nil {
			break
		}
		name, _ := token.(string)
		err = d.Decode(&value)
		at := member(path, name)
		r.whole(at, name)
		if seen[name] {
			r.faults.add(at, "stands twice")
			continue
		}
		seen[name] = true
		fn(at, name, value)
	}
	r.sound(path, err)
}

// array reads a list. An empty one is not nil, since leaving a list out and
// saying that it is empty are two things.
func (r *fileReader) array(path string, raw []byte, v reflect.Value) {
	if !r.wants(path, raw, "[", "a list") {
		return
	}
	var elems []json.RawMessage
	r.sound(path, json.Unmarshal(raw, &elems))
	v.Set(reflect.MakeSlice(v.Type(), len(elems), len(elems)))
	for i, e := range elems {
		r.value(element(path, i), e, v.Index(i))
	}
}

// attributes reads an object of strings and keeps its order.
func (r *fileReader) attributes(path string, raw []byte, to *[]account.Attribute) {
	*to = []account.Attribute{}
	r.members(path, raw, func(at, name string, raw []byte) {
		a := account.Attribute{Name: name}
		r.value(at, raw, reflect.ValueOf(&a.Value).Elem())
		*to = append(*to, a)
	})
}

func (r *fileReader) duration(path string, raw []byte, to *time.Duration) {
	var text string
	if !r.text(path, raw, "a duration such as \"15m\"", &text) {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		r.faults.add(path, "%.64q is no duration; write \"90s\", \"15m\" or \"1h30m\"", text)
	}
	*to = d
}

func (r *fileReader) time(path string, raw []byte, to *time.Time) {
	var text string
	if !r.text(path, raw, "a time such as \"2030-01-31T00:00:00Z\"", &text) {
		return
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.faults.add(path, "%.64q is no time; write it like \"2030-01-31T00:00:00Z\"", text)
	} else if !soundYear(t) {
		r.faults.add(path, yearRule) // year 1 would be the zero time, which means that nothing was said
	}
	*to = t.UTC()
}

func (r *fileReader) text(path string, raw []byte, what string, to *string) bool {
	if !r.wants(path, raw, `"`, what) {
		return false
	}
	r.sound(path, json.Unmarshal(raw, to))
	return true
}

// scalar reads a string, a boolean or a whole number.
func (r *fileReader) scalar(path string, raw []byte, what string, v reflect.Value) {
	first := map[reflect.Kind]string{reflect.String: `"`, reflect.Bool: "tf", reflect.Int: "-0123456789"}[v.Kind()]
	if !r.wants(path, raw, first, what) {
		return
	}
	if json.Unmarshal(raw, v.Addr().Interface()) != nil {
		r.faults.add(path, "want %s", what) // a fraction, or too large
	}
	if v.Kind() == reflect.String {
		r.whole(path, v.String())
	}
}

// whole notes a text with U+FFFD. The decoder makes it of half a surrogate pair,
// which is how bad UTF-8 looks in JSON, and other programs make it of characters
// that they could not read: two passwords could become one, which nobody can type.
func (r *fileReader) whole(path, s string) {
	if strings.ContainsRune(s, utf8.RuneError) {
		r.faults.add(path, "holds U+FFFD, which stands for what was no character")
	}
}

// wants reports whether a value is of the wanted type, by its first character,
// and notes one that is not.
func (r *fileReader) wants(path string, raw []byte, first, what string) bool {
	if bytes.IndexByte([]byte(first), raw[0]) >= 0 {
		return true
	}
	got := "a number"
	switch raw[0] {
	case '{':
		got = "an object"
	case '[':
		got = "a list"
	case '"':
		got = "a string"
	case 't', 'f':
		got = "true or false"
	case 'n':
		got = "null"
	}
	r.faults.add(path, "want %s, got %s", what, got)
	return false
}

// sound notes an error that cannot be, since the whole was found to be JSON.
func (r *fileReader) sound(path string, err error) {
	if err != nil {
		r.faults.add(path, "%w", err)
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// member returns the path of a member: "users[3].email", or `attributes["a b"]`.
func member(path, name string) string {
	switch {
	case !plainName.MatchString(name):
		return fmt.Sprintf("%s[%.64q]", path, name)
	case path == "":
		return name
	}
	return path + "." + name
}

// element returns the path of a list's element: "users[3]".
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
