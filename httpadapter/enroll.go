package httpadapter

import (
	"context"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// enrollStep is one call of the engine.
type enrollStep func(ctx context.Context, call sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error)

// mountEnrollment adds /api/MFAEnrollment to the table.
func (a *Adapter) mountEnrollment() {
	const base = "/api/MFAEnrollment/"
	a.mountPicture(base+"EnrollUserToMicrosoftAuthenticatorByImage", &byImageOperation, a.picture)
	a.mountPicture(base+"EnrollUserToMicrosoftAuthenticatorByBytes", &byBytesOperation, a.pictureBytes)
	e := a.engine
	validate := a.mountStep(base+"ValidateMicrosoftTOTP", &confirmTOTPOperation,
		func(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
			c.Name = f["name"]
			return e.ConfirmTOTP(ctx, c, f["secureCode"])
		})
	if a.opts.CompatValidateByGet {
		v := validate.verbs[len(validate.verbs)-1]
		v.method, v.op, v.changes = http.MethodGet, v.op.onlyQuery("validateMicrosoftTOTPByGet"), true
		validate.verbs = append(validate.verbs, v)
	}
	a.mountStep(base+"GetEnrollmentInformation", &informationOperation,
		func(ctx context.Context, c sallyport.EnrollmentCall, _ form.Fields) (sallyport.EnrollmentResult, error) {
			return e.Enrollment(ctx, c)
		})
	a.mountStep(base+"SendEmailVerification", &sendEmailOperation, a.sendStep(mfa.Email, "email"))
	a.mountStep(base+"ValidateEmail", &confirmEmailOperation, a.confirmStep(mfa.Email))
	a.mountStep(base+"SendMobileNumberVerification", &sendMobileOperation, a.sendStep(mfa.SMS, "mobileNumber"))
	a.mountStep(base+"ValidateMobileNumber", &confirmMobileOperation, a.confirmStep(mfa.SMS))
	a.leaf(base+"CancelEnrollment").does(http.MethodPost, &cancelOperation, a.cancelEnrollment)
}

// mountPicture adds a path that answers with the QR code.
func (a *Adapter) mountPicture(path string, op *Operation, send func(w http.ResponseWriter, r *http.Request, in *input) error) {
	in := enrollInput(op)
	s := func(w http.ResponseWriter, r *http.Request) error { return send(w, r, in) }
	a.leaf(path).does(http.MethodGet, op.onlyQuery(op.ID+"Get"), s).does(http.MethodPost, op, s)
}

// mountStep adds the path of a step that returns a result.
func (a *Adapter) mountStep(path string, op *Operation, step enrollStep) *leaf {
	return a.leaf(path).does(http.MethodPost, op, a.enroll(step, enrollInput(op)))
}

func (a *Adapter) sendStep(over mfa.Transport, field string) enrollStep {
	return func(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
		return a.engine.SendVerification(ctx, c, over, f[field])
	}
}

func (a *Adapter) confirmStep(over mfa.Transport) enrollStep {
	return func(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
		return a.engine.ConfirmVerification(ctx, c, over, f["secureCode"])
	}
}

// readEnroll returns the fields of the query, of a form or of a JSON object. It
// refuses fields from two of them. Only a body that is not empty needs a type.
func readEnroll(w http.ResponseWriter, r *http.Request, in *input) (form.Fields, error) {
	query, err := readQuery(r, in)
	if err != nil || r.Method != http.MethodPost {
		return query, err
	}
	sent, err := readFields(w, r, in)
	if err == nil && sent == nil {
		return query, nil
	}
	if err != nil || len(query) == 0 {
		return sent, err
	}
	for name := range sent {
		return nil, form.Refuse(http.StatusBadRequest, name) // two sources could contradict each other
	}
	return query, nil
}

// readQuery returns the fields of a query.
func readQuery(r *http.Request, in *input) (form.Fields, error) {
	if len(r.URL.RawQuery) > form.MaxBody {
		return nil, form.Refuse(http.StatusRequestEntityTooLarge, "query")
	}
	pairs, err := form.Scan(form.Copied(r.URL.RawQuery))
	if err != nil {
		return nil, err
	}
	return in.fields.Gather(pairs, false)
}

// readFields returns the fields of a body, a form or a JSON object as the operation says;
// nil: there is no body, which needs no type.
func readFields(w http.ResponseWriter, r *http.Request, in *input) (form.Fields, error) {
	body, err := form.ReadBody(w, r)
	if body == "" { // also after an error
		return nil, err
	}
	switch t := form.ContentType(r); {
	case t == form.Type && in.form:
		pairs, err := form.Scan(body)
		if err != nil {
			return nil, err
		}
		return in.fields.Gather(pairs, false)
	case t == mediaJSON && in.json:
		pairs, err := form.ScanObject(body)
		if err != nil {
			return nil, err
		}
		return in.fields.Gather(pairs, true)
	}
	return nil, form.Refuse(http.StatusUnsupportedMediaType, "Content-Type")
}

// call reads the fields and the request that they name.
func (a *Adapter) call(w http.ResponseWriter, r *http.Request, in *input) (sallyport.EnrollmentCall, form.Fields, error) {
	f, err := readEnroll(w, r, in)
	if err == nil && f["requestId"] != "" {
		err = a.openTo(w, r, sallyport.OriginCall{RequestID: f["requestId"]})
	}
	return sallyport.EnrollmentCall{RequestID: f["requestId"], Address: a.address(r)}, f, err
}

// enroll serves one step that returns a result. One that takes a code needs it.
func (a *Adapter) enroll(step enrollStep, in *input) serve {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, f, err := a.call(w, r, in)
		if err != nil {
			return err
		}
		if in.takes(codeField) && typed.Code(f[codeField]) == "" {
			return form.Refuse(http.StatusBadRequest, codeField)
		}
		result, err := step(r.Context(), call, f)
		if err != nil {
			return err
		}
		a.writeEnrollment(w, result)
		return nil
	}
}

// cancelEnrollment needs the client that made the request, since the request's
// id is no credential.
func (a *Adapter) cancelEnrollment(w http.ResponseWriter, r *http.Request) error {
	call, f, err := a.call(w, r, cancelInput)
	if err != nil {
		return err
	}
	c, err := form.ClientOf(r, f)
	if err != nil {
		return err
	}
	call.Caller, call.OptionID = callerOf(c), f["MFAAvailableId"]
	result, err := a.engine.CancelEnrollment(r.Context(), call)
	if err != nil {
		return err
	}
	a.writeEnrollment(w, result)
	return nil
}

func (a *Adapter) writeEnrollment(w http.ResponseWriter, r sallyport.EnrollmentResult) {
	doc := r.Wire()
	status := http.StatusOK
	if doc.IsFailed {
		status = http.StatusBadRequest
	}
	a.writeJSON(w, status, doc)
}
