package wire

// EnrollmentResult is the answer of the /api/MFAEnrollment routes that do not
// return a picture. The original's shape is unpublished; this one is ours.
type EnrollmentResult struct {
	// RequestID is empty when the request is unknown.
	RequestID string `json:"RequestId"`
	// Status is one word, such as "Success" or "SecureCodeDoesNotMatch".
	Status string `json:"Status"`
	// IsFailed is false when Status is "Success".
	IsFailed bool `json:"IsFailed"`
	// IsActive is false while the new factor waits for the request to pass an
	// existing one.
	IsActive bool `json:"IsActive"`
	// RecoveryCodes are shown once and are secrets. Nil is an absent key, an
	// empty list is an empty array.
	RecoveryCodes List[string] `json:"RecoveryCodes,omitzero"`
	// Wanted says what an address has to look like, with InvalidAddress where the
	// one that was sent cannot be read. Empty is an absent key.
	Wanted string `json:"Wanted,omitempty"`
	// Name is what an authenticator is called that was confirmed. Empty is an absent key.
	Name string `json:"Name,omitempty"`
}
