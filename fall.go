package sallyport

import (
	"context"
	"errors"

	"github.com/sallyport-auth/sallyport/directory"
)

// dropUnapproved deletes the accounts that nobody has approved in time, each in a
// commit of its own with its event, so that their names and addresses are free again.
// One that cannot be deleted keeps none of the others.
func (e *Engine) dropUnapproved(ctx context.Context) error {
	now := e.clock()
	var faults error
	for it, err := range directory.Fallings.Scan(ctx, e.db, now, "", "") {
		if it.ID >= directory.FallsBefore(now) || ctx.Err() != nil {
			break
		}
		if err == nil {
			err = e.drop(ctx, it.ID)
		}
		faults = errors.Join(faults, err)
	}
	return faults
}

func (e *Engine) drop(ctx context.Context, entry string) error {
	_, err := e.run(ctx, host, func(c *call) error {
		ed := directory.Editor{Tx: c.tx, Index: c.index}
		id, err := ed.Fall(entry)
		if err != nil || id == "" {
			return err
		}
		return c.log(Event{Kind: EventFell, Account: id})
	})
	return err
}
