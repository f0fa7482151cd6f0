package sallyporttest

import (
	"context"
	"fmt"
	"sync"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/store/sealed"
	"github.com/sallyport-auth/sallyport/token"
)

// signingKey is the first signing key of every kit of the process: making one
// takes longer than the rest of a login a hundred times over.
var signingKey = sync.OnceValues(func() (token.Key, error) { return token.NewKey(token.RS256, token.DefaultKeyBits, Start) })

// seedKey puts the shared signing key into a store that has none, so that the
// engine does not make its own. A configuration that the engine will refuse is
// left to it.
func seedKey(ctx context.Context, c sallyport.Config) error {
	plain := c.Keys == sealed.Keys{}
	if c.Store == nil || c.Now == nil || plain && !c.InsecurePlainStore {
		return nil
	}
	key, err := signingKey()
	if err != nil {
		return err
	}
	s := c.Store
	if !plain {
		if s, err = sealed.New(s, c.Keys); err != nil {
			return err
		}
	}
	prefix := ""
	if c.Prefix != "" {
		prefix = c.Prefix + "/"
	}
	now := c.Now()
	err = store.NewDB(s, prefix).Run(ctx, now, func(tx *store.Tx) error {
		if _, ok, err := token.ReadRing(tx); err != nil || ok {
			return err
		}
		ring, _, err := token.Ring{}.Rotate(now, token.Rotation{}, &key)
		if err != nil {
			return err
		}
		return token.SaveRing(tx, ring)
	})
	if err != nil {
		return fmt.Errorf("seeding the signing key: %w", err)
	}
	return nil
}
