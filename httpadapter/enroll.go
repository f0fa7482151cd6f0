package httpadapter

import (
	"context"
	"net/http"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/internal/form"
	"github.com/sallyport-auth/sallyport/internal/typed"
	"github.com/sallyport-auth/sallyport/mfa"
)

// enrollFields are the fields of the enrolment API. A code has three names,
// which count as one.
var enrollFields = func() form.Vocabulary {
	v := form.Vocabulary{Exact: []string{"client_id", "client_secret"}}
	v.Folded = form.Names("requestId", "secureCode", "email", "mobileNumber", "MFAAvailableId", "name")
	v.Folded["mfasecurecode"], v.Folded["code"] = "secureCode", "secureCode"
	return v
}()

// enrollStep is one call of the engine.
type enrollStep func(ctx context.Context, call sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error)

// mountEnrollment adds /api/MFAEnrollment to the table.
func (a *Adapter) mountEnrollment() {
	const base = "/api/MFAEnrollment/"
	for _, p := range []struct {
		name, doc string
		serve     serve
	}{
		{"EnrollUserToMicrosoftAuthenticatorByImage", "The QR code of the authenticator to be enrolled, as a picture.", a.picture},
		{"EnrollUserToMicrosoftAuthenticatorByBytes", "The same picture as base64 in a JSON string.", a.pictureBytes},
	} {
		a.leaf(base+p.name).on(http.MethodGet, p.doc, p.serve).on(http.MethodPost, p.doc, p.serve)
	}
	e := a.engine
	for _, s := range []struct {
		name, doc string
		code      bool // a code is wanted
		step      enrollStep
	}{
		{"ValidateMicrosoftTOTP", "Confirms the authenticator by its first code.", true,
			func(ctx context.Context, c sallyport.EnrollmentCall, f form.Fields) (sallyport.EnrollmentResult, error) {
				c.Name = f["name"]
				return e.ConfirmTOTP(ctx, c, f["secureCode"])
			}},
		{"GetEnrollmentInformation", "Tells how far the enrolment is.", false,
			func(ctx context.Context, c sallyport.EnrollmentCall, _ form.Fields) (sallyport.EnrollmentResult, error) {
				return e.Enrollment(ctx, c)
			}},
		{"SendEmailVerification", "Sends a code to an e-mail address.", false, a.sendStep(mfa.Email, "email")},
		{"ValidateEmail", "Confirms the e-mail address by that code.", true, a.confirmStep(mfa.Email)},
		{"SendMobileNumberVerification", "Sends a code to a mobile number.", false, a.sendStep(mfa.SMS, "mobileNumber")},
		{"ValidateMobileNumber", "Confirms the mobile number by that code.", true, a.confirmStep(mfa.SMS)},
	} {
		l := a.leaf(base+s.name).on(http.MethodPost, s.doc, a.enroll(s.step, s.code))
		if s.name == "ValidateMicrosoftTOTP" && a.opts.CompatValidateByGet {
			l.verbs = append(l.verbs, verb{method: http.MethodGet, doc: s.doc, serve: a.enroll(s.step, s.code), changes: true})
		}
	}
	a.leaf(base+"CancelEnrollment").on(http.MethodPost, "Gives the enrolment up.", a.cancelEnrollment)
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
func readEnroll(w http.ResponseWriter, r *http.Request) (form.Fields, error) {
	query, err := readQuery(r, enrollFields)
	if err != nil || r.Method != http.MethodPost {
		return query, err
	}
	sent, err := readFields(w, r, enrollFields)
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
func readQuery(r *http.Request, v form.Vocabulary) (form.Fields, error) {
	if len(r.URL.RawQuery) > form.MaxBody {
		return nil, form.Refuse(http.StatusRequestEntityTooLarge, "query")
	}
	pairs, err := form.Scan(form.Copied(r.URL.RawQuery))
	if err != nil {
		return nil, err
	}
	return v.Gather(pairs, false)
}

// readFields returns the fields of a body that is a form or a JSON object; nil: there
// is no body, which needs no type.
func readFields(w http.ResponseWriter, r *http.Request, v form.Vocabulary) (form.Fields, error) {
	body, err := form.ReadBody(w, r)
	if body == "" { // also after an error
		return nil, err
	}
	switch form.ContentType(r) {
	case form.Type:
		pairs, err := form.Scan(body)
		if err != nil {
			return nil, err
		}
		return v.Gather(pairs, false)
	case "application/json":
		pairs, err := form.ScanObject(body)
		if err != nil {
			return nil, err
		}
		return v.Gather(pairs, true)
	}
	return nil, form.Refuse(http.StatusUnsupportedMediaType, "Content-Type")
}

// call reads the fields and the request that they name.
func (a *Adapter) call(w http.ResponseWriter, r *http.Request) (sallyport.EnrollmentCall, form.Fields, error) {
	f, err := readEnroll(w, r)
	if err == nil && f["requestId"] != "" {
		err = a.openTo(w, r, sallyport.OriginCall{RequestID: f["requestId"]})
	}
	return sallyport.EnrollmentCall{RequestID: f["requestId"], Address: a.address(r)}, f, err
}

// enroll serves one step that returns a result.
func (a *Adapter) enroll(step enrollStep, code bool) serve {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, f, err := a.call(w, r)
		if err != nil {
			return err
		}
		if code && typed.Code(f["secureCode"]) == "" {
			return form.Refuse(http.StatusBadRequest, "secureCode")
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
	call, f, err := a.call(w, r)
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
