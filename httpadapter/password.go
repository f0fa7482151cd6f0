package httpadapter

import (
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/wire"
)

// passwordCall reads the fields and the client of a call.
func (a *Adapter) passwordCall(w http.ResponseWriter, r *http.Request, in *input) (form.Fields, *sallyport.Caller, error) {
	f, err := readFields(w, r, in)
	if err != nil {
		return nil, nil, err
	}
	c, err := form.ClientOf(r, f)
	if err == nil && c.ID != "" {
		err = a.openTo(w, r, sallyport.OriginCall{ClientID: c.ID})
	}
	return f, callerOf(c), err
}

// changePassword changes a password by the old one.
func (a *Adapter) changePassword(w http.ResponseWriter, r *http.Request) error {
	f, caller, err := a.passwordCall(w, r, changeInput)
	if err != nil {
		return err
	}
	result, err := a.engine.ChangePassword(r.Context(), sallyport.PasswordChange{
		Caller: caller, Address: a.address(r), UserAddress: f["VGClientAddress"],
		RequestID: f["requestId"], Username: f["Username"], Password: f["password"], NewPassword: f["newPassword"],
	})
	if err != nil {
		return err
	}
	a.writePassword(w, result.Wire())
	return nil
}

// beginReset has a key mailed, and answers alike whoever is named.
func (a *Adapter) beginReset(w http.ResponseWriter, r *http.Request) error {
	f, caller, err := a.passwordCall(w, r, beginResetInput)
	if err != nil {
		return err
	}
	err = a.engine.BeginReset(r.Context(), sallyport.ResetRequest{
		Caller: caller, Address: a.address(r), UserAddress: f["VGClientAddress"], Username: f["Username"],
	})
	if err != nil {
		return err
	}
	a.writePassword(w, wire.PasswordResult{Status: string(sallyport.PasswordChanged)})
	return nil
}

// finishReset sets a password by a mailed key, or takes a step on the way to it.
func (a *Adapter) finishReset(w http.ResponseWriter, r *http.Request) error {
	f, caller, err := a.passwordCall(w, r, finishResetInput)
	if err != nil {
		return err
	}
	if f["newPassword"] == "" && f["requestId"] == "" {
		return form.Refuse(http.StatusBadRequest, "newPassword")
	}
	result, err := a.engine.FinishReset(r.Context(), sallyport.ResetFinish{
		Caller: caller, Address: a.address(r), UserAddress: f["VGClientAddress"], Key: f["key"], NewPassword: f["newPassword"],
		RequestID: f["requestId"], OptionID: f["MFAAvailableId"], Code: f["secureCode"],
	})
	if err != nil {
		return err
	}
	a.writePassword(w, result.Wire())
	return nil
}

func (a *Adapter) writePassword(w http.ResponseWriter, doc wire.PasswordResult) {
	status := http.StatusOK
	if doc.IsFailed {
		status = http.StatusBadRequest
	}
	a.writeJSON(w, status, doc)
}
