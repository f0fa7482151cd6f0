package bench

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// forget makes the system forget what it has read of a file.
func forget(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	// Only what is on the disk already can be forgotten.
	return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close())
}
