package adminsock

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// maxPath is how long the path of a socket may be, in bytes: the least of the systems
// that have such sockets (sockaddr_un has 104 bytes on BSD and macOS, 108 on Linux).
const maxPath = 103

var (
	// ErrLive means that another server answers at the path of a socket.
	ErrLive = errors.New("another server answers there")

	// ErrPath means that the path of a socket is longer than systems allow.
	ErrPath = fmt.Errorf("the path of the socket is longer than %d bytes", maxPath)

	// ErrUnsupported means that this system has no such sockets.
	ErrUnsupported = errors.New("this system has no Unix sockets with owners")
)

// listener is a socket that is listened on, and the file that it is.
type listener struct {
	*net.UnixListener
	path string
	file fs.FileInfo
}

// listen makes the socket. One that a dead server has left is replaced; that of a
// live one is [ErrLive]. The folder is locked meanwhile, so that of two servers that
// start at once one replaces and the other finds it alive.
func listen(path string) (*listener, error) {
	if !Supported {
		return nil, ErrUnsupported
	}
	if len(path) > maxPath {
		return nil, ErrPath
	}
	folder, err := openFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer folder.Close() // and with it the lock
	if err := lockFolder(folder); err != nil {
		return nil, fmt.Errorf("locking the folder of the socket: %w", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // Close looks first whose it is
	info, err := os.Lstat(path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &listener{l, path, info}, nil
}

// dialTimeout bounds the look whether somebody answers. Connecting waits only where
// the queue of a server is full.
const dialTimeout = 5 * time.Second

// removeStale removes a socket that nobody listens on. Anything but a socket stays.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket: name another path", path)
	}
	c, err := net.DialTimeout("unix", path, dialTimeout)
	if err == nil {
		return errors.Join(fmt.Errorf("%s: %w: end it first, or name another path", path, ErrLive), c.Close())
	}
	if !isNobody(err) {
		return fmt.Errorf("looking whether a server answers at %s: %w", path, err)
	}
	return os.Remove(path)
}

// Close ends the listening and removes the socket, if it is still this one.
func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil // closed before
	}
	if now, statErr := os.Lstat(l.path); statErr == nil && os.SameFile(now, l.file) {
		err = errors.Join(err, os.Remove(l.path))
	}
	return err
}
