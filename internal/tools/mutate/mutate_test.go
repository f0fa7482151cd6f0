package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func tinyOptions(t *testing.T, top string) options {
	return options{top: top, packages: []string{".", "./gone"}, n: 1000, seed: 1, workers: 2, slack: 2 * time.Second, without: regexp.MustCompile(`^$`), note: t.Logf}
}

// runTiny mutates the module in testdata/tiny.
func runTiny(t *testing.T, change func(*options)) *outcome {
	t.Helper()
	o := tinyOptions(t, "testdata/tiny")
	if change != nil {
		change(&o)
	}
	out, err := mutate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryOperator wants of each operator one mutant that is noticed, in code
// that is tested, and one that survives, in code that is only run.
func TestEveryOperator(t *testing.T) {
	out := runTiny(t, nil)
	got := map[string]verdict{}
	for i, m := range out.mutants {
		got[m.function+" "+m.operator+" | "+m.text] = out.verdicts[i]
	}
	for _, c := range []struct {
		mutant string
		want   verdict
	}{
		{"GoodCondition condition negated | n", noticed},
		{"BadCondition condition negated | n", survived},
		{"GoodComparison == → != | a == b", noticed},
		{"BadComparison != → == | a != b", survived},
		{"GoodBoundary < → <= | n < most", noticed},
		{"BadBoundary < → <= | n < most", survived},
		{"GoodBoundary +1 | most", noticed},
		{"BadBoundary +1 | most", survived},
		{"GoodBoundary -1 | most", noticed},
		{"BadBoundary -1 | most", survived},
		{"GoodTime Before also when equal | t. Before(end)", noticed},
		{"BadTime After also when equal | end.After(t)", survived},
		{"GoodChain && → || | a && b", noticed},
		{"BadChain && → || | a && b", survived},
		{"GoodChain || → && | a && b || c", noticed},
		{"BadChain || → && | a && b || c", survived},
		{"GoodChain operand of && dropped | a", noticed},
		{"BadChain operand of && dropped | a", survived},
		{"GoodChain operand of && dropped | b", noticed},
		{"GoodChain operand of || dropped | c", noticed},
		{"BadChain operand of || dropped | c", survived},
		{"GoodChain operand of || dropped | a && b", noticed},
		{"GoodBool returned bool flipped | a", noticed},
		{"BadBool returned bool flipped | a", survived},
		{"GoodNot ! dropped | !a", noticed},
		{"BadNot ! dropped | !a", survived},
		{"Sum.GoodAdd statement deleted | s.n += n", noticed},
		{"Sum.BadAdd statement deleted | s.n++", survived},
		{"Sum.GoodAdd ×2 | life", noticed},
		{"Sum.BadAdd ×2 | 2 * life", survived},
		{"Sum.GoodAdd ÷2 | life", noticed},
		{"Sum.BadAdd ÷2 | 2 * life", survived},
		{"Sum.GoodAdd returns at once | GoodAdd", noticed},
		{"Sum.BadAdd returns at once | BadAdd", survived},
		{"Endless != → == | i != n", noticed},
		{"Endless statement deleted | i++", noticed}, // it does not end
		{"Unseen statement deleted | list[0] = 1", unseen},
	} {
		v, ok := got[c.mutant]
		if !ok || v != c.want {
			t.Errorf("%s: got %d (found: %t), want %d", c.mutant, v, ok, c.want)
		}
	}
	for name := range got {
		if strings.HasPrefix(name, "Sum.String") || strings.Contains(name, "log.Print") || strings.HasPrefix(name, "Shadow returns") || strings.HasPrefix(name, "Unseen +1 | most") {
			t.Errorf("%s was made", name)
		}
	}
}

// TestLimit wants what the time did not suffice for to be told, and no verdict
// on it.
func TestLimit(t *testing.T) {
	out := runTiny(t, func(o *options) { o.limit, o.n = 1, 5 })
	if got := out.count(everything); got != (tally{}) || len(out.mutants) != 5 || got.score() != 100 {
		t.Errorf("got %+v of %d mutants, want none tried of 5", got, len(out.mutants))
	}
}

// TestControl wants a run to end at once if tests that pass alone fail together:
// every mutant would seem to be noticed.
func TestControl(t *testing.T) {
	top := t.TempDir()
	if err := os.CopyFS(top, os.DirFS("testdata/tiny")); err != nil {
		t.Fatal(err)
	}
	both := "package tiny_test\n\nimport (\n\t\"testing\"\n\n\t\"example.com/tiny\"\n)\n\nvar ran bool\n\n" +
		"func once(t *testing.T) {\n\ttiny.BadBool(ran)\n\tif ran {\n\t\tt.Fatal(\"again\")\n\t}\n\tran = true\n}\n\n" +
		"func TestOne(t *testing.T) { once(t) }\n\nfunc TestTwo(t *testing.T) { once(t) }\n"
	if err := os.WriteFile(filepath.Join(top, "both_test.go"), []byte(both), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := mutate(t.Context(), tinyOptions(t, top))
	if err == nil || !strings.Contains(err.Error(), "fail together") {
		t.Errorf("got %v, want that they fail together", err)
	}
}

// TestList holds known survivors against what survives.
func TestList(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list")
	list := "# a comment\n\nmoved.go BadBool returned bool flipped | a | it is seen by nobody\ntiny.go BadBool returned bool flipped | b | no such text\n"
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &outcome{
		mutants: []*mutant{
			{dir: ".", file: "tiny.go", line: 7, function: "BadBool", kind: flippedBool, operator: "returned bool flipped", text: "a"},
			{dir: ".", file: "tiny.go", line: 9, function: "BadNot", kind: flippedBool, operator: "! dropped", text: "!a"},
			{dir: "x", file: "x/x.go", line: 1, function: "f", kind: earlyReturn, operator: "returns at once", text: "f"},
			{dir: "x", file: "x/x.go", line: 2, function: "g", kind: earlyReturn, operator: "returns at once", text: "g"},
			{dir: "x", file: "x/x.go", line: 3, function: "h", kind: earlyReturn, operator: "returns at once", text: "h"},
		},
		verdicts: []verdict{survived, survived, noticed, unseen, notRun},
	}
	out.all = out.mutants
	var err error
	if out.listed, err = readKnown(file); err != nil {
		t.Fatal(err)
	}
	if got, want := out.count(everything), (tally{tried: 4, noticed: 1, listed: 1, survived: 2, unseen: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var b strings.Builder
	if err := out.write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"tiny.go:9: survived: tiny.go BadNot ! dropped | !a\n",
		"x/x.go:2: no test reaches it: x/x.go g returns at once | g\n",
		"line 4 of the list fits no mutant: BadBool returned bool flipped | b\n",
		"4 mutants: 1 noticed (25 %), 1 survived and are listed, 2 survived and are new, 1 of them reached by no test\n",
		"1 mutants were not tried: the time was up\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	folder := t.TempDir()
	if err := out.save(folder); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(folder, "mutants.tsv"))
	if want := "(root)\tmutants\t2\n(root)\tnoticed\t0\n"; err != nil || !strings.HasPrefix(string(table), want) {
		t.Errorf("got %q, %v, want %q…", table, err, want)
	}
}

func TestParseKnown(t *testing.T) {
	for _, c := range []struct {
		line string
		want known
		ok   bool
	}{
		{"a.go T.f || → && | a || b | never both", known{file: "a.go", function: "T.f", operator: "|| → &&", text: "a || b", reason: "never both"}, true},
		{"a.go f statement deleted | x = A | B | no reader", known{file: "a.go", function: "f", operator: "statement deleted", text: "x = A | B", reason: "no reader"}, true},
		{"a.go f statement deleted | x", known{}, false},
		{"a.go f | x | why", known{}, false},
	} {
		if got, ok := parseKnown(c.line); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: got %+v, %t, want %+v, %t", c.line, got, ok, c.want, c.ok)
		}
	}
}

// TestSample wants the same mutants for the same seed, others for another, and
// none to take the place of one that does not compile twice.
func TestSample(t *testing.T) {
	pool := make([]*mutant, 50)
	for i := range pool {
		pool[i] = &mutant{dir: ".", line: i}
	}
	choose := func(seed uint64, n int) (lines []int) {
		odd := func(_ string, list []*mutant) []*mutant {
			return slices.DeleteFunc(list, func(m *mutant) bool { return m.line%2 == 0 })
		}
		for i, m := range sample(pool, options{seed: seed, n: n}, odd) {
			if m.number != i+1 {
				t.Errorf("got number %d, want %d", m.number, i+1)
			}
			lines = append(lines, m.line)
		}
		return lines
	}
	one := choose(1, 10)
	if len(one) != 10 || !slices.IsSorted(one) || !slices.Equal(one, choose(1, 10)) || slices.Equal(one, choose(2, 10)) {
		t.Errorf("got %v, then %v, then %v of another seed", one, choose(1, 10), choose(2, 10))
	}
	if all := choose(1, 100); len(all) != 25 {
		t.Errorf("got %d, want 25", len(all))
	}
}

// TestFalls: a sample fails only where chance does not explain its score.
func TestFalls(t *testing.T) {
	for _, c := range []struct {
		tried, noticed int
		want           bool
	}{
		{0, 0, false},
		{60, 60, false},
		{60, 47, false},
		{60, 43, false},
		{60, 42, true},
		{600, 484, false},
		{600, 483, true},
	} {
		if got := (tally{tried: c.tried, noticed: c.noticed}).falls(85); got != c.want {
			t.Errorf("%d of %d: got %v, want %v", c.noticed, c.tried, got, c.want)
		}
	}
}
