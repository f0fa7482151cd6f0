package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Decode reads one document into v, a pointer to a type of this package or to
// a slice of one. On an error v is unchanged.
//
// A value of another type than the field's is refused, and so is null, except
// for a pointer, where it means what an absent key means. So are an object
// with a repeated key, at any depth and also in parts that are skipped, bad
// UTF-8, and nesting beyond 32. Keys compare exactly. Unknown keys are skipped;
// absent ones leave the zero value. No error quotes a value of the document.
// The caller bounds the size of data.
func Decode(data []byte, v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return errors.New("wire: decoding into something other than a pointer")
	}
	fresh := reflect.New(p.Type().Elem()).Elem()
	err := check(data)
	if err == nil {
		err = decodeValue(bytes.TrimSpace(data), fresh)
	}
	if err != nil {
		return fmt.Errorf("wire: decoding document: %w", err)
	}
	p.Elem().Set(fresh)
	return nil
}

// decodeValue sets v, which is addressable, from a checked raw value.
func decodeValue(raw []byte, v reflect.Value) error {
	if u, ok := v.Addr().Interface().(json.Unmarshaler); ok {
		return u.UnmarshalJSON(raw)
	}
	switch v.Kind() {
	case reflect.Pointer:
		return decodePointer(raw, v)
	case reflect.Struct:
		return decodeStruct(raw, v)
	case reflect.Slice:
		return decodeSlice(raw, v)
	case reflect.String:
		s, err := text(raw)
		v.SetString(s)
		return err
	case reflect.Bool:
		return decodeBool(raw, v)
	case reflect.Int, reflect.Int64:
		return decodeInt(raw, v)
	}
	return fmt.Errorf("cannot decode into %s", v.Type())
}

func decodePointer(raw []byte, v reflect.Value) error {
	if string(raw) == "null" {
		return nil
	}
	v.Set(reflect.New(v.Type().Elem()))
	return decodeValue(raw, v.Elem())
}

func decodeStruct(raw []byte, v reflect.Value) error {
	fields := fieldsOf(v.Type())
	return eachMember(raw, func(name string, raw []byte) error {
		index, known := fields[name]
		if !known {
			return nil
		}
		if err := decodeValue(raw, v.FieldByIndex(index)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

func decodeSlice(raw []byte, v reflect.Value) error {
	if raw[0] != '[' {
		return errors.New("want an array")
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return errSyntax
	}
	v.Set(reflect.MakeSlice(v.Type(), len(elements), len(elements)))
	for i, raw := range elements {
		if err := decodeValue(raw, v.Index(i)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func decodeBool(raw []byte, v reflect.Value) error {
	s := string(raw)
	if s != "true" && s != "false" {
		return errors.New("want true or false")
	}
	v.SetBool(s == "true")
	return nil
}

// decodeInt takes digits only: no fraction and no exponent, which a reader
// that goes through floating point would round.
func decodeInt(raw []byte, v reflect.Value) error {
	n, err := strconv.ParseInt(string(raw), 10, v.Type().Bits())
	if err != nil {
		return errors.New("want an integer") // err would quote the value
	}
	v.SetInt(n)
	return nil
}

// text returns the string that a raw value spells.
func text(raw []byte) (s string, err error) {
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", errors.New("want a string")
	}
	return s, nil
}

// fieldsOf maps the keys of a document to its fields, those of an embedded
// struct included. In this package every field but an embedded one has a tag.
func fieldsOf(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if tag, ok := f.Tag.Lookup("json"); ok {
			name, _, _ := strings.Cut(tag, ",")
			fields[name] = f.Index
		}
	}
	return fields
}
