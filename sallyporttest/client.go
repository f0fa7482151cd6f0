package sallyporttest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/wire"
)

// Client is a program that logs somebody in. It walks the conversation over
// HTTP ([Kit.HTTP]) or by calling the engine ([Kit.InProcess]); both ways send
// the same and are answered the same. Its methods may be called from any
// number of goroutines, as long as nobody changes the fields.
//
// A refusal is an [Answer]; only what no server should answer, such as a body
// that cannot be read, fails the test. A call that is not answered within 20
// seconds fails it too: choosing a link is held until the link is decided or
// the clock passes its end, see [Client.WaitLink].
type Client struct {
	ID     string // client_id
	Secret string // empty: a public client
	Scope  string // asked for at call 1; empty: all that the client may have
	// Resource is the audience that is asked for wherever Scope is (RFC 8707); empty: none is.
	Resource string
	// Remember asks at each call that the device be remembered. The answer then has
	// Tokens.DeviceToken, for the next call 1 ([Client.Call]).
	Remember bool

	kit *Kit
	way way
}

// way is how a call gets to the engine and back.
type way interface {
	login(ctx context.Context, in sallyport.Login) reply
	refresh(ctx context.Context, in sallyport.Refresh) reply
	clientCredentials(ctx context.Context, in sallyport.ClientCredentials) reply
	revoke(ctx context.Context, in sallyport.Revocation) reply
	introspect(ctx context.Context, in sallyport.Introspection) reply
	userInfo(ctx context.Context, token string) reply
	principal(ctx context.Context, token string, q asked) reply
	picture(ctx context.Context, requestID string) reply
	confirmTOTP(ctx context.Context, requestID, code string) reply
	sendVerification(ctx context.Context, requestID, channel, address string) reply
	confirmVerification(ctx context.Context, requestID, channel, code string) reply
	progress(ctx context.Context, requestID string) reply
	cancel(ctx context.Context, requestID, clientID, secret, option string) reply
	decide(ctx context.Context, link string, d sallyport.LinkDecision) reply
}

// InProcess is a client that calls the engine, as the first client of the
// directory that logs people in with a secret or, where there is none, without.
// Its id and secret are read from the directory as it is now; [Client.As] takes
// another.
func (k *Kit) InProcess() *Client {
	id, secret := k.dir.client()
	return &Client{ID: id, Secret: secret, kit: k, way: direct{k}}
}

// HTTP is a client that speaks to [Kit.Server], as the same client of the
// directory as [Kit.InProcess].
func (k *Kit) HTTP() *Client {
	id, secret := k.dir.client()
	return &Client{ID: id, Secret: secret, kit: k, way: remote{kit: k, base: k.Server().URL + k.adapter.BasePath, http: browserless(k.Server())}}
}

// As is the same way taken by another client of the directory, such as
// [PublicClientID] without a secret.
func (c *Client) As(id, secret string) *Client {
	other := *c
	other.ID, other.Secret = id, secret
	return &other
}

// WithScope is the same client asking for these scopes, separated by blanks.
func (c *Client) WithScope(scope string) *Client {
	other := *c
	other.Scope = scope
	return &other
}

// WithResource is the same client asking for tokens that are for one audience.
func (c *Client) WithResource(audience string) *Client {
	other := *c
	other.Resource = audience
	return &other
}

func (c *Client) t() testing.TB { return c.kit.t }

// patient is the context of one call.
func (c *Client) patient() (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.t().Context(), patience)
}

// Login is call 1: a name and a password.
func (c *Client) Login(name, password string) Answer {
	c.t().Helper()
	return c.Call(sallyport.Login{Username: name, Password: password})
}

// Resume is call 1 for a request that exists, as after a first enrolment.
func (c *Client) Resume(requestID, name, password string) Answer {
	c.t().Helper()
	return c.Call(sallyport.Login{RequestID: requestID, Username: name, Password: password})
}

