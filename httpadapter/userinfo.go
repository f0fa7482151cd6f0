package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
)

// userInfo serves GET and POST alike; a body is not read.
func (a *Adapter) userInfo(w http.ResponseWriter, r *http.Request) error {
	token, err := bearerToken(w, r)
	if err != nil { // the engine need not read anything to refuse it
		return err
	}
	if err := a.openTo(w, r, sallyport.OriginCall{AccessToken: token}); err != nil {
		return err
	}
	claims, err := a.engine.UserInfo(r.Context(), token)
	if err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, sallyport.WireUserInfo(claims))
	return nil
}

// bearerToken returns the access token of a request. The engine checks its length
// and characters. Where no token was sent, by whatever scheme instead, the challenge
// names no error (RFC 6750 section 3.1); two are refused.
func bearerToken(w http.ResponseWriter, r *http.Request) (string, error) {
	sent := form.Bearer(r)
	switch len(sent) {
	case 0:
		w.Header().Set("WWW-Authenticate", bareChallenge)
		return "", &form.Refusal{Status: http.StatusUnauthorized, Code: "invalid_token"}
	case 1:
		return sent[0], nil
	}
	return "", sallyport.ErrInvalidToken
}
