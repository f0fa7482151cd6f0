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
)

// applyIssuer stands in for the issuer, which a store does not know: nothing
// that `apply` writes holds it.
const applyIssuer = "http://localhost"

// apply puts a directory file into a store, whole or not at all.
func apply(ctx context.Context, args []string, t terminal) error {
	f := newFlags("apply")
	in := storeFlags(f)
	path := f.String("directory", "", "directory `file`; required")
	var o directory.Options
	f.BoolVar(&o.Prune, "prune", false, "delete what is stored and stands in no list of the file")
	f.BoolVar(&o.ReuseNames, "reuse-name", false, "let new users have the names of deleted ones")
	asJSON := f.Bool("json", false, "print one JSON object for each entry")
	if err := in.parse(f, args, t); err != nil {
		return err
	}
	if in.url == "" || *path == "" {
		return errors.New("-store and -directory are required")
	}
	d, err := readDirectory(*path)
	if err != nil {
		return err
	}
	report, err := applyTo(ctx, *in, *d, o)
	if err != nil {
		return err
	}
	for _, w := range append(report.Warnings, shortSecrets(*d)...) {
		fmt.Fprintln(t.err, "warning:", oneLine(errors.New(w)))
	}
	return printReport(t.out, report, *asJSON)
}

// mute stands in for the senders, which a store does not know either: with none the
// report would warn of factors that a server may well be able to ask for.
type mute struct{}

// Send sends nothing: applying a directory has no message.
func (mute) Send(context.Context, sallyport.Message) error { return errors.New("apply sends nothing") }

func applyTo(ctx context.Context, in stored, d directory.File, o directory.Options) (report directory.Report, err error) {
	s, err := openStorage(ctx, in.url, in.keyFile, in.log)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e, err := sallyport.New(ctx, sallyport.Config{Store: s.Store, Keys: s.keys, Issuer: applyIssuer, Email: mute{}, SMS: mute{}})
	if err != nil {
		return report, wrongKeys(s.keyFile, err)
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if report, err = e.Apply(ctx, d, o); err != nil {
		err = fmt.Errorf("-directory: %w", err)
	}
	return report, err
}

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

func printReport(to io.Writer, r directory.Report, asJSON bool) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	for _, one := range r.Entries {
		var err error
		if asJSON {
			err = e.Encode(appliedLine(one))
		} else {
			_, err = fmt.Fprintf(to, "%-8s %-12s %s%s\n", one.Action, one.Kind, one.Name, keptNote(one.Kept))
		}
		if err != nil {
			return runtimeError{fmt.Errorf("printing: %w", err)}
		}
	}
	return nil
}

func keptNote(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return " (left as stored: " + strings.Join(fields, ", ") + ")"
}
