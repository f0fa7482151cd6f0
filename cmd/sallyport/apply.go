package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// applyIssuer stands in for the issuer, which a store does not know: nothing
// that `apply` writes holds it.
const applyIssuer = "http://localhost/of-no-server"

// apply puts a directory file into a store, whole or not at all.
func apply(ctx context.Context, args []string, t terminal) error {
	f := newFlags("apply")
	w, by := wayFlags(f), trailFlags(f)
	w.makes = true
	path := f.String("directory", "", "directory `file`; required")
	var o applyArguments
	f.BoolVar(&o.Prune, "prune", false, "delete what is stored and stands in no list of the file")
	f.BoolVar(&o.ReuseNames, "reuse-name", false, "let new users have the names of deleted ones")
	asJSON := f.Bool("json", false, "print one JSON object for each entry")
	if err := w.parse(f, args, t); err != nil {
		return err
	}
	switch {
	case !w.isNamed():
		return errNoWay
	case *path == "":
		return errors.New("-directory is required")
	}
	d, raw, err := readDirectoryText(*path)
	if err != nil {
		return err
	}
	o.Directory = typed.File(raw)
	r, err := by.request("apply", o)
	if err != nil {
		return err
	}
	if err := w.do(ctx, r, func(raw json.RawMessage) error { return printApplied(t, raw, *asJSON) }); err != nil {
		return err
	}
	for _, w := range shortSecrets(*d) {
		warn(t.err, w)
	}
	return nil
}

func warn(to io.Writer, text string) { fmt.Fprintln(to, "warning:", oneLine(errors.New(text))) }

// mute stands in for the senders, which a store does not know either: with none the
// report would warn of factors that a server may well be able to ask for.
type mute struct{}

// Send sends nothing: applying a directory has no message.
func (mute) Send(context.Context, sallyport.Message) error { return errors.New("apply sends nothing") }

// unasked stands in for Active Directory likewise: clients may be marked for it, and nobody
// logs in here.
type unasked struct{}

var errUnasked = errors.New("nobody logs in here")

// Canonical knows no name.
func (unasked) Canonical(string) (string, bool) { return "", false }

// Check asks nobody.
func (unasked) Check(context.Context, string, string) (*sallyport.Principal, error) {
	return nil, errUnasked
}

// Read asks nobody.
func (unasked) Read(context.Context, string) (*sallyport.Principal, error) { return nil, errUnasked }

// minSecret is how long client secrets have to be outside loopback, in characters.
const minSecret = 16

// shortSecrets finds what a server with a public issuer would refuse at its
// start. Whether there will be one is not known here.
func shortSecrets(d directory.File) (warnings []string) {
	for i, c := range d.Clients {
		for j, s := range c.Secrets {
			if utf8.RuneCountInString(s.Value) < minSecret {
				warnings = append(warnings, fmt.Sprintf("clients[%d].secrets[%d].value: shorter than %d characters, good for trying things out alone", i, j, minSecret))
			}
		}
	}
	return warnings
}

// appliedLine is one line of -json.
type appliedLine struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	ID     string   `json:"id,omitempty"`
	Action string   `json:"action"`
	Kept   []string `json:"kept,omitempty"`
}

// printApplied prints one value of the answer.
func printApplied(t terminal, raw json.RawMessage, asJSON bool) error {
	var v applyValue
	if err := json.Unmarshal(raw, &v); err != nil {
		return runtimeError{fmt.Errorf("reading the answer: %w", err)}
	}
	if v.Entry == nil {
		warn(t.err, v.Warning)
		return nil
	}
	var err error
	if asJSON {
		e := json.NewEncoder(t.out)
		e.SetEscapeHTML(false)
		err = e.Encode(v.Entry)
	} else {
		_, err = fmt.Fprintf(t.out, "%-8s %-12s %s%s\n", v.Entry.Action, v.Entry.Kind, v.Entry.Name, keptNote(v.Entry.Kept))
	}
	if err != nil {
		return runtimeError{fmt.Errorf("printing: %w", err)}
	}
	return nil
}

func keptNote(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return " (left as stored: " + strings.Join(fields, ", ") + ")"
}
