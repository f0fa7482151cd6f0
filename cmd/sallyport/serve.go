package main

import (
	"context"
	"fmt"
)

// serve runs the server until ctx ends.
func serve(ctx context.Context, args []string, t terminal) error {
	var s settings
	f := newFlags("serve")
	s.declare(f)
	config := f.String("config", "", "JSON `file` with the same settings; flags win")
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	if err := checkNoPassword(s.store); err != nil {
		return err
	}
	if *config != "" {
		if err := configure(f, *config); err != nil {
			return err
		}
	}
	if err := s.check(); err != nil {
		return err
	}
	d, err := readDirectory(s.directory)
	if err != nil {
		return err
	}
	hangups, stop := onHangup()
	defer stop()
	s.hangups = hangups
	return s.serve(ctx, t, d, func(site *site) error {
		fmt.Fprintf(t.out, "listening on %s\n", site.url) // whoever reads it may be gone
		return nil
	})
}
