package sallyport

import (
	"context"
	"errors"
	"fmt"

	"github.com/sallyport-auth/sallyport/internal/peer"
	"github.com/sallyport-auth/sallyport/store"
)

// Apply puts d into the store, whole or not at all. Applying the same
// directory again writes nothing. What was changed in the store since, by an
// operator or by a login, is kept; see [DirectoryUser] for which field is
// written when. Accounts that are disabled or deleted, or whose password or
// factors change, lose their sessions and pending logins in the same commit.
//
// Passwords in clear are hashed one after the other before the transaction,
// about 25 ms each, and only those of new accounts and of accounts whose
// credentialsVersion has risen.
//
// An error means that nothing was written. Faults of d are listed as by
// [ParseDirectory], with those that only this engine and its store can tell.
func (e *Engine) Apply(ctx context.Context, d Directory, o ApplyOptions) (ApplyReport, error) {
	name, err := checkIssuer(e.cfg.Issuer)
	if err != nil {
		return ApplyReport{}, fmt.Errorf("applying the directory: %w", err)
	}
	a, err := newApplier(&d, applierConfig{
		Index: e.index, Params: e.cfg.PasswordParams, Options: o,
		ShortCodes: e.cfg.InsecureShortCodes, ShortSecrets: peer.IsLoopbackHost(name),
	})
	if err != nil {
		return ApplyReport{}, err
	}
	for {
		err := e.run(ctx, host, func(tx *store.Tx, done *[]Event) error {
			if err := a.apply(tx); err != nil || !a.hasWritten() {
				return err
			}
			return e.log(tx, done, Event{Kind: EventDirectory, Detail: a.summary()})
		})
		switch {
		case err == nil:
			return a.reported(e.clock()), nil
		case a.isFaulty():
			return ApplyReport{}, err
		case !errors.Is(err, errHashesWanted):
			return ApplyReport{}, fmt.Errorf("applying the directory: %w", err)
		}
		if err := a.hash(ctx); err != nil {
			return ApplyReport{}, fmt.Errorf("hashing passwords: %w", err)
		}
	}
}
