package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport/wire"
)

// userInfo serves GET and POST alike; a body is not read.
func (a *Adapter) userInfo(w http.ResponseWriter, r *http.Request) error {
	token, err := bearerToken(w, r)
	if err != nil { // the engine need not read anything to refuse it
		return err
	}
	claims, err := a.engine.UserInfo(r.Context(), token)
	if err != nil {
		return err
	}
	doc := make(wire.UserInfo, 0, len(claims))
	for _, c := range claims {
		doc = append(doc, wire.Claim(c))
	}
	a.writeJSON(w, http.StatusOK, doc)
	return nil
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
