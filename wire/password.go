package wire

// PasswordResult is the answer of the /api/Password routes. The original's shape is
// unpublished; this one is ours.
type PasswordResult struct {
	// RequestID is the login that goes on with the new password; empty: none.
	RequestID string `json:"RequestId"`
	// Status is a name of the original's VGPasswordModificationStatus, such as
	// "Success" or "OldPasswordDoesNotMatch".
	Status string `json:"Status"`
	// IsFailed is false when Status is "Success".
	IsFailed bool `json:"IsFailed"`
	// Messages say, for people to read, what is wrong with the new password. It may
	// be empty and is never null.
	Messages List[string] `json:"Messages"`
	// AuthenticationStatus says, of a reset that wants a second factor, how that
	// stands, as [StatusString]. Empty is an absent key.
	AuthenticationStatus string `json:"AuthenticationStatus,omitempty"`
	// MFAAvailables are the second factors of which a reset wants one. Nil is an
	// absent key.
	MFAAvailables List[Option] `json:"MFAAvailables,omitzero"`
}
