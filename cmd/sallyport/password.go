package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sallyport-auth/sallyport/internal/typed"
)

// readPassword reads a password from a file that is closed to others, or, for "-",
// from standard input. A line feed at its end is not part of it.
func readPassword(path string, t terminal) (string, error) {
	return passwordIn("-password-file", path, t)
}

// passwordIn is [readPassword] for a flag of another name.
func passwordIn(flag, path string, t terminal) (string, error) {
	raw, err := passwordText(path, t)
	if err == nil {
		err = typed.CheckFile(raw)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	pw := withoutLineEnd(string(typed.File(raw)))
	if pw == "" {
		return "", fmt.Errorf("%s: there is no password in it: the first line is the password", flag)
	}
	return pw, nil
}

func withoutLineEnd(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
}

func passwordText(path string, t terminal) ([]byte, error) {
	if path != "-" {
		return readSecret(path)
	}
	if f, ok := t.in.(*os.File); ok && isTerminal(f) {
		return nil, errors.New("a terminal would show the password as it is typed: pipe it in, name a file, or use user password -generate")
	}
	raw, err := io.ReadAll(io.LimitReader(t.in, maxSecret))
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	return raw, nil
}
