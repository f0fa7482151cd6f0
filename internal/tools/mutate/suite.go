package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// suite is the compiled tests of one package.
type suite struct {
	dir   string // of the package, below the top of the module
	home  string // the same in the copy, where they run
	bin   string
	tests []*test
}

// test is one of its top-level tests, examples and fuzz targets with their seeds.
type test struct {
	name    string
	normal  time.Duration // how long it takes while no mutant is on
	reaches map[int]bool  // the mutants it comes by
}

// workshop is the copy of the module, and where its tests are built and run.
type workshop struct {
	folder  string
	workers int
	without *regexp.Regexp
	slack   time.Duration // that a test may take beyond ten times its normal time
	note    func(format string, args ...any)
}

func (w *workshop) tree() string { return filepath.Join(w.folder, "module") }

// environment is that of tests, without what makes them run long or write
// reports. Their temporary files end with the workshop.
func (w *workshop) environment(extra ...string) (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SALLYPORT_LONG=") && !strings.HasPrefix(v, "SALLYPORT_REPORT=") && !strings.HasPrefix(v, "SALLYPORT_WRITE_TABLES=") && !strings.HasPrefix(v, "SALLYPORT_MUTANT") {
			env = append(env, v)
		}
	}
	return append(append(env, "TMPDIR="+filepath.Join(w.folder, "tmp")), extra...)
}

// build compiles the tests of the packages in dirs, and finds out which tests
// there are.
func (w *workshop) build(ctx context.Context, dirs []string) ([]*suite, error) {
	list := make([]*suite, len(dirs))
	errs := make([]error, len(dirs))
	w.each(len(dirs), func(i int) {
		list[i], errs[i] = w.buildOne(ctx, dirs[i])
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (w *workshop) buildOne(ctx context.Context, dir string) (*suite, error) {
	s := &suite{dir: dir, home: filepath.Join(w.tree(), filepath.FromSlash(dir))}
	s.bin = filepath.Join(w.folder, strings.ReplaceAll(strings.Trim(dir, "."), "/", "_")+"_.test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-ldflags=-s -w", "-o", s.bin, ".")
	cmd.Dir = s.home
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the tests of %s: %w\n%s", dir, err, out)
	}
	var out bytes.Buffer
	if _, err := w.run(ctx, s, &out, nil, "-test.list=.*"); err != nil {
		return nil, fmt.Errorf("listing the tests of %s: %w\n%s", dir, err, out.Bytes())
	}
	for name := range strings.FieldsSeq(out.String()) {
		if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Example") || strings.HasPrefix(name, "Fuzz") {
			if !w.without.MatchString(name) {
				s.tests = append(s.tests, &test{name: name})
			}
		}
	}
	return s, nil
}

// run runs the tests of a package as the arguments say, and tells how long that
// took. Whatever they have started ends with them.
func (w *workshop) run(ctx context.Context, s *suite, out io.Writer, env []string, args ...string) (time.Duration, error) {
	cmd := command(ctx, s.bin, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = s.home, out, out, w.environment(env...)
	cmd.WaitDelay = 2 * time.Second // for what keeps its output open
	begin := time.Now()
	err := cmd.Run()
	endGroup(cmd)
	return time.Since(begin), err
}

// trace runs each test once, by itself, and notes which mutants it comes by.
// Tests that fail without any mutant are left out: those that look at the source
// find another one than they know.
func (w *workshop) trace(ctx context.Context, suites []*suite) error {
	type job struct {
		s *suite
		t *test
	}
	var jobs []job
	for _, s := range suites {
		for _, t := range s.tests {
			jobs = append(jobs, job{s, t})
		}
	}
	errs := make([]error, len(jobs))
	w.each(len(jobs), func(i int) {
		errs[i] = w.traceOne(ctx, jobs[i].s, jobs[i].t, filepath.Join(w.folder, fmt.Sprintf("trace%d", i)))
	})
	for i, err := range errs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			w.note("left out, since it fails without any mutant: %s in %s", jobs[i].t.name, jobs[i].s.dir)
			jobs[i].t.reaches = nil
		}
	}
	return nil
}

func (w *workshop) traceOne(ctx context.Context, s *suite, t *test, file string) (err error) {
	t.normal, err = w.run(ctx, s, io.Discard, []string{"SALLYPORT_MUTANT_TRACE=" + file}, "-test.timeout=5m", "-test.run="+pattern([]*test{t}))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil // it comes by none
	}
	t.reaches = map[int]bool{}
	for word := range strings.FieldsSeq(string(text)) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		t.reaches[n] = true
	}
	return err
}

// pattern names exactly these tests to -test.run.
func pattern(tests []*test) string {
	var names []string
	for _, t := range tests {
		names = append(names, t.name)
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

// each calls do for 0 to n-1, as many at once as there are workers.
func (w *workshop) each(n int, do func(i int)) {
	var wait sync.WaitGroup
	next := make(chan int)
	for range w.workers {
		wait.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
}
