// Proofs writes the tables of docs/proofs.md and of the pages beside it from what tests have
// noted.
//
// Run it at the top of the module:
//
//	go run ./internal/tools/proofs FOLDER
//
// FOLDER is what SALLYPORT_REPORT named while the tests ran. A table NAME of
// a page, between <!-- table: NAME --> and <!-- end of table -->, is replaced
// if FOLDER has a file NAME.tsv, and left alone otherwise, so that one proof
// can be repeated without the others.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// names are the pages that have tables of proofs.
var names = []string{"docs/proofs.md", "docs/proofs-load.md", "docs/proofs-tests.md"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: proofs FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "proofs:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	texts := make([]string, len(names))
	for i, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has no notes", folder)
	}
	for _, file := range files {
		noted, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".tsv")
		var t table
		if name == "fuzz" {
			targets, err := fuzzTargets(os.DirFS("."))
			if err != nil {
				return err
			}
			for _, f := range targets {
				t.put(f.name(), "reads", f.reads)
				t.put(f.name(), "seeds", fmt.Sprint(f.seeds))
			}
		}
		if err := t.read(string(noted)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := splice(texts, name, t.markdown()); err != nil {
			return err
		}
	}
	for i, name := range names {
		if err := os.WriteFile(name, []byte(texts[i]), 0o644); err != nil {
			return err
		}
	}
	return nil
}