// Choose is call 2: it picks an option that call 1 offered, by its display
// names. a is the answer to call 1 or to anything since.
func (c *Client) Choose(a Answer, transport, mode string) Answer {
	c.t().Helper()
	id, ok := a.Option(transport, mode)
	if !ok {
		c.t().Errorf("sallyporttest: got options %q, want %s %s; the answer was %s", a.Offered(), transport, mode, a)
		return Answer{}
	}
	return c.send(a, sallyport.Login{RequestID: a.request, OptionID: id})
}

// Answer is call 3: a code for the option that was chosen last.
func (c *Client) Answer(a Answer, code string) Answer {
	c.t().Helper()
	if a.option == "" {
		c.t().Errorf("sallyporttest: no option was chosen before the code; the last answer was %s", a)
		return Answer{}
	}
	return c.send(a, sallyport.Login{RequestID: a.request, OptionID: a.option, Code: code})
}

// AnswerWith is call 3 without call 2, which authenticators can do without.
func (c *Client) AnswerWith(a Answer, transport, mode, code string) Answer {
	c.t().Helper()
	a.option, _ = a.Option(transport, mode)
	return c.Answer(a, code)
}

// State is the call that only names a request. It never gets tokens.
func (c *Client) State(requestID string) Answer {
	c.t().Helper()
	return c.Call(sallyport.Login{RequestID: requestID})
}

// Call is any call of the grants VGAuthenticator and password: it sends the fields that are
// not empty. Caller and Scope are the client's own where left empty.
func (c *Client) Call(in sallyport.Login) Answer {
	c.t().Helper()
	return c.send(Answer{}, in)
}

func (c *Client) send(before Answer, in sallyport.Login) Answer {
	c.t().Helper()
	if in.Caller == nil {
		in.Caller = &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}
	}
	if in.Scope == "" && in.RequestID == "" {
		in.Scope = c.Scope
	}
	if in.Resource == "" && in.RequestID == "" {
		in.Resource = c.Resource
	}
	in.RememberDevice = in.RememberDevice || c.Remember
	ctx, cancel := c.patient()
	defer cancel()
	a := c.read(ctx, c.way.login(ctx, in)).after(before, in)
	a.repeats = a.isMiss() && c.kit.misses.repeat(in, c.kit.config.Now())
	return a
}

// Refresh trades a refresh token for its successor.
func (c *Client) Refresh(token string) Answer {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.read(ctx, c.way.refresh(ctx, sallyport.Refresh{Caller: &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, RefreshToken: token, Scope: c.Scope, Resource: c.Resource}))
}

// ClientCredentials is the call by which the client gets a token for itself.
func (c *Client) ClientCredentials() Answer {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	return c.read(ctx, c.way.clientCredentials(ctx, sallyport.ClientCredentials{Caller: &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret}, Scope: c.Scope, Resource: c.Resource}))
}

func (c *Client) read(ctx context.Context, r reply) Answer {
	c.t().Helper()
	a, err := r.read()
	switch {
	case errors.Is(ctx.Err(), context.Canceled): // the test is over: a held call that nobody waits for
	case ctx.Err() != nil:
		c.t().Errorf("sallyporttest: got no answer within %v; a held call wants its link decided or the clock advanced", patience)
	case err != nil:
		c.t().Errorf("sallyporttest: reading a token answer: %v (%v)", err, r.err)
	}
	return a
}

// UserInfo is the answer of the user-info endpoint. Claims is nil unless HTTP
// is 200, and where the client wants JSON values, which are in Body alone.
type UserInfo struct {
	HTTP   int
	Claims wire.UserInfo
	Body   []byte
	Err    error // the engine's, in process only
}

// UserInfo asks who the bearer of an access token is.
func (c *Client) UserInfo(accessToken string) UserInfo {
	c.t().Helper()
	ctx, cancel := c.patient()
	defer cancel()
	r := c.way.userInfo(ctx, accessToken)
	u := UserInfo{HTTP: r.status, Body: r.body, Err: r.err}
	if u.HTTP != http.StatusOK {
		return u
	}
	if err := wire.Decode(r.body, &u.Claims); err != nil && !json.Valid(r.body) {
		c.t().Errorf("sallyporttest: reading a userinfo answer: %v", err)
	}
	return u
}
