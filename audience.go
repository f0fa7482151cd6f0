package sallyport

import (
	"slices"

	"github.com/sallyport-auth/sallyport/token"
)

// isForUs reports whether a token may be taken here: it says of nobody that it is for
// them, or of us. One that is for an API alone opens nothing else, so that an API that is
// handed it cannot act for its user at the issuer.
func (e *Engine) isForUs(claims *token.Claims) bool {
	return len(claims.Audience) == 0 || slices.ContainsFunc(claims.Audience, func(a string) bool {
		return a == e.cfg.Issuer || a != "" && a == e.cfg.StaticAudience
	})
}

// target judges for whom a token of the client of the call is to be. The error is a
// [ProtocolError] with InvalidTarget or InvalidScope.
func (c *call) target(in token.TargetRequest) (token.Target, error) {
	in.Issuer, in.Static = c.cfg.Issuer, c.cfg.StaticAudience
	list, err := c.resources()
	if err != nil {
		return token.Target{}, err
	}
	t, ok := list.Target(&c.client, in)
	switch {
	case !ok:
		return t, &ProtocolError{Code: InvalidTarget}
	case len(t.Scopes) == 0 && len(in.Scopes) > 0:
		return t, &ProtocolError{Code: InvalidScope} // all of them are of other APIs
	}
	return t, nil
}

// aim notes at call 1 for whom the tokens of the login are to be.
func (c *call) aim(scopes []string, resource string) error {
	if c.resource = resource; resource == "" {
		return nil
	}
	_, err := c.target(token.TargetRequest{Granted: scopes, Scopes: scopes, Resource: resource})
	return err
}
