// Mutate changes the code in many small ways and sees whether a test notices.
//
// Run it at the top of the module:
//
//	go run ./internal/tools/mutate -packages ./mfa,./token -n 60
//
// A mutant is one change: a condition negated, a boundary moved from < to <=, a
// guard taken out of a chain of && or ||, a statement deleted, and so on. All
// that a run tries are compiled into one copy of the module, and the
// environment of a test process says which of them is on, so nothing is built
// twice. Each test runs once without any, to see which mutants it comes by; a
// mutant then meets those tests alone, its own package's first, until one fails.
// A test that takes ten times as long as it should, and ten seconds more, has
// failed too. The tests of the command are left out: they run a program that
// they build themselves.
//
// The last lines say how many were noticed, by package and by kind, and name
// each survivor. Survivors that no test can notice, or need not, stand in a list
// with the reason, see survivors.txt. Mutate exits with 1 if one survived that
// is not listed, or if too few of all that were tried were noticed.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sallyport-auth/sallyport/internal/tools/typed"
)

//go:embed mutant.go.txt
var runtimeText []byte

// runtimeImports is what it imports.
var runtimeImports = []string{"cmp", "fmt", "os", "strconv", "sync", "sync/atomic", "time"}

// options are the flags.
type options struct {
	top       string
	packages  []string // folders below the top
	n         int
	seed      uint64
	base      string
	workers   int
	slack     time.Duration
	limit     time.Duration
	survivors string
	without   *regexp.Regexp // tests that are left out
	note      func(format string, args ...any)
}

func main() {
	o := options{top: ".", slack: 10 * time.Second}
	o.note = func(format string, args ...any) { fmt.Fprintf(os.Stderr, "mutate: "+format+"\n", args...) }
	packages := flag.String("packages", ".", "`folders` to mutate, separated by commas; those that do not exist are skipped")
	flag.IntVar(&o.n, "n", 600, "how many mutants to try, chosen by the seed")
	flag.Uint64Var(&o.seed, "seed", 1, "chooses the mutants")
	flag.StringVar(&o.base, "base", "", "mutate only files that changed since this `commit`; auto: since the last tag or 20 commits ago")
	flag.IntVar(&o.workers, "workers", 2, "how many test processes run at once")
	flag.DurationVar(&o.limit, "limit", 0, "stop then, and say what was not tried; 0: never")
	flag.StringVar(&o.survivors, "survivors", "", "the list of known survivors")
	without := flag.String("without", "^$", "leave out the tests whose names match this `expression`")
	report := flag.String("report", os.Getenv("SALLYPORT_REPORT"), "write what was found into this `file or folder` too")
	least := flag.Float64("least", 85, "the score wanted, in percent")
	lenient := flag.Bool("lenient", false, "print survivors that are not listed, and fail only for a score that chance does not explain")
	flag.Parse()
	o.packages = strings.Split(*packages, ",")
	var err error
	o.without, err = regexp.Compile(*without)
	if err != nil || flag.NArg() > 0 || o.n < 1 || o.workers < 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	out, err := mutate(ctx, o)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	stop()
	if err == nil && *report != "" {
		err = out.save(*report)
	}
	if err == nil {
		err = out.write(os.Stdout)
	}
	if err != nil {
		o.note("%v", err)
		os.Exit(2)
	}
	switch t := out.count(everything); {
	case *lenient && t.falls(*least):
		o.note("wanted: a score of %.0f %%, of which this sample is too far off to be chance", *least)
		os.Exit(1)
	case !*lenient && (t.survived > 0 || t.score() < *least):
		o.note("wanted: every survivor listed, and a score of %.0f %%", *least)
		os.Exit(1)
	}
}

