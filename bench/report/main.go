// Command report runs the benchmarks of the module around it in interleaved
// passes, holds the median of each ratio to its goal, and writes the table into
// README.md. It is run in the folder of the module:
//
//	go run ./report [-passes 9] [-time 1]
//
// Three binaries are measured. In one everything is as it is; one is built with
// a free function in the place of password/derive.go, for ours and for all
// rivals, which verify passwords by the same package; one also with a free
// signature in the place of token/rs256.go, to measure all that a request costs
// beside the two. Passes are interleaved so that the slow drift of a
// shared machine falls on all alike, and ratios are taken inside a pass.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	passes := flag.Int("passes", 9, "how many passes")
	scale := flag.Float64("time", 1, "how long each benchmark runs, by its usual time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *passes, *scale); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, passes int, scale float64) (err error) {
	if passes < 1 || scale <= 0 {
		return errors.New("want at least one pass and some time")
	}
	dir, err := os.MkdirTemp("", "sallyport-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	bins, err := build(ctx, dir)
	if err != nil {
		return err
	}
	env, stop := withPostgres(ctx, out, filepath.Join(dir, "postgres"))
	defer stop()
	var all []pass
	for i := range passes {
		fmt.Fprintf(out, "pass %d of %d\n", i+1, passes)
		p, err := measure(ctx, bins, env, scale)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	table := render(goals(), all)
	fmt.Fprintln(out, "\n"+table)
	return splice("README.md", table)
}
