package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// target is a fuzz target of the module.
type target struct {
	folder, function string
	reads            string // what its comment says first: "FuzzX reads …:"
	seeds            int    // files of its committed corpus
}

// name is how scripts/fuzz calls it.
func (t target) name() string {
	if t.folder == "." {
		return t.function
	}
	return t.folder + "." + t.function
}

// elsewhere are folders that are modules of their own or not ours.
var elsewhere = []string{"bench", "interop", ".git", ".build"}

// fuzzTargets lists the targets of a module, by folder and name. Each must say
// what it reads, and have a corpus of its own.
func fuzzTargets(module fs.FS) (list []target, err error) {
	var faults []error
	corpora := map[string]bool{}
	err = fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path.Base(path.Dir(name)) == "fuzz" && path.Base(path.Dir(path.Dir(name))) == "testdata":
			corpora[name] = true
			return nil
		case d.IsDir() && slices.Contains(elsewhere, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		found, err := targetsOf(module, name)
		list = append(list, found...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, t := range list {
		folder := path.Join(t.folder, "testdata/fuzz", t.function)
		entries, err := fs.ReadDir(module, folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		delete(corpora, folder)
		list[i].seeds = len(entries)
		if len(entries) == 0 {
			faults = append(faults, fmt.Errorf("%s has no corpus in %s", t.name(), folder))
		}
		if t.reads == "" {
			faults = append(faults, fmt.Errorf("the comment of %s does not say what it reads", t.name()))
		}
	}
	for folder := range corpora {
		faults = append(faults, fmt.Errorf("%s is the corpus of no target", folder))
	}
	return list, errors.Join(faults...)
}

// targetsOf are those of one file.
func targetsOf(module fs.FS, name string) (list []target, err error) {
	src, err := fs.ReadFile(module, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
			continue
		}
		t := target{folder: path.Dir(name), function: fn.Name.Name}
		said := strings.Join(strings.Fields(fn.Doc.Text()), " ")
		if what, ok := strings.CutPrefix(said, fn.Name.Name+" reads "); ok {
			t.reads, _, _ = strings.Cut(what, ": ")
			t.reads = strings.TrimSuffix(t.reads, ".")
		}
		list = append(list, t)
	}
	return list, nil
}
