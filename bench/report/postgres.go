package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// postgresURL is read by the benchmarks.
const postgresURL = "SALLYPORT_BENCH_POSTGRES"

// withPostgres starts a server for the benchmarks, unless the environment names
// one or there is none to start; that it says, and theirs are skipped. Unlike
// the server of our tests it syncs its commits, which is what is measured.
func withPostgres(ctx context.Context, out io.Writer, dir string) (env []string, stop func()) {
	if os.Getenv(postgresURL) != "" {
		return nil, func() {}
	}
	stop, err := startPostgres(ctx, dir)
	if err != nil {
		fmt.Fprintln(out, "SKIP: PostgreSQL:", err)
		return nil, func() {}
	}
	q := url.Values{"host": {dir}, "user": {"postgres"}}
	return []string{postgresURL + "=postgres:///postgres?" + q.Encode()}, stop
}

// program finds one of PostgreSQL's programs, which Debian keeps off the path.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s is not installed", name)
	}
	return found[len(found)-1], nil
}

// startPostgres makes a cluster in dir, which must not be there yet, and runs
// it on a socket in it.
func startPostgres(ctx context.Context, dir string) (stop func(), err error) {
	initdb, err1 := program("initdb")
	postgres, err2 := program("postgres")
	ready, err3 := program("pg_isready")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	attr, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	cmd := exec.CommandContext(ctx, initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
	cmd.Dir, cmd.SysProcAttr = dir, attr
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, said)
	}
	cmd = exec.Command(postgres, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB")
	cmd.Dir, cmd.SysProcAttr = dir, attr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt) // "fast": it cuts its connections
		_ = cmd.Wait()
	}
	for range 300 {
		if exec.CommandContext(ctx, ready, "-q", "-h", dir).Run() == nil {
			return stop, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	return nil, errors.New("the server did not start within half a minute")
}

// unprivileged is how to run PostgreSQL, which refuses to be root, and gives
// dir to its user.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	// The folder around it is the report's own: the user must be able to pass.
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
