package guard

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/sallyport-auth/sallyport"
)

type contextKey struct{}

// From returns who calls, as [Guard.Require] has found; nil: nobody. It belongs to the
// request, and is not to be changed.
func From(ctx context.Context) *sallyport.Access {
	if c := callerOf(ctx); c != nil {
		return c.access
	}
	return nil
}

// HandleFrom returns the handle of the session by which somebody calls, for calls of the
// engine that take one, such as [sallyport.Engine.Sessions]; empty for whoever calls by a
// token or an API key, and for nobody. It is a secret.
func HandleFrom(ctx context.Context) string {
	if c := callerOf(ctx); c != nil && c.access != nil && !c.bearer {
		return c.handle
	}
	return ""
}

// callerOf is the caller that [Guard.Require] has found; nil: it was not asked.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(contextKey{}).(*caller)
	return c
}

// caller is who a request comes from.
type caller struct {
	access *sallyport.Access // nil: nobody
	bearer bool              // by an Authorization header, whoever it is
	// wrong says that something was sent that is not good.
	wrong  bool
	handle string // in the cookie, or its successor where that was exchanged
}

// Identify returns who a request comes from, without conditions: nil for nobody. It is for
// handlers that are not behind [Guard.Require]. One reading of the store. The error is a
// fault, or that the request comes from another site: then nobody is to be let in.
func (g *Guard) Identify(r *http.Request) (*sallyport.Access, error) {
	c, err := g.identify(r)
	return c.access, err
}

// Session returns the session of the cookie that a request brings, and its handle, which is
// a secret: for pages that call the engine with it and are not behind [Guard.Require], which
// alone exchanges one that is due; behind it, it is what that has found. Without a good
// session the handle is empty and the access nil, also where an Authorization header came.
// One reading of the store. The error is as of [Guard.Identify].
func (g *Guard) Session(r *http.Request) (handle string, access *sallyport.Access, err error) {
	if len(r.Header.Values("Authorization")) > 0 {
		return "", nil, nil
	}
	c := callerOf(r.Context())
	if c == nil {
		found, err := g.identify(r)
		if err != nil {
			return "", nil, err
		}
		c = &found
	}
	if c.access == nil {
		return "", nil, nil
	}
	return c.handle, c.access, nil
}

func (g *Guard) identify(r *http.Request) (c caller, err error) {
	if list := r.Header.Values("Authorization"); len(list) > 0 {
		c.bearer = true
		if g.opts.WithoutTokens {
			return c, nil
		}
		c.access, err = g.byToken(r, list)
		c.wrong = c.access == nil && err == nil
		return c, err
	}
	if g.opts.WithoutCookies {
		return c, nil
	}
	if c.handle = g.handleOf(r); c.handle == "" {
		return c, nil
	}
	if !g.isOwn(r) {
		return c, ErrForeign
	}
	c.access, c.wrong, err = g.look(r, c.handle)
	return c, err
}

// look judges a handle, and reports whether it is not good.
func (g *Guard) look(r *http.Request, handle string) (a *sallyport.Access, wrong bool, err error) {
	a, err = g.engine.Session(r.Context(), handle)
	if errors.Is(err, sallyport.ErrInvalidSession) {
		return nil, true, nil
	}
	return a, false, err
}

// byToken judges an Authorization header, which has an access token or an API key. A token
// of a program's own stands for nobody.
func (g *Guard) byToken(r *http.Request, list []string) (*sallyport.Access, error) {
	scheme, token, ok := strings.Cut(list[0], " ")
	if !ok || len(list) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, nil
	}
	var a *sallyport.Access
	var err error
	if strings.HasPrefix(token, keyPrefix) {
		a, err = g.engine.Key(r.Context(), sallyport.KeyCall{Key: token, Address: g.Address(r)})
	} else {
		a, err = g.engine.Verify(r.Context(), token)
	}
	for _, invalid := range []error{sallyport.ErrInvalidToken, sallyport.ErrMachineToken, sallyport.ErrInvalidKey} {
		if errors.Is(err, invalid) {
			return nil, nil
		}
	}
	return a, err
}

// keyPrefix is what API keys begin with.
const keyPrefix = "sp_"

// Address returns the network address of whoever calls, as Options.ClientAddress tells it, or
// that of the connection; empty: not known.
func (g *Guard) Address(r *http.Request) string {
	if g.opts.ClientAddress != nil {
		return g.opts.ClientAddress(r)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// handleOf returns the handle in the cookie; empty: there is none, or there are two, of
// which one may be somebody else's.
func (g *Guard) handleOf(r *http.Request) string {
	list := r.CookiesNamed(g.cookie)
	if len(list) != 1 {
		return ""
	}
	return list[0].Value
}

// maxBrought is how many sessions of one browser are ended at once. One that brings more was
// given them by somebody who has other ways to keep it out.
const maxBrought = 4

// endBrought ends the sessions that a browser brings but one, also where there are two
// cookies and so none of them is good. What no engine sealed costs no look at the store.
func (g *Guard) endBrought(r *http.Request, but string) error {
	ended := []string{but}
	for _, c := range r.CookiesNamed(g.cookie) {
		if slices.Contains(ended, c.Value) {
			continue
		}
		if len(ended) > maxBrought {
			return nil
		}
		if err := g.engine.SignOut(r.Context(), c.Value); err != nil {
			return err
		}
		ended = append(ended, c.Value)
	}
	return nil
}
