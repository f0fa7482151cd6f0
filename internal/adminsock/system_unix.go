//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package adminsock

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Supported says whether this system has sockets whose owner is known.
const Supported = true

// lockFolder waits for the lock on an open folder, which ends as that is closed. It
// is held for as long as a look and a bind take.
func lockFolder(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// ownerOf returns the user id of a file's owner.
func ownerOf(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}

// isNobody reports whether an error of dialing says that nobody listens there.
func isNobody(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOTDIR)
}
