package sallyporttest

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/wire"
)

// TokenAnswer is what a call about a token was answered with: a revocation, which has no
// body where it is granted, or an introspection.
type TokenAnswer struct {
	HTTP       int
	Token      wire.Introspection // of an introspection that was answered
	OAuthError string             // the code of a refusal
	Body       []byte
	Err        error // the engine's, in process only
}

// Revoke gives up a token of the client's (RFC 7009).
func (c *Client) Revoke(token string) TokenAnswer {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.aboutToken(c.way.revoke(ctx, sallyport.Revocation{Caller: &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, Token: token}))
}

// Introspect asks what a token stands for (RFC 7662).
func (c *Client) Introspect(token string) TokenAnswer {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.aboutToken(c.way.introspect(ctx, sallyport.Introspection{Caller: &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, Token: token}))
}

func (c *Client) aboutToken(r reply) TokenAnswer {
	c.t().Helper()
	a := TokenAnswer{HTTP: r.status, Body: r.body, Err: r.err}
	var err error
	switch {
	case r.status != http.StatusOK && len(r.body) > 0:
		var no wire.OAuthError
		err = wire.Decode(r.body, &no)
		a.OAuthError = no.Error
	case len(r.body) > 0:
		err = wire.Decode(r.body, &a.Token)
	}
	if err != nil {
		c.t().Errorf("sallyporttest: reading an answer about a token: %v", err)
	}
	return a
}
