//go:build !linux

package bench

import "errors"

// forget makes the system forget what it has read of a file, where it can.
func forget(string) error { return errors.New("needs posix_fadvise") }
