package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTargets holds every fuzz target of the module to a comment that says what
// it reads, and to a committed corpus.
func TestTargets(t *testing.T) {
	list, err := fuzzTargets(os.DirFS("../../.."))
	if err != nil {
		t.Error(err)
	}
	if len(list) < 20 {
		t.Errorf("got %d targets: was the whole module read?", len(list))
	}
}

func TestTargetsObject(t *testing.T) {
	const good = "package a\n\n// FuzzA reads a form: no form\n// is read twice.\nfunc FuzzA(f *testing.F) {}\n"
	const silent = "package a\n\nfunc FuzzA(f *testing.F) {}\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // a part of the error
	}{
		{"all there", map[string]string{"a/a_test.go": good, "a/testdata/fuzz/FuzzA/x": ""}, ""},
		{"no corpus", map[string]string{"a/a_test.go": good}, "a.FuzzA has no corpus in a/testdata/fuzz/FuzzA"},
		{"no comment", map[string]string{"a_test.go": silent, "testdata/fuzz/FuzzA/x": ""}, "comment of FuzzA"},
		{"no target", map[string]string{"a/a_test.go": good, "a/testdata/fuzz/FuzzA/x": "", "testdata/fuzz/FuzzA/x": ""}, "testdata/fuzz/FuzzA is the corpus of no target"},
	} {
		t.Run(c.name, func(t *testing.T) {
			module := fstest.MapFS{}
			for name, text := range c.files {
				module[name] = &fstest.MapFile{Data: []byte(text)}
			}
			list, err := fuzzTargets(module)
			switch {
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			case c.want == "" && (err != nil || len(list) != 1 || list[0].reads != "a form" || list[0].seeds != 1 || list[0].name() != "a.FuzzA"):
				t.Errorf("got %v, %v", list, err)
			}
		})
	}
}

func TestTable(t *testing.T) {
	var tab table
	if err := tab.read("one\tsize\t1\ntwo\tsize\t2\ntwo\tcolour\tred\none\tsize\t3\n"); err != nil {
		t.Fatal(err)
	}
	got := tab.markdown()
	if want := "| | size | colour |\n|---|---|---|\n| one | 3 | – |\n| two | 2 | red |\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := tab.read("two\tfields\n"); err == nil {
		t.Error("two fields: no error")
	}
	pages := []string{"a\n", "a\n<!-- table: x -->\nold\n<!-- end of table -->\nb\n"}
	err := splice(pages, "x", "new\n")
	if want := "a\n<!-- table: x -->\n\nnew\n\n<!-- end of table -->\nb\n"; err != nil || pages[0] != "a\n" || pages[1] != want {
		t.Errorf("got %q, %v, want %q", pages, err, want)
	}
	if err := splice(pages, "y", "new\n"); err == nil {
		t.Error("no place: no error")
	}
}
