// Proofs writes the tables of docs/proofs.md from what tests have noted.
//
// Run it at the top of the module:
//
//	go run ./internal/tools/proofs FOLDER
//
// FOLDER is what SALLYPORT_REPORT named while the tests ran. A table NAME of
// the page, between <!-- table: NAME --> and <!-- end of table -->, is replaced
// if FOLDER has a file NAME.tsv, and left alone otherwise, so that one proof
// can be repeated without the others.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const page = "docs/proofs.md"

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
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tsv"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has no notes", folder)
	}
	out := string(text)
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
		if out, err = splice(out, name, t.markdown()); err != nil {
			return err
		}
	}
	return os.WriteFile(page, []byte(out), 0o644)
}
