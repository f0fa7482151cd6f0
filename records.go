package sallyport

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// Records returns all tables in which an engine keeps records, for showing a record
// to a person: [store.TableOf] tells the table of a key. No secret is shown.
func Records() []store.Describer {
	return slices.Concat(account.Records(), mfa.Records(), token.Records(), directory.Records(), []store.Describer{events, openRequests.Table(), checkpoints, nodes, charges, smsCaps, indexKeys})
}

// HomeOf returns where the records of an account lie in a store in which an engine
// of that [Config.Prefix] has been, for showing them to a person: the id that they
// have in their keys, see [account.Home]. The store must be open as the engine's is,
// with its keys where it is sealed. Whether there is such an account is not looked
// at. An error wraps [store.ErrDamaged] where no engine has been.
func HomeOf(ctx context.Context, s store.Store, prefix, accountID string) (home string, err error) {
	if prefix != "" {
		prefix += "/"
	}
	err = store.NewDB(s, prefix).Run(ctx, time.Time{}, func(tx *store.Tx) error { // it never expires
		k, _, err := indexKeys.Get(tx, "index")
		if err != nil {
			return err
		}
		index, err := store.NewIndex(k.Key)
		if err != nil {
			return fmt.Errorf("%w: %w", store.ErrDamaged, err)
		}
		home = account.Home(index, accountID)
		return nil
	})
	return home, err
}
