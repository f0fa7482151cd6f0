package sallyport

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/sallyport-auth/sallyport/account"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/store"
)

// LinkView is what the page of a link shows before anything is decided.
type LinkView struct {
	Nonce       string // to be sent back with the form
	User        string
	Application string
	From        string    // network address of the login
	Started     time.Time // when the login began
	Ends        time.Time // when the link dies
	WantsNumber bool      // the number that the login shows has to be typed
	MustWait    bool      // another login waits too, and no number tells them apart
	Adding      []string  // what approving would add, if that box is ticked
	// Undo says that the link belongs to a notice: it removes Adding and ends
	// all sessions.
	Undo bool
}

// LinkDecision is what the form of the page says.
type LinkDecision struct {
	Nonce   string
	Approve bool   // or, of an undo link, remove
	Number  string // as typed
	Add     bool   // the box
}

// LinkOutcome is what became of a decision.
type LinkOutcome string

// The outcomes. A link that is not live is the error [ErrUnknownRequest].
const (
	LinkApproved    LinkOutcome = "approved"     // the login that waits goes on
	LinkDenied      LinkOutcome = "denied"       // the login has ended
	LinkWrongNumber LinkOutcome = "wrong number" // which ended the login
	LinkMustWait    LinkOutcome = "must wait"    // nothing changed
	LinkUndone      LinkOutcome = "undone"       // removed, and all sessions ended
)

// Link answers what a link is about. It changes nothing, however often robots
// call it.
func (e *Engine) Link(ctx context.Context, token string) (LinkView, error) {
	if mfa.IsUndoToken(token) {
		return e.undoView(ctx, token)
	}
	var v LinkView
	err := e.linked(ctx, token, func(tx *store.Tx, _ *[]Event, c *mfa.Case, p *person) error {
		lv, ok := c.Look(token)
		if !ok {
			return ErrUnknownRequest
		}
		app, _, err := directory.Applications.Get(tx, lv.Application)
		v = LinkView{
			Nonce: e.pageNonce("link", token), User: lv.Name, Application: app.Name, From: lv.From, Started: lv.Created,
			Ends: lv.Ends, WantsNumber: lv.WantsNumber, MustWait: lv.MustWait, Adding: transportList(lv.Adding),
		}
		return err
	})
	if err != nil {
		return LinkView{}, err
	}
	return v, nil
}

// linked runs a step on the request of a link token.
func (e *Engine) linked(ctx context.Context, token string, step func(*store.Tx, *[]Event, *mfa.Case, *person) error) error {
	record, ok := mfa.LinkRecord(token)
	if !ok {
		return ErrUnknownRequest
	}
	return e.run(ctx, groupOf("", "link"), func(tx *store.Tx, done *[]Event) error {
		c, p, err := e.caseOf(tx, record, "", "", nil)
		if err != nil {
			return err
		}
		if !c.Live() || !p.usable(tx) {
			return ErrUnknownRequest
		}
		return step(tx, done, c, p)
	})
}

// DecideLink is the answer of the page. It grants nothing: the client that
// waits for the link is given the outcome.
func (e *Engine) DecideLink(ctx context.Context, token string, d LinkDecision) (LinkOutcome, error) {
	if subtle.ConstantTimeCompare([]byte(e.pageNonce("link", token)), []byte(d.Nonce)) != 1 {
		return "", ErrUnknownRequest
	}
	if mfa.IsUndoToken(token) {
		return e.undo(ctx, token, d)
	}
	var out LinkOutcome
	err := e.linked(ctx, token, func(tx *store.Tx, done *[]Event, c *mfa.Case, p *person) error {
		ev := Event{Kind: EventLinkDenied, Account: p.id, Client: c.Request.Client}
		switch c.Decide(token, mfa.Decision{Approve: d.Approve, Number: d.Number, Adding: d.Add}) {
		case mfa.Approval:
			out, ev.Kind = LinkApproved, EventLinkApproved
		case mfa.Refusal:
			out = LinkDenied
		case mfa.BadNumber:
			out, ev.Detail = LinkWrongNumber, "wrong number"
		case mfa.NotYet:
			out = LinkMustWait
			return nil
		default:
			return ErrUnknownRequest
		}
		if err := e.log(tx, done, ev); err != nil {
			return err
		}
		return c.Save(tx)
	})
	if err != nil {
		return "", err
	}
	return out, nil
}

func (e *Engine) undoView(ctx context.Context, token string) (LinkView, error) {
	var v LinkView
	err := e.read(ctx, func(tx *store.Tx, _ *[]Event) error {
		u, ok, err := mfa.UndoTable.Get(tx, mfa.UndoRecord(e.index, token))
		if err != nil {
			return err
		}
		if !ok || !u.Used.IsZero() {
			return ErrUnknownRequest
		}
		v = LinkView{Nonce: e.pageNonce("link", token), User: u.Name, Started: u.At, Adding: transportList(u.Added), Undo: true}
		return nil
	})
	if err != nil {
		return LinkView{}, err
	}
	return v, nil
}

// undo removes a factor that somebody else added, and ends every session and
// pending login of the account.
func (e *Engine) undo(ctx context.Context, token string, d LinkDecision) (LinkOutcome, error) {
	if !d.Approve {
		return "", ErrUnknownRequest
	}
	record := mfa.UndoRecord(e.index, token)
	err := e.run(ctx, groupOf("", "link"), func(tx *store.Tx, done *[]Event) error {
		u, ok, err := mfa.UndoTable.Get(tx, record)
		if err != nil {
			return err
		}
		if !ok {
			return ErrUnknownRequest
		}
		p, age, err := e.readState(tx, u.Account)
		if err != nil {
			return err
		}
		f, err := mfa.ReadFactors(tx, u.Account, age.Serial)
		if err != nil {
			return err
		}
		if !p.known || !u.Apply(&f, tx.Now()) {
			return ErrUnknownRequest
		}
		age.Epoch++
		age.Serial = f.Serial
		for _, err := range []error{
			account.Ageings.Put(tx, u.Account, age, account.NoExpiry),
			mfa.FactorsTable.Put(tx, u.Account, f, account.NoExpiry),
			mfa.UndoTable.Put(tx, record, u, u.Ends()),
			e.log(tx, done, Event{Kind: EventFactorsChanged, Account: u.Account, Detail: "undone by link"}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return LinkUndone, nil
}
