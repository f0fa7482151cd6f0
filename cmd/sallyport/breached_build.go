package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/sallyport-auth/sallyport/internal/pathname"
	"github.com/sallyport-auth/sallyport/password"
)

// buildBreached makes a filter of a list.
func buildBreached(ctx context.Context, args []string, t terminal) error {
	f := newFlags("breached build")
	in := f.String("in", "", "list of breached passwords: a `file` with a SHA-1 hash in hexadecimal digits a line, perhaps with \":count\"; required")
	plain := f.Bool("plain", false, "the list has passwords in clear, one a line")
	out := f.String("out", "", "`file` that is made, or replaced; required")
	asJSON := f.Bool("json", false, "print one JSON object")
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	if *in == "" || *out == "" {
		return errors.New("-in and -out are required")
	}
	list, err := openList(*in)
	if err != nil {
		return fmt.Errorf("-in: %w", err)
	}
	defer list.Close()
	// The hashes that are sorted in memory are nearly all of it: by default the
	// collector would let as much again be filled with what reading leaves behind.
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	made := madeFilter{File: *out}
	made.Passwords, made.Bytes, err = writeFilter(*out, untilDone{ctx, list}, *plain)
	switch {
	case errors.Is(err, password.ErrBreachList):
		return fmt.Errorf("-in: %w", err)
	case err != nil:
		return runtimeError{fmt.Errorf("building the filter: %w", err)}
	}
	return made.print(t.out, *asJSON)
}

// untilDone is a list whose reading ends with a context.
type untilDone struct {
	ctx context.Context
	io.ReadSeeker
}

// Read reads while the context lasts.
func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.ReadSeeker.Read(p)
}

// writeFilter builds a filter beside the file that it becomes, so that whoever reads
// that one never meets half of another.
func writeFilter(path string, list io.ReadSeeker, plain bool) (kept, size int64, err error) {
	to, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return 0, 0, pathname.In(path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(inPlaceOf(to.Name(), path, err), os.Remove(to.Name()))
		}
	}()
	hashes := password.BreachedHashes(list)
	if plain {
		hashes = password.BreachedPasswords(list)
	}
	if kept, err = password.BuildBreachFilter(to, hashes); err != nil {
		return 0, 0, errors.Join(err, to.Close())
	}
	if size, err = settle(to); err != nil {
		return 0, 0, err
	}
	return kept, size, os.Rename(to.Name(), path)
}

// inPlaceOf names path in an error of the temporary file. Other errors, those of
// reading the list among them, stay as they are.
func inPlaceOf(temporary, path string, err error) error {
	var file *fs.PathError
	if errors.As(err, &file) && file.Path != temporary {
		return err
	}
	return pathname.In(path, err)
}

// settle closes a file that was written, once it rests on the disk. It holds no
// secret, and the server may be another user than the one who built it.
func settle(f *os.File) (size int64, err error) {
	size, err = f.Seek(0, io.SeekEnd)
	return size, errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
}

// madeFilter is what is said of a filter that was built.
type madeFilter struct {
	File      string `json:"file"`
	Passwords int64  `json:"passwords"`
	Bytes     int64  `json:"bytes"`
}

func (m madeFilter) print(to io.Writer, asJSON bool) (err error) {
	if asJSON {
		err = json.NewEncoder(to).Encode(m)
	} else {
		_, err = fmt.Fprintf(to, "made %s: %d passwords, %d bytes\n", m.File, m.Passwords, m.Bytes)
	}
	if err != nil {
		return runtimeError{fmt.Errorf("printing: %w", err)}
	}
	return nil
}
