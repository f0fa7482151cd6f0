package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// outcome is what a run has shown.
type outcome struct {
	mutants  []*mutant
	verdicts []verdict
	listed   []known
	all      []*mutant // that the packages have, tried or not
}

// tally counts the mutants of a package or a kind.
type tally struct{ tried, noticed, listed, survived, unseen int }

// score is how many of a hundred were noticed. Listed survivors count against
// it, so that a long list does not look like good tests.
func (t tally) score() float64 {
	if t.tried == 0 {
		return 100
	}
	return 100 * float64(t.noticed) / float64(t.tried)
}

// falls reports whether the score is so far below least that a sample of this
// size, drawn from code that has least, would be there less than once in 700
// times: by over three standard deviations, 14 points for 60 mutants.
func (t tally) falls(least float64) bool {
	if t.tried == 0 {
		return false
	}
	p := least / 100
	return t.score() < least-300*math.Sqrt(p*(1-p)/float64(t.tried))
}

// count tallies the mutants that belong.
func (o *outcome) count(belongs func(*mutant) bool) (t tally) {
	for i, m := range o.mutants {
		if o.verdicts[i] == notRun || !belongs(m) {
			continue
		}
		t.tried++
		switch {
		case o.verdicts[i] == noticed:
			t.noticed++
		case o.isListed(m):
			t.listed++
		case o.verdicts[i] == unseen:
			t.unseen++
			t.survived++
		default:
			t.survived++
		}
	}
	return t
}

func (o *outcome) isListed(m *mutant) bool {
	return slices.ContainsFunc(o.listed, func(k known) bool { return k.covers(m) })
}

func everything(*mutant) bool { return true }

// rows are the tallies by package and by kind, of those that were tried.
func (o *outcome) rows(each func(name string, t tally)) (packages, byKind func()) {
	packages = func() {
		var dirs []string
		for _, m := range o.mutants {
			if !slices.Contains(dirs, m.dir) {
				dirs = append(dirs, m.dir)
			}
		}
		slices.Sort(dirs)
		for _, d := range dirs {
			name := d
			if d == "." {
				name = "(root)"
			}
			each(name, o.count(func(m *mutant) bool { return m.dir == d }))
		}
		each("all", o.count(everything))
	}
	byKind = func() {
		for _, k := range kinds {
			each(string(k), o.count(func(m *mutant) bool { return m.kind == k }))
		}
	}
	return packages, byKind
}

// write prints the outcome for a reader.
func (o *outcome) write(w io.Writer) error {
	var b strings.Builder
	packages, byKind := o.rows(func(name string, t tally) {
		if t.tried > 0 {
			fmt.Fprintf(&b, "%-20s %7d %7d %7d %7d %6.0f %%\n", name, t.tried, t.noticed, t.listed, t.survived, t.score())
		}
	})
	fmt.Fprintf(&b, "%-20s %7s %7s %7s %7s %8s\n", "", "mutants", "noticed", "listed", "new", "score")
	packages()
	byKind()
	b.WriteString(o.survivors())
	for _, k := range o.listed {
		if !slices.ContainsFunc(o.all, k.covers) {
			fmt.Fprintf(&b, "line %d of the list fits no mutant: %s %s | %s\n", k.line, k.function, k.operator, k.text)
		}
	}
	for i, m := range o.mutants {
		if o.verdicts[i] == noticed && o.isListed(m) {
			fmt.Fprintf(&b, "listed, and noticed: %s\n", entry(m))
		}
	}
	t := o.count(everything)
	fmt.Fprintf(&b, "%d mutants: %d noticed (%.0f %%), %d survived and are listed, %d survived and are new, %d of them reached by no test\n",
		t.tried, t.noticed, t.score(), t.listed, t.survived, t.unseen)
	if left := len(o.mutants) - t.tried; left > 0 {
		fmt.Fprintf(&b, "%d mutants were not tried: the time was up\n", left)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// survivors are the new ones, a line each: where, and as the list would name it.
func (o *outcome) survivors() string {
	var b strings.Builder
	for i, m := range o.mutants {
		if (o.verdicts[i] == survived || o.verdicts[i] == unseen) && !o.isListed(m) {
			why := "survived"
			if o.verdicts[i] == unseen {
				why = "no test reaches it"
			}
			fmt.Fprintf(&b, "%s:%d: %s: %s\n", m.file, m.line, why, entry(m))
		}
	}
	return b.String()
}

// save writes what was found: into the tables of a folder if path is one, as
// SALLYPORT_REPORT names it, or else all into a file.
func (o *outcome) save(path string) error {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		return errors.Join(o.write(f), f.Close())
	}
	var b strings.Builder
	packages, byKind := o.rows(func(name string, t tally) {
		if t.tried > 0 {
			fmt.Fprintf(&b, "%[1]s\tmutants\t%[2]d\n%[1]s\tnoticed\t%[3]d\n%[1]s\tsurvive, for a reason\t%[4]d\n%[1]s\tsurvive\t%[5]d\n%[1]s\tnoticed of a hundred\t%.0[6]f\n",
				name, t.tried, t.noticed, t.listed, t.survived, t.score())
		}
	})
	packages()
	err := os.WriteFile(filepath.Join(path, "mutants.tsv"), []byte(b.String()), 0o600)
	b.Reset()
	byKind()
	return errors.Join(err,
		os.WriteFile(filepath.Join(path, "mutantkinds.tsv"), []byte(b.String()), 0o600),
		os.WriteFile(filepath.Join(path, "survivors.txt"), []byte(o.survivors()), 0o600))
}
