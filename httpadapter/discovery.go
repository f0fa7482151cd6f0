package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
)

// discovery serves the discovery document.
func (a *Adapter) discovery(w http.ResponseWriter, r *http.Request) error {
	if err := a.openTo(w, r, sallyport.OriginCall{}); err != nil {
		return err
	}
	writeBody(w, http.StatusOK, "application/json; charset=UTF-8", a.engine.Discovery())
	return nil
}

// jwks serves the public keys.
func (a *Adapter) jwks(w http.ResponseWriter, r *http.Request) error {
	if err := a.openTo(w, r, sallyport.OriginCall{}); err != nil {
		return err
	}
	keys, err := a.engine.JWKS(r.Context())
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, "application/json; charset=UTF-8", keys)
	return nil
}
