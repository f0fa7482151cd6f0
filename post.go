package sallyport

import (
	"context"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// post sends mails behind the answer: neither their number nor a look-up shows in its
// time.
func (e *Engine) post(out *outcome) {
	for _, d := range out.mails {
		d.reader = out.reader.or(d.language)
		e.sendLater(e.background, "a mail about an address", func(ctx context.Context) error {
			err := e.guarded(func() error { return e.address(ctx, &d) })
			if err == nil && d.to != "" {
				err = e.give(ctx, e.written(&d), smsNotice)
			}
			return err
		})
	}
}

// address fills in where a mail to the owner of an account goes; nowhere, where the
// account has no proven address any more.
func (e *Engine) address(ctx context.Context, d *draft) error {
	if d.owner == "" {
		return nil
	}
	return e.db.Run(ctx, e.clock(), func(tx *store.Tx) error {
		p := person{accountRef: e.ref(d.owner)}
		if err := p.fetch(tx); err != nil {
			return err
		}
		f, err := mfa.ReadFactors(tx, p.home, p.leastSerial())
		d.to, d.facts.User, d.language = f.ProvenEmail(), p.acc.Name, p.acc.Language
		return err
	})
}
