package httpadapter

import (
	"net/http"
	"slices"
)

// enrollOperation returns an operation of the enrolment API. A field stands in the query,
// in a form or in a JSON object, and all of them in the same.
func enrollOperation(id, doc string, fields ...Field) Operation {
	request := text("requestId", "The RequestId of a login that has passed its first factor.").as("uuid").required()
	o := Operation{
		ID: id, Tag: "Enrolment", Form: true, JSON: true, Doc: doc,
		Text:   "All fields stand in the query, or all in the body; a call that mixes them is refused.",
		Fields: append([]Field{request}, fields...),
		Answers: []Answer{
			{http.StatusOK, mediaJSON, "EnrollmentResult", "It was done; IsActive tells whether the factor is good already."},
			{http.StatusBadRequest, mediaJSON, "EnrollmentResult", "It was not done, and Status says why."},
			badCall,
			{http.StatusNotFound, mediaJSON, "EnrollmentResult", "There is no such request, or its page has been opened in a browser."},
			tooLarge, wrongType,
		},
	}
	for i := range o.Fields {
		o.Fields[i].In = InQuery | InBody
	}
	return o
}

// pictured returns the operation with a picture, in the place of a result.
func (o Operation) pictured(answers ...Answer) Operation {
	o.Answers = append(answers, o.Answers[1:]...)
	return o
}

// codeField is the name of a code, in the operations that take one.
const codeField = "secureCode"

// code is the field of a code. It has three names, which count as one.
func code(doc string) Field {
	f := text(codeField, doc).secret().required()
	f.Also = []string{"MFASecureCode", "code"}
	return f
}

var (
	byImageOperation = enrollOperation("enrollByImage", "The QR code of the authenticator to be enrolled, as a picture.").
				pictured(Answer{http.StatusOK, "image/png", "", "The picture."})
	byBytesOperation = enrollOperation("enrollByBytes", "The same picture as base64 in a JSON string.").
				pictured(Answer{http.StatusOK, mediaJSON, "Base64", "The picture, as base64."},
			Answer{http.StatusOK, "application/octet-stream", "", "The picture as it is, to whoever accepts that type."})
	confirmTOTPOperation = enrollOperation("validateMicrosoftTOTP", "Confirms the authenticator by its first code.",
		code("The code that the authenticator shows."),
		text("name", "What to call the authenticator among those of the user."))
	informationOperation = enrollOperation("getEnrollmentInformation", "Tells how far the enrolment is.")
	sendEmailOperation   = enrollOperation("sendEmailVerification", "Sends a code to an e-mail address.",
		text("email", "The address; without it, the one on record."))
	confirmEmailOperation = enrollOperation("validateEmail", "Confirms the e-mail address by that code.",
		code("The code of the mail."))
	sendMobileOperation = enrollOperation("sendMobileNumberVerification", "Sends a code to a mobile number.",
		text("mobileNumber", "The number, with a plus and the country code; without it, the one on record."))
	confirmMobileOperation = enrollOperation("validateMobileNumber", "Confirms the mobile number by that code.",
		code("The code of the message."))
	cancelOperation = cancelsByClient(enrollOperation("cancelEnrollment", "Gives the enrolment up.",
		text("MFAAvailableId", "The Id of an option of MFAAvailables, which no page shows.").as("uuid")))
)

// cancelsByClient returns the operation as one of the client that made the request, since
// the request's id is no credential.
func cancelsByClient(o Operation) Operation {
	o.Caller = ByRequestClient
	for _, f := range clientFields {
		f.In = InQuery | InBody
		o.Fields = append(o.Fields, f)
	}
	o.Answers = append(o.Answers, wrongBasic)
	return o
}

// enrollOperations is the group whose fields each of them knows.
var enrollOperations = []Operation{
	byImageOperation, byBytesOperation, confirmTOTPOperation, informationOperation, sendEmailOperation,
	confirmEmailOperation, sendMobileOperation, confirmMobileOperation, cancelOperation,
}

// enrollInput returns what is read for one of them.
func enrollInput(o *Operation) *input { return newInput(*o, enrollOperations...) }

var cancelInput = enrollInput(&cancelOperation)

// onlyQuery returns the operation as a GET, which has no body.
func (o Operation) onlyQuery(id string) *Operation {
	o.ID, o.Form, o.JSON, o.Text = id, false, false, ""
	o.Fields = slices.Clone(o.Fields)
	for i := range o.Fields {
		o.Fields[i].In = InQuery
	}
	o.Answers = slices.DeleteFunc(slices.Clone(o.Answers), func(a Answer) bool { return a.Status == http.StatusUnsupportedMediaType })
	return &o
}
