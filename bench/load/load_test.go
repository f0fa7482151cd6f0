package load_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/bench/load"
)

// TestDrive builds the programs and drives each kind of request for a moment.
// Every answer is looked at by the load program itself.
func TestDrive(t *testing.T) {
	dir := t.TempDir()
	programs := load.Programs{Sallyport: filepath.Join(dir, "sallyport"), Fosite: filepath.Join(dir, "fositeserver")}
	build(t, "../..", programs.Sallyport, "./cmd/sallyport")
	build(t, "..", programs.Fosite, "./load/fositeserver")
	servers, err := load.Start(context.Background(), programs, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := load.Stop(servers); err != nil {
			t.Errorf("stopping the servers: %v", err)
		}
	}()
	if len(servers) != 3 {
		t.Fatalf("got %d servers, want 3", len(servers))
	}
	const clients = 2
	for _, s := range servers {
		if err := s.SignIn(clients); err != nil {
			t.Fatal(err)
		}
		for _, kind := range []load.Kind{load.Login, load.Refresh, load.UserInfo} {
			w, err := s.Drive(kind, clients, 50*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			if w.Answered < clients || w.Refused != 0 || w.Median <= 0 || w.P99 < w.Median || w.Elapsed <= 0 {
				t.Errorf("%s: %s: got %+v, want at least %d answers", s.Name, kind, w, clients)
			}
		}
	}
}

func build(t *testing.T, dir, out, pkg string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, said)
	}
}
