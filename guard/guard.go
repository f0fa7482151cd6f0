package guard

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/sallyport-auth/sallyport"
)

// Options say how a [Guard] meets its callers. The zero value takes cookies and tokens, and
// leads browsers to /sign-in and /step-up.
type Options struct {
	// SignIn is the path of the page on which browsers sign in; it gets the parameter "to"
	// with the local path to come back to. Empty means "/sign-in".
	SignIn string
	// StepUp is the path of the page on which a browser that is signed in proves a second
	// factor anew, see [Guard.StepUp]; it gets "to" as SignIn does. Empty means "/step-up".
	StepUp string
	// WithoutCookies and WithoutTokens leave one of the two ways out. Both together are
	// refused.
	WithoutCookies, WithoutTokens bool
	// ClientAddress, if not nil, returns the network address of whoever calls, such as one
	// that a reverse proxy has told. It bounds wrong API keys; nil means that of the
	// connection.
	ClientAddress func(*http.Request) string
	// Forbidden, if not nil, answers whoever may not: a page for people. It is called with
	// the identity in the context, and must not answer with a success.
	Forbidden http.Handler
}

// Guard protects handlers. It is safe for concurrent use; make it with [New].
type Guard struct {
	engine *sallyport.Engine
	opts   Options
	origin string // of the issuer
	cookie string // its name
	secure bool
}

// New returns a guard over an engine, which stays the host's to close.
func New(e *sallyport.Engine, o Options) (*Guard, error) {
	if e == nil {
		return nil, errors.New("guard: the engine is missing")
	}
	if o.WithoutCookies && o.WithoutTokens {
		return nil, errors.New("guard: Options.WithoutCookies and WithoutTokens leave no way in; leave one of them out")
	}
	o.SignIn, o.StepUp = cmp.Or(o.SignIn, "/sign-in"), cmp.Or(o.StepUp, "/step-up")
	for name, path := range map[string]string{"SignIn": o.SignIn, "StepUp": o.StepUp} {
		if LocalPath(path) != path {
			return nil, errors.New("guard: Options." + name + ": want a path of this site, such as /sign-in")
		}
	}
	issuer, err := url.Parse(e.Issuer())
	if err != nil {
		return nil, errors.New("guard: the issuer is no URL")
	}
	g := &Guard{engine: e, opts: o, origin: issuer.Scheme + "://" + issuer.Host}
	g.cookie, g.secure = e.SessionCookie()
	return g, nil
}

// Engine returns the engine that the guard was made over.
func (g *Guard) Engine() *sallyport.Engine { return g.engine }

// Options returns the options of the guard, with the paths that were left empty filled in.
// Changing them changes nothing.
func (g *Guard) Options() Options { return g.opts }
