package form

// InvalidRequest is the code of RFC 6749 section 5.2 for a request that cannot be
// read.
const InvalidRequest = "invalid_request"

// Refusal is an error that says itself how it is answered.
type Refusal struct {
	Status int
	// Code is the "error" of a JSON answer.
	Code string
	// Field is what is at fault, and never its value. It may be empty.
	Field string
}

// Error names the code and the field.
func (e *Refusal) Error() string { return "form: " + e.Code + ": " + e.Field }

// Refuse returns the refusal of a request whose field cannot be read.
func Refuse(status int, field string) *Refusal {
	return &Refusal{Status: status, Code: InvalidRequest, Field: field}
}
