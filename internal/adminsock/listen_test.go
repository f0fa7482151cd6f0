package adminsock_test

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// dead leaves a socket at path as a server does that was killed.
func dead(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func mkdir(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := errors.Join(os.Mkdir(dir, mode), os.Chmod(dir, mode)); err != nil {
		t.Fatal(err)
	}
}

// TestListen: what may stand where a socket is to be made, and what may not.
func TestListen(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(t *testing.T, dir string) // of the socket
		want string                         // a part of the error; "": none
	}{
		{"nothing", func(*testing.T, string) {}, ""},
		{"a folder of its own", func(t *testing.T, dir string) { mkdir(t, dir, 0o700) }, ""},
		{"a socket of a dead server", func(t *testing.T, dir string) {
			mkdir(t, dir, 0o700)
			dead(t, filepath.Join(dir, "s"))
		}, ""},
		{"a folder that the group may read", func(t *testing.T, dir string) { mkdir(t, dir, 0o740) }, "mode 0740"},
		{"a folder that all may enter", func(t *testing.T, dir string) { mkdir(t, dir, 0o711) }, "mode 0711"},
		{"a folder that its owner may not enter", func(t *testing.T, dir string) { mkdir(t, dir, 0o600) }, "mode 0600"},
		{"a file for a folder", func(t *testing.T, dir string) {
			if err := os.WriteFile(dir, nil, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is no folder"},
		{"a link for a folder", func(t *testing.T, dir string) {
			mkdir(t, dir+"-real", 0o700)
			if err := os.Symlink(dir+"-real", dir); err != nil {
				t.Fatal(err)
			}
		}, "is no folder"},
		{"a file for a socket", func(t *testing.T, dir string) {
			mkdir(t, dir, 0o700)
			if err := os.WriteFile(filepath.Join(dir, "s"), []byte("kept"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "is no socket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := socketPath(t)
			tt.make(t, filepath.Dir(path))
			s, err := adminsock.Listen(path, echo, slog.New(slog.DiscardHandler))
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			go s.Serve()
			for what, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
				if info, err := os.Lstat(what); err != nil || info.Mode().Perm() != want {
					t.Errorf("%s: got %v, %v, want mode %#o", what, info, err, want)
				}
			}
			if _, err := call(path, "c"); err != nil {
				t.Errorf("a command: got %v", err)
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestListenLive: a socket that a server answers at is left to it.
func TestListenLive(t *testing.T) {
	s := start(t, echo)
	if _, err := adminsock.Listen(s.path, echo, slog.New(slog.DiscardHandler)); !errors.Is(err, adminsock.ErrLive) {
		t.Errorf("got %v, want %v", err, adminsock.ErrLive)
	}
	if _, err := call(s.path, "c"); err != nil {
		t.Errorf("the first server: got %v", err)
	}
}

// TestListenAtOnce: of servers that start at once where one has died, one gets the
// socket and answers.
func TestListenAtOnce(t *testing.T) {
	path := socketPath(t)
	mkdir(t, filepath.Dir(path), 0o700)
	for range 200 {
		dead(t, path)
		won := listenAtOnce(t, path)
		if len(won) != 1 {
			t.Errorf("got %d servers, want 1", len(won))
		}
		if _, err := call(path, "c"); err != nil {
			t.Errorf("a command: got %v", err)
		}
		for _, s := range won {
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// listenAtOnce starts servers at once and returns those that serve.
func listenAtOnce(t *testing.T, path string) (won []*adminsock.Server) {
	t.Helper()
	type outcome struct {
		s   *adminsock.Server
		err error
	}
	outcomes, begin := make(chan outcome, 8), make(chan struct{})
	for range 8 {
		go func() {
			<-begin
			s, err := adminsock.Listen(path, echo, slog.New(slog.DiscardHandler))
			outcomes <- outcome{s, err}
		}()
	}
	close(begin)
	for range 8 {
		o := <-outcomes
		switch {
		case o.err == nil:
			go o.s.Serve()
			won = append(won, o.s)
		case !errors.Is(o.err, adminsock.ErrLive):
			t.Errorf("got %v, want %v", o.err, adminsock.ErrLive)
		}
	}
	return won
}

// TestShutdownLeavesOthers: a socket that another server has put in the place of this
// one's stays.
func TestShutdownLeavesOthers(t *testing.T) {
	s := start(t, echo)
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	second := &serving{}
	second.startAt(t, s.path, echo)
	s.end(t)
	if _, err := call(s.path, "c"); err != nil {
		t.Errorf("the second server: got %v", err)
	}
}

// TestNobody: no socket, one of a dead server and a path that none can have are all
// told as nobody; a path that is too long is refused to a server by name.
func TestNobody(t *testing.T) {
	path := socketPath(t)
	mkdir(t, filepath.Dir(path), 0o700)
	stale := path + "-stale"
	dead(t, stale)
	long := path + strings.Repeat("x", 108)
	for _, p := range []string{path, stale, filepath.Join(path, "deeper"), long} {
		if _, err := call(p, "c"); !errors.Is(err, adminsock.ErrNobody) {
			t.Errorf("%s: got %v, want %v", p, err, adminsock.ErrNobody)
		}
	}
	if _, err := adminsock.Listen(long, echo, slog.New(slog.DiscardHandler)); !errors.Is(err, adminsock.ErrPath) {
		t.Errorf("got %v, want %v", err, adminsock.ErrPath)
	}
}
