package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds the nesting that is read. The documents of this API nest
// five deep; the bound leaves room for what a newer server adds, and keeps the
// work linear in the size of the body, since each level is scanned once more.
const maxDepth = 32

var (
	errSyntax = errors.New("not JSON in UTF-8")
	errDepth  = errors.New("nested too deeply")
	errObject = errors.New("want an object")
)

// check refuses what could be read in two ways or costs too much: data that is
// not one JSON value in UTF-8, objects with a repeated key at any depth, and
// nesting beyond maxDepth.
func check(data []byte) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return errSyntax
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a number is judged where its type is known
	return checkValue(d, 0)
}

func checkValue(d *json.Decoder, depth int) error {
	token, err := d.Token()
	if err != nil {
		return errSyntax
	}
	open, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if depth == maxDepth {
		return errDepth
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			if err := checkKey(d, seen); err != nil {
				return err
			}
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return errSyntax
	}
	return nil
}

// checkKey compares keys as they read after unescaping, as the decoder does.
func checkKey(d *json.Decoder, seen map[string]bool) error {
	token, err := d.Token()
	if err != nil {
		return errSyntax
	}
	key, ok := token.(string)
	if !ok {
		return errSyntax
	}
	if seen[key] {
		return fmt.Errorf("key %.64q stands twice", key)
	}
	seen[key] = true
	return nil
}

// eachMember calls fn for the members of a checked object, in order. The raw
// value has no white space around it.
func eachMember(object []byte, fn func(name string, raw []byte) error) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if token, _ := d.Token(); token != json.Delim('{') { // nil after an error
		return errObject
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return errSyntax
		}
		name, _ := token.(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return errSyntax
		}
		if err := fn(name, raw); err != nil {
			return err
		}
	}
	return nil
}

// hasMember reports whether data is a sound object with that exact key.
func hasMember(data []byte, key string) (found bool, err error) {
	if err := check(data); err != nil {
		return false, err
	}
	err = eachMember(data, func(name string, _ []byte) error {
		found = found || name == key
		return nil
	})
	return found, err
}
