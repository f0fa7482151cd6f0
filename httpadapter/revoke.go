package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
)

// readAbout reads a call about a token. Its query is ignored.
func (a *Adapter) readAbout(w http.ResponseWriter, r *http.Request, in *input) (from *sallyport.Caller, token string, err error) {
	f, err := form.Read(w, r, in.fields, http.StatusBadRequest)
	if err != nil {
		return nil, "", err
	}
	c, err := a.clientOf(w, r, f)
	return callerOf(c), f["token"], err
}

// revoke ends what a token stands for (RFC 7009). The answer has no body, as the usual
// clients of other servers expect.
func (a *Adapter) revoke(w http.ResponseWriter, r *http.Request) error {
	from, token, err := a.readAbout(w, r, revokeInput)
	if err != nil {
		return err
	}
	if err := a.engine.Revoke(r.Context(), sallyport.Revocation{Caller: from, Token: token, Address: a.address(r)}); err != nil {
		return err
	}
	writeEmpty(w)
	return nil
}

// introspect tells what a token stands for (RFC 7662).
func (a *Adapter) introspect(w http.ResponseWriter, r *http.Request) error {
	from, token, err := a.readAbout(w, r, introspectInput)
	if err != nil {
		return err
	}
	info, err := a.engine.Introspect(r.Context(), sallyport.Introspection{Caller: from, Token: token, Address: a.address(r)})
	if err != nil {
		return err
	}
	a.writeJSON(w, http.StatusOK, info.Wire())
	return nil
}
