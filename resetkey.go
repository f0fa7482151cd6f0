package sallyport

import (
	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/password"
	"github.com/sallyport-auth/sallyport/token"
)

// resetDialog is one FinishReset over all attempts of its transaction.
type resetDialog struct {
	in        ResetFinish
	from      clientCall
	key       string // id of its record
	requestID string // fresh, for a request that is opened
	fresh     newPassword

	// What the last attempt found.

	verdict PasswordStatus // where it is not plain failure
	refused *password.PolicyError
}

// result is what the outcome of the transaction is called here.
func (d *resetDialog) result(out *outcome) *ResetResult {
	r := &ResetResult{
		Status: PasswordChangeRefused, Outcome: out.outcome, Reason: out.reason,
		RequestID: out.requestID, Options: out.options, Policy: d.refused, factor: out.status,
	}
	switch {
	case d.refused != nil:
		r.Status = refusedStatus(d.refused)
	case d.verdict != "":
		r.Status = d.verdict
	}
	return r
}

// reset is a key with what is judged by it.
type reset struct {
	key     account.MailedKey
	factors *mfa.Factors
	request *mfa.Case // nil: the call names none
}

// resetOver answers a call whose key, or whose request, is good for nothing.
func (c *call) resetOver(d *resetDialog, s PasswordStatus) error {
	d.verdict = s
	c.out.answer = answer{outcome: Denied, reason: ReasonOver}
	return nil
}

// wantReset answers a call to which only a password is missing, or a better one.
func (c *call) wantReset(why Reason) {
	c.out.answer = answer{outcome: PasswordChangeWanted, reason: why}
}

func (r *reset) save(c *call) error {
	if r.request == nil {
		return nil
	}
	return r.request.Save(c.tx)
}

// readReset reads the client, the key, its account and the request that the call
// names, and reports whether the key is live.
func (c *call) readReset(d *resetDialog) (r *reset, live bool, err error) {
	r = &reset{}
	fetch, record := []string{account.MailedKeys.Key(d.key)}, mfa.RequestRecord(c.index, d.in.RequestID)
	if d.in.RequestID != "" {
		fetch = append(fetch, mfa.RequestTable.Key(record))
	}
	if err := c.tx.FetchAndPeek(fetch, d.from.keys()); err != nil {
		return r, false, err
	}
	if err := c.authenticate(&d.from, token.GrantVGAuthenticator); err != nil {
		return r, false, err
	}
	if r.key, live, err = account.ReadMailedKey(c.tx, account.KeyReset, d.key); err != nil || !live {
		return r, false, err
	}
	if d.in.RequestID != "" {
		err = c.readResetRequest(d, r, record)
	} else {
		err = c.readKeyHolder(r)
	}
	return r, err == nil && c.isResetLive(&r.key, r.factors), err
}

// readKeyHolder reads the account of the key.
func (c *call) readKeyHolder(r *reset) error {
	c.who = person{accountRef: c.ref(r.key.Account)}
	if err := c.tx.Fetch(c.who.personKeys()...); err != nil {
		return err
	}
	if err := c.who.readState(c.tx); err != nil {
		return err
	}
	if err := c.meetNow(""); err != nil {
		return err
	}
	f, err := mfa.ReadFactors(c.tx, c.who.home, c.who.leastSerial())
	r.factors = &f
	return err
}

// readResetRequest reads the account of the key and the request of the call. One that
// is another account's or another key's is as good as none.
func (c *call) readResetRequest(d *resetDialog, r *reset, record string) error {
	sends := d.in.OptionID
	if d.in.Code != "" {
		sends = ""
	}
	request, err := c.caseOf(record, about{option: sends, address: c.user(d.in.Address, d.in.UserAddress), confirms: mfa.ResetPassword})
	if err != nil {
		return err
	}
	r.request, r.factors = request, request.Factors
	if c.who.id == r.key.Account && request.Request.Key == d.key { // both are digests or ids, and no secret
		return nil
	}
	if err := c.readKeyHolder(r); err != nil {
		return err
	}
	r.request = nil
	return nil
}
