package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter/apidocs"
	"github.com/sallyport-auth/sallyport/internal/rnd"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/totp"
)

// A demo password is drawn from what nobody takes for something else and no
// shell minds: 12 of 31 characters, 59 bits.
const (
	passwordLetters = "abcdefghjkmnpqrstuvwxyz23456789"
	passwordLength  = 12
)

// demoSecrets are what the users of a demo have, by their names.
type demoSecrets struct {
	Passwords map[string]string
	Keys      map[string]string // of authenticators
}

// give puts the secrets into the directory, in the place of those that its file has as
// examples.
func (s demoSecrets) give(users []directory.User) {
	for i := range users {
		u := &users[i]
		u.Password = s.Passwords[u.Name]
		if u.TOTP != nil {
			u.TOTP.Secret = s.Keys[u.Name]
		}
	}
}

// shown is what the documentation of a demo is filled with: its own client, and users that have
// to do different things. The demo listens on a loopback address, so nobody else reads it.
func (s demoSecrets) shown(d *directory.File) apidocs.Demo {
	account := func(name string) apidocs.Account {
		return apidocs.Account{Name: name, Password: s.Passwords[name], Key: s.Keys[name]}
	}
	e := apidocs.Demo{Mailed: account("tt29"), App: account("lee"), Newcomer: account("anna"), Passwordless: account("pat")}
	for _, c := range d.Clients {
		id, secret := d.Applications[0].ID+"_"+c.Platform, c.Secrets[0].Value
		if c.Platform == "Service" {
			e.ServiceID, e.ServiceSecret = id, secret
		} else {
			e.ClientID, e.ClientSecret, e.Scope = id, secret, strings.Join(c.Scopes, " ")
		}
	}
	return e
}

// has reports whether there is all that a user needs.
func (s demoSecrets) has(u *directory.User) bool {
	password, key := s.Passwords[u.Name], s.Keys[u.Name]
	if u.TOTP != nil {
		if _, err := totp.ParseSecret(key); err != nil {
			return false
		}
	}
	return u.Passwordless || password != "" && strings.Trim(password, passwordLetters) == ""
}

// demoPasswords reads the secrets of a demo's folder. Where there is no store yet it makes
// them; they are on disk before the store is, so that no store is left behind whose
// passwords nobody knows.
func demoPasswords(path, store string, users []directory.User) (demoSecrets, error) {
	secrets := demoSecrets{map[string]string{}, map[string]string{}}
	raw, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(store); err == nil {
			return secrets, fmt.Errorf("-dir: %s is there, but the passwords of its users (%s) are not", store, path)
		}
		raw, err = makePasswords(path, users)
	}
	if err != nil {
		return secrets, fmt.Errorf("-dir: %w", err)
	}
	for line := range strings.Lines(string(typed.File(raw))) {
		f := strings.Fields(line)
		if len(f) > 1 {
			secrets.Passwords[f[0]] = f[1]
		}
		if len(f) == 3 {
			secrets.Keys[f[0]] = f[2]
		}
	}
	for i := range users {
		if !secrets.has(&users[i]) {
			return secrets, fmt.Errorf("-dir: %s has no password for %s, or no key: it is of another version; remove the folder, or name another", path, users[i].Name)
		}
	}
	return secrets, nil
}

// makePasswords writes a new file: a name and a password a line, and the key of an
// authenticator where there is one.
func makePasswords(path string, users []directory.User) ([]byte, error) {
	var b bytes.Buffer
	for _, u := range users {
		if u.Passwordless {
			continue
		}
		fmt.Fprint(&b, u.Name, " ", rnd.Text(passwordLength, passwordLetters))
		if u.TOTP != nil {
			fmt.Fprint(&b, " ", totp.NewSecret().Base32())
		}
		fmt.Fprintln(&b)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(b.Bytes())
	return b.Bytes(), errors.Join(err, f.Close())
}
