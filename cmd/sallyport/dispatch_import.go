package main

import (
	"context"
	"fmt"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/adminsock"
)

type importArguments struct {
	Rows   []batchRow `json:"rows"`
	DryRun bool       `json:"dryRun"`
}

// wrapLine is the answer to one portion of wrapping.
type wrapLine struct {
	Wrapped int  `json:"wrapped"`
	Done    bool `json:"done"`
}

// importRows imports one batch of rows. It emits what became of each, in their order.
func importRows(ctx context.Context, e *sallyport.Engine, r adminsock.Request, emit emitter) error {
	var args importArguments
	if err := readArguments(r.Arguments, &args); err != nil {
		return err
	}
	rows := func(yield func(directory.ImportRow, error) bool) {
		for _, one := range args.Rows {
			if !yield(directory.ParseImportRow(one.Line, one.Row)) {
				return
			}
		}
	}
	admin := e.Admin(actorOf(&r))
	for result := range admin.Import(ctx, rows, directory.ImportOptions{DryRun: args.DryRun}) {
		if result.Err != nil {
			return runtimeError{fmt.Errorf("importing: %w", result.Err)}
		}
		if err := emit(lineOfRow(result)); err != nil {
			return runtimeError{err}
		}
	}
	return nil
}

// wrapHashes wraps weak hashes for a while.
func wrapHashes(ctx context.Context, a *sallyport.Admin, _ nothing, emit emitter) error {
	n, done, err := a.WrapHashes(ctx)
	if err != nil {
		return err
	}
	return emit(wrapLine{n, done})
}
