package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// A demo password is drawn from what nobody takes for something else and no
// shell minds: 12 of 31 characters, 59 bits.
const (
	passwordLetters = "abcdefghjkmnpqrstuvwxyz23456789"
	passwordLength  = 12
)

// demoPasswords reads the passwords of a demo's folder. Where there is no
// store yet it makes them; they are on disk before the store is, so that no
// store is left behind whose passwords nobody knows.
func demoPasswords(path, store string, users []directory.User) (map[string]string, error) {
	raw, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(store); err == nil {
			return nil, fmt.Errorf("-dir: %s is there, but the passwords of its users (%s) are not", store, path)
		}
		raw, err = makePasswords(path, users)
	}
	if err != nil {
		return nil, fmt.Errorf("-dir: %w", err)
	}
	passwords := map[string]string{}
	for line := range strings.Lines(string(typed.File(raw))) {
		if f := strings.Fields(line); len(f) == 2 {
			passwords[f[0]] = f[1]
		}
	}
	for _, u := range users {
		if u.Passwordless {
			continue
		}
		if strings.Trim(passwords[u.Name], passwordLetters) != "" || passwords[u.Name] == "" {
			return nil, fmt.Errorf("-dir: %s has no password for %s", path, u.Name)
		}
	}
	return passwords, nil
}

// makePasswords writes a new file: a name and a password a line.
func makePasswords(path string, users []directory.User) ([]byte, error) {
	var b bytes.Buffer
	for _, u := range users {
		if !u.Passwordless {
			fmt.Fprintln(&b, u.Name, rnd.Text(passwordLength, passwordLetters))
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(b.Bytes())
	return b.Bytes(), errors.Join(err, f.Close())
}
