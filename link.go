package sallyport

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// LinkView is what the page of a link shows.
type LinkView struct {
	Nonce       string // to be sent back with the form
	User        string
	Language    string // of the account, a tag such as de; empty: not known, as with Undo
	Application string
	From        string          // network address of the login
	Device      string          // what the login was made with, in words; empty: not known
	Started     time.Time       // when the login began
	Age         time.Duration   // how long ago that was
	Ends        time.Time       // when the link dies
	WantsNumber bool            // the number that the login shows has to be typed
	MustWait    bool            // another login waits too, and no number tells them apart
	Adding      []mfa.Transport // what approving would add, if that box is ticked
	// Undo says that the link belongs to a notice: it removes Adding and ends
	// all sessions.
	Undo bool
	// StepUp says that the link is of no login: somebody is signed in to the account, and
	// goes on with something by it.
	StepUp bool
	// Outcome says how a link has ended, and is empty while it is live. It is told
	// while the request is remembered, which is ten minutes.
	Outcome LinkOutcome
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
	LinkApproved      LinkOutcome = "approved"       // the login that waits goes on
	LinkApprovedAlone LinkOutcome = "approved alone" // the same, and nothing was added, since the box was not ticked
	LinkDenied        LinkOutcome = "denied"         // the login has ended
	LinkWrongNumber   LinkOutcome = "wrong number"   // which ended the login
	LinkMustWait      LinkOutcome = "must wait"      // nothing changed
	LinkUndone        LinkOutcome = "undone"         // removed, and all sessions ended
	// LinkOver is told of a link that was never answered and no longer can be:
	// it has expired, a newer one was sent, or its login has ended.
	LinkOver LinkOutcome = "over"
)

// linkOutcome is what the answers of package mfa are called here.
var linkOutcome = map[mfa.LinkAnswer]LinkOutcome{
	mfa.Approved:      LinkApproved,
	mfa.ApprovedAlone: LinkApprovedAlone,
	mfa.Disowned:      LinkDenied,
	mfa.WrongNumber:   LinkWrongNumber,
	mfa.Over:          LinkOver,
}

// ViewLink returns what a link is about, or how it ended. It changes nothing,
// however often robots call it. The error for a link of which nothing is known any
// more is [ErrUnknownRequest].
func (e *Engine) ViewLink(ctx context.Context, token string) (LinkView, error) {
	if mfa.IsUndoToken(token) {
		return e.viewUndo(ctx, token)
	}
	record, ok := mfa.LinkRecord(token)
	if !ok {
		return LinkView{}, ErrUnknownRequest
	}
	var v LinkView
	err := e.read(ctx, func(c *call) error {
		request, err := c.linked(record)
		if err != nil {
			return err
		}
		lv, ok := request.Look(token)
		if !ok {
			return ErrUnknownRequest
		}
		v = LinkView{
			Nonce: c.pageNonce("link", token), User: lv.Name, Language: c.who.acc.Language, Application: c.app.Name, From: lv.From, Device: lv.Device, Started: lv.Created, Age: c.tx.Now().Sub(lv.Created),
			Ends: lv.Ends, WantsNumber: lv.WantsNumber, MustWait: lv.MustWait, Adding: lv.Adding, StepUp: lv.StepUp, Outcome: linkOutcome[lv.Answer],
		}
		return nil
	})
	if err != nil {
		return LinkView{}, err
	}
	return v, nil
}

// linked makes the case of the request of a link.
func (c *call) linked(record string) (*mfa.Case, error) {
	request, err := c.caseOf(record, about{page: true, login: true, link: true})
	if err != nil {
		return nil, err
	}
	if !c.who.admits(request.Request, c.tx.Now()) { // whether the link is live is judged with its token
		return nil, ErrUnknownRequest
	}
	return request, request.MeetRivals(c.tx)
}

// DecideLink takes the answer of the page. It grants nothing: the client that
// waits for the link is given the outcome. A decision stands whether or not its
// caller waits for the answer, and the first one stands: a later one changes
// nothing and is told how the link was answered.
func (e *Engine) DecideLink(ctx context.Context, token string, d LinkDecision) (LinkOutcome, error) {
	if subtle.ConstantTimeCompare([]byte(e.pageNonce("link", token)), []byte(d.Nonce)) != 1 {
		return "", ErrUnknownRequest
	}
	if mfa.IsUndoToken(token) {
		return e.undo(ctx, token, d)
	}
	record, ok := mfa.LinkRecord(token)
	if !ok {
		return "", ErrUnknownRequest
	}
	var out LinkOutcome
	_, err := e.run(ctx, linkPages, func(c *call) (err error) {
		out, err = c.decide(record, token, d)
		return err
	})
	if err != nil {
		return "", err
	}
	return out, nil
}

// linkPages is the group of all who decide links: the page tells no address.
var linkPages = groupOf("", "link")

func (c *call) decide(record, token string, d LinkDecision) (out LinkOutcome, err error) {
	request, err := c.linked(record)
	if err != nil {
		return "", err
	}
	if how := request.Answered(token); how != mfa.Unanswered {
		if request.CloseLate(token) {
			return linkOutcome[how], c.saveLink(request, record)
		}
		return linkOutcome[how], nil
	}
	ev := Event{Kind: EventLinkDenied, Account: c.who.id, Client: request.Request.Client}
	switch request.Decide(token, mfa.Decision{Approve: d.Approve, Number: d.Number, Adding: d.Add}) {
	case mfa.Approval:
		out, ev.Kind = linkOutcome[request.Answered(token)], EventLinkApproved
	case mfa.Refusal:
		out = LinkDenied
		if err := c.endDisowned(request.Request); err != nil {
			return "", err
		}
	case mfa.BadNumber:
		out, ev.Detail = LinkWrongNumber, "wrong number"
	case mfa.NotYet:
		return LinkMustWait, nil
	default:
		return "", ErrUnknownRequest
	}
	if err := c.log(ev); err != nil {
		return "", err
	}
	return out, c.saveLink(request, record)
}

// endDisowned ends the session of a step-up that the owner of the account has disowned:
// whoever uses it is somebody else.
func (c *call) endDisowned(r *mfa.Request) error {
	if r.Session == "" {
		return nil
	}
	s, ok, err := c.session(r.Session)
	if err != nil || !ok || s.Ended {
		return err
	}
	if err := token.EndSession(c.tx, s); err != nil {
		return err
	}
	return c.log(Event{Kind: EventSessionEnded, Account: c.who.id, Client: s.Client, Detail: "its step-up was disowned"})
}

// saveLink writes what a decision changed.
func (c *call) saveLink(request *mfa.Case, record string) error {
	if request.Request.Unproven() {
		return saveUnproven(c.tx, request, record)
	}
	return request.Save(c.tx)
}
