package sallyport

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/internal/record"
	"github.com/sallyport-auth/sallyport/store"
)

// Ledger is something that a host counts by [Engine.Charge]: so many in a period. It is
// given with every charge, so that it needs no other setting; charges of one Name go by
// the Size and the Period that each brings.
type Ledger struct {
	// Name tells it apart from other ledgers of the host: 1 to 64 letters, digits, '-',
	// '_' or '.'. No name meets what the engine counts itself.
	Name string
	// Size is how many there are: 1 to 1,000,000,000.
	Size int
	// Period, of a second to 366 days, begins with the first charge of a key; when it is
	// over all are back.
	Period time.Duration
}

// Charged is what came of a charge.
type Charged struct {
	// OK says that there was one, which is used now. The zero Charged is a refusal.
	OK bool
	// Left is how many there are still.
	Left int
	// Until is when all are back.
	Until time.Time
}

// Charge uses one of what a ledger has for a key, and reports whether there was one: so a
// host bounds what it does itself, such as guesses at a voucher, and charges before it
// looks. The key says whose it is, such as the id of an account or a network address; its
// spellings are the host's to make one. It has 1 to 1,024 bytes and rests as a keyed hash.
//
// A charge only adds, and nothing but time takes back what was charged. Of any number of
// calls at once, on however many nodes, exactly as many are OK as the ledger has. It
// neither reads nor moves what the engine counts itself ([Budgets]), and is no event.
//
// Each key that is charged costs a record of about a hundred bytes until its period is
// over, so keys that strangers choose want a ledger of their own before them. A refusal
// is no error; an error is that of a caller ([ErrClosed], a bad ledger or key) or a fault,
// and means no, although the charge may stand: ask again only where it may count twice.
func (e *Engine) Charge(ctx context.Context, l Ledger, key string) (Charged, error) {
	if err := l.check(key); err != nil {
		return Charged{}, err
	}
	id := e.index.ID("charge", l.Name, key)
	var out Charged
	err := e.read(ctx, func(c *call) (err error) {
		out, err = l.charge(c.tx, id)
		return err
	})
	if err != nil {
		return Charged{}, err
	}
	return out, nil
}

// Bounds of a ledger.
const (
	maxLedgerName = 64
	maxLedger     = 1_000_000_000
	maxLedgerTime = 366 * 24 * time.Hour
	maxLedgerKey  = 1024 // bytes
)

// check returns what is wrong with a ledger, or with a key of it.
func (l Ledger) check(key string) error {
	switch {
	case l.Name == "" || len(l.Name) > maxLedgerName || strings.Trim(l.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "":
		return fmt.Errorf("sallyport: Ledger.Name: want 1 to %d letters, digits, '-', '_' or '.'", maxLedgerName)
	case l.Size < 1 || l.Size > maxLedger:
		return fmt.Errorf("sallyport: Ledger.Size is %d, want 1 to %d", l.Size, maxLedger)
	case l.Period < time.Second || l.Period > maxLedgerTime:
		return fmt.Errorf("sallyport: Ledger.Period is %s, want a second to %s", l.Period, maxLedgerTime)
	case key == "" || len(key) > maxLedgerKey:
		return fmt.Errorf("sallyport: the key of a charge has %d bytes, want 1 to %d", len(key), maxLedgerKey)
	}
	return nil
}

// charges are kept under a keyed hash of the name of a ledger and a key in it.
var charges = store.NewTable[charge]("charge", store.TableOptions{Size: 60})

// charge is what was used of a ledger for one key. It only grows until it expires.
type charge struct {
	Used  int
	Since time.Time

	Unknown record.Unknown // what a newer program has written
}

// Fields implements [record.Record].
func (c *charge) Fields(f *record.Fields) {
	f.Int(1, "used", &c.Used)
	f.Time(2, "since", &c.Since)
	f.Rest(&c.Unknown)
}

// charge uses one in a transaction. What began ahead of the clock begins now, and is
// written so where it is met, also by a refusal.
func (l Ledger) charge(tx *store.Tx, id string) (Charged, error) {
	now := tx.Now()
	c, _, err := charges.Get(tx, id)
	if err != nil {
		return Charged{}, fmt.Errorf("reading a charge: %w", err)
	}
	var moved bool
	if !tx.Apart() {
		c.Since, moved = moment.Begun(c.Since, now)
	}
	if now.Sub(c.Since) >= l.Period {
		c.Used, c.Since = 0, now
	}
	out := Charged{OK: c.Used < l.Size}
	if out.OK {
		c.Used++
	}
	out.Left, out.Until = max(0, l.Size-c.Used), c.Since.Add(l.Period)
	if !out.OK && !moved {
		return out, nil
	}
	if err := charges.Put(tx, id, c, out.Until); err != nil {
		return Charged{}, fmt.Errorf("writing a charge: %w", err)
	}
	return out, nil
}
