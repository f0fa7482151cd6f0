package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/totp"
)

// maxKeyText bounds what `code` reads.
const maxKeyText = 4 << 10

// code reads a base32 key and prints the code that an authenticator with that
// key shows now.
func code(_ context.Context, args []string, t terminal) error {
	if err := newFlags("code").parse(args, t.out); err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(t.in, maxKeyText))
	if err != nil {
		return fmt.Errorf("reading the key from standard input: %w", err)
	}
	secret, err := totp.ParseSecret(strings.Join(strings.Fields(string(typed.File(raw))), ""))
	if err != nil {
		return fmt.Errorf("the key on standard input: %w", err)
	}
	_, err = fmt.Fprintln(t.out, secret.Code(totp.Step(time.Now())))
	return err
}
