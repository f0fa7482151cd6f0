// Doccheck fails when an exported name of the module has no doc comment.
//
// Run it at the top of the module:
//
//	go run ./internal/tools/doccheck
//
// It reads every non-test file of every package, whatever its build tags, and
// wants a comment on each package and on each exported function, type,
// constant and variable, on exported methods of exported types, and on the
// methods of exported interfaces. One comment over a group of constants or
// variables serves the whole group, and so does one at the end of a line.
// Struct fields are free. For each name that lacks one it prints file, line
// and name; if there was any, it exits with 1.
package main

import (
	"fmt"
	"os"
)

func main() {
	faults, err := Undocumented(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "doccheck:", err)
		os.Exit(2)
	}
	for _, f := range faults {
		fmt.Println(f)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}
