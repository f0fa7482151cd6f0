package wire_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/sallyport-auth/sallyport/wire"
)

const (
	goldenEnrolment = "token-mfa-required-enrolment.json"
	goldenRequired  = "token-mfa-required.json"
	goldenSuccess   = "token-success.json"
	goldenUserInfo  = "userinfo.json"
)

// goldenSums pins the four published documents. They are facts about another
// product: when a test disagrees with them, the code is wrong.
var goldenSums = map[string]string{
	goldenEnrolment: "bbfc3be25d9dc71c0af7be489cfcf2b1c84295629bbbd5de1a3f79c64081c974",
	goldenRequired:  "f033b2172d63a3568c7e5489f0ec35ce441ce4d43449183e6c98e6f517a1bb2d",
	goldenSuccess:   "2d7d126a6369f7de34e7f81e2b25a1b647536c75df3959080577adfd7103faec",
	goldenUserInfo:  "108b4f715e2da6b3f89e188dd651291839484cceafac3325cef2692985acfe85",
}

func golden(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func compact(t testing.TB, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := wire.Encode(v)
	if err != nil {
		t.Fatalf("Encode(%T): %v", v, err)
	}
	return string(data)
}

func decodeError(t testing.TB, data []byte) *wire.TokenError {
	t.Helper()
	success, refusal, err := wire.DecodeTokenAnswer(data)
	if err != nil || success != nil || refusal == nil {
		t.Fatalf("got success %v, refusal %v, error %v; want a refusal", success, refusal, err)
	}
	return refusal
}

func decodeSuccess(t testing.TB, data []byte) *wire.TokenSuccess {
	t.Helper()
	success, refusal, err := wire.DecodeTokenAnswer(data)
	if err != nil || success == nil || refusal != nil {
		t.Fatalf("got success %v, refusal %v, error %v; want a success", success, refusal, err)
	}
	return success
}

func decodeUserInfo(t testing.TB, data []byte) wire.UserInfo {
	t.Helper()
	var u wire.UserInfo
	if err := wire.Decode(data, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestGoldenDocumentsUnchanged(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(goldenSums) {
		t.Errorf("got %v (%v), want the %d golden documents", files, err, len(goldenSums))
	}
	for name, want := range goldenSums {
		sum := sha256.Sum256(golden(t, name))
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("SHA-256 of %s: got %s, want %s", name, got, want)
		}
	}
}

// TestGoldenRoundTrip proves spelling, types and key order: what is read and
// written again is the same bytes but for the spacing.
func TestGoldenRoundTrip(t *testing.T) {
	tests := []struct {
		name  string
		again func([]byte) any
	}{
		{goldenEnrolment, func(b []byte) any { return decodeError(t, b) }},
		{goldenRequired, func(b []byte) any { return decodeError(t, b) }},
		{goldenSuccess, func(b []byte) any { return decodeSuccess(t, b) }},
		{goldenUserInfo, func(b []byte) any { return decodeUserInfo(t, b) }},
	}
	for _, test := range tests {
		data := golden(t, test.name)
		if got, want := encode(t, test.again(data)), compact(t, data); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, want)
		}
	}
}

// TestGoldenStates proves that the published integers, booleans and strings
// all follow from the integers.
func TestGoldenStates(t *testing.T) {
	responses := map[string]*wire.Response{
		goldenEnrolment: decodeError(t, golden(t, goldenEnrolment)).VGResponse,
		goldenRequired:  decodeError(t, golden(t, goldenRequired)).VGResponse,
		goldenSuccess:   decodeSuccess(t, golden(t, goldenSuccess)).VGResponse,
	}
	for name, r := range responses {
		status := r.AuthenticationState.Status
		if got, want := wire.NewState(status), r.AuthenticationState; got != want {
			t.Errorf("%s: AuthenticationState: got %+v, want %+v", name, got, want)
		}
		if got, want := wire.NewState(status), r.AuthenticationResponse.State; got != want {
			t.Errorf("%s: AuthenticationResponse: got %+v, want %+v", name, got, want)
		}
		if got, want := wire.NewAuthorization(r.AuthorizationState.Status), r.AuthorizationState; got != want {
			t.Errorf("%s: AuthorizationState: got %+v, want %+v", name, got, want)
		}
		if got, want := wire.StatusString(status), r.AuthenticationStatus; got != want {
			t.Errorf("%s: AuthenticationStatus: got %q, want %q", name, got, want)
		}
		if got, want := wire.AuthorizationString(r.AuthorizationState.Status), r.AuthorizationStatus; got != want {
			t.Errorf("%s: AuthorizationStatus: got %q, want %q", name, got, want)
		}
	}
}

// TestGoldenFields reads the documents by field, so that a tag on the wrong
// field cannot hide behind a symmetrical round trip.
func TestGoldenFields(t *testing.T) {
	a := decodeError(t, golden(t, goldenEnrolment))
	check(t, "Error", a.Error, "invalid_request")
	check(t, "ErrorDescription", a.ErrorDescription, "Failure, MFA_AuthenticationRequired")
	check(t, "VGAuthenticationStatus", a.VGAuthenticationStatus, "Failure, MFA_AuthenticationRequired")
	check(t, "AuthenticationMethod", a.AuthenticationMethod, "None")

	const id = "de908cdd-1e9f-47f4-a857-1737eb6912b4"
	r := a.VGResponse
	check(t, "RequestID", r.RequestID, id)
	check(t, "VGToken", r.VGToken, "")
	check(t, "Identity", *r.AuthenticationResponse.Identity,
		wire.Identity{Name: "tt29", AuthenticationType: "VGUSER", IsAuthenticated: true})
	check(t, "options", len(r.AuthenticationResponse.MFAAvailables), 2)
	check(t, "option", r.AuthenticationResponse.MFAAvailables[1], wire.Option{
		RequestID: id, TransportMode: 2, AuthenticationMode: 2,
		DestinationDisplay: "m****************s@g****.com", ExpirationTime: 60,
		AuthenticationModeDisplay: "OTP", TransportModeDisplay: "Email",
		ID: "dee54c8b-9191-4bfd-9ca2-bddc76a30b5b",
	})
	e := r.AuthenticationResponse.AuthenticationEnrollmentRequest
	check(t, "enrolment id", e.ID, id)
	check(t, "enrolment URL", e.EnrollmentURL, "http://localhost:5000/mfa/enroll/"+id)
	check(t, "transport", e.TransportModes[1], 4)
	check(t, "transport display", e.DisplayTransportModes[1], "MicrosoftAuthenticator")

	s := decodeSuccess(t, golden(t, goldenSuccess))
	check(t, "ExpiresIn", s.ExpiresIn, 1800)
	check(t, "TokenType", s.TokenType, "Bearer")
	check(t, "RefreshToken", s.RefreshToken, "61C074C8435CDE9F83A30E9A5FE937CFB72D57302B43C7B9955D17FA1D59D0CD")
	check(t, "scope", s.Scope[:17], "IdentityServerApi")
	check(t, "access token", s.AccessToken[:3], "eyJ")
	check(t, "VGToken length", len(s.VGResponse.VGToken), 128)
}

func check[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}
