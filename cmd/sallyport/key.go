package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport"
)

// key works on the signing keys of a store.
func key(ctx context.Context, args []string, t terminal) error {
	if len(args) == 0 || args[0] != "retire" {
		return errors.New("want: sallyport key retire [flags] KID…")
	}
	return retireKeys(ctx, args[1:], t)
}

// retireKeys takes signing keys out of use at once.
func retireKeys(ctx context.Context, args []string, t terminal) error {
	f := newFlags("key retire")
	f.takes = "KID…"
	in := storeFlags(f)
	asJSON := f.Bool("json", false, "print one JSON object for each key")
	if err := in.parse(f, args, t); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return errors.New("name the keys, as the log or sallyport inspect -key keys/signing does")
	}
	if err := retireIn(ctx, *in, f.Args()); err != nil {
		return err
	}
	for _, kid := range f.Args() {
		if err := printRetired(t, kid, *asJSON); err != nil {
			return err
		}
	}
	return nil
}

// retireIn retires keys of a store that is there: a mistyped path must not make one.
func retireIn(ctx context.Context, in stored, kids []string) error {
	return withEngine(ctx, in, false, func(e *sallyport.Engine) error {
		if err := e.RetireKeys(ctx, kids...); errors.Is(err, sallyport.ErrUnknownKey) {
			return fmt.Errorf("%w: nothing was retired", err)
		} else if err != nil {
			return runtimeError{fmt.Errorf("retiring keys: %w", err)}
		}
		return nil
	})
}

func printRetired(t terminal, kid string, asJSON bool) (err error) {
	if asJSON {
		err = json.NewEncoder(t.out).Encode(struct {
			Key    string `json:"key"`
			Action string `json:"action"`
		}{kid, "retired"})
	} else {
		_, err = fmt.Fprintln(t.out, "retired", kid)
	}
	if err != nil {
		return runtimeError{fmt.Errorf("printing: %w", err)}
	}
	return nil
}
