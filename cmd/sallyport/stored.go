package main

import "log/slog"

// stored says where a store is, and who is told of it: what the commands that work
// on a store without serving it have in common.
type stored struct {
	url, keyFile string
	log          *slog.Logger

	config string // a file with the same settings
	keys   keySettings
}

// storeFlags adds the flags that name a store.
func storeFlags(f *flags) *stored {
	in := new(stored)
	in.declare(f, "required")
	return in
}

// declare adds the flags; need says whether -store has to be there.
func (in *stored) declare(f *flags, need string) {
	f.StringVar(&in.url, "store", "", "bolt:PATH, or postgres://… without a password; "+need)
	f.StringVar(&in.keyFile, "key-file", "", "`path` of the keys that seal the store (default the bolt path with .keys added; required with PostgreSQL)")
	f.StringVar(&in.config, "config", "", "JSON `file` with the same settings as strings; flags win")
}

// parse reads the command line, and the file that it names.
func (in *stored) parse(f *flags, args []string, t terminal) error {
	in.log = plainLog(t.err)
	if err := f.parse(args, t.out); err != nil {
		return err
	}
	if err := checkNoPassword(in.url); err != nil {
		return err
	}
	if in.config == "" {
		return nil
	}
	return configure(f, in.config)
}
