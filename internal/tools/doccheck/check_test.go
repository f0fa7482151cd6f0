package main_test

import (
	"slices"
	"testing"
	"testing/fstest"

	main "github.com/sallyport-auth/sallyport/internal/tools/doccheck"
)

func TestUndocumented(t *testing.T) {
	const head = "// Package p is documented.\npackage p\n"
	tests := []struct {
		name string
		src  string
		want []string
	}{
		{"nothing exported", head + "func f() {}\ntype t struct{ F int }\nvar v, _ = 1, 2", nil},
		{"function", head + "func F() {}", []string{"p.go:3 F"}},
		{"function with a comment", head + "// F does.\nfunc F() {}", nil},
		{"a directive is no comment", head + "//go:noinline\nfunc F() {}", []string{"p.go:4 F"}},
		{"a blank line cuts the comment off", head + "// F does.\n\nfunc F() {}", []string{"p.go:5 F"}},
		{"type", head + "type T struct{}", []string{"p.go:3 T"}},
		{"fields are free", head + "// T is.\ntype T struct{ F int }", nil},
		{"types of a group", head + "// These are.\ntype (\n\tT int\n\t// U is.\n\tU int\n)", []string{"p.go:5 T"}},
		{"method", head + "// T is.\ntype T struct{}\nfunc (*T) M() {}", []string{"p.go:5 T.M"}},
		{"method of a generic type", head + "// T is.\ntype T[A, B any] struct{}\nfunc (t *T[A, B]) M() {}", []string{"p.go:5 T.M"}},
		{"method of a hidden type", head + "type t struct{}\nfunc (t) M() {}", nil},
		{"interface", head + "// I is.\ntype I interface {\n\tM()\n\tN() // does.\n\terror\n}", []string{"p.go:5 I.M"}},
		{"constant", head + "const C = 1", []string{"p.go:3 C"}},
		{"group with a comment", head + "// Limits.\nconst (\n\tA = 1\n\tB = 2\n)", nil},
		{"group without", head + "var (\n\tA = 1\n\tB = 2 // of two.\n\t// C is.\n\tC = 3\n)", []string{"p.go:4 A"}},
		{"package", "package p\n", []string{"p.go:1 package p"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, fstest.MapFS{"p.go": {Data: []byte(tt.src)}}, tt.want)
		})
	}
}

func TestUndocumentedFiles(t *testing.T) {
	mute := &fstest.MapFile{Data: []byte("package p\nfunc F() {}")}
	check(t, fstest.MapFS{
		"go.mod":           {},
		"a/a.go":           {Data: []byte("// Package a is.\npackage a")},
		"a/b.go":           {Data: []byte("package a\nfunc F() {}")}, // the package comment stands in a.go
		"a/b_test.go":      mute,
		"a/testdata/c.go":  mute,
		".hidden/d.go":     mute,
		"_old/e.go":        mute,
		"bench/go.mod":     {},
		"bench/f.go":       mute,
		"internal/p/g.go":  mute,
		"internal/p/h.go":  mute,
		"internal/p/i.txt": mute,
	}, []string{
		"a/b.go:2 F",
		"internal/p/g.go:1 package p",
		"internal/p/g.go:2 F",
		"internal/p/h.go:2 F",
	})
}

func TestUndocumentedBrokenFile(t *testing.T) {
	got, err := main.Undocumented(fstest.MapFS{"p.go": {Data: []byte("package")}})
	if err == nil {
		t.Errorf("got %v and no error for a file that does not parse", got)
	}
}

func check(t *testing.T, fsys fstest.MapFS, want []string) {
	t.Helper()
	faults, err := main.Undocumented(fsys)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
