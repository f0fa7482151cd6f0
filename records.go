package sallyport

import (
	"slices"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// Records returns all tables in which an engine keeps records, for showing a record
// to a person: [store.TableOf] tells the table of a key. No secret is shown.
func Records() []store.Describer {
	return slices.Concat(account.Records(), mfa.Records(), token.Records(), directory.Records(), []store.Describer{events, checkpoints, nodes, charges, indexKeys})
}
