package weblogin

import (
	"context"
	"errors"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// change is one of the changes of an account that want the password and, where the account has
// one, a second factor: which call of the engine makes it, and what its page says.
type change struct {
	kind  string // in the cookie
	below string // the path, below that of the account
	title page.Text
	lead  page.Text // above the proof of the factor
	first string    // the template of the form that asks for the password
	did   string    // the notice once it is made

	// cannot says why the change cannot be made; the zero Text: it can.
	cannot func(*sallyport.Profile) page.Text
	// fill reads the form into the first call, and says what is wrong with it. nil: there is
	// nothing but the password.
	fill func(v *visit, in *changeCall) page.Faults
	// show adds what the form shows; nil: nothing.
	show func(v *visit, data *changePage) error
	call func(ctx context.Context, e *sallyport.Engine, in *changeCall) (*sallyport.Confirmation, error)
	// made is what follows once the change is made; nil: the page of the account.
	made func(c *change, v *visit, p pending, s *stand) error

	talk *talk // the proof of the factor
}

// kindClose is the closing of the account.
const kindClose = "close"

// changeCall is what any of them is called with.
type changeCall struct {
	sallyport.FactorChange
	email string
}

// changePage is what the pages of a change show before its factor is proven.
type changePage struct {
	User, Account string
	Email         string // on record
	EmailProven   bool
	Factor        factorRow // to be removed
	Typed         string
	GoOn          string // where something is added
	Here          string
	Sure          bool // the box was ticked
	No            page.Text
}

// route is the page of a change.
func (c change) route(account string) route {
	c.talk = &talk{cookie: changeCookie, ask: c.ask, granted: c.granted, denied: c.denied}
	r := route{path: account + c.below, look: c.look, forms: merged(c.talk.forms(), map[string]func(*visit) error{
		"begin": c.begin, "again": c.again,
	})}
	if c.kind == kindClose {
		return closing(r)
	}
	return r
}

// look shows how far the change of this browser is.
func (c *change) look(v *visit) error {
	profile, err := v.p.engine.Profile(v.r.Context(), v.handle)
	if err != nil {
		return err
	}
	data := &changePage{User: profile.Name, Account: v.p.opts.Account, Email: profile.Email, EmailProven: profile.EmailProven, Here: v.route.path}
	if data.No = c.cannot(profile); !data.No.IsZero() {
		return v.draw("account-no", c.title, data)
	}
	p, r, err := c.view(v)
	switch {
	case err != nil:
		return err
	case r == nil:
	case r.Outcome == sallyport.Granted:
		return c.granted(v, p, &stand{})
	case r.Outcome == sallyport.Denied:
		v.drop(changeCookie)
		if len(v.faults) == 0 {
			v.faults = page.Faults{refusedChange(r.Reason)}
		}
	case r.Outcome == sallyport.EnrollmentWanted && r.Enrollment != nil:
		data.GoOn = r.Enrollment.URL
		return v.draw("account-enroll", c.title, data)
	default:
		return c.talk.lookFactor(v, p, r, c.lead)
	}
	return c.lookFirst(v, data)
}

// view is the request of this change that is under way; nil: none is.
func (c *change) view(v *visit) (p pending, r *sallyport.RequestView, err error) {
	p = v.pendingIn(changeCookie)
	if p.kind != c.kind || p.request == "" {
		return p, nil, nil
	}
	r, err = v.p.engine.ViewRequest(v.r.Context(), sallyport.RequestLook{RequestID: p.request, Session: v.handle})
	if errors.Is(err, sallyport.ErrUnknownRequest) {
		v.drop(changeCookie)
		return p, nil, nil
	}
	return p, r, err
}

// lookFirst shows the form that asks for the password.
func (c *change) lookFirst(v *visit, data *changePage) error {
	if c.show != nil {
		if err := c.show(v, data); err != nil {
			return err
		}
	}
	if !data.No.IsZero() {
		v.faults = nil
		return v.draw("account-no", c.title, data)
	}
	return v.draw(c.first, c.title, data)
}

// begin is the first call of the change, by the password.
func (c *change) begin(v *visit) error {
	in := &changeCall{FactorChange: sallyport.FactorChange{Session: v.handle, Address: v.address(), Password: v.form["password"]}}
	var faults page.Faults
	if c.fill != nil {
		faults = c.fill(v, in)
	}
	if in.Password == "" {
		faults = append(faults, blank("password", page.Say("Enter your present password first.")))
	}
	v.under = &pending{} // what was under way is not what this form is of
	if len(faults) > 0 {
		return v.refuse(faults...)
	}
	r, err := c.call(v.r.Context(), v.p.engine, in)
	if err != nil {
		return c.unreadable(v, err)
	}
	if r.RequestID == "" && (r.Outcome == sallyport.PasswordChangeWanted || r.Outcome == sallyport.EnrollmentWanted) {
		return v.refuse(firstWanted(r.Outcome))
	}
	return c.talk.follow(v, pending{kind: c.kind}, confirmed(r))
}

// unreadable is what no call can be made of.
func (c *change) unreadable(v *visit, err error) error {
	e, malformed := errors.AsType[*sallyport.ProtocolError](err)
	switch {
	case !malformed:
		return err
	case e.Field == "email":
		return v.refuse(page.Fault{Field: "email", Text: page.Say("This is no e-mail address. Enter one such as name@example.com.")})
	}
	return v.refuse(page.Fault{Field: "password", Text: page.Say("This is too long, or holds characters that cannot be typed. Check it and try again.")})
}

// again begins the change anew. What was begun dies by itself.
func (c *change) again(v *visit) error {
	v.drop(changeCookie)
	return v.stay()
}

// ask goes on with the change, by a code.
func (c *change) ask(v *visit, p pending, a answer) (*stand, error) {
	r, err := c.call(v.r.Context(), v.p.engine, &changeCall{FactorChange: sallyport.FactorChange{
		Session: v.handle, Address: v.address(), RequestID: p.request, OptionID: a.option, Code: a.code,
	}})
	if err != nil {
		return nil, err
	}
	return confirmed(r), nil
}

// confirmed is the stand of a change.
func confirmed(r *sallyport.Confirmation) *stand {
	return &stand{outcome: r.Outcome, reason: r.Reason, requestID: r.RequestID, codes: r.RecoveryCodes}
}

// doneMark stands before the kind in the cookie once a change is made, so that the form which
// has made it is answered alike when it comes again.
const doneMark = "done-"

// granted tells that the change is made.
func (c *change) granted(v *visit, p pending, s *stand) error {
	if c.made != nil {
		return c.made(c, v, p, s)
	}
	if p.request != "" {
		v.keepPending(changeCookie, pending{request: p.request, kind: doneMark + c.kind})
	}
	return v.done(c.did, v.p.opts.Account)
}

// denied says why the change has ended. Where a form that came twice has made it, that is told.
func (c *change) denied(v *visit, why sallyport.Reason) error {
	if why == sallyport.ReasonOver {
		p := parsePending(v.read(changeCookie))
		p.kind = strings.TrimPrefix(p.kind, doneMark)
		v.under = &p
		if _, r, err := c.view(v); err != nil {
			return err
		} else if r != nil && r.Outcome == sallyport.Granted {
			return c.granted(v, p, &stand{})
		}
	}
	v.under = &pending{}
	return v.refuse(refusedChange(why))
}
