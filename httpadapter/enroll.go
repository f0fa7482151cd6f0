package httpadapter

import (
	"context"
	"encoding/base64"
	"mime"
	"net/http"
	"strings"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/mfa"
)

// enrollFields are the fields of the enrolment API. A code has three names,
// which count as one.
var enrollFields = func() vocabulary {
	v := vocabulary{exact: []string{"client_id", "client_secret"}}
	v.folded = names("requestId", "secureCode", "email", "mobileNumber", "MFAAvailableId")
	v.folded["mfasecurecode"], v.folded["code"] = "secureCode", "secureCode"
	return v
}()

// enrollStep is one call of the engine.
type enrollStep func(ctx context.Context, call sallyport.EnrollmentCall, f fields) (sallyport.EnrollmentResult, error)

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
			func(ctx context.Context, c sallyport.EnrollmentCall, f fields) (sallyport.EnrollmentResult, error) {
				return e.ConfirmTOTP(ctx, c, f["secureCode"])
			}},
		{"GetEnrollmentInformation", "Tells how far the enrolment is.", false,
			func(ctx context.Context, c sallyport.EnrollmentCall, _ fields) (sallyport.EnrollmentResult, error) {
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
	return func(ctx context.Context, c sallyport.EnrollmentCall, f fields) (sallyport.EnrollmentResult, error) {
		return a.engine.SendVerification(ctx, c, over, f[field])
	}
}

func (a *Adapter) confirmStep(over mfa.Transport) enrollStep {
	return func(ctx context.Context, c sallyport.EnrollmentCall, f fields) (sallyport.EnrollmentResult, error) {
		return a.engine.ConfirmVerification(ctx, c, over, f["secureCode"])
	}
}

// readEnroll returns the fields of the query, of a form or of a JSON object. It
// refuses fields from two of them. Only a body that is not empty needs a type.
func readEnroll(w http.ResponseWriter, r *http.Request) (fields, error) {
	if len(r.URL.RawQuery) > maxBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "query")
	}
	pairs, err := scanForm(copied(r.URL.RawQuery))
	if err != nil {
		return nil, err
	}
	query, err := enrollFields.gather(pairs, false)
	if err != nil || r.Method != http.MethodPost {
		return query, err
	}
	body, err := readBody(w, r)
	if body == "" { // also after an error
		return query, err
	}
	strict := false
	switch contentType(r) {
	case formType:
		pairs, err = scanForm(body)
	case "application/json":
		pairs, err = scanObject(body)
		strict = true
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Type")
	}
	if err != nil {
		return nil, err
	}
	sent, err := enrollFields.gather(pairs, strict)
	if err != nil || len(query) == 0 {
		return sent, err
	}
	for name := range sent {
		return nil, refuse(http.StatusBadRequest, name) // two sources could contradict each other
	}
	return query, nil
}

// call reads the fields and the request that they name.
func (a *Adapter) call(w http.ResponseWriter, r *http.Request) (sallyport.EnrollmentCall, fields, error) {
	f, err := readEnroll(w, r)
	return sallyport.EnrollmentCall{RequestID: f["requestId"], Address: a.address(r)}, f, err
}

// enroll serves one step that returns a result.
func (a *Adapter) enroll(step enrollStep, code bool) serve {
	return func(w http.ResponseWriter, r *http.Request) error {
		call, f, err := a.call(w, r)
		if err != nil {
			return err
		}
		if code && f["secureCode"] == "" {
			return refuse(http.StatusBadRequest, "secureCode")
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
	c, err := clientOf(r, f)
	if err != nil {
		return err
	}
	call.Caller, call.OptionID = c.caller(), f["MFAAvailableId"]
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

// png returns the QR code of a request's authenticator.
func (a *Adapter) png(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	call, _, err := a.call(w, r)
	if err != nil {
		return nil, err
	}
	key, err := a.engine.BeginTOTP(r.Context(), call)
	if err != nil {
		return nil, err
	}
	return key.PNG()
}

func (a *Adapter) picture(w http.ResponseWriter, r *http.Request) error {
	png, err := a.png(w, r)
	if err != nil {
		return err
	}
	writePicture(w, "image/png", png)
	return nil
}

// pictureBytes sends the picture as a .NET byte array in JSON, or as bytes to a
// client that accepts application/octet-stream.
func (a *Adapter) pictureBytes(w http.ResponseWriter, r *http.Request) error {
	png, err := a.png(w, r)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept")
	if wantsRaw(r) {
		writePicture(w, "application/octet-stream", png)
		return nil
	}
	writePicture(w, "application/json; charset=UTF-8", []byte(`"`+base64.StdEncoding.EncodeToString(png)+`"`))
	return nil
}

// writePicture sends a picture that other sites may not embed, since it holds a
// secret.
func writePicture(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	writeBody(w, http.StatusOK, contentType, body)
}

// wantsRaw reports whether the Accept header names application/octet-stream; */*
// does not count.
func wantsRaw(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header["Accept"], ","), ",") {
		if t, _, err := mime.ParseMediaType(part); err == nil && t == "application/octet-stream" {
			return true
		}
	}
	return false
}
