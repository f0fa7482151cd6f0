//go:build unix

package main

import (
	"os"
	"syscall"
)

// openNoFollow opens a file for appending, never through a symbolic link. A
// pipe is not waited for.
func openNoFollow(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
}
