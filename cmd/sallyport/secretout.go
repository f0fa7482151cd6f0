package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// secretOut is where a secret goes that a command has made: to standard output, and to
// nothing else, or into a file of -secret-file.
type secretOut struct {
	path    string
	file    *os.File
	err     io.Writer // what else there is to say
	printed string    // id of the client whose secret went to standard output; "": none
}

func secretOutFlag(f *flags) *secretOut {
	s := new(secretOut)
	f.StringVar(&s.path, "secret-file", "", "`file` for the secret, which must not be there yet and is made for its owner alone (default: it is printed, this once)")
	return s
}

// open makes the file, before anything is done: a secret that could not be kept would be
// lost.
func (s *secretOut) open(t terminal) (err error) {
	s.err = t.err
	if s.path == "" {
		return nil
	}
	s.file, err = openNoFollow(s.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("-secret-file: %s is there already: name another file, or remove it", s.path)
	}
	if err != nil {
		return fmt.Errorf("-secret-file: %w", err)
	}
	return nil
}

// cancel removes a file that no secret has come into.
func (s *secretOut) cancel() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.path)
		s.file = nil
	}
}

// put writes the secret and a line end into the file, which is removed where that fails.
func (s *secretOut) put(secret string) error {
	_, err := io.WriteString(s.file, secret+"\n")
	if err = errors.Join(err, s.file.Sync(), s.file.Close()); err != nil {
		os.Remove(s.path)
	}
	s.file = nil
	return err
}

// lost says what to do where the secret that was printed has come to nobody.
func (s *secretOut) lost() string { return lostSecret(s.printed) }

// lostSecret says what to do where the secret of a client is lost; "" is no client.
func lostSecret(client string) string {
	if client == "" {
		return ""
	}
	return ": the secret is lost: make another by sallyport client rotate-secret -client " + client
}

// print prints what was done to a client, and its secret where that goes to standard
// output: alone there, so that it can be piped on, with the rest on standard error.
func (s *secretOut) print(to io.Writer, raw json.RawMessage, asJSON bool) error {
	var d clientDone
	if err := json.Unmarshal(raw, &d); err != nil {
		return err
	}
	if s.file != nil && d.Secret != "" {
		if err := s.put(d.Secret); err != nil {
			return fmt.Errorf("-secret-file: %w%s", err, lostSecret(d.ID))
		}
		d.Secret = ""
	}
	if d.Secret != "" {
		s.printed = d.ID
	}
	switch {
	case asJSON:
		line, err := encode(d)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%s\n", line)
		return err
	case d.Secret != "":
		fmt.Fprintln(s.err, d.text()) // lost with a reader that is gone
		_, err := fmt.Fprintln(to, d.Secret)
		return err
	}
	return printClientDone(to, d)
}

func printClientDone(to io.Writer, d clientDone) error {
	_, err := fmt.Fprintln(to, d.text())
	return err
}

// text says what was done.
func (d *clientDone) text() string { return d.Action + " " + d.ID + " " + shown(d.Name) }
