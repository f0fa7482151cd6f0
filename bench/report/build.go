package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/sallyport-auth/sallyport/bench/load"
)

// binaries are the builds of the benchmarks: whole, without the password hash,
// and without that and the signature; and the servers to be put under load, whole
// and without the hash.
type binaries struct {
	whole, signed, free string
	servers, freeHash   load.Programs
}

// swap names the files that stand in the place of others in a build.
type swap map[string]string

var (
	freeHash      = swap{"../password/derive.go": "testdata/free/derive.go"}
	freeSignature = swap{"../token/rs256.go": "testdata/free/rs256.go", "signing_test.go": "testdata/free/signing.go"}
)

// build compiles all binaries into dir.
func build(ctx context.Context, dir string) (b binaries, err error) {
	in := func(name string) string { return filepath.Join(dir, name) }
	b = binaries{whole: in("whole.test"), signed: in("signed.test"), free: in("free.test")}
	b.servers = load.Programs{Sallyport: in("sallyport"), Fosite: in("fositeserver")}
	b.freeHash = load.Programs{Sallyport: in("sallyport.free"), Fosite: in("fositeserver.free"), FreeHash: true}
	test := []string{"test", "-c"}
	for _, c := range []compiled{
		{b.whole, ".", ".", test, nil},
		{b.signed, ".", ".", test, []swap{freeHash}},
		{b.free, ".", ".", test, []swap{freeHash, freeSignature}},
		{b.servers.Sallyport, "..", "./cmd/sallyport", []string{"build"}, nil},
		{b.servers.Fosite, ".", "./load/fositeserver", []string{"build"}, nil},
		{b.freeHash.Sallyport, "..", "./cmd/sallyport", []string{"build"}, []swap{freeHash}},
		{b.freeHash.Fosite, ".", "./load/fositeserver", []string{"build"}, []swap{freeHash}},
	} {
		if err := c.compile(ctx, dir); err != nil {
			return b, err
		}
	}
	return b, nil
}

// compiled is one binary to be built.
type compiled struct {
	out   string
	dir   string // where the go command runs
	pkg   string
	verb  []string // of the go command
	swaps []swap
}

func (c compiled) compile(ctx context.Context, dir string) error {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, s := range c.swaps {
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
	cmd := exec.CommandContext(ctx, "go", append(c.verb, "-overlay", file, "-o", c.out, c.pkg)...)
	cmd.Dir, cmd.Stderr = c.dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building %s: %w", c.pkg, err)
	}
	return nil
}
