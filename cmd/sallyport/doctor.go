package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport-auth/sallyport/store/boltstore"
)

// doctor reads a whole bbolt file that nobody serves and says what is wrong with
// it: pages and kinds of records, never a key or a value.
func doctor(ctx context.Context, args []string, t terminal) error {
	f := newFlags("doctor")
	url := f.String("store", "", "bolt:PATH of a store that nobody serves; required")
	asJSON := f.Bool("json", false, "print one JSON object for each finding")
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	path, isBolt := strings.CutPrefix(*url, "bolt:")
	if !isBolt || path == "" {
		return errors.New("-store: want bolt:PATH")
	}
	findings, err := boltstore.Check(ctx, path, boltstore.Options{Logger: plainLog(t.err)})
	if err != nil {
		return fmt.Errorf("-store: %w", absent(path, err))
	}
	for _, finding := range findings {
		if err := printFinding(t, finding, *asJSON); err != nil {
			return err
		}
	}
	if len(findings) > 0 {
		return runtimeError{fmt.Errorf("the file is damaged, restore a backup: %d findings", len(findings))}
	}
	if *asJSON {
		return nil
	}
	_, err = fmt.Fprintln(t.out, "sound")
	return err
}

func printFinding(t terminal, finding error, asJSON bool) (err error) {
	if asJSON {
		err = json.NewEncoder(t.out).Encode(struct {
			Finding string `json:"finding"`
		}{oneLine(finding)})
	} else {
		_, err = fmt.Fprintln(t.out, oneLine(finding))
	}
	if err != nil {
		return runtimeError{fmt.Errorf("printing: %w", err)}
	}
	return nil
}
