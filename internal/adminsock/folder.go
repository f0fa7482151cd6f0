package adminsock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openFolder opens the folder of a socket, which is made if it is not there. One that
// others could open, or that is another user's, is refused: who can write to it could
// put a socket of their own there, and be sent passwords.
func openFolder(dir string) (*os.File, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("making the folder of the socket: %w: make it with mode 0700, or name another", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	if err := checkFolder(dir, info); err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	// It may have been exchanged since it was looked at.
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(fmt.Errorf("the folder %s was exchanged while it was opened: see who may write to the folder above it", dir), err, f.Close())
	}
	return f, nil
}

// checkFolder refuses what is not its owner's alone.
func checkFolder(dir string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder: the socket wants one of its own", dir)
	}
	if perm := info.Mode().Perm(); perm != 0o700 {
		return fmt.Errorf("the folder %s has mode %#o: the socket wants a folder of its own with mode 0700; run chmod 700 %s if nothing else is in it", dir, perm, dir)
	}
	if owner, me := ownerOf(info), os.Geteuid(); owner != me {
		return fmt.Errorf("the folder %s belongs to user %d, and this is user %d: name a folder of the server's own", dir, owner, me)
	}
	return nil
}
