package httpadapter

import (
	"net/http"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/ascii"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/useragent"
	"github.com/sallyport-auth/sallyport/token"
)

// token is the token endpoint (RFC 6749 section 3.2). Its query is ignored. What reads a
// call is done when it is served: one that is held is on the stack for minutes, and
// thousands of them may be.
func (a *Adapter) token(w http.ResponseWriter, r *http.Request) error {
	serve, c, err := a.readToken(w, r)
	if err != nil {
		return err
	}
	return serve(a, w, r, c)
}

// readToken reads a call, and finds what serves it.
func (a *Adapter) readToken(w http.ResponseWriter, r *http.Request) (serveToken, *tokenCall, error) {
	f, err := form.Read(w, r, tokenInput.fields, http.StatusBadRequest)
	if err != nil {
		return nil, nil, err
	}
	c, err := a.clientOf(w, r, f)
	if err != nil {
		return nil, nil, err
	}
	if f["grant_type"] == "" {
		return nil, nil, form.Refuse(http.StatusBadRequest, "grant_type")
	}
	serve, known := grants[f["grant_type"]]
	if !known {
		return nil, nil, &form.Refusal{Status: http.StatusBadRequest, Code: "unsupported_grant_type"}
	}
	return serve, &tokenCall{c, f}, nil
}

// clientOf reads which client calls by a form. From then on its pages may read the answer,
// and those of others end the call.
func (a *Adapter) clientOf(w http.ResponseWriter, r *http.Request, f form.Fields) (form.Client, error) {
	c, err := form.ClientOf(r, f)
	if err == nil && c.ID != "" {
		err = a.openTo(w, r, sallyport.OriginCall{ClientID: c.ID})
	}
	return c, err
}

// tokenCall is what came with a call: which client calls, and the fields.
type tokenCall struct {
	client form.Client
	fields form.Fields
}

// serveToken serves a call of one kind.
type serveToken func(a *Adapter, w http.ResponseWriter, r *http.Request, c *tokenCall) error

// grants are the kinds of call that the token endpoint serves.
var grants = map[string]serveToken{
	token.GrantVGAuthenticator:   (*Adapter).login,
	token.GrantPassword:          (*Adapter).login,
	token.GrantRefreshToken:      (*Adapter).refresh,
	token.GrantClientCredentials: (*Adapter).clientCredentials,
}

// callerOf names the client to the engine. It is never nil: what comes over HTTP
// is never the host itself.
func callerOf(c form.Client) *sallyport.Caller {
	return &sallyport.Caller{ClientID: c.ID, ClientSecret: c.Secret, OtherSecret: c.OtherSecret}
}

// login is a call of the grants VGAuthenticator and password. One that is held stays in
// here for minutes: what is done before and after is done by others.
func (a *Adapter) login(w http.ResponseWriter, r *http.Request, c *tokenCall) error {
	in := a.loginOf(r, c)
	if !mayHold(in) || a.opts.AnswerLinksAtOnce {
		return a.loginAtOnce(w, r, in)
	}
	extendWriteDeadline(w)
	result, err := a.engine.Wait(r.Context(), *in)
	return a.tellLogin(w, result, err)
}

// loginAtOnce is a login that is never held.
func (a *Adapter) loginAtOnce(w http.ResponseWriter, r *http.Request, in *sallyport.Login) error {
	result, err := a.engine.Login(r.Context(), *in)
	return a.tellLogin(w, result, err)
}

// tellLogin writes what the engine said to a login.
func (a *Adapter) tellLogin(w http.ResponseWriter, result *sallyport.Result, err error) error {
	if err != nil {
		return err
	}
	status := http.StatusBadRequest
	if result.Tokens != nil {
		status = http.StatusOK
	}
	a.writeJSON(w, status, result.Wire())
	return nil
}

// loginOf is what a form says to the engine.
func (a *Adapter) loginOf(r *http.Request, c *tokenCall) *sallyport.Login {
	f := c.fields
	in := &sallyport.Login{
		Caller: callerOf(c.client), GrantType: f["grant_type"], Scope: f["scope"], Resource: f["resource"], Module: f["VGAuthenticationModule"],
		Username: f["Username"], Password: f["Password"], Address: a.address(r), UserAddress: f["VGClientAddress"],
		ReturnURL: f["ReturnURL"], Device: useragent.Device(r.UserAgent()),
	}
	if in.GrantType == token.GrantVGAuthenticator { // the grant password has no such fields
		in.RequestID, in.OptionID, in.Code = f["AuthenticationRequestId"], f["MFAAvailableId"], f["MFASecureCode"]
		in.ResumeSecret, in.DeviceToken, in.Invitation = f["VGResumeSecret"], f["VGDeviceToken"], f["VGInvitation"]
		in.RememberDevice = ascii.Equal(f["VGRememberDevice"], "true")
	}
	return in
}

// mayHold reports whether a call chooses an option, which may be a link.
func mayHold(in *sallyport.Login) bool {
	return in.RequestID != "" && in.OptionID != "" && in.Code == ""
}

// longestCall is more than a link lives (240 s) and the work around it takes.
const longestCall = 5 * time.Minute

// extendWriteDeadline moves the deadline that the server set for writing the
// answer to a short call, so that one that waits for a link is not cut off. The
// deadline for reading needs no change, since the body has been read. The next
// request on the connection gets the server's own deadline again. A writer that
// cannot move its deadline keeps it.
func extendWriteDeadline(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longestCall))
}

// refresh trades a refresh token (RFC 6749 section 6).
func (a *Adapter) refresh(w http.ResponseWriter, r *http.Request, c *tokenCall) error {
	t, err := a.engine.Refresh(r.Context(), sallyport.Refresh{
		Caller: callerOf(c.client), RefreshToken: c.fields["refresh_token"], Scope: c.fields["scope"], Resource: c.fields["resource"],
		Address: a.address(r), UserAddress: c.fields["VGClientAddress"],
	})
	if err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, t.Wire())
	return nil
}

// clientCredentials gives a client a token for itself (RFC 6749 section 4.4).
func (a *Adapter) clientCredentials(w http.ResponseWriter, r *http.Request, c *tokenCall) error {
	t, err := a.engine.ClientCredentials(r.Context(), sallyport.ClientCredentials{Caller: callerOf(c.client), Address: a.address(r), Scope: c.fields["scope"], Resource: c.fields["resource"]})
	if err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, t.Wire())
	return nil
}
