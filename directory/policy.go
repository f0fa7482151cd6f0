package directory

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// Policies holds the policies under their ids, of which [GeneralPolicy] is the
// only one.
var Policies = store.NewTable[PolicyRecord]("policy", store.TableOptions{Cached: true})

// GeneralPolicy is the id of the policy that those of applications and roles build
// on.
const GeneralPolicy = "general"

// PolicyRecord is the general policy of a directory.
type PolicyRecord struct {
	account.LockRules
	MFA       mfa.Rules
	Passwords PasswordRules

	Unknown record.Unknown // what a newer program has written
}

// DefaultPolicy returns the policy that holds where no directory was applied.
func DefaultPolicy() PolicyRecord {
	return PolicyRecord{LockRules: account.DefaultLockRules(), Passwords: defaultPasswordRules()}
}
