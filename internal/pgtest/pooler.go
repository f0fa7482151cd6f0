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
	"testing"
)

// poolers are the PgBouncers of this process, by their mode.
var poolers struct {
	mu   sync.Mutex
	made map[string]*server
}

// PooledURL returns the URL of a new, empty schema, and one that leads to the same
// schema through a PgBouncer as it comes, in that mode: session or transaction. It
// starts what it needs, and skips or fails as [URL] does.
func PooledURL(t testing.TB, mode string) (direct, pooled string) {
	t.Helper()
	direct = URL(t)
	p, err := pooler(mode)
	if errors.Is(err, errMissing) && os.Getenv("SALLYPORT_REQUIRE_TOOLS") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("starting PgBouncer: %v", err)
	}
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	return direct, p.url(u.Query().Get("search_path"))
}

func pooler(mode string) (*server, error) {
	poolers.mu.Lock()
	defer poolers.mu.Unlock()
	if p := poolers.made[mode]; p != nil {
		return p, nil
	}
	p, err := startPooler(mode, shared.server.dir)
	if err != nil {
		return nil, err
	}
	if poolers.made == nil {
		poolers.made = map[string]*server{}
	}
	poolers.made[mode] = p
	return p, nil
}

// startPooler starts one before the server whose socket lies in that folder.
func startPooler(mode, database string) (_ *server, err error) {
	bouncer, err := exec.LookPath("pgbouncer")
	if err != nil {
		bouncer = "/usr/sbin/pgbouncer" // which is on no user's path
		if _, err := os.Stat(bouncer); err != nil {
			return nil, fmt.Errorf("%w: no pgbouncer", errMissing)
		}
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
	config := filepath.Join(s.dir, "pgbouncer.ini")
	if err := os.WriteFile(config, fmt.Appendf(nil, `[databases]
postgres = host=%s user=postgres
[pgbouncer]
pool_mode = %s
auth_type = any
listen_addr =
listen_port = 5432
unix_socket_dir = %s
max_client_conn = 500
default_pool_size = 20
`, database, mode, s.dir), 0o644); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.Command(bouncer, config)
	cmd.Dir, cmd.SysProcAttr = s.dir, attr
	return s, s.run(ctx, cmd)
}
