package sallyport

import (
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// policies keeps them under their ids, of which there is generalPolicy alone.
var policies = store.Table[policyRecord]{Name: "policy", Schema: 1, Cached: true}

// generalPolicy is the id of the policy that stands under all others.
const generalPolicy = "general"

// policyRecord is the general policy of a directory.
type policyRecord struct {
	lockRules
	MFA mfa.Rules `json:"mfa,omitzero"`
}

// defaultPolicy holds where no directory was applied.
func defaultPolicy() policyRecord {
	return policyRecord{lockRules: defaultLockRules()}
}
