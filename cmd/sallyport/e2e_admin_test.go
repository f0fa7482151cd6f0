package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/pgtest"
)

// admin runs one administrative command in a process of its own and returns what it
// printed.
func admin(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return tool(t, []byte(stdin), bin, args...)
}

// idOf is the id of the account of that name.
func idOf(t *testing.T, name string, way ...string) string {
	t.Helper()
	return anID.FindString(admin(t, "", append([]string{"user", "show", "-name", name}, way...)...))
}

// TestE2EAdmin changes users while a server runs, on each store: it acts at the next
// call.
func TestE2EAdmin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		// make returns the arguments of the server, and how commands reach it.
		make func(t *testing.T) (serve, way []string)
	}{
		{"bbolt, by the socket", func(t *testing.T) (serve, way []string) {
			store := []string{"-store", "bolt:" + filepath.Join(t.TempDir(), "db")}
			return store, store
		}},
		{"memory, by a socket that is named", func(t *testing.T) (serve, way []string) {
			socket := []string{"-admin-socket", filepath.Join(t.TempDir(), "own", "s")}
			return append(socket, "-store", "memory:"), socket
		}},
		{"PostgreSQL, by itself", func(t *testing.T) (serve, way []string) {
			store := []string{"-store", pgtest.URL(t), "-key-file", filepath.Join(t.TempDir(), "keys")}
			return store, store
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			serve, way := tt.make(t)
			w := newWorldOn(t, serve...)
			old := w.mailedLogin()
			id := idOf(t, "TT29", way...)

			admin(t, "", append([]string{"user", "set", "-id", id, "-disabled"}, way...)...)
			if r := w.password("tt29", "correct horse"); r.status() == factorWanted || r.code == http.StatusOK {
				t.Errorf("a disabled account was answered %d, status %d", r.code, r.status())
			}
			if r := w.refresh(old.RefreshToken); r.code == http.StatusOK {
				t.Error("a disabled account refreshed")
			}
			admin(t, "", append([]string{"user", "set", "-id", id, "-disabled=false"}, way...)...)
			w.mailedLogin()

			admin(t, "another horse\n", append([]string{"user", "password", "-id", id, "-keep"}, way...)...)
			w.want(w.password("tt29", "another horse"), factorWanted)
			if r := w.password("tt29", "correct horse"); r.status() == factorWanted {
				t.Error("the old password is still good")
			}
			made := admin(t, "", append([]string{"user", "password", "-id", id, "-generate"}, way...)...)
			w.want(w.password("tt29", made), mustChange)

			file := write(t, filepath.Join(t.TempDir(), "d.json"), `{"users": [{"name": "<new & old>"}]}`)
			if out := admin(t, "", append([]string{"apply", "-directory", file, "-json"}, way...)...); !strings.Contains(out, `"action":"created"`) {
				t.Errorf("applying: got %s", out)
			}
			if idOf(t, "<new & old>", way...) == "" {
				t.Error("the account that was applied is not there")
			}
		})
	}
}

// TestE2EAdminSocket: the socket lies in a folder of its own, stays where a server
// is killed and is replaced by the next, and goes where a server ends.
func TestE2EAdminSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	store, socket := "bolt:"+path, filepath.Join(path+".sock", "admin")
	first, _ := spawnServer(t, "-store", store)
	admin(t, "", "user", "add", "-store", store, "-name", "bob")
	for what, want := range map[string]os.FileMode{filepath.Dir(socket): 0o700, socket: 0o600} {
		if info, err := os.Stat(what); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want mode %#o", what, info, err, want)
		}
	}
	wantRefused(t, spawn(t, "serve", "-listen", "127.0.0.1:0", "-store", "memory:", "-log-level", "error", "-admin-socket", socket), "-admin-socket", "another server answers")
	first.kill()
	stale, err := os.Lstat(socket)
	if err != nil {
		t.Fatalf("the killed server left no socket: %v", err)
	}
	if idOf(t, "bob", "-store", store) == "" { // in the file
		t.Error("nothing is there after the kill")
	}
	refused := spawn(t, "user", "list", "-admin-socket", socket)
	wantRefused(t, refused, "no server answers", "start the server")

	second, _ := spawnServer(t, "-store", store)
	if fresh, err := os.Lstat(socket); err != nil || os.SameFile(stale, fresh) && fresh.ModTime().Equal(stale.ModTime()) {
		t.Errorf("the stale socket: got %v, %v, want another", fresh, err)
	}
	if idOf(t, "bob", "-admin-socket", socket) == "" {
		t.Error("the second server does not answer")
	}
	second.signal(syscall.SIGTERM)
	equal(t, "exit code", second.exit(), 0)
	if _, err := os.Lstat(filepath.Dir(socket)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the socket: got %v, want none", err)
	}
}

