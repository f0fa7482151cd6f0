//go:build unix && !solaris && !aix

package boltstore

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// locksFirst says that a file is locked by this package before bbolt sees it.
const locksFirst = true

// lockRetry is how long to wait before another attempt, as in bbolt.
const lockRetry = 50 * time.Millisecond

// lock takes the lock that bbolt will take on the same handle, where it then
// finds it taken by itself: what is judged until then nobody else can change.
func lock(f *os.File, timeout time.Duration) error {
	for waited := time.Duration(0); ; waited += lockRetry {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return os.NewSyscallError("flock", err)
		case waited >= timeout-lockRetry:
			return ErrLocked
		}
		time.Sleep(lockRetry)
	}
}

// unlock gives the file lock of bbolt back. Closing the file does not while it
// is mapped: such a lock lives as long as the mapping.
func unlock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
}
