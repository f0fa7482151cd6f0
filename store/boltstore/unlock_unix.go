//go:build unix && !solaris && !aix

package boltstore

import (
	"os"
	"syscall"
)

// unlock gives the file lock of bbolt back. Closing the file does not while it
// is mapped: such a lock lives as long as the mapping.
func unlock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
}
