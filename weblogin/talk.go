package weblogin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
	"github.com/sallyport-auth/sallyport/internal/typed"
)

// talk is the proof of a second factor in a request that is under way: of a sign-in, a step-up
// or a change of the account. The three differ in whom they ask, and in what follows.
type talk struct {
	cookie string
	// ask makes the next call of the request. hold waits until a link was answered.
	ask func(v *visit, p pending, in answer) (*stand, error)
	// granted is what follows once all is proven.
	granted func(v *visit, p pending, s *stand) error
	// denied says why it ended, above the page on which it begins.
	denied func(v *visit, why sallyport.Reason) error
	// done reports whether what the request was for is done, once the browser has it under way
	// no more; nil: that is not to be told.
	done func(v *visit) bool
}

// answer is what a form answers.
type answer struct {
	option, code string
	remember     bool // this device
	hold         bool // until a link was answered
}

// stand is what the engine has answered, of whichever call.
type stand struct {
	outcome                    sallyport.Outcome
	reason                     sallyport.Reason
	requestID                  string
	session                    *sallyport.Session
	resume                     string   // see pending
	device                     string   // the token of this device
	codes                      []string // recovery codes that were drawn
	graceLeft, factorGraceLeft int      // more logins without what this one lacked
}

// standOf is that of a login or a step-up.
func standOf(r *sallyport.Result) *stand {
	s := &stand{outcome: r.Outcome, reason: r.Reason, requestID: r.RequestID, session: r.Session, device: r.DeviceToken, graceLeft: r.GraceLeft, factorGraceLeft: r.FactorGraceLeft}
	if r.Enrollment != nil {
		s.resume = r.Enrollment.ResumeSecret
	}
	return s
}

func answered(r *sallyport.Result, err error) (*stand, error) {
	if err != nil {
		return nil, err
	}
	return standOf(r), nil
}

// holdFor is how long one call of the script is held: less than what proxies allow.
const holdFor = 25 * time.Second

// waited is answered for a call that was held for its time: what was not answered in it goes on
// waiting, and nothing was claimed.
func waited(ctx context.Context, r *sallyport.Result, err error) (*stand, error) {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded) {
		return &stand{outcome: sallyport.Waiting}, nil
	}
	return answered(r, err)
}

// forms are those of the pages of a factor.
func (t *talk) forms() map[string]func(*visit) error {
	return map[string]func(*visit) error{"choose": t.choose, "code": t.code, "go": t.goOn, "wait": t.wait, "other": t.other}
}

// own returns what is under way, where a form is of it.
func (t *talk) own(v *visit) (p pending, ok bool) {
	p = v.pendingIn(t.cookie)
	return p, p.request != "" && v.isTag(v.form["of"], p.request)
}

// late answers a form that is of nothing under way. Where what it was for is done already, as
// by the same form in another answer, it leads to where that one led.
func (t *talk) late(v *visit, p pending) error {
	if p.request == "" && t.done != nil && t.done(v) {
		return v.lead(v.onward())
	}
	return v.stale()
}

// choose takes one of the ways, by which a message is sent.
func (t *talk) choose(v *visit) error {
	p, ok := t.own(v)
	if !ok {
		return t.late(v, p)
	}
	if v.form["option"] == "" {
		return v.refuse(blank("", page.Say("Choose one of the ways first.")))
	}
	p.option = v.form["option"]
	s, err := t.ask(v, p, answer{option: p.option})
	if err != nil {
		return t.failed(v, err)
	}
	return t.follow(v, p, s)
}

// code judges a code.
func (t *talk) code(v *visit) error {
	p, ok := t.own(v)
	if !ok {
		return t.late(v, p)
	}
	if typed.Code(v.form["code"]) == "" {
		return v.refuse(blank("code", page.Say("Enter the code first.")))
	}
	p.option = cmp.Or(v.form["option"], p.option)
	s, err := t.ask(v, p, answer{option: p.option, code: v.form["code"], remember: v.form["remember"] != ""})
	if err != nil {
		return t.failed(v, err)
	}
	return t.follow(v, p, s)
}

