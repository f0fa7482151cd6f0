package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// maxConfig bounds a settings file, in bytes.
const maxConfig = 1 << 20

// configure reads the JSON file of -config into the flags that the command
// line has not set. Its keys are the names of the flags. It may hold the
// password of a database: it is opened as a secret file is, and where it holds
// one it must be closed to others too.
func configure(f *flags, path string) error {
	file, info, err := openSole(path, os.O_RDONLY)
	if err != nil {
		return fmt.Errorf("-config: %w", err)
	}
	defer file.Close()
	raw, err := readAll(file, maxConfig)
	if err != nil {
		return fmt.Errorf("-config: %w", err)
	}
	if err := typed.CheckFile(raw); err != nil {
		return fmt.Errorf("-config: %s: %w", path, err)
	}
	given := map[string]bool{"config": true}
	f.Visit(func(one *flag.Flag) { given[one.Name] = true })
	if err := eachSetting(typed.File(raw), func(name string, value json.RawMessage) error {
		if f.Lookup(name) == nil || name == "config" {
			return fmt.Errorf("%.64s: unknown setting", name)
		}
		text, err := settingText(name, value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name == "store" && checkNoPassword(text) != nil {
			if err := checkPrivate(path, info); err != nil {
				return fmt.Errorf("it holds a password: %w", err)
			}
		}
		if given[name] {
			return nil // flags win
		}
		if err := f.Set(name, text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}); err != nil {
		return fmt.Errorf("-config: %s: %w", path, err)
	}
	return nil
}

// eachSetting calls fn for each member of the one JSON object in raw.
func eachSetting(raw []byte, fn func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return notJSON(err)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return notJSON(err)
		}
		if seen[name] {
			return fmt.Errorf("%.64s: stands twice", name)
		}
		seen[name] = true
		if err := fn(name, value); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil { // the brace
		return notJSON(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows the JSON")
	}
	return nil
}

func notJSON(err error) error {
	if err == nil || err == io.EOF {
		return fmt.Errorf("want one JSON object")
	}
	return fmt.Errorf("not JSON: %w", err)
}

// lists are the settings that may also be a list of strings.
var lists = map[string]bool{"trusted-proxies": true, "active-directory": true, "active-directory-attributes": true, "sms-prefixes": true}

// numbers and switches are those that may also be a number, or true or false.
var (
	numbers  = map[string]bool{"max-connections": true, "sms-per-day": true, "signing-key-bits": true}
	switches = map[string]bool{"webhook-form": true, "webhook-idempotent": true, "documentation": true}
)

// settingText is a value as the flag takes it: a string, for some also a list of strings,
// for a number also a number, for a switch true or false, and for groups a list of objects.
func settingText(name string, value json.RawMessage) (string, error) {
	var text string
	if value[0] == '"' {
		err := json.Unmarshal(value, &text)
		return text, err
	}
	var list []string
	if lists[name] && value[0] == '[' && json.Unmarshal(value, &list) == nil {
		return strings.Join(list, ","), nil
	}
	switch {
	case numbers[name] && '0' <= value[0] && value[0] <= '9',
		switches[name] && (string(value) == "true" || string(value) == "false"),
		name == "active-directory-groups" && value[0] == '[':
		return string(value), nil
	}
	return "", fmt.Errorf("want a string")
}

// readFile reads a regular file of at most limit bytes that is no secret: a
// directory, a clock. Symbolic links are followed, as where files are put up
// for a release.
func readFile(path string, limit int64) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // opening a pipe would wait for a writer
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, limit)
}
