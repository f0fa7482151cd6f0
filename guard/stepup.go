package guard

import (
	"context"
	"errors"
	"net/http"

	"github.com/sallyport-auth/sallyport"
)

// ErrForeign means that a request which changes something came from another site, or that
// it brings the cookie and does not say where it comes from: it is to be answered 403.
var ErrForeign = errors.New("guard: a request of another site")

// StepUp begins to prove a second factor anew in the session of a browser, for the page at
// Options.StepUp: [sallyport.Engine.StepUp] with the handle of the request. The addresses in
// need may be empty: then they are those that Options.ClientAddress tells. Whatever
// is answered then is not kept by caches. Call it before anything of the answer is written.
//
// Errors are [ErrForeign], those of the engine, and [sallyport.ErrInvalidSession] where the
// request brings no cookie.
func (g *Guard) StepUp(w http.ResponseWriter, r *http.Request, need sallyport.Need) (*sallyport.Result, error) {
	handle, err := g.stepUpHandle(w, r)
	if err != nil {
		return nil, err
	}
	if need.Address == "" {
		need.Address = g.Address(r)
	}
	return g.engine.StepUp(r.Context(), handle, need)
}

// AnswerStepUp goes on with what [Guard.StepUp] began ([sallyport.Engine.AnswerStepUp]), and
// keeps the new handle in the cookie once the factor is proven. Addresses, calls and errors
// are as those of StepUp. A link is not waited for: the page asks again.
func (g *Guard) AnswerStepUp(w http.ResponseWriter, r *http.Request, in sallyport.StepUpAnswer) (*sallyport.Result, error) {
	return g.goOnStepUp(w, r, in, g.engine.AnswerStepUp)
}

// WaitStepUp is [Guard.AnswerStepUp], but holds a call that asks after a link until it is
// answered, as [sallyport.Engine.WaitStepUp] does.
func (g *Guard) WaitStepUp(w http.ResponseWriter, r *http.Request, in sallyport.StepUpAnswer) (*sallyport.Result, error) {
	return g.goOnStepUp(w, r, in, g.engine.WaitStepUp)
}

func (g *Guard) goOnStepUp(w http.ResponseWriter, r *http.Request, in sallyport.StepUpAnswer, ask func(context.Context, string, sallyport.StepUpAnswer) (*sallyport.Result, error)) (*sallyport.Result, error) {
	handle, err := g.stepUpHandle(w, r)
	if err != nil {
		return nil, err
	}
	if in.Address == "" {
		in.Address = g.Address(r)
	}
	result, err := ask(r.Context(), handle, in)
	if err == nil && result.Session != nil {
		g.setCookie(w, result.Session)
	}
	return result, err
}

// stepUpHandle returns the handle of the session that a request is of: that of the cookie,
// or its successor where [Guard.Require] has exchanged it in the same request.
func (g *Guard) stepUpHandle(w http.ResponseWriter, r *http.Request) (string, error) {
	w.Header().Set("Cache-Control", "no-store")
	if own, ok := w.(*writer); ok {
		own.behindFactor = true
	}
	handle := g.handleOf(r)
	switch c := callerOf(r.Context()); {
	case g.opts.WithoutCookies || len(r.Header.Values("Authorization")) > 0 || handle == "":
		return "", sallyport.ErrInvalidSession
	case !g.isOwn(r):
		return "", ErrForeign
	case c != nil && c.handle != "":
		handle = c.handle
	}
	return handle, nil
}
