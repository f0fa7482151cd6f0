package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
)

// passwordFields are the fields of the routes below /api/Password. They are read from
// the body alone: no password stands in a URL.
var passwordFields = form.Vocabulary{
	Exact:  []string{"client_id", "client_secret"},
	Folded: form.Names("requestId", "Username", "password", "newPassword", "VGClientAddress"),
}

// changePassword changes a password by the old one.
func (a *Adapter) changePassword(w http.ResponseWriter, r *http.Request) error {
	f, err := readFields(w, r, passwordFields)
	if err != nil {
		return err
	}
	c, err := form.ClientOf(r, f)
	if err == nil && c.ID != "" {
		err = a.openTo(w, r, sallyport.OriginCall{ClientID: c.ID})
	}
	if err != nil {
		return err
	}
	result, err := a.engine.ChangePassword(r.Context(), sallyport.PasswordChange{
		Caller: callerOf(c), Address: a.address(r), UserAddress: f["VGClientAddress"],
		RequestID: f["requestId"], Username: f["Username"], Password: f["password"], NewPassword: f["newPassword"],
	})
	if err != nil {
		return err
	}
	doc := result.Wire()
	status := http.StatusOK
	if doc.IsFailed {
		status = http.StatusBadRequest
	}
	a.writeJSON(w, status, doc)
	return nil
}