// isPastLink reports whether the link of the page that was sent is over: to ask after it would
// send another one, which nobody has asked for.
func (v *visit) isPastLink() bool {
	ends, err := strconv.ParseInt(v.form["ends"], 10, 64)
	return err == nil && v.p.engine.Now().Unix() >= ends
}

// goOn asks whether the link was answered.
func (t *talk) goOn(v *visit) error {
	p, s, err := t.askLink(v, false)
	switch {
	case err != nil || s == nil:
		return err
	case s.outcome == sallyport.Waiting:
		return v.refuse(page.Fault{Text: page.Say("The link has not been answered yet. Open it, answer there, and then go on here.")})
	}
	return t.follow(v, p, s)
}

// wait is goOn for the script of the page, which is told by 202 to ask again, and by 204 where
// to go.
func (t *talk) wait(v *visit) error {
	p, s, err := t.askLink(v, true)
	switch {
	case err != nil || s == nil:
		return err
	case s.outcome == sallyport.Waiting:
		v.w.WriteHeader(http.StatusAccepted)
		return nil
	case s.outcome == sallyport.Denied:
		return v.stay() // the page says why: nobody reads this answer
	}
	return t.follow(v, p, s)
}

// askLink asks after the link of the page that was sent. Without a stand the form is answered.
func (t *talk) askLink(v *visit, hold bool) (p pending, s *stand, err error) {
	p, ok := t.own(v)
	switch {
	case !ok:
		return p, nil, t.late(v, p)
	case v.isPastLink():
		return p, nil, v.stay()
	}
	p.option = cmp.Or(v.form["option"], p.option)
	if s, err = t.ask(v, p, answer{option: p.option, remember: v.form["remember"] != "", hold: hold}); err != nil {
		return p, nil, t.failed(v, err)
	}
	return p, s, nil
}

// other goes back to the choice of the ways. What was sent stays good.
func (t *talk) other(v *visit) error {
	p, ok := t.own(v)
	if !ok {
		return t.late(v, p)
	}
	p.option = ""
	v.keepPending(t.cookie, p)
	return v.stay()
}

// follow does what an answer leads to.
func (t *talk) follow(v *visit, p pending, s *stand) error {
	began := p.request != ""
	if s.requestID != "" {
		p.request = s.requestID
	}
	if s.resume != "" {
		p.resume = s.resume
	}
	switch {
	case s.outcome == sallyport.Granted:
		v.drop(t.cookie)
		return t.granted(v, p, s)
	case s.outcome == sallyport.Denied:
		if began { // else another one may be under way, of another window
			v.drop(t.cookie)
		}
		return t.denied(v, s.reason)
	}
	v.keepPending(t.cookie, p)
	v.under = &p
	if fault, wrong := factorFaults[s.reason]; wrong {
		return v.refuse(fault)
	}
	return v.stay()
}

// failed says what an error means here; the others are the page's.
func (t *talk) failed(v *visit, err error) error {
	if _, malformed := errors.AsType[*sallyport.ProtocolError](err); malformed || errors.Is(err, sallyport.ErrUnknownRequest) {
		v.drop(t.cookie)
		return t.denied(v, sallyport.ReasonOver)
	}
	return err
}

// factorFaults are what is wrong with an answer while the request goes on.
var factorFaults = map[sallyport.Reason]page.Fault{
	sallyport.ReasonWrongCode:      {Field: "code", Text: page.Say("That code is not right. Use the newest one; if it is an app’s, let your phone set its clock by the network.")},
	sallyport.ReasonNotSent:        {Text: page.Say("The message could not be sent. Wait half a minute and try again, or choose another way.")},
	sallyport.ReasonLinkUnanswered: {Text: page.Say("The link was not answered in time. Send yourself another one, or choose another way.")},
	sallyport.ReasonTooEarly:       {Field: "code", Text: page.Say("That code is right, but it is from before you began. Use the next one.")},
}
