//go:build !unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openNoFollow opens a file, never through a symbolic link as its last path
// element. Where the system has no flag for that, what the name stands for is
// looked at before, and compared with what was opened: a link put there in
// between is noticed.
func openNoFollow(path string, flag int) (*os.File, error) {
	before, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
		return os.OpenFile(path, flag|os.O_EXCL, 0o600)
	case err != nil:
		return nil, err
	}
	if err := checkKind(path, before); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flag, 0o600)
	if err != nil {
		return nil, err
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(before, opened) {
		return nil, errors.Join(fmt.Errorf("%s was exchanged while it was opened: try again, and see who may write to its folder", path), err, f.Close())
	}
	return f, nil
}

// linkCount returns 1: the number of names is not told here.
func linkCount(fs.FileInfo) uint64 { return 1 }
