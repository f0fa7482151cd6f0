package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// storage is an open store and the keys that seal it.
type storage struct {
	store.Store
	keys sealed.Keys
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
		return storage{memstore.New(), sealed.NewKeys()}, nil
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
		return storage{}, fmt.Errorf("-store: %w", err)
	}
	keys, _, err := ringFor(ctx, s, keyFile)
	if err != nil {
		_ = s.Close() // what went wrong is known
		return storage{}, fmt.Errorf("-key-file: %w", err)
	}
	return storage{s, keys}, nil
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