// mutate does the whole run.
func mutate(ctx context.Context, o options) (*outcome, error) {
	out, begin := new(outcome), time.Now()
	if o.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.limit)
		defer cancel()
	}
	var err error
	if out.listed, err = readKnown(o.survivors); err != nil {
		return nil, err
	}
	m, err := typed.Load(o.top, runtimeImports...)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	w := &workshop{folder: folder, workers: o.workers, slack: o.slack, without: o.without, note: o.note}
	p, err := plant(w, m, o, out)
	if err != nil || len(out.mutants) == 0 {
		return out, err
	}
	out.verdicts = make([]verdict, len(out.mutants)) // not run
	suites, err := w.build(ctx, testers(m, p, "cmd"))
	if err == nil {
		err = w.trace(ctx, suites)
	}
	if err == nil {
		err = w.control(ctx, suites)
	}
	switch {
	case ctx.Err() != nil:
		return out, nil
	case err != nil:
		return nil, err
	}
	o.note("%d of %d mutants meet the tests of %d packages, ready after %s", len(out.mutants), len(out.all), len(suites), time.Since(begin).Round(time.Second))
	out.verdicts = w.try(ctx, out.mutants, suites)
	return out, nil
}

// plant chooses the mutants, writes the copy that has them, and returns the
// folders of the packages they are in.
func plant(w *workshop, m *typed.Module, o options, out *outcome) ([]string, error) {
	var only map[string]bool
	if o.base != "" {
		var err error
		if only, err = changed(m.Top, o.base); err != nil {
			return nil, err
		}
	}
	c, err := newCompiler(m, runtimeText)
	if err != nil {
		return nil, err
	}
	sources := map[string]*typed.Package{}
	var pool []*mutant
	for _, name := range o.packages {
		dir := path.Clean(filepath.ToSlash(name))
		if m.Packages[dir] == nil {
			o.note("skipped: there is no package in %s", dir)
			continue
		}
		if sources[dir], err = m.Package(dir); err != nil {
			return nil, err
		}
		found := find(m.Fset, sources[dir])
		out.all = append(out.all, found...)
		for _, x := range found {
			if only == nil || only[x.file] {
				pool = append(pool, x)
			}
		}
	}
	out.mutants = sample(pool, o, func(dir string, list []*mutant) []*mutant { return c.compile(sources[dir], list) })
	return inhabited(out.mutants), writeCopy(w, m, c, sources, out.mutants)
}

// sample chooses n mutants by the seed, of those that compile. They are numbered
// and in the order of the code.
func sample(pool []*mutant, o options, compile func(dir string, list []*mutant) []*mutant) []*mutant {
	place := map[*mutant]int{}
	for i, m := range pool {
		place[m] = i
	}
	rest := slices.Clone(pool)
	rand.New(rand.NewPCG(o.seed, 0)).Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	var chosen []*mutant
	for n := min(o.n, maxMutants); len(chosen) < n && len(rest) > 0; {
		more := min(n-len(chosen), len(rest))
		chosen, rest = append(chosen, rest[:more]...), rest[more:]
		var good []*mutant
		for _, dir := range inhabited(chosen) {
			good = append(good, compile(dir, slices.DeleteFunc(slices.Clone(chosen), func(m *mutant) bool { return m.dir != dir }))...)
		}
		chosen = good
	}
	slices.SortFunc(chosen, func(a, b *mutant) int { return place[a] - place[b] })
	for i, m := range chosen {
		m.number = i + 1
	}
	return chosen
}

// maxMutants is as many as mutant.go.txt can tell apart.
const maxMutants = 1<<16 - 1

// inhabited are the folders that have mutants.
func inhabited(mutants []*mutant) (dirs []string) {
	for _, m := range mutants {
		if !slices.Contains(dirs, m.dir) {
			dirs = append(dirs, m.dir)
		}
	}
	return dirs
}

// writeCopy writes the module with its mutants.
func writeCopy(w *workshop, m *typed.Module, c *compiler, sources map[string]*typed.Package, mutants []*mutant) error {
	for _, dir := range []string{w.folder, filepath.Join(w.folder, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o755); err != nil { // tests start programs as other users
			return err
		}
	}
	if err := copyTree(w.tree(), m.Top); err != nil {
		return err
	}
	byFile := perFile(mutants)
	for _, s := range sources {
		for _, f := range s.Files {
			if here := byFile[f.Name]; len(here) > 0 {
				if err := os.WriteFile(filepath.Join(w.tree(), f.Name), splice(f, c.runtime.Path(), here), 0o600); err != nil {
					return err
				}
			}
		}
	}
	dir := filepath.Join(w.tree(), filepath.FromSlash(runtimePath))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "mutant.go"), runtimeText, 0o600)
}
