package wire

// Principal is the answer of GetIdentity: the [Identity] of the user of an access
// token. The original publishes the path alone.
type Principal struct {
	Name               string `json:"Name"`
	AuthenticationType string `json:"AuthenticationType"`
	// IsAuthenticated is true: without a session there is no token that is good.
	IsAuthenticated bool `json:"IsAuthenticated"`
	// UserID is the user name, as in a [UserInfo].
	UserID string `json:"vgUserId"`
	// Email is absent when nil: the scopes do not let it be told. It may be empty.
	Email *string `json:"vgEmail,omitempty"`
}
