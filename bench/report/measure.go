package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pass holds the figures of one pass by "benchmark unit".
type pass map[string]float64

// benchmark is one start of a binary.
type benchmark struct {
	binary, pattern string
	time            time.Duration // of each benchmark; 0: one run
	first           int           // only in so many passes; 0: in all
}

// benchmarks are those of `make bench`.
func (b binaries) benchmarks() []benchmark {
	return []benchmark{
		{b.free, "^BenchmarkEndpoint$", 300 * time.Millisecond, 0},
		{b.signed, "^BenchmarkEndpoint$", 500 * time.Millisecond, 0}, // a signature takes a millisecond
		{b.free, "^BenchmarkCrowd$", 300 * time.Millisecond, 0},
		{b.signed, "^BenchmarkProfile$", 400 * time.Millisecond, 0},
		{b.signed, "^Benchmark(Verify|Reading)$", 300 * time.Millisecond, 0},
		{b.signed, "^BenchmarkForged$", 200 * time.Millisecond, 0},
		{b.free, "^Benchmark(Document|Status|Window|Picture)$", 200 * time.Millisecond, 0},
		{b.free, "^BenchmarkGuard$", 300 * time.Millisecond, 0},
		{b.whole, "^BenchmarkCommit$", 400 * time.Millisecond, 0},
		{b.signed, "^BenchmarkMFA$", 600 * time.Millisecond, 0},
		{b.free, "^BenchmarkPostgres$", 600 * time.Millisecond, 0},
		{b.free, "^Benchmark(Bytes|Grow)$", 0, 0},
		{b.signed, "^BenchmarkRivalBytes$", 0, 3},
		{b.free, "^BenchmarkUpkeep$", 0, 0},
		{b.free, "^BenchmarkLone$", time.Second, 0},
		{b.free, "^BenchmarkOpen$", 0, 0},
		{b.free, "^BenchmarkFill$", 0, 3}, // it takes as long as all others
		{b.whole, "^BenchmarkGate$", 0, 0},
	}
}

// large are those of `make bench-scale`. A million accounts take minutes to fill
// in, so that is done three times.
func (b binaries) large() []benchmark {
	return []benchmark{
		{b.free, "^BenchmarkLone$", 2 * time.Second, 0},
		{b.free, "^BenchmarkOpen$", 0, 0},
		{b.free, "^BenchmarkFill$", 0, 3},
	}
}

// files fills a store that others look for.
func (b binaries) files(store string, accounts int) benchmark {
	return benchmark{b.free, fmt.Sprintf("^BenchmarkFiles$/^%s$/^accounts=%d$", store, accounts), 0, 0}
}

// run runs a benchmark once, for its time by scale.
func (b benchmark) run(ctx context.Context, env []string, scale float64) (pass, error) {
	last := "1x"
	if b.time > 0 {
		last = time.Duration(float64(b.time) * scale).String()
	}
	cmd := exec.CommandContext(ctx, b.binary, "-test.run", "^$", "-test.bench", b.pattern, "-test.benchtime", last, "-test.timeout", "2h")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("running %s: %w\n%s", b.pattern, err, out)
	}
	p := pass{}
	read(p, out)
	return p, nil
}

// measure runs each benchmark once; n is the number of the pass, from 0.
func measure(ctx context.Context, list []benchmark, n int, s setting) (pass, error) {
	p := pass{}
	for _, b := range list {
		if b.first > 0 && n >= b.first {
			continue
		}
		figures, err := b.run(ctx, s.env, s.scale)
		if err != nil {
			return nil, err
		}
		maps.Copy(p, figures)
	}
	took, err := measureSync(s.dir)
	p[diskSync] = float64(took.Nanoseconds())
	return p, err
}

// line is what the testing package prints of a benchmark: its name, the number
// of processors, how often it ran, and then pairs of a value and its unit.
var line = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)

// read adds the figures in out to p.
func read(p pass, out []byte) {
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		m := line.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		pairs := strings.Fields(m[2])
		for i := 0; i+1 < len(pairs); i += 2 {
			if v, err := strconv.ParseFloat(pairs[i], 64); err == nil {
				p[m[1]+" "+pairs[i+1]] = v
			}
		}
	}
}
