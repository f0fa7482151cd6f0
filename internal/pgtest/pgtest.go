// Package pgtest runs a real PostgreSQL for tests: from the programs that are
// installed, in a temporary folder, on a Unix socket in it that only this user
// can reach. No port is taken, and a cluster that runs on the machine is not
// touched.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	s, err := pgstore.Open(ctx, pgtest.URL(t), pgstore.Options{})
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sallyport-auth/sallyport/internal/child"
)

// patience bounds the start of a server and the work of a helper.
const patience = time.Minute

// shared is the server of this process, started when it is first asked for.
var shared struct {
	once   sync.Once
	server *server
	err    error
	names  atomic.Int64
}

// Main runs the tests of m and ends the server that they used, if they did. It
// returns the exit code.
func Main(m *testing.M) int {
	defer func() {
		for _, p := range poolers.made {
			p.stop()
		}
		if shared.server != nil {
			shared.server.stop()
		}
	}()
	return m.Run()
}

// URL returns the URL of a new, empty schema. It starts the server if need be.
// Where PostgreSQL is not installed the test is skipped, or fails if the
// environment says SALLYPORT_REQUIRE_TOOLS.
func URL(t testing.TB) string {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = start() })
	if errors.Is(shared.err, errMissing) && os.Getenv("SALLYPORT_REQUIRE_TOOLS") == "" {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatalf("starting PostgreSQL: %v", shared.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name := fmt.Sprintf("test%d", shared.names.Add(1))
	conn, err := pgx.Connect(ctx, shared.server.url(""))
	if err == nil {
		_, err = conn.Exec(ctx, "CREATE SCHEMA "+name)
		err = errors.Join(err, conn.Close(ctx))
	}
	if err != nil {
		t.Fatalf("making a schema: %v", err)
	}
	return shared.server.url(name)
}

// server is a cluster in a folder of its own.
type server struct {
	dir     string
	process *child.Process
}

// url names the database, or one schema of it.
func (s *server) url(schema string) string {
	q := url.Values{"host": {s.dir}, "user": {"postgres"}}
	if schema != "" {
		q.Set("search_path", schema)
	}
	return "postgres:///postgres?" + q.Encode()
}

var errMissing = errors.New("PostgreSQL is not installed")

// program finds one of PostgreSQL's programs, which Debian keeps off the path.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/", "/usr/libexec/postgresql*/"} {
		if found, err := filepath.Glob(pattern + name); err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("%w: no %s", errMissing, name)
}

// start makes a cluster and waits until it answers.
func start() (_ *server, err error) {
	initdb, err := program("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := program("postgres")
	if err != nil {
		return nil, err
	}
	s := &server{}
	if s.dir, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	attr, err := unprivileged(s.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir, cmd.SysProcAttr = s.dir, attr
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	// A crash of the machine is nothing that these tests could survive.
	cmd = exec.Command(postgres, "-D", data, "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "deadlock_timeout=100ms")
	cmd.Dir, cmd.SysProcAttr = s.dir, attr
	return s, s.run(ctx, cmd)
}

// run starts the server and waits for it to answer.
func (s *server) run(ctx context.Context, cmd *exec.Cmd) error {
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if s.process, err = child.Start(cmd); err != nil {
		return err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.url(""))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-s.process.Ended:
			said, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the server ended: %s", said)
		case <-ctx.Done():
			s.stop()
			return err
		}
	}
}

// stop ends the server at once and removes its folder.
func (s *server) stop() {
	s.process.Stop(os.Interrupt) // "fast": it cuts its connections
	_ = os.RemoveAll(s.dir)      // of temporary files
}