// TestE2EAdminOpenFolder: a server does not begin where others could reach the socket.
func TestE2EAdminOpenFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	if err := errors.Join(os.Mkdir(path+".sock", 0o700), os.Chmod(path+".sock", 0o750)); err != nil {
		t.Fatal(err)
	}
	p := spawn(t, "serve", "-listen", "127.0.0.1:0", "-log-level", "error", "-store", "bolt:"+path)
	wantRefused(t, p, "-admin-socket", path+".sock has mode 0750", "chmod 700")
}

// TestE2EAdminOtherUser: another user is refused by who they are, also where the
// rights of the files would let them in.
func TestE2EAdminOtherUser(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root can be another user, and only Linux is asked who that is")
	}
	t.Parallel()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "db")
	socket := filepath.Join(path+".sock", "admin")
	spawnServer(t, "-store", "bolt:"+path)
	for _, what := range []string{filepath.Dir(bin), filepath.Dir(filepath.Dir(path)), filepath.Dir(path), filepath.Dir(socket), socket} {
		if err := os.Chmod(what, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	needTools(t, "setpriv")
	stranger := spawnShell(t, `exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"`, "user", "list", "-admin-socket", socket)
	equal(t, "exit code", stranger.exit(), 1)
	if said := stranger.err.String(); !strings.Contains(said, "user 65534 may not administer this server") {
		t.Errorf("got %q, want a refusal", said)
	}
	equal(t, "standard output", stranger.out.String(), "")
	admin(t, "", "user", "list", "-admin-socket", socket) // root may
}

// TestE2EAdminTerminal: a password is not read where it would be seen as it is typed;
// the null device is one that looks like a terminal.
func TestE2EAdminTerminal(t *testing.T) {
	t.Parallel()
	p := spawn(t, "user", "password", "-store", "bolt:x", "-id", "7b1d3c1e-0000-4000-8000-000000000000")
	wantRefused(t, p, "-password-file: a terminal would show", "-generate")
}

// TestE2EAdminEnds: a server that is told to end finishes what is under way. Of
// accounts that are made meanwhile each is there or was told not to be.
func TestE2EAdminEnds(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db")
	store, socket := "bolt:"+path, filepath.Join(path+".sock", "admin")
	server, _ := spawnServer(t, "-store", store, "-log-level", "error")
	var made sync.Map
	var work sync.WaitGroup
	var count atomic.Int64
	for worker := range 6 {
		work.Go(func() {
			for n := range 10_000 { // the server ends before
				name := fmt.Sprintf("user-%d-%d", worker, n)
				code, _, said := run(t, "", "user", "add", "-admin-socket", socket, "-name", name)
				switch {
				case code == 0:
					made.Store(name, true)
					count.Add(1)
				case strings.Contains(said, "no server answers"):
					return
				case !strings.Contains(said, "nothing was done"):
					t.Errorf("got %d, %q, want an answer", code, said)
					return
				}
			}
		})
	}
	eventually(t, "accounts", func() bool { return count.Load() > 50 })
	server.signal(syscall.SIGTERM)
	equal(t, "exit code", server.exit(), 0)
	work.Wait()
	listed := 0
	for line := range strings.Lines(admin(t, "", "user", "list", "-store", store)) {
		listed++
		if name := strings.Fields(line)[1]; !known(&made, name) {
			t.Errorf("%s is there, and was told not to be", name)
		}
	}
	equal(t, "accounts", listed, int(count.Load()))
}

func known(m *sync.Map, name string) bool {
	_, ok := m.Load(name)
	return ok
}
