package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

// ViewReset returns what a page of the host shows of a mailed key, and of the request
// of the host's that was opened with it; without one requestID is empty. It changes
// nothing, however often robots call it. The error for a key that is unknown, dead or
// given up is [ErrUnknownRequest].
func (e *Engine) ViewReset(ctx context.Context, key, requestID string) (*ResetView, error) {
	if !account.IsMailedKey(key) || len(requestID) > maxField {
		return nil, ErrUnknownRequest
	}
	d := &resetDialog{
		in:  ResetFinish{Key: key, RequestID: normalID(requestID)},
		key: account.MailedKeyID(e.index, account.KeyReset, key), from: e.hostCall(),
	}
	var v *ResetView
	err := e.read(ctx, func(c *call) (err error) {
		v, err = c.viewReset(d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (c *call) viewReset(d *resetDialog) (*ResetView, error) {
	r, live, err := c.readReset(d)
	if err != nil {
		return nil, err
	}
	ends := r.key.Ends()
	if !live {
		if r.key.Purpose == account.KeyReset && r.key.IsUsed() {
			return &ResetView{Done: true, Ends: ends, Left: ends.Sub(c.tx.Now())}, nil
		}
		return nil, ErrUnknownRequest
	}
	v := &ResetView{
		User: c.who.acc.Name, Language: c.who.acc.Language, Ends: ends, Left: ends.Sub(c.tx.Now()), WantsFactor: r.factors.HasBesideMail(),
		Nonce: c.pageNonce("reset", d.in.Key),
	}
	if v.WantsFactor && r.request != nil && r.request.Live() {
		if v.WantsFactor = !r.request.PassEarlier(); v.WantsFactor {
			v.Options, v.Digits = optionsOf(r.request.Request), r.request.Policy().OTPType == mfa.Numeric
		}
	}
	return v, nil
}
