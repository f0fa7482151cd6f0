package sallyport

import (
	"cmp"
	"context"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/internal/moment"
	"github.com/sallyport-auth/sallyport/mfa"
	"github.com/sallyport-auth/sallyport/token"
)

// RequestLook names a pending request of the host's own that is looked at. It prints as a
// placeholder.
type RequestLook struct {
	RequestID string
	// Session is the present handle of the session that a step-up or a change is made in.
	// A login needs none.
	Session string
	Browser string // as in [Login]: of a login that belongs to one
}

// String hides the handle from accidental printing.
func (RequestLook) String() string { return "sallyport.RequestLook(hidden)" }

// GoString is like [RequestLook.String].
func (in RequestLook) GoString() string { return in.String() }

// RequestPurpose is what a pending request is for.
type RequestPurpose string

// The purposes of requests that [Engine.ViewRequest] shows. The zero RequestPurpose is none.
const (
	PurposeLogin         RequestPurpose = "login"
	PurposeStepUp        RequestPurpose = "step-up"              // see [Engine.StepUp]
	PurposeAddFactor     RequestPurpose = "add factor"           // see [Engine.AddFactor]
	PurposeRemoveFactor  RequestPurpose = "remove factor"        // see [Engine.RemoveFactor]
	PurposeRenewRecovery RequestPurpose = "renew recovery codes" // see [Engine.RenewRecoveryCodes]
	PurposeChangeAddress RequestPurpose = "change address"       // see [Engine.ChangeAddress]
	PurposeCloseAccount  RequestPurpose = "close account"        // see [Engine.CloseAccount]
)

// requestPurposes are they, by what [mfa.Request.Confirms] returns.
var requestPurposes = map[string]RequestPurpose{
	"": PurposeLogin, mfa.StepUp: PurposeStepUp, mfa.AddFactor: PurposeAddFactor, mfa.RemoveFactor: PurposeRemoveFactor,
	mfa.RenewRecovery: PurposeRenewRecovery, mfa.ChangeAddress: PurposeChangeAddress, mfa.CloseAccount: PurposeCloseAccount,
}

// RequestView is how a pending request stands: what the page shows that comes next, in the
// words of [Result]. It belongs to the caller.
type RequestView struct {
	RequestID string
	Purpose   RequestPurpose
	// User is the name of the account. It is empty of a login that began without a
	// password, of which nothing is told that depends on whose it is.
	User string
	// Outcome and Reason are what is wanted now, as a call is told that sends the id
	// alone. Granted and Denied say that the request is over, well or not: it is told
	// while its ten minutes last.
	Outcome Outcome
	Reason  Reason
	// Options are the ways to prove the second factor, as long as one is wanted.
	Options []Option
	// Chosen is the one that was chosen last; a zero ID: none was.
	Chosen ChosenOption
	// Enrollment is where something may be enrolled; nil: nothing may be. It has no
	// ResumeSecret.
	Enrollment *Enrollment
	// FactorProven says that the second factor is proven, by an enrollment for one: the
	// login goes on with the password, or the resume secret.
	FactorProven bool
	Rule         mfa.Rule  // as in [Result]
	Ends         time.Time // when the request dies, which is Left from now
	Left         time.Duration
	// Digits says that the codes of messages consist of digits alone. Recovers says that a
	// recovery code is taken with the option of an authenticator, and Remembers that the
	// login may ask to remember the device (see [Login]). The latter two are said behind a
	// password alone.
	Digits, Recovers, Remembers bool
}

// ChosenOption says how the option of a request stands that was chosen last. The zero
// ChosenOption is none.
type ChosenOption struct {
	ID string // of one of the Options
	// Live says that an answer may still be right, until Ends: the code or link that was
	// sent is good. What an authenticator shows is good as long as the request is. Else
	// the option has to be chosen again, or another one.
	Live bool
	Ends time.Time
	// NotSent says that the last message could not be sent.
	NotSent bool
	// Approved says that its link was answered with yes: the call that chose it, made
	// again, is granted.
	Approved bool
}

