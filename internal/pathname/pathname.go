// Package pathname has errors about files name the file that the caller named.
package pathname

import (
	"errors"
	"io/fs"
	"os"
)

// In returns err with path in the place of the name that the operating system was
// given, such as that of a temporary file, which the caller does not know. What is no
// error of a file stays as it is.
func In(path string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		return &fs.PathError{Op: file.Op, Path: path, Err: file.Err}
	case errors.As(err, &link):
		return &fs.PathError{Op: link.Op, Path: path, Err: link.Err}
	}
	return err
}
