package wire_test

import (
	"fmt"
	"os"

	"github.com/sallyport-auth/sallyport/wire"
)

// A client reads the answer to its first call and finds that a second factor
// is wanted.
func ExampleDecodeTokenAnswer() {
	body, err := os.ReadFile("testdata/token-mfa-required.json")
	if err != nil {
		panic(err)
	}
	_, refusal, err := wire.DecodeTokenAnswer(body)
	if err != nil {
		panic(err)
	}
	answer := refusal.VGResponse.AuthenticationResponse
	if answer.IsMFAAuthenticationRequired {
		for _, o := range answer.MFAAvailables {
			fmt.Println(o.TransportModeDisplay, o.AuthenticationModeDisplay, o.DestinationDisplay)
		}
	}
	// Output:
	// Email Link m****************s@g****.com
	// Email OTP m****************s@g****.com
	// SMS OTP +91*****34003
}

// A server refuses a wrong password. Number, booleans and strings come from
// one status.
func ExampleEncode() {
	const id, status = "b8082385-27fe-46cb-bea4-0878b6b220c3", 9
	r := wire.Response{
		RequestID:              id,
		AuthenticationState:    wire.NewState(status),
		AuthorizationState:     wire.NewAuthorization(1),
		AuthenticationResponse: wire.AuthenticationResponse{RequestID: id, State: wire.NewState(status)},
		AuthorizationStatus:    wire.AuthorizationString(1),
		AuthenticationStatus:   wire.StatusString(status),
	}
	body, err := wire.Encode(wire.TokenError{
		Error:                  "invalid_request",
		ErrorDescription:       wire.StatusString(status),
		VGAuthenticationStatus: wire.StatusString(status),
		AuthenticationMethod:   "None",
		VGResponse:             &r,
	})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s...\n", body[:91])
	// Output:
	// {"error":"invalid_request","error_description":"Failure, PasswordDoesNotMatch","VGAuthentic...
}
