package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"
)

// verdict is what became of a mutant.
type verdict int

const (
	notRun   verdict = iota // the time was up before
	noticed                 // a test failed, or did not end
	survived                // all tests that reach it passed
	unseen                  // no test reaches it
)

// slowTest is what is left for last, after all that is quicker.
const slowTest = 300 * time.Millisecond

// batch is tests of one package that meet a mutant in one process.
type batch struct {
	s      *suite
	tests  []*test
	normal time.Duration
}

// batches are the tests that reach a mutant, in the order in which it meets
// them: its own package first, then the others, and of each the slow tests last.
func batches(m *mutant, suites []*suite) (list []batch) {
	for _, s := range suites {
		quick, slow := batch{s: s}, batch{s: s}
		for _, t := range s.tests {
			if !t.reaches[m.number] {
				continue
			}
			b := &quick
			if t.normal > slowTest {
				b = &slow
			}
			b.tests = append(b.tests, t)
			b.normal += t.normal
		}
		for _, b := range []batch{quick, slow} {
			if len(b.tests) > 0 {
				list = append(list, b)
			}
		}
	}
	order := func(b batch) int { // the quick ones of its own package, the slow ones, then the same of others
		n := 0
		if b.s.dir != m.dir {
			n += 2
		}
		if b.tests[0].normal > slowTest {
			n++
		}
		return n
	}
	slices.SortStableFunc(list, func(a, b batch) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.normal, b.normal))
	})
	return list
}

// try lets every mutant meet its tests. What was not run when ctx ended is told
// apart.
func (w *workshop) try(ctx context.Context, mutants []*mutant, suites []*suite) []verdict {
	verdicts := make([]verdict, len(mutants))
	var done atomic.Int64
	w.each(len(mutants), func(i int) {
		verdicts[i] = w.tryOne(ctx, mutants[i], suites)
		if n := done.Add(1); n%50 == 0 && ctx.Err() == nil {
			w.note("%d of %d mutants tried", n, len(mutants))
		}
	})
	return verdicts
}

// control runs the tests of each package together, as mutants meet them, while
// none is on. If they failed then, every mutant would seem to be noticed.
func (w *workshop) control(ctx context.Context, suites []*suite) error {
	errs := make([]error, len(suites))
	w.each(len(suites), func(i int) {
		s := suites[i]
		sound := slices.DeleteFunc(slices.Clone(s.tests), func(t *test) bool { return len(t.reaches) == 0 })
		if len(sound) == 0 {
			return
		}
		var out bytes.Buffer
		if _, err := w.run(ctx, s, &out, nil, "-test.failfast", "-test.timeout=10m", "-test.run="+pattern(sound)); err != nil {
			errs[i] = fmt.Errorf("the tests of %s fail together, without any mutant: %w\n%s", s.dir, err, out.Bytes())
		}
	})
	return errors.Join(errs...)
}

func (w *workshop) tryOne(ctx context.Context, m *mutant, suites []*suite) verdict {
	list := batches(m, suites)
	if len(list) == 0 {
		return unseen
	}
	for _, b := range list {
		limited, cancel := context.WithTimeout(ctx, 10*b.normal+w.slack)
		_, err := w.run(limited, b.s, io.Discard, []string{fmt.Sprintf("SALLYPORT_MUTANT=%d", m.number)},
			"-test.failfast", "-test.timeout=0", "-test.run="+pattern(b.tests))
		cancel()
		switch {
		case ctx.Err() != nil:
			return notRun
		case err != nil:
			return noticed
		}
	}
	return survived
}
