package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// said is what the directory file last said of fields that a program has changed
// since. Of a field that is not in it the file said what is stored. So what a program
// set is kept until the file says something else than before.
type said []saidField

// saidField is one of them.
type saidField struct {
	Field string // as the file calls it
	Text  string // a text as it was, of any other value a digest

	Unknown record.Unknown // what a newer program has written
}

// last returns what the file last said of a field, if a program has changed it since.
func (s said) last(field string) (text string, changed bool) {
	i := slices.IndexFunc(s, func(f saidField) bool { return f.Field == field })
	if i < 0 {
		return "", false
	}
	return s[i].Text, true
}

func (s said) without(field string) said {
	return slices.DeleteFunc(slices.Clone(s), func(f saidField) bool { return f.Field == field })
}

// settle returns what is to be stored of a field: what the file wants where that is
// not what it last said, else what is stored. It reports whether the file wants another.
func settle[T any](s *said, field string, want, stored T) (is T, kept bool) {
	last, changed := s.last(field)
	if changed && last == saidText(want) {
		return stored, !same(want, stored)
	}
	if changed {
		*s = s.without(field)
	}
	return want, false
}

// setField notes that a program changes a field, and makes the change.
func setField[T any](s *said, field string, to *T, want *T) {
	if want == nil || same(*to, *want) {
		return
	}
	was := saidText(*to)
	*to = *want
	if last, changed := s.last(field); changed {
		if last == saidText(*want) {
			*s = s.without(field) // it is as the file has it again
		}
		return
	}
	*s = append(slices.Clone(*s), saidField{Field: field, Text: was})
}

// saidText is a value as it is kept to be compared.
func saidText[T any](v T) string {
	if text, ok := any(v).(string); ok {
		return text
	}
	var raw []byte
	if r, ok := any(&v).(record.Record); ok {
		raw, _ = record.Append(nil, r) // what is stored or was checked has a form
	} else if value := reflect.ValueOf(v); value.Kind() != reflect.Slice || value.Len() > 0 {
		raw, _ = json.Marshal(v)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// fieldSettler settles the fields of one entry of the file.
type fieldSettler struct {
	a      *Applier
	said   *said
	before int
	kept   []string
}

func (a *Applier) fields(s *said) *fieldSettler {
	return &fieldSettler{a: a, said: s, before: len(*s)}
}

// settled is settle of one field; the settler lists it where it is kept.
func settled[T any](f *fieldSettler, field string, want, stored T) T {
	is, kept := settle(f.said, field, want, stored)
	if kept {
		f.kept = append(f.kept, field)
	}
	return is
}

// done has the catalog written where the file has said something else than before.
func (f *fieldSettler) done() {
	if len(*f.said) != f.before {
		f.a.written = true
	}
}

// entry fills in the keys of an entry by its present name.
func (s said) entry(e entry, name string) entry {
	e.key = typed.Label(name)
	if last, changed := s.last("name"); changed {
		e.key, e.now = typed.Label(last), e.key
	}
	return e
}
