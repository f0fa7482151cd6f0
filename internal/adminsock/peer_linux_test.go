package adminsock_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

// somebody and somebodyElse are users that are neither root nor that of a test.
const somebody, somebodyElse = 65534, 65533

// as runs fn in a thread of another user.
func as(uid uintptr, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocks: the thread ends with its user
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uid, ^uintptr(0)); errno != 0 {
			done <- errno
			return
		}
		done <- fn()
	}()
	return <-done
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be another user")
	}
}

// openTo lets everybody reach what lies at paths.
func openTo(t *testing.T, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if err := os.Chmod(p, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOtherUser: a peer of another user is refused even where the rights of folder
// and socket let it in, and before anything is read of it.
func TestOtherUser(t *testing.T) {
	needRoot(t)
	s := start(t, echo)
	openTo(t, filepath.Dir(filepath.Dir(s.path)), filepath.Dir(s.path), s.path)
	err := as(somebody, func() error { _, err := call(s.path, "c"); return err })
	if err == nil || !strings.Contains(err.Error(), "user 65534 may not administer") {
		t.Errorf("got %v, want a refusal", err)
	}
	s.end(t)
	if said := s.log.String(); !strings.Contains(said, "65534") || strings.Contains(said, "hidden") {
		t.Errorf("the log says %s, want the user alone", said)
	}
}

// TestOtherServer: a server of another user is sent nothing, except by root.
func TestOtherServer(t *testing.T) {
	needRoot(t)
	path := socketPath(t)
	mkdir(t, filepath.Dir(path), 0o777)
	openTo(t, filepath.Dir(filepath.Dir(path)))
	var l net.Listener
	if err := as(somebodyElse, func() (err error) { l, err = net.Listen("unix", path); return err }); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	openTo(t, path)
	for uid, want := range map[uintptr]string{somebody: "the server there is of user 65533", 0: "no server of this kind", somebodyElse: "no server of this kind"} {
		go func() {
			if c, err := l.Accept(); err == nil {
				_, _ = c.Write([]byte("{}\n")) // the call is judged by what it says
				c.Close()
			}
		}()
		err := as(uid, func() error { _, err := call(path, "c"); return err })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("user %d: got %v, want %q", uid, err, want)
		}
	}
}

// TestOtherOwner: a folder of another user is refused, whatever its mode.
func TestOtherOwner(t *testing.T) {
	needRoot(t)
	path := socketPath(t)
	mkdir(t, filepath.Dir(path), 0o700)
	if err := os.Chown(filepath.Dir(path), somebody, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := adminsock.Listen(path, echo, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "belongs to user 65534") {
		t.Errorf("got %v, want that the folder is another user's", err)
	}
}
