package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// binaries are the builds of the benchmarks: whole, without the password hash,
// and without that and the signature.
type binaries struct{ whole, signed, free string }

// swap names the files that stand in the place of others in a build.
type swap map[string]string

var (
	freeHash      = swap{"../password/derive.go": "testdata/free/derive.go"}
	freeSignature = swap{"../token/rs256.go": "testdata/free/rs256.go", "signing_test.go": "testdata/free/signing.go"}
)

// build compiles all binaries into dir.
func build(ctx context.Context, dir string) (binaries, error) {
	b := binaries{filepath.Join(dir, "whole.test"), filepath.Join(dir, "signed.test"), filepath.Join(dir, "free.test")}
	if err := compile(ctx, dir, b.whole); err != nil {
		return b, err
	}
	if err := compile(ctx, dir, b.signed, freeHash); err != nil {
		return b, err
	}
	return b, compile(ctx, dir, b.free, freeHash, freeSignature)
}

// compile builds one binary with files swapped.
func compile(ctx context.Context, dir, out string, swaps ...swap) error {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, s := range swaps {
		for to, from := range s {
			if _, err := os.Stat(to); err != nil { // else the go command would add the file
				return fmt.Errorf("swapping a file: %w", err)
			}
			to, err := filepath.Abs(to)
			if err != nil {
				return err
			}
			if overlay.Replace[to], err = filepath.Abs(from); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", file, "-o", out, ".")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building the benchmarks: %w", err)
	}
	return nil
}

// pass holds the figures of one pass by "benchmark unit".
type pass map[string]float64

// measure runs each benchmark once.
func measure(ctx context.Context, bins binaries, env []string, scale float64) (pass, error) {
	p := pass{}
	for _, b := range []struct {
		binary, pattern string
		time            time.Duration // of each benchmark; 0: one run
	}{
		{bins.free, "^BenchmarkEndpoint$", 300 * time.Millisecond},
		{bins.signed, "^BenchmarkEndpoint$", 800 * time.Millisecond}, // a signature takes a millisecond
		{bins.whole, "^BenchmarkCommit$", 400 * time.Millisecond},
		{bins.signed, "^BenchmarkMFA$", 600 * time.Millisecond},
		{bins.free, "^BenchmarkPostgres$", 600 * time.Millisecond},
		{bins.whole, "^BenchmarkGate$", 0},
	} {
		last := "1x"
		if b.time > 0 {
			last = time.Duration(float64(b.time) * scale).String()
		}
		cmd := exec.CommandContext(ctx, b.binary, "-test.run", "^$", "-test.bench", b.pattern, "-test.benchtime", last, "-test.timeout", "10m")
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("running %s: %w\n%s", b.pattern, err, out)
		}
		read(p, out)
	}
	return p, nil
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
