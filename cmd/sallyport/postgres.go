package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/pgstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// postgresPatience bounds the connecting and the changes of the schema.
const postgresPatience = time.Minute

func isPostgres(scheme string) bool { return scheme == "postgres" || scheme == "postgresql" }

func openPostgres(ctx context.Context, url, keyFile string) (storage, error) {
	ctx, cancel := context.WithTimeout(ctx, postgresPatience)
	defer cancel()
	s, err := pgstore.Open(ctx, url, pgstore.Options{})
	if err != nil {
		return storage{}, fmt.Errorf("-store: %w", err)
	}
	keys, made, err := ringFor(ctx, s, keyFile)
	if err == nil && made {
		err = claim(ctx, s, keys, keyFile)
	}
	if err != nil {
		_ = s.Close() // what went wrong is known
		return storage{}, fmt.Errorf("-key-file: %w", cured(keyFile, err))
	}
	return storage{s, keys, keyFile}, nil
}

// claims holds one record: whose keys seal this store.
var claims = store.NewTable[claimed]("claim", store.TableOptions{})

type claimed struct {
	At time.Time
}

// Fields implements the form of a record.
func (c *claimed) Fields(f *record.Fields) {
	f.Time(1, "at", &c.At)
	f.End()
}

var errClaimed = errors.New("another node has just made the keys of this store: copy its key file")

// claim makes sure that of several nodes that found the store empty only one
// keeps the keys that it made. The others' files are taken away again: they
// would open nothing.
func claim(ctx context.Context, s store.Store, keys sealed.Keys, path string) error {
	locked, err := sealed.New(s, keys)
	if err != nil {
		return err
	}
	now := time.Now()
	err = store.Run(ctx, locked, now, func(tx *store.Tx) error {
		_, taken, err := claims.Get(tx, "keys")
		if err == nil && taken {
			return errClaimed
		}
		return errors.Join(err, claims.Put(tx, "keys", claimed{now}, time.Time{}))
	})
	if errors.Is(err, store.ErrDamaged) { // sealed by other keys
		err = errClaimed
	}
	if errors.Is(err, errClaimed) {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// checkNoPassword refuses a store URL from the command line, which every user
// of the machine can read, if it holds a password. One that cannot be read may
// hold one, too.
func checkNoPassword(storeURL string) error {
	scheme, _, _ := strings.Cut(storeURL, ":")
	if !isPostgres(scheme) {
		return nil
	}
	u, err := url.Parse(storeURL)
	if err != nil {
		return errors.New("-store: not a URL")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("-store: not a URL")
	}
	_, has := u.User.Password()
	if has || query.Has("password") || query.Has("sslpassword") {
		return errors.New("-store: a URL with a password is taken from a -config file alone, since others can read command lines; or let PGPASSFILE name a password file")
	}
	return nil
}