// ViewRequest returns how a pending request of the host's own stands: of a login, a step-up,
// or a change in a session ([Engine.AddFactor] and what stands beside it). It is for a page
// that a browser loads again and again, after each form that led on: it charges nothing,
// sends nothing and grants nothing, and the request stays as it is.
//
// The error for a request that is unknown, dead, a client's, or of another session or
// browser is [ErrUnknownRequest]; they are not told apart. One that has ended is shown with how it
// ended, to whoever may see it, until its ten minutes are over. Other errors are faults. One
// or two readings.
func (e *Engine) ViewRequest(ctx context.Context, in RequestLook) (*RequestView, error) {
	if checkFields(field{"", in.RequestID}, field{"", in.Session}) != nil || !isBrowserSecret(in.Browser) {
		return nil, ErrUnknownRequest
	}
	d := &dialog{in: Login{RequestID: normalID(in.RequestID), Browser: in.Browser}, from: e.hostCall()}
	d.handle, _ = e.handles().Open(in.Session) // what does not open is none
	t := e.calls.Begin(ctx, host)
	defer t.End()
	var v *RequestView
	out, err := e.attempt(t, func(c *call) (err error) {
		v, err = c.viewRequest(d)
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.blurred {
		t.Blur()
	}
	return v, nil
}

func (c *call) viewRequest(d *dialog) (*RequestView, error) {
	c.out = outcome{requestID: d.in.RequestID}
	request, err := c.readViewed(d)
	if err != nil {
		return nil, err
	}
	r := request.Request
	if ok, err := c.mayView(d, request); err != nil || !ok {
		return nil, cmp.Or(err, ErrUnknownRequest)
	}
	if c.out.blurred = r.Unproven(); c.out.blurred { // what is read takes as long as it does for nobody
		if err := c.time.Detach(); err != nil {
			return nil, ended(err)
		}
	}
	v := &RequestView{RequestID: d.in.RequestID, Purpose: requestPurposes[r.Confirms()], Ends: r.Expires, Left: r.Expires.Sub(c.tx.Now())}
	if !r.Unproven() {
		v.User = c.who.acc.Name
	}
	c.standing(request)
	v.Outcome, v.Reason, v.Options, v.Enrollment, v.Rule = c.out.outcome, c.out.reason, c.out.options, c.out.enrollment, c.out.rule
	v.FactorProven = c.out.reason == ReasonFactorProven
	if at := request.Choice(); len(v.Options) > 0 {
		v.told(request)
		v.Chosen = ChosenOption{ID: at.ID, Live: at.Live, Ends: at.Ends, NotSent: at.Unsent, Approved: at.Approved}
	}
	return v, nil
}

// told says what the field for a code is for.
func (v *RequestView) told(request *mfa.Case) {
	r, rules := request.Request, request.Policy()
	v.Digits = rules.OTPType == mfa.Numeric
	if r.Unproven() {
		return
	}
	v.Recovers = request.Factors.RecoveryLeft() > 0 && (v.Purpose != PurposeStepUp || r.TakesRecovery)
	v.Remembers = v.Purpose == PurposeLogin && rules.Session > 0
}

// readViewed reads the request that is looked at, with its account and the session that was
// named: one round where this node has met the request, else two.
func (c *call) readViewed(d *dialog) (*mfa.Case, error) {
	record := mfa.RequestRecord(c.index, d.in.RequestID)
	fetch, peek := append(d.sessionKeys(), mfa.RequestTable.Key(record)), d.from.keys()
	fetch, peek, err := c.addOwner(record, fetch, peek)
	if err != nil {
		return nil, err
	}
	if err := c.tx.FetchAndPeek(fetch, peek); err != nil {
		return nil, err
	}
	if err := c.authenticate(&d.from, token.GrantVGAuthenticator); err != nil {
		return nil, err
	}
	r, err := mfa.FindRecord(c.tx, record)
	if err != nil || r == nil {
		return nil, cmp.Or(err, ErrUnknownRequest)
	}
	return c.caseOf(record, about{confirms: r.Confirms(), login: r.Confirms() == "", extra: d.sessionKeys()})
}

// mayView reports whether a request is shown: one of the host's own that is remembered, of an
// account that may go on with it, to the session that it is of.
func (c *call) mayView(d *dialog, request *mfa.Case) (bool, error) {
	r, now := request.Request, c.tx.Now()
	module := c.who.moduleName()
	if r.Unproven() {
		module = token.ModulePasswordless
	}
	switch purpose := requestPurposes[r.Confirms()]; {
	case !request.Known(), !request.HeldBy(d.in.Browser), purpose == "", moment.Ahead(r.Created, now):
		return false, nil
	case !c.who.admits(r, now), !c.client.AllowsModule(module):
		return false, nil
	case purpose == PurposeLogin:
		return true, nil
	case purpose == PurposeStepUp:
		return c.isSteppingUp(d)
	case d.handle.Session == "":
		return false, nil
	}
	return c.inSession(d, request)
}

// isSteppingUp reports whether the request is the step-up that the session has open, or had
// last, and the handle its present one.
func (c *call) isSteppingUp(d *dialog) (bool, error) {
	if d.handle.Session == "" {
		return false, nil
	}
	s, _, err := c.session(d.handle.Session)
	if err != nil {
		return false, err
	}
	x, now := c.handles(), c.tx.Now()
	live := s.Client == hostParty && x.Admits(d.handle, &s, c.who.age.Epoch, now) && x.State(d.handle, &s, now) == token.HandlePresent
	return live && s.StepUp == mfa.RequestRecord(c.index, d.in.RequestID), nil
}

// standing fills in what is wanted of a request now.
func (c *call) standing(request *mfa.Case) {
	r := request.Request
	switch v := request.Status(); {
	case r.State == mfa.Granted:
		c.out.answer = granted(facts{})
	case v != mfa.Waiting && v != mfa.Passed:
		c.out.answer = answers[v]
	case r.Purpose == mfa.AddFactor && !request.HasStaged():
		c.standingAddition(request)
	case r.Unproven() || r.Confirms() != "":
		c.wantOption(r, v)
	case v == mfa.Passed:
		c.restate(request, false)
	default:
		c.wantOption(r, v)
		c.out.options = nil
		c.offer(r, request.Factors, request.Policy())
		c.out.rule = directory.AskingRule(&c.who.acc, request.Policy(), request.Factors.IsEnrolled())
	}
}

// wantOption is the answer where an option has to be chosen or answered.
func (c *call) wantOption(r *mfa.Request, v mfa.Verdict) {
	c.out.options = optionsOf(r)
	if c.out.answer = answers[mfa.Waiting]; v != mfa.Waiting {
		c.out.answer, _ = factorAnswer(facts{factor: factorWanted})
	}
}

// standingAddition is standing where a factor is added, and none waits for a proof: either
// none was confirmed yet, or it needed no other and is one now.
func (c *call) standingAddition(request *mfa.Case) {
	if request.Request.Enrollment.AnyActive() {
		c.out.answer = granted(facts{})
		return
	}
	c.out.answer, c.out.options = enrollmentFirst, optionsOf(request.Request)
	if list := request.Factors.Addable(request.Policy(), c.channels); len(list) > 0 {
		c.out.enrollment = &Enrollment{URL: c.enrollmentURL(c.out.requestID), Transports: list}
	}
}
