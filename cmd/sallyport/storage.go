package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// storage is an open store and the keys that seal it.
type storage struct {
	store.Store
	keys    sealed.Keys
	keyFile string // where they come from; "" for none
}

// openStorage opens what a store URL names. The URL is not repeated in errors:
// it may hold a password.
func openStorage(ctx context.Context, url, keyFile string, log *slog.Logger) (storage, error) {
	scheme, path, found := strings.Cut(url, ":")
	switch {
	case found && isPostgres(scheme) && keyFile == "":
		return storage{}, errors.New("-key-file is required with PostgreSQL, which has no folder to keep the keys in")
	case found && isPostgres(scheme):
		return openPostgres(ctx, url, keyFile)
	case url == "memory:" && keyFile != "":
		return storage{}, errors.New("-key-file: memory: has keys of its own, which end with it")
	case url == "memory:":
		return storage{Store: memstore.New(), keys: sealed.NewKeys()}, nil
	case scheme == "bolt" && path != "":
		if keyFile == "" {
			keyFile = path + ".keys"
		}
		return openBolt(ctx, path, keyFile, log)
	}
	return storage{}, errors.New("-store: want memory:, bolt:PATH or postgres://…")
}

func openBolt(ctx context.Context, path, keyFile string, log *slog.Logger) (storage, error) {
	s, err := boltstore.Open(path, boltstore.Options{Logger: log})
	if err != nil {
		return storage{}, fmt.Errorf("-store: %w", cured(path, err))
	}
	keys, _, err := ringFor(ctx, s, keyFile)
	if err != nil {
		_ = s.Close() // what went wrong is known
		return storage{}, fmt.Errorf("-key-file: %w", cured(keyFile, err))
	}
	return storage{s, keys, keyFile}, nil
}

// cured adds to what went wrong with a file what there is to be done about it,
// where it does not say so itself.
func cured(path string, err error) error {
	dir := filepath.Dir(path)
	switch _, statErr := os.Stat(dir); {
	case errors.Is(err, boltstore.ErrLocked):
		return fmt.Errorf("%w: end that process first, or name another file", err)
	case errors.Is(err, fs.ErrNotExist) && errors.Is(statErr, fs.ErrNotExist):
		return fmt.Errorf("%w: the folder %s is not there: make it, or name another", err, dir)
	case errors.Is(err, boltstore.ErrForeign):
		return fmt.Errorf("%w: name the file of a store, or one that is not there yet", err)
	case errors.Is(err, boltstore.ErrCorrupt):
		return fmt.Errorf("%w: restore a backup", err)
	}
	return err
}

// absent is cured for a store that has to be there.
func absent(path string, err error) error {
	if _, statErr := os.Stat(filepath.Dir(path)); statErr == nil && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf(`%w: there is no store: name the file of one, or make one by "sallyport serve" or "sallyport apply"`, err)
	}
	return cured(path, err)
}

// wrongKeys says of an error that comes from a key file of another store which
// file that is.
func wrongKeys(keyFile string, err error) error {
	if !errors.Is(err, sallyport.ErrWrongKeys) {
		return err
	}
	return fmt.Errorf("-key-file: the key file %s does not open this store: name the one that was made with it", keyFile)
}

// plainLog is the log of a command that serves nothing.
func plainLog(stderr io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(stderr, nil)) }

// ringFor reads the keys of a store. Only an empty store is given new ones:
// beside another, a key file that is missing has been lost, and new keys would
// hide that until somebody needs an old record.
func ringFor(ctx context.Context, s store.Store, path string) (keys sealed.Keys, made bool, err error) {
	keys, err = readKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, false, err
	}
	for _, scanErr := range s.Scan(ctx, "", "") {
		if scanErr != nil {
			return sealed.Keys{}, false, fmt.Errorf("looking whether the store is empty: %w", scanErr)
		}
		return sealed.Keys{}, false, fmt.Errorf("%w, and the store is not empty: name the key file that was made with it", err)
	}
	keys, err = sealed.CreateKeys(path)
	return keys, err == nil, err
}
