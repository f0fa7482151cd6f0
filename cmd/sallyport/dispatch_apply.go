package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

type applyArguments struct {
	Directory  json.RawMessage `json:"directory"`
	Prune      bool            `json:"prune"`
	ReuseNames bool            `json:"reuseNames"`
}

// applyValue is one value of the answer: an entry, or a warning.
type applyValue struct {
	Entry   *appliedLine `json:"entry,omitempty"`
	Warning string       `json:"warning,omitempty"`
}

// applyFile puts a directory file into the store, whole or not at all: an error says
// that nothing was applied.
func applyFile(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error {
	var args applyArguments
	if err := readArguments(r.Arguments, &args); err != nil {
		return err
	}
	d, err := directory.Parse(args.Directory)
	if err != nil {
		return fmt.Errorf("-directory: %w", err)
	}
	report, err := e.Admin(actorOf(&r)).Apply(ctx, d, directory.Options{Prune: args.Prune, ReuseNames: args.ReuseNames})
	if err != nil {
		return fmt.Errorf("-directory: %w", err)
	}
	for _, w := range report.Warnings {
		if err := emit(applyValue{Warning: w}); err != nil {
			return runtimeError{err}
		}
	}
	for _, one := range report.Entries {
		line := appliedLine(one)
		if err := emit(applyValue{Entry: &line}); err != nil {
			return runtimeError{err}
		}
	}
	return nil
}
