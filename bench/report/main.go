// Command report runs the benchmarks of the module around it in interleaved
// passes, holds the median of each ratio to its goal, puts servers under load,
// and writes tables and plots into README.md and plots/. It is run in the folder
// of the module:
//
//	go run ./report [-scale] [-passes 7] [-time 1] [-limit 19m]
//
// Three binaries are measured. In one everything is as it is; one is built with
// a free function in the place of password/derive.go, for ours and for all
// rivals, which verify passwords by the same package; one also with a free
// signature in the place of token/rs256.go, to measure all that a request costs
// beside the two. Passes are interleaved so that the slow drift of a
// shared machine falls on all alike, and ratios are taken inside a pass.
//
// With -scale stores of up to a million accounts are filled and measured, and
// nothing else. A -time below 1 makes these stores smaller too, and writes
// nothing into README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// setting is what a run was told, and where it works.
type setting struct {
	passes int
	scale  float64
	limit  time.Duration // after which no pass begins
	large  bool

	dir   string
	env   []string // of the benchmarks
	sizes []int
}

func main() {
	var s setting
	flag.IntVar(&s.passes, "passes", 7, "how many passes")
	flag.Float64Var(&s.scale, "time", 1, "how long each benchmark runs, by its usual time")
	flag.BoolVar(&s.large, "scale", false, "measure stores of up to a million accounts instead")
	flag.DurationVar(&s.limit, "limit", 0, "no pass begins that would not end by then (default 19m, with -scale 60m)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := s.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func (s setting) run(ctx context.Context, out io.Writer) (err error) {
	if s.passes < 1 || s.scale <= 0 {
		return errors.New("want at least one pass and some time")
	}
	began := time.Now()
	s.complete()
	if s.dir, err = os.MkdirTemp("", "sallyport-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	bins, err := build(ctx, s.dir)
	if err != nil {
		return err
	}
	env, stop := withPostgres(ctx, out, filepath.Join(s.dir, "postgres"))
	defer stop()
	if err := s.prepare(env); err != nil {
		return err
	}
	filled, err := s.fill(ctx, out, began, bins)
	if err != nil {
		return err
	}
	if s.large {
		passes, err := s.repeat(out, began, func(n int) (pass, error) { return measure(ctx, bins.large(), n, s) })
		if err != nil {
			return err
		}
		return s.writeLarge(out, filled, passes)
	}
	return s.runBench(ctx, out, began, bins)
}

func (s setting) runBench(ctx context.Context, out io.Writer, began time.Time, bins binaries) (err error) {
	servers, err := startLoads(ctx, bins, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, servers.stop()) }()
	passes, err := s.repeat(out, began, func(n int) (pass, error) {
		p, err := measure(ctx, bins.benchmarks(), n, s)
		if err != nil {
			return nil, err
		}
		return p, servers.measure(p, n, s.scale)
	})
	if err != nil {
		return err
	}
	return s.writeBench(out, passes, servers.counts)
}

// complete fills in what was left out.
func (s *setting) complete() {
	if s.limit == 0 {
		s.limit = 19 * time.Minute
		if s.large {
			s.limit = time.Hour
		}
	}
	s.sizes = []int{10_000, 100_000}
	if s.large {
		s.sizes = append(s.sizes, 1_000_000)
	}
	for i := range s.sizes {
		s.sizes[i] = int(float64(s.sizes[i]) * min(1, max(s.scale, 0.1)))
	}
}

// prepare makes the folder of the large stores, and tells the benchmarks of it.
func (s *setting) prepare(env []string) error {
	files := filepath.Join(s.dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		return err
	}
	s.env = append(env, "SALLYPORT_BENCH_FILES="+files, "SALLYPORT_BENCH_BACKLOG="+strconv.Itoa(s.sizes[0]*5),
		"SALLYPORT_BENCH_WEIGHED="+strconv.Itoa(s.sizes[0]), "SALLYPORT_BENCH_ACCOUNTS="+numbers(s.sizes))
	return nil
}

func numbers(list []int) string {
	var text []string
	for _, n := range list {
		text = append(text, strconv.Itoa(n))
	}
	return strings.Join(text, ",")
}

// fill fills the large stores, one after the other. PostgreSQL takes longest: a
// size of it that would use up more than a third of the time is left out.
func (s *setting) fill(ctx context.Context, out io.Writer, began time.Time, bins binaries) (pass, error) {
	filled := pass{}
	const rowsSetting = "SALLYPORT_BENCH_POSTGRES_ACCOUNTS="
	env := slices.Concat(s.env, []string{rowsSetting + numbers(s.sizes)})
	one := func(store string, n int) error {
		fmt.Fprintf(out, "filling %s with %s accounts\n", store, count(n))
		p, err := bins.files(store, n).run(ctx, env, s.scale)
		maps.Copy(filled, p)
		return err
	}
	var rows []int
	for _, n := range s.sizes {
		if err := one("bbolt", n); err != nil {
			return nil, err
		}
	}
	var last time.Duration
	for i, n := range s.sizes {
		if i > 0 && last*time.Duration(n/s.sizes[i-1]) > (s.limit-time.Since(began))/3 {
			fmt.Fprintf(out, "SKIP: PostgreSQL with %s accounts: filling it would take too long\n", count(n))
			break
		}
		start := time.Now()
		if err := one("PostgreSQL", n); err != nil {
			return nil, err
		}
		rows, last = append(rows, n), time.Since(start)
	}
	s.env = append(s.env, rowsSetting+numbers(rows))
	return filled, nil
}

// repeat makes passes until there are enough, or the next would end too late.
func (s setting) repeat(out io.Writer, began time.Time, one func(n int) (pass, error)) (all []pass, err error) {
	var longest time.Duration
	for n := range s.passes {
		if n > 0 && time.Since(began)+longest > s.limit {
			fmt.Fprintf(out, "no time is left after %d passes\n", n)
			break
		}
		fmt.Fprintf(out, "pass %d of %d\n", n+1, s.passes)
		start := time.Now()
		p, err := one(n)
		if err != nil {
			return nil, err
		}
		all, longest = append(all, p), max(longest, time.Since(start))
	}
	return all, nil
}

const (
	readme = "README.md"
	plots  = "plots"
)

// writeBench writes what `make bench` found. A quick look is only printed.
func (s setting) writeBench(out io.Writer, passes []pass, counts []int) error {
	table := describe(passes) + render(goals(s.sizes), passes)
	loaded := renderLoads(passes, counts)
	fmt.Fprintf(out, "\n%s\n%s\n", table, loaded)
	dir := s.plotDir()
	err := errors.Join(drawLoads(dir, passes, counts), drawAccounts(filepath.Join(dir, "accounts.svg"), passes, s.sizes))
	if err != nil || s.isQuick() {
		return err
	}
	return errors.Join(splice(readme, "table", table), splice(readme, "load", loaded))
}

// writeLarge writes what `make bench-scale` found.
func (s setting) writeLarge(out io.Writer, filled pass, passes []pass) error {
	table := describe(passes) + render(largeGoals(s.sizes), append(passes, filled))
	fmt.Fprintf(out, "\n%s\n", table)
	err := drawAccounts(filepath.Join(s.plotDir(), "accounts-scale.svg"), passes, s.sizes)
	if err != nil || s.isQuick() {
		return err
	}
	return splice(readme, "scale", table)
}

// isQuick reports whether this run proves nothing.
func (s setting) isQuick() bool { return s.scale < 1 }

// plotDir is where plots are drawn: those of a quick look go with the rest of
// it.
func (s setting) plotDir() string {
	if s.isQuick() {
		return s.dir
	}
	return plots
}
