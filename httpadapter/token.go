package httpadapter

import (
	"net/http"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/token"
)

// tokenFields are the fields of the token endpoint. OAuth's names are exact, the
// original's are not; username and password of the grant password are names of both.
var tokenFields = vocabulary{
	exact: []string{"grant_type", "client_id", "client_secret", "scope", "refresh_token"},
	folded: names("VGAuthenticationModule", "Username", "Password",
		"AuthenticationRequestId", "MFAAvailableId", "MFASecureCode", "VGClientAddress"),
}

// token is the token endpoint (RFC 6749 section 3.2). Its query is ignored.
func (a *Adapter) token(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(w, r, tokenFields, http.StatusBadRequest)
	if err != nil {
		return err
	}
	if f["grant_type"] == "" {
		return refuse(http.StatusBadRequest, "grant_type")
	}
	c, err := clientOf(r, f)
	if err != nil {
		return err
	}
	switch f["grant_type"] {
	case token.GrantVGAuthenticator, token.GrantPassword:
		return a.login(w, r, c, f)
	case token.GrantRefreshToken:
		return a.refresh(w, r, c, f)
	case token.GrantClientCredentials:
		return a.clientCredentials(w, r, c, f)
	}
	return &refusal{Status: http.StatusBadRequest, Code: "unsupported_grant_type"}
}

// login is a call of the grants VGAuthenticator and password.
func (a *Adapter) login(w http.ResponseWriter, r *http.Request, c client, f fields) error {
	in := sallyport.Login{
		Caller: c.caller(), GrantType: f["grant_type"], Scope: f["scope"], Module: f["VGAuthenticationModule"],
		Username: f["Username"], Password: f["Password"], Address: a.address(r), UserAddress: f["VGClientAddress"],
	}
	if in.GrantType == token.GrantVGAuthenticator { // the grant password has no such fields
		in.RequestID, in.OptionID, in.Code = f["AuthenticationRequestId"], f["MFAAvailableId"], f["MFASecureCode"]
	}
	call := a.engine.Login
	if mayHold(in) && !a.opts.AnswerLinksAtOnce {
		extendWriteDeadline(w)
		call = a.engine.Wait
	}
	result, err := call(r.Context(), in)
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

// mayHold reports whether a call chooses an option, which may be a link.
func mayHold(in sallyport.Login) bool {
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
func (a *Adapter) refresh(w http.ResponseWriter, r *http.Request, c client, f fields) error {
	t, err := a.engine.Refresh(r.Context(), sallyport.Refresh{
		Caller: c.caller(), RefreshToken: f["refresh_token"], Scope: f["scope"],
		Address: a.address(r), UserAddress: f["VGClientAddress"],
	})
	if err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, t.Wire())
	return nil
}

// clientCredentials gives a client a token for itself (RFC 6749 section 4.4).
func (a *Adapter) clientCredentials(w http.ResponseWriter, r *http.Request, c client, f fields) error {
	t, err := a.engine.ClientCredentials(r.Context(), sallyport.ClientCredentials{Caller: c.caller(), Address: a.address(r), Scope: f["scope"]})
	if err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, t.Wire())
	return nil
}
