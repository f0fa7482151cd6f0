package weblogin

import (
	"context"
	"errors"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/page"
)

// stepUp is the second factor that is proven anew.
var stepUp = &talk{cookie: stepUpCookie, ask: askStepUp, granted: grantedStepUp, denied: deniedStepUp, done: isAskedElsewhere}

// stepUpForms are the forms of a step-up.
var stepUpForms = merged(stepUp.forms(), map[string]func(*visit) error{"begin": (*visit).beginStepUp, "again": (*visit).beginStepUp})

// lookStepUp shows how far the step-up of this browser is.
func (v *visit) lookStepUp() error {
	p := v.pendingIn(stepUpCookie)
	lead := page.Say("What comes next asks for a proof that it is still you.")
	if p.request != "" {
		r, err := v.p.engine.ViewRequest(v.r.Context(), sallyport.RequestLook{RequestID: p.request, Session: v.handle})
		switch {
		case errors.Is(err, sallyport.ErrUnknownRequest):
			v.drop(stepUpCookie)
		case err != nil:
			return err
		case r.Outcome == sallyport.FactorWanted || r.Outcome == sallyport.Waiting:
			return stepUp.lookFactor(v, p, r, lead)
		case r.Outcome == sallyport.Denied && len(v.faults) == 0:
			v.drop(stepUpCookie)
			v.faults = page.Faults{stepUpFault(r.Reason)}
		}
	}
	return v.draw("step-up", page.Say("Is it still you?"), v.signedIn())
}

// beginStepUp opens the request. A second one in the same session ends the first.
func (v *visit) beginStepUp() error {
	r, err := v.p.guard.StepUp(v.w, v.r, v.p.opts.Need)
	if err != nil {
		return stepUp.failed(v, err)
	}
	return stepUp.follow(v, pending{}, standOf(r))
}

func askStepUp(v *visit, p pending, a answer) (*stand, error) {
	in := sallyport.StepUpAnswer{RequestID: p.request, OptionID: a.option, Code: a.code}
	if !a.hold {
		r, err := v.p.guard.AnswerStepUp(v.w, v.r, in)
		return answered(r, err)
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), holdFor)
	defer cancel()
	r, err := v.p.guard.WaitStepUp(v.w, v.r.WithContext(ctx), in)
	return waited(ctx, r, err)
}

func grantedStepUp(v *visit, _ pending, _ *stand) error { return v.lead(v.onward()) }

// isAskedElsewhere reports whether a page has led here: it asks again if a step-up that this
// browser has under way no more was not granted.
func isAskedElsewhere(v *visit) bool { return v.r.URL.Query().Get("to") != "" }

// deniedStepUp says why it ended.
func deniedStepUp(v *visit, why sallyport.Reason) error {
	v.under = &pending{}
	return v.refuse(stepUpFault(why))
}

func stepUpFault(why sallyport.Reason) page.Fault {
	if fault, known := stepUpFaults[why]; known {
		return fault
	}
	return deniedFault(why)
}

// stepUpFaults are the reasons that read otherwise than at a sign-in.
var stepUpFaults = map[sallyport.Reason]page.Fault{
	sallyport.ReasonOver:             {Text: page.Say("This proof is over: it took too long, or it was given already. Begin once more if you are asked again.")},
	sallyport.ReasonWrongCode:        {Text: page.Say("Too many wrong codes were typed, so that this proof is over. Begin once more, and use the newest code.")},
	sallyport.ReasonDisowned:         {Text: page.Say("This was stopped: somebody said that it was not them, or typed a wrong number. If it was you, begin once more.")},
	sallyport.ReasonEnrollmentWanted: {Text: page.Say("Your account has no second factor that counts here. Add one on the page of your account first.")},
	sallyport.ReasonNoFactor:         {Text: page.Say("Your account has no second factor that can be asked for here at the moment. Ask whoever runs this site.")},
}
