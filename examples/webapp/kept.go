package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/boltstore"
	"github.com/sallyport-auth/sallyport/store/pgstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// kept is where everything is: the engine's store, the keys that seal it, and, where the app
// has a table of users, that.
type kept struct {
	store store.Store
	keys  sealed.Keys
	table *table // nil: the users are the engine's own
	close func() error
}

// open opens what the flags name, and makes what is not there.
func open(ctx context.Context, o options) (*kept, error) {
	path := filepath.Join(o.dir, "webapp.db")
	keys, err := openKeys(path + ".keys")
	if err != nil {
		return nil, err
	}
	if o.postgres != "" {
		return openPostgres(ctx, o, keys)
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return nil, err
	}
	return &kept{store: s, keys: keys, close: s.Close}, nil
}

// openPostgres opens the store and the table in one database.
func openPostgres(ctx context.Context, o options, keys sealed.Keys) (*kept, error) {
	s, err := pgstore.Open(ctx, o.postgres, pgstore.Options{})
	if err != nil {
		return nil, err
	}
	t, err := openTable(ctx, o.postgres, o.users)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &kept{store: s, keys: keys, table: t, close: func() error { t.pool.Close(); return s.Close() }}, nil
}

// openKeys reads the file of the keys, and makes it where there is none. A program of your own
// keeps it apart from the store: who has both can read everything.
func openKeys(path string) (sealed.Keys, error) {
	keys, err := sealed.LoadKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		return sealed.CreateKeys(path)
	}
	return keys, err
}
