package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// maxSecret bounds a key file or a file of passwords, in bytes.
const maxSecret = 64 << 10

// readSecret reads a file that holds nothing but secrets: the keys of a store,
// the passwords of a demo. It is opened as [openSole] does, and refused if
// group or world may read or write it.
func readSecret(path string) ([]byte, error) {
	f, info, err := openSole(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	return readAll(f, maxSecret)
}

// openSole opens a file under the only name that it may have. Its last path
// element must be no symbolic link, and the file must be regular and have no
// second name: who can make a link in one folder could otherwise have this
// process read, or write to, a file of another. All is judged on the open file,
// so that nothing can be exchanged in between. Opening a pipe does not wait for
// its other end.
func openSole(path string, flag int) (*os.File, fs.FileInfo, error) {
	f, err := openNoFollow(path, flag)
	if err != nil {
		if info, statErr := os.Lstat(path); statErr == nil {
			if kind := checkKind(path, info); kind != nil {
				err = kind // the system's own words name no cure
			}
		}
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkKind(path, info)
	}
	if err == nil && linkCount(info) > 1 {
		err = fmt.Errorf("%s has %d names (hard links), through which others may reach it: copy it to a new file, remove this one, and name the copy", path, linkCount(info))
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// checkKind refuses what is no regular file.
func checkKind(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, which is not followed: name the file itself", path)
	case mode.IsDir():
		return fmt.Errorf("%s is a folder: name a file in it", path)
	default:
		return fmt.Errorf("%s is no regular file: name one", path)
	}
}

// checkPrivate refuses a file that others than its owner may read or write.
func checkPrivate(path string, info fs.FileInfo) error {
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" { // which has no such bits
		return fmt.Errorf("%s is open to group or world (mode %#o): run chmod 600 %s, and change what it holds if others may have read it", path, perm, path)
	}
	return nil
}

// readAll reads a file of at most limit bytes.
func readAll(f *os.File, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes", f.Name(), limit)
	}
	return raw, err
}
