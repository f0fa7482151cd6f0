// Rooms shows how the files of a package hang together, and which functions of
// the module have many parameters.
//
// Run it at the top of the module:
//
//	go run ./internal/tools/rooms [-pairs 3] [-knot 5] [-params 5] [FOLDER]
//
// It prints the files of the package in FOLDER, by default the root, with their
// lines; for each file, which others it uses and what of them, that is package-level
// names and methods; the pairs of files that use each other; and the knots, which
// are groups of files each of which uses every other, if only through others. Then
// it lists the functions of all packages that have more than five parameters.
// Tests are not looked at.
//
// With -pairs, -knot or -params it exits with 1 if there are more pairs, if a knot
// has more files, or if a function has more parameters than that.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

// many is how many parameters a function may have before it is listed.
const many = 5

// limits are what is allowed; a negative one allows everything.
type limits struct{ pairs, knot, params int }

func main() {
	var l limits
	flag.IntVar(&l.pairs, "pairs", -1, "at most so many pairs of files that use each other")
	flag.IntVar(&l.knot, "knot", -1, "at most so many files in a knot")
	flag.IntVar(&l.params, "params", -1, "at most so many parameters of a function")
	flag.Parse()
	dir := "."
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	over, err := run(os.Stdout, ".", dir, l)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rooms:", err)
		os.Exit(2)
	}
	for _, o := range over {
		fmt.Fprintln(os.Stderr, "rooms:", o)
	}
	if len(over) > 0 {
		os.Exit(1)
	}
}

// run prints what there is to be seen of the package in the folder dir of the
// module in top, and returns what is over a limit.
func run(w io.Writer, top, dir string, l limits) (over []string, err error) {
	m, err := typed.Load(top)
	if err != nil {
		return nil, err
	}
	p, err := m.Package(path.Clean(filepath.ToSlash(dir)))
	if err != nil {
		return nil, err
	}
	long, err := manyParams(m, many)
	if err != nil {
		return nil, err
	}
	uses := uses(m.Fset, p)
	pairs, knots := uses.pairs(), uses.knots()
	var b strings.Builder
	printFiles(&b, p)
	fmt.Fprintln(&b, "\nwho uses what of whom")
	for _, e := range uses.edges() {
		fmt.Fprintf(&b, "  %s -> %s: %s\n", e.from, e.to, strings.Join(e.names, " "))
	}
	fmt.Fprintf(&b, "\n%d pairs of files use each other\n", len(pairs))
	for _, e := range pairs {
		fmt.Fprintf(&b, "  %s %s\n", e.from, e.to)
	}
	fmt.Fprintf(&b, "\n%d knots\n", len(knots))
	for _, k := range knots {
		fmt.Fprintf(&b, "  %d files: %s\n", len(k), strings.Join(k, " "))
	}
	fmt.Fprintf(&b, "\n%d functions of the module have more than %d parameters\n", len(long), many)
	most := 0
	for _, f := range long {
		fmt.Fprintf(&b, "  %s:%d: %s has %d\n", f.file, f.line, f.name, f.params)
		most = max(most, f.params)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return nil, err
	}
	if l.pairs >= 0 && len(pairs) > l.pairs {
		over = append(over, fmt.Sprintf("%d pairs of files use each other, at most %d may", len(pairs), l.pairs))
	}
	if l.knot >= 0 && len(knots) > 0 && len(knots[0]) > l.knot {
		over = append(over, fmt.Sprintf("a knot has %d files, at most %d may be in one", len(knots[0]), l.knot))
	}
	if l.params >= 0 && most > l.params {
		over = append(over, fmt.Sprintf("a function has %d parameters, at most %d are allowed", most, l.params))
	}
	return over, nil
}

func printFiles(b *strings.Builder, p *typed.Package) {
	total := 0
	var list strings.Builder
	for _, f := range p.Files {
		n := strings.Count(string(f.Text), "\n")
		total += n
		fmt.Fprintf(&list, "  %s %d\n", path.Base(f.Name), n)
	}
	fmt.Fprintf(b, "%s: %d files, %d lines\n%s", p.Path, len(p.Files), total, list.String())
}
