package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ringIn prints the signing keys of a store: the ids of those in use, and of those
// that were removed.
func ringIn(t *testing.T, url string) (kids, retired []string) {
	t.Helper()
	code, out, said := run(t, "", "inspect", "-store", url, "-key", "keys/signing", "-json")
	var rec struct{ Fields map[string]string }
	if err := json.Unmarshal([]byte(out), &rec); code != 0 || err != nil {
		t.Fatalf("got %d, %q, %v", code, said, err)
	}
	for name, value := range rec.Fields {
		value = strings.Trim(value, `"`) // as inspect prints text
		switch {
		case strings.HasSuffix(name, ".id"):
			kids = append(kids, value)
		case name == "retired":
			retired = strings.Fields(value)
		}
	}
	return kids, retired
}

// TestKeyRetire: the key is gone for good, another is there, and to do it again
// changes nothing.
func TestKeyRetire(t *testing.T) {
	url, _ := inspected(t)
	old, _ := ringIn(t, url)
	if len(old) != 1 {
		t.Fatalf("got the keys %q, want one", old)
	}
	var fresh []string
	for range 2 {
		code, out, said := run(t, "", "key", "retire", "-json", "-store", url, old[0])
		equal(t, "exit code", code, 0)
		equal(t, "standard error", said, "")
		equal(t, "standard output", out, `{"key":"`+old[0]+`","action":"retired"}`+"\n")
		kids, retired := ringIn(t, url)
		if len(kids) != 1 || kids[0] == old[0] || len(retired) != 1 || retired[0] != old[0] {
			t.Errorf("got the keys %q, retired %q, want another and %q", kids, retired, old)
		}
		if fresh != nil && fresh[0] != kids[0] {
			t.Errorf("done again: got the key %q, want %q", kids, fresh)
		}
		fresh = kids
	}
}

// TestKeyRetireRefuses: what is wrong is said in one line, and nothing is changed or
// made.
func TestKeyRetireRefuses(t *testing.T) {
	url, dir := inspected(t)
	before, _ := ringIn(t, url)
	absent := filepath.Join(dir, "absent.db")
	for _, tt := range []struct {
		name, args, want string
	}{
		{"no verb", "key", "key retire"},
		{"an unknown verb", "key forget", "key retire"},
		{"no store", "key retire " + before[0], "-store: want"},
		{"no key", "key retire -store " + url, "name the keys"},
		{"an unknown key", "key retire -store " + url + " " + before[0] + " NONE", `"NONE"`},
		{"a flag behind", "key retire -store " + url + " " + before[0] + " -json", `"-json"`},
		{"memory", "key retire -store memory: " + before[0], "-store: want"},
		{"a store that is not there", "key retire -store bolt:" + absent + " " + before[0], "no such file"},
		{"a password", "key retire -store postgres://u:hidden@h " + before[0], "-store: a URL with a password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, said := run(t, "", strings.Fields(tt.args)...)
			equal(t, "exit code", code, 2)
			equal(t, "standard output", out, "")
			if !strings.Contains(said, tt.want) || strings.Count(said, "\n") != 1 || strings.Contains(said, "hidden") {
				t.Errorf("got %q, want one line with %q", said, tt.want)
			}
		})
	}
	if after, retired := ringIn(t, url); len(after) != 1 || after[0] != before[0] || len(retired) != 0 {
		t.Errorf("got the keys %q, retired %q, want %q and none", after, retired, before)
	}
	if _, err := os.Stat(absent); err == nil {
		t.Error("a store was made")
	}
}
