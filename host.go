package sallyport

import (
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/token"
)

// hostParty is whose the requests and sessions are that the host itself opened. No
// client id looks like it, so what a client opened is unknown to the host's calls,
// and the other way round.
const hostParty = "host"

// hostClient is the host itself in the place of a client. It authenticates by
// calling in process, and may log its users in and nothing else: it gets no token.
func hostClient(application string, modules []string) token.Client {
	c := token.Client{ID: hostParty, Application: application, GrantTypes: []string{token.GrantVGAuthenticator}, Active: true}
	if len(modules) > 0 {
		c.Modules = append([]string{token.ModuleVGUser}, modules...)
	}
	return c
}

// hostModules are the identity modules beside VGUser whose accounts the host's own calls
// log in.
func (e *Engine) hostModules() []string {
	names := moduleNames(e.modules)
	if e.cfg.HostPasswordless {
		names = append(names, token.ModulePasswordless)
	}
	return names
}

// resumes reports whether the caller may go on by a secret in the place of the
// password: it holds the request for its user, and no user holds it.
func (c *call) resumes() bool { return c.host || c.client.Resumes() }

// mayEnter reports whether the account has the role that a login wants. The host
// wants none unless it says so.
func (c *call) mayEnter() bool {
	return c.host && !c.cfg.RequireRole || directory.HasRole(&c.who.acc, &c.app)
}

// showsNumbers reports whether links are answered with a number that the caller shows. The
// host's pages do: so two of its logins do not wait for each other's links.
func (c *call) showsNumbers() bool { return c.host || c.client.LinkNumber }
