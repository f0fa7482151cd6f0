//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// openNoFollow opens a file, never through a symbolic link as its last path
// element. A pipe is not waited for. A file that is made is its owner's alone.
func openNoFollow(path string, flag int) (*os.File, error) {
	return os.OpenFile(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
}

// linkCount returns how many names a file has.
func linkCount(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Nlink) // its size differs from system to system
	}
	return 1
}
