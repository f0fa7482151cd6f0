package sallyport

import (
	"github.com/sallyport-auth/sallyport/account"
)

// invitationRecord returns the id of the record of an invitation that was sent along;
// empty: what was sent is none.
func (e *Engine) invitationRecord(key string) string {
	if !account.IsMailedKey(key) {
		return ""
	}
	return account.MailedKeyID(e.index, account.KeyInvitation, key)
}

// invitationKeys is what has to be read of the invitation of that record.
func invitationKeys(record string) []string {
	if record == "" {
		return nil
	}
	return []string{account.MailedKeys.Key(record)}
}

// readInvitation notes whether an invitation, whose key was read, is good for the account
// of the call. Another account's is as good as none.
func (c *call) readInvitation(record string) error {
	c.invited = false
	if record == "" {
		return nil
	}
	k, live, err := account.ReadMailedKey(c.tx, account.KeyInvitation, record)
	c.invited = live && c.isInvited(&k)
	return err
}

// isInvited reports whether an invitation is for the account of the call as it is now.
func (c *call) isInvited(k *account.MailedKey) bool {
	p := &c.who
	return p.known && k.Account == p.id && k.Epoch == p.age.Epoch
}

// invitationOf is the invitation that a request of the call keeps.
func (c *call) invitationOf(d *dialog) string {
	if !c.invited {
		return ""
	}
	return d.invitation
}

// spendInvitation marks the invitation as used by which a factor was added, in that
// commit. All others of the account die of its new epoch.
func (c *call) spendInvitation(record string) error {
	if !c.invited {
		return nil
	}
	k, live, err := account.ReadMailedKey(c.tx, account.KeyInvitation, record)
	if err != nil || !live {
		return err
	}
	return k.Spend(c.tx, record)
}
