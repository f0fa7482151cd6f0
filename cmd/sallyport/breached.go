package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/password"
)

// breached works on filters of breached passwords.
func breached(ctx context.Context, args []string, t terminal) error {
	if len(args) > 0 && args[0] == "build" {
		return buildBreached(ctx, args[1:], t)
	}
	if len(args) > 0 && args[0] == "check" {
		return checkBreached(args[1:], t)
	}
	return errors.New("want: sallyport breached build [flags], or sallyport breached check [flags]")
}

// checkBreached reads one password from standard input and says whether a filter
// holds it.
func checkBreached(args []string, t terminal) error {
	f := newFlags("breached check")
	path := f.String("filter", "", "`file` that sallyport breached build has made; required")
	asJSON := f.Bool("json", false, "print one JSON object")
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	if *path == "" {
		return errors.New("-filter is required")
	}
	filter, err := password.OpenBreachFilter(*path)
	if err != nil {
		return fmt.Errorf("-filter: %w", err)
	}
	defer filter.Close()
	pw, err := readTried(t.in)
	if err != nil {
		return fmt.Errorf("the password on standard input: %w", err)
	}
	found, err := filter.Contains(pw)
	if err != nil {
		return fmt.Errorf("-filter: %w", err)
	}
	return printBreached(t.out, found, *asJSON)
}

// readTried reads the password to be looked for, perhaps with a line end behind it.
func readTried(in io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(in, typed.MaxPassword+6)) // a byte order mark, a line end, and one byte too many
	if err != nil {
		return "", err
	}
	pw := withoutLineEnd(string(typed.File(raw)))
	if pw == "" {
		return "", errors.New("missing")
	}
	return pw, typed.CheckPassword(pw)
}

func printBreached(to io.Writer, found, asJSON bool) (err error) {
	switch {
	case asJSON:
		err = json.NewEncoder(to).Encode(struct {
			Listed bool `json:"listed"`
		}{found})
	case found:
		_, err = fmt.Fprintln(to, "listed: it has been published")
	default:
		_, err = fmt.Fprintln(to, "not listed")
	}
	if err != nil {
		return runtimeError{fmt.Errorf("printing: %w", err)}
	}
	return nil
}

// openList opens a list of breached passwords, which is read twice.
func openList(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: name one, since it is read twice", path)
	}
	return os.Open(path)
}
