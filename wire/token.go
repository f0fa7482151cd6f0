package wire

import (
	"errors"
	"fmt"
)

// TokenError is the refusal of a VGAuthenticator or password grant, also the
// one that asks for a second factor. It travels with HTTP status 400.
type TokenError struct {
	// Error is "invalid_request" for every refusal of VGAuthenticator, as
	// published, and "invalid_grant" for those of the grant password.
	Error string `json:"error"`
	// ErrorDescription and VGAuthenticationStatus are both the [StatusString]
	// of VGResponse.AuthenticationState.Status.
	ErrorDescription       string `json:"error_description"`
	VGAuthenticationStatus string `json:"VGAuthenticationStatus"`
	// AuthenticationMethod is "None". Its meaning is unpublished.
	AuthenticationMethod string `json:"AuthenticationMethod"`
	// VGResponse is nil when a plain OAuth refusal was read, which is written
	// with [OAuthError] and not with this type.
	VGResponse *Response `json:"VGResponse,omitempty"`
}

// TokenSuccess is the answer that carries tokens after a login. It holds
// secrets.
type TokenSuccess struct {
	AccessToken string `json:"access_token"`
	// ExpiresIn is the life of the access token in seconds.
	ExpiresIn int `json:"expires_in"`
	// TokenType is "Bearer".
	TokenType string `json:"token_type"`
	// RefreshToken is empty, and the key absent, without offline_access.
	RefreshToken string `json:"refresh_token,omitempty"`
	// Scope is the granted scopes, separated by blanks.
	Scope string `json:"scope"`
	// VGResponse is nil when the answer to another grant was read, which is
	// written with [RefreshSuccess].
	VGResponse *Response `json:"VGResponse,omitempty"`
	// DeviceToken stands for the second factor at the next login on the same device
	// (VGDeviceToken). It is an extension of ours; empty is an absent key.
	DeviceToken string `json:"device_token,omitempty"`
}

// RefreshSuccess is the answer to a refresh, and to a machine's grant, which
// has no refresh token: [TokenSuccess] without VGResponse. It holds secrets.
type RefreshSuccess struct {
	AccessToken string `json:"access_token"`
	// ExpiresIn is the life of the access token in seconds.
	ExpiresIn int `json:"expires_in"`
	// TokenType is "Bearer".
	TokenType string `json:"token_type"`
	// RefreshToken is the successor of the one presented. Empty is an absent
	// key.
	RefreshToken string `json:"refresh_token,omitempty"`
	// Scope is the granted scopes, separated by blanks.
	Scope string `json:"scope"`
}

// OAuthError is a refusal in the words of RFC 6749, section 5.2.
type OAuthError struct {
	// Error is one of the RFC's codes, such as "invalid_client".
	Error string `json:"error"`
	// ErrorDescription may be empty, and the key is then absent.
	ErrorDescription string `json:"error_description,omitempty"`
}

// DecodeTokenAnswer reads the body of a token answer, of any grant. A body
// with the key "error" is a TokenError, whatever else it holds; any other must
// hold an access token. Exactly one of the three results is not nil. See
// [Decode] for what is refused; no error quotes a value of the body. The
// caller bounds the size of data.
func DecodeTokenAnswer(data []byte) (*TokenSuccess, *TokenError, error) {
	refused, err := hasMember(data, "error")
	if err != nil {
		return nil, nil, fmt.Errorf("wire: decoding token answer: %w", err)
	}
	if refused {
		var e TokenError
		if err := Decode(data, &e); err != nil {
			return nil, nil, err
		}
		return nil, &e, nil
	}
	var s TokenSuccess
	if err := Decode(data, &s); err != nil {
		return nil, nil, err
	}
	if s.AccessToken == "" {
		return nil, nil, errors.New("wire: token answer with neither error nor access token")
	}
	return &s, nil, nil
}
