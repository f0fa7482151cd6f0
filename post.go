package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// post sends mails behind the answer: neither their number nor a look-up shows in its
// time.
func (e *Engine) post(list []mail) {
	for _, m := range list {
		e.sendLater(e.background, "a mail about an address", func(ctx context.Context) error {
			err := e.guarded(func() error { return e.address(ctx, &m) })
			if err == nil && m.To != "" {
				err = e.give(ctx, m.Message, smsNotice)
			}
			return err
		})
	}
}

// address fills in where a mail to the owner of an account goes; nowhere, where the
// account has no proven address any more.
func (e *Engine) address(ctx context.Context, m *mail) error {
	if m.owner == "" {
		return nil
	}
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		p := person{accountRef: e.ref(m.owner)}
		if err := p.fetch(tx); err != nil {
			return err
		}
		f, err := mfa.ReadFactors(tx, p.home, p.leastSerial())
		m.To, m.User = f.ProvenEmail(), p.acc.Name
		return err
	})
}
