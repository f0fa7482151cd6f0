package httpadapter

import (
	"errors"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/wire"
)

// challenge is what a 401 of userinfo says (RFC 6750 section 3), as the
// original's server does.
const challenge = `Bearer realm="IdentityServer",error="invalid_token"`

// userInfo serves GET and POST alike; a body is not read.
func (a *Adapter) userInfo(w http.ResponseWriter, r *http.Request) error {
	token, ok := bearerToken(r)
	if !ok {
		return invalidToken(w, sallyport.ErrInvalidToken)
	}
	claims, err := a.engine.UserInfo(r.Context(), token)
	switch {
	case errors.Is(err, sallyport.ErrInvalidToken):
		return invalidToken(w, err)
	case err != nil:
		return err
	}
	doc := make(wire.UserInfo, 0, len(claims))
	for _, c := range claims {
		doc = append(doc, wire.Claim(c))
	}
	a.writeJSON(w, http.StatusOK, doc)
	return nil
}

func invalidToken(w http.ResponseWriter, err error) error {
	header := challenge
	if errors.Is(err, sallyport.ErrExpiredToken) {
		header += `,error_description="The access token expired"`
	}
	w.Header().Set("WWW-Authenticate", header)
	return &refusal{status: http.StatusUnauthorized, code: "invalid_token"}
}

// discovery serves the discovery document.
func (a *Adapter) discovery(w http.ResponseWriter, _ *http.Request) error {
	writeBody(w, http.StatusOK, "application/json; charset=UTF-8", a.engine.Discovery())
	return nil
}

// jwks serves the public keys.
func (a *Adapter) jwks(w http.ResponseWriter, r *http.Request) error {
	keys, err := a.engine.JWKS(r.Context())
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, "application/json; charset=UTF-8", keys)
	return nil
}
