package directory

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Policies holds the policies under their ids, of which [GeneralPolicy] is the
// only one.
var Policies = store.Table[PolicyRecord]{Name: "policy", Schema: 1, Cached: true}

// GeneralPolicy is the id of the policy that those of applications and roles build
// on.
const GeneralPolicy = "general"

// PolicyRecord is the general policy of a directory.
type PolicyRecord struct {
	account.LockRules
	MFA mfa.Rules `json:"mfa,omitzero"`
}

// DefaultPolicy returns the policy that holds where no directory was applied.
func DefaultPolicy() PolicyRecord {
	return PolicyRecord{LockRules: account.DefaultLockRules()}
}
