package sallyport

import (
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// hostParty is whose the requests and sessions are that the host itself opened. No
// client id looks like it, so what a client opened is unknown to the host's calls,
// and the other way round.
const hostParty = "host"

// hostClient is the host itself in the place of a client. It authenticates by
// calling in process, and may log its users in and nothing else: it gets no token.
func hostClient(application string) token.Client {
	return token.Client{ID: hostParty, Application: application, GrantTypes: []string{token.GrantVGAuthenticator}, Active: true}
}

// hostCall is a call of the host on its way.
func (e *Engine) hostCall() clientCall {
	return clientCall{host: true, id: hostParty, app: *e.application.Load(), record: token.ClientKey(e.index, hostParty)}
}

// admitHost is authenticate for a call of the host.
func (c *call) admitHost(from *clientCall, grant string) error {
	if err := c.readKeys(); err != nil {
		return err
	}
	c.host, c.client = true, hostClient(from.app)
	if !c.client.Allows(grant) {
		return &ProtocolError{Code: UnauthorizedClient}
	}
	if err := c.readRules(from.app); err != nil || c.app.ID != "" {
		return err
	}
	// Its application was deleted, or has come under another id, since this
	// process met it.
	id, err := directory.OwnApplication(c.tx, c.ownApplication())
	if err != nil {
		return err
	}
	c.application.Store(&id)
	c.client.Application = id
	return c.readRules(id)
}

// ownApplication is the name of the application whose rules and roles hold for calls
// of the host.
func (e *Engine) ownApplication() string {
	if e.cfg.Application == "" {
		return "app"
	}
	return e.cfg.Application
}

// prepareApplication finds that application, and makes it in a store without.
func (e *Engine) prepareApplication(tx *store.Tx) error {
	id, err := directory.OwnApplication(tx, e.ownApplication())
	if err == nil {
		e.application.Store(&id)
	}
	return err
}

// resumes reports whether the caller may go on by a secret in the place of the
// password: it holds the request for its user, and no user holds it.
func (c *call) resumes() bool { return c.host || c.client.Resumes() }

// mayEnter reports whether the account has the role that a login wants. The host
// wants none unless it says so.
func (c *call) mayEnter() bool {
	return c.host && !c.cfg.RequireRole || directory.HasRole(&c.who.acc, &c.app)
}
