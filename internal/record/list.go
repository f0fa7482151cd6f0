package record

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// pointer is a *T that is a [Record].
type pointer[T any] interface {
	*T
	Record
}

// TextsOrNil is [Fields.Texts] which tells an empty list from nil.
func (f *Fields) TextsOrNil(n int, name string, p *[]string) {
	f.force = f.mode != reading && *p != nil
	f.Texts(n, name, p)
	f.force = false
}

// Texts is a list of texts. An empty one is left out.
func (f *Fields) Texts(n int, name string, p *[]string) {
	switch f.mode {
	case writing:
		if f.wants(len(*p) == 0) {
			f.tag(n, list)
			f.writeSized(func() {
				for _, v := range *p {
					f.out = appendSized(f.out, v)
				}
			})
		}
	case reading:
		if f.found(n) {
			f.within(list, func() { f.readTexts(p) })
		}
	case printing:
		f.print(n, name, "texts", strings.Join(*p, " "))
	}
}

func (f *Fields) readTexts(p *[]string) {
	from, n := f.at, 0
	for ; f.err == nil && f.at < f.end; n++ {
		f.sized()
	}
	f.at = from
	*p = make([]string, 0, n)
	for f.err == nil && f.at < f.end {
		from, to := f.sized()
		*p = append(*p, f.text[from:to])
	}
}

// Each is a list of values that are no records. The function is the method that
// one of them would have, such as (*Fields).Time.
func Each[T any](f *Fields, n int, name string, p *[]T, field func(*Fields, int, string, *T)) {
	switch f.mode {
	case writing:
		if f.wants(len(*p) == 0) {
			f.tag(n, list)
			f.writeSized(func() {
				for i := range *p {
					f.force = true
					field(f, 1, name, &(*p)[i])
				}
			})
		}
	case reading:
		if f.found(n) {
			f.within(list, func() { readEach(f, p, field) })
		}
	case printing:
		if f.outline {
			field(f, n, name+"[]", new(T))
		}
		for i := range *p {
			f.force = true
			field(f, n, name+"["+strconv.Itoa(i)+"]", &(*p)[i])
		}
	}
}

// readEach reads values that all have the number 1.
func readEach[T any](f *Fields, p *[]T, field func(*Fields, int, string, *T)) {
	for f.err == nil && f.at < f.end {
		var v T
		f.number = 0
		f.next()
		at := f.at
		f.single = true
		field(f, 1, "", &v)
		f.single = false
		if f.number = 0; f.at == at {
			f.fail("a value of another number than 1")
		}
		*p = append(*p, v)
	}
}

// One is a record in a record. An empty one is left out.
func One[T any, P pointer[T]](f *Fields, n int, name string, p *T) {
	switch f.mode {
	case writing:
		forced, from := f.force, len(f.out)
		f.force = false
		f.tag(n, nested)
		if f.writeSized(func() { f.writeRecord(P(p)) }) == 0 && !forced {
			f.out = f.out[:from]
		}
	case reading:
		if f.found(n) {
			f.within(nested, func() { f.readRecord(P(p)) })
		}
	case printing:
		f.printRecord(n, name, "record", P(p))
	}
}

// Many is a list of records.
func Many[T any, P pointer[T]](f *Fields, n int, name string, p *[]T) {
	switch f.mode {
	case writing:
		if f.wants(len(*p) == 0) {
			f.tag(n, list)
			f.writeSized(func() {
				for i := range *p {
					f.writeSized(func() { f.writeRecord(P(&(*p)[i])) })
				}
			})
		}
	case reading:
		if f.found(n) {
			f.within(list, func() { readMany[T, P](f, p) })
		}
	case printing:
		if f.outline {
			f.printRecord(n, name+"[]", "list of records", P(new(T)))
		}
		for i := range *p {
			f.printRecord(n, name+"["+strconv.Itoa(i)+"]", "", P(&(*p)[i]))
		}
	}
}

func readMany[T any, P pointer[T]](f *Fields, p *[]T) {
	for f.err == nil && f.at < f.end {
		var v T
		f.element(P(&v))
		*p = append(*p, v)
	}
}

// element reads a record of a list.
func (f *Fields) element(r Record) {
	from, to := f.sized()
	end := f.end
	f.at, f.end = from, to
	f.readRecord(r)
	f.at, f.end = to, end
}

func (f *Fields) writeRecord(r Record) {
	if f.enter() {
		r.Fields(f)
	}
	f.depth--
}

func (f *Fields) readRecord(r Record) {
	if f.enter() {
		f.readAll(r)
	}
	f.depth--
}

// Maybe is a field that may be absent, which nil tells from zero. The function is
// the method that the field would have otherwise, such as (*Fields).Text, or [One].
func Maybe[T any](f *Fields, n int, name string, p **T, field func(*Fields, int, string, *T)) {
	if f.mode == reading {
		if f.found(n) {
			*p = new(T)
			field(f, n, name, *p)
		}
		return
	}
	v := *p
	if f.outline {
		v = new(T)
	}
	if v != nil {
		f.force = true
		field(f, n, name, v)
		f.force = false
	}
}

// pair is an entry of a map.
type pair[V any] struct {
	key   string
	value V
	field func(*Fields, int, string, *V)
}

// Map is a map from texts, written in their order.
func Map[K ~string, V any](f *Fields, n int, name string, p *map[K]V, field func(*Fields, int, string, *V)) {
	switch f.mode {
	case writing:
		if f.wants(len(*p) == 0) {
			f.tag(n, list)
			f.writeSized(func() {
				for _, k := range slices.Sorted(maps.Keys(*p)) {
					e := pair[V]{string(k), (*p)[k], field}
					f.writeSized(func() { f.writeRecord(&e) })
				}
			})
		}
	case reading:
		if f.found(n) {
			f.within(list, func() { readMap(f, p, field) })
		}
	case printing:
		if f.outline {
			field(f, n, name+"[text]", new(V))
		}
		for _, k := range slices.Sorted(maps.Keys(*p)) {
			v := (*p)[k]
			field(f, n, name+"["+string(k)+"]", &v)
		}
	}
}

func readMap[K ~string, V any](f *Fields, p *map[K]V, field func(*Fields, int, string, *V)) {
	*p = map[K]V{}
	for f.err == nil && f.at < f.end {
		e := pair[V]{field: field}
		f.element(&e)
		if _, twice := (*p)[K(e.key)]; twice {
			f.fail("%d has a key twice", len(*p))
		}
		(*p)[K(e.key)] = e.value
	}
}

// Fields implements [Record].
func (e *pair[V]) Fields(f *Fields) {
	var none Unknown
	f.Text(1, "key", &e.key)
	e.field(f, 2, "value", &e.value)
	f.Rest(&none)
}
