package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/mfa"
)

func (e *Engine) viewUndo(ctx context.Context, token string) (LinkView, error) {
	var v LinkView
	err := e.read(ctx, func(c *call) error {
		u, ok, err := mfa.ReadUndo(c.tx, mfa.UndoRecord(c.index, token))
		if err != nil {
			return err
		}
		if !ok {
			return ErrUnknownRequest
		}
		v = LinkView{Nonce: c.pageNonce("link", token), User: u.Name, Started: u.At, Age: c.tx.Now().Sub(u.At), Adding: u.Added, Undo: true}
		if !u.Used.IsZero() {
			v.Outcome = LinkUndone
		}
		return nil
	})
	if err != nil {
		return LinkView{}, err
	}
	return v, nil
}

// undo removes a factor that was added by another, and ends every session and
// pending login of the account.
func (e *Engine) undo(ctx context.Context, token string, d LinkDecision) (LinkOutcome, error) {
	if !d.Approve {
		return "", ErrUnknownRequest
	}
	if _, err := e.run(ctx, linkPages, func(c *call) error { return c.removeAdded(mfa.UndoRecord(c.index, token)) }); err != nil {
		return "", err
	}
	return LinkUndone, nil
}

func (c *call) removeAdded(record string) error {
	u, ok, err := mfa.ReadUndo(c.tx, record)
	if err != nil {
		return err
	}
	if !ok {
		return ErrUnknownRequest
	}
	if !u.Used.IsZero() { // a double click: it has been done
		return nil
	}
	p := &c.who
	p.accountRef = c.ref(u.Account)
	if err := p.fetch(c.tx); err != nil {
		return err
	}
	if err := c.meetNow(""); err != nil {
		return err
	}
	f, err := mfa.ReadFactors(c.tx, p.home, p.leastSerial())
	if err != nil {
		return err
	}
	was := f.ProvenEmail()
	if !p.known || !u.Since.Equal(p.age.Since) || !u.Apply(&f, c.tx.Now()) {
		return ErrUnknownRequest
	}
	p.age.Epoch++
	p.age.Serial = f.Serial
	for _, err := range []error{
		account.Ageings.Put(c.tx, p.home, p.age, account.NoExpiry),
		mfa.FactorsTable.Put(c.tx, p.home, f, account.NoExpiry),
		c.moveEmail(was, f.ProvenEmail()),
		mfa.UndoTable.Put(c.tx, record, u, u.Ends()),
		c.log(Event{Kind: EventFactorsChanged, Account: p.id, Detail: "undone by link"}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
