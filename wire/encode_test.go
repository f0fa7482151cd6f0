package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/wire"
)

// TestEncodeAbsence holds each document to: absent is an absent key, empty
// strings and arrays stay.
func TestEncodeAbsence(t *testing.T) {
	tests := []struct {
		name string
		doc  any
		want string
	}{
		{"OAuth error", wire.OAuthError{Error: "invalid_client"}, `{"error":"invalid_client"}`},
		{"OAuth error described", wire.OAuthError{Error: "invalid_request", ErrorDescription: "scope"},
			`{"error":"invalid_request","error_description":"scope"}`},
		{"success without refresh", wire.TokenSuccess{AccessToken: "a", ExpiresIn: 1800, TokenType: "Bearer"},
			`{"access_token":"a","expires_in":1800,"token_type":"Bearer","scope":""}`},
		{"success on a device", wire.TokenSuccess{AccessToken: "a", RefreshToken: "r", DeviceToken: "d"},
			`{"access_token":"a","expires_in":0,"token_type":"","refresh_token":"r","scope":"","device_token":"d"}`},
		{"refresh", wire.RefreshSuccess{AccessToken: "a", ExpiresIn: 1800, TokenType: "Bearer", RefreshToken: "r", Scope: "openid"},
			`{"access_token":"a","expires_in":1800,"token_type":"Bearer","refresh_token":"r","scope":"openid"}`},
		{"machine", wire.RefreshSuccess{AccessToken: "a", ExpiresIn: 1800, TokenType: "Bearer", Scope: "IdentityServerApi"},
			`{"access_token":"a","expires_in":1800,"token_type":"Bearer","scope":"IdentityServerApi"}`},
		{"refusal without response", wire.TokenError{Error: "e"},
			`{"error":"e","error_description":"","VGAuthenticationStatus":"","AuthenticationMethod":""}`},
		{"introspection, not active", wire.Introspection{}, `{"active":false}`},
		{"introspection, all keys", wire.Introspection{
			Active: true, Scope: "s", ClientID: "c", Username: "u", TokenType: "Bearer", Expires: 3, IssuedAt: 2, NotBefore: 1, Subject: "u", Audience: wire.Audience{"a"}, Issuer: "i", ID: "j",
		}, `{"active":true,"scope":"s","client_id":"c","username":"u","token_type":"Bearer","exp":3,"iat":2,"nbf":1,"sub":"u","aud":"a","iss":"i","jti":"j"}`},
		{"introspection, two audiences", wire.Introspection{Active: true, Audience: wire.Audience{"a", "b&c"}}, `{"active":true,"aud":["a","b&c"]}`},
		{"option", wire.Option{ID: "i"},
			`{"RequestId":"","TransportMode":0,"AuthenticationMode":0,"DestinationDisplay":"",` +
				`"AuthenticationModeDisplay":"","TransportModeDisplay":"","Id":"i"}`},
		{"option, all keys", wire.Option{ID: "i", ExpirationTime: 90, MatchNumber: "07"},
			`{"RequestId":"","TransportMode":0,"AuthenticationMode":0,"DestinationDisplay":"","ExpirationTime":90,` +
				`"AuthenticationModeDisplay":"","TransportModeDisplay":"","Id":"i","MatchNumber":"07"}`},
		{"enrolment", wire.Enrollment{}, `{"Id":"","EnrollmentUrl":"","TransportModes":[],"DisplayTransportModes":[]}`},
		{"enrolment, all keys", wire.Enrollment{ID: "i", ResumeSecret: "AB"},
			`{"Id":"i","EnrollmentUrl":"","TransportModes":[],"DisplayTransportModes":[],"ResumeSecret":"AB"}`},
		{"error", wire.Error{}, `{"Message":"","StackTrace":""}`},
		{"enrolment result", wire.EnrollmentResult{Status: "RequestNotFound", IsFailed: true},
			`{"RequestId":"","Status":"RequestNotFound","IsFailed":true,"IsActive":false}`},
		{"enrolment result with codes", wire.EnrollmentResult{RequestID: "r", Status: "Success", IsActive: true, RecoveryCodes: []string{"c"}},
			`{"RequestId":"r","Status":"Success","IsFailed":false,"IsActive":true,"RecoveryCodes":["c"]}`},
		{"enrolment result without codes left", wire.EnrollmentResult{RecoveryCodes: []string{}},
			`{"RequestId":"","Status":"","IsFailed":false,"IsActive":false,"RecoveryCodes":[]}`},
		{"password result", wire.PasswordResult{RequestID: "r", Status: "Success"}, `{"RequestId":"r","Status":"Success","IsFailed":false,"Messages":[]}`},
		{"reset that wants a factor", wire.PasswordResult{RequestID: "r", Status: "Failure", IsFailed: true, AuthenticationStatus: "Failure, MFA_AuthenticationRequired", MFAAvailables: []wire.Option{{RequestID: "r", TransportMode: 4, AuthenticationMode: 2, DestinationDisplay: "d", ExpirationTime: 30, AuthenticationModeDisplay: "OTP", TransportModeDisplay: "MicrosoftAuthenticator", ID: "i"}}},
			`{"RequestId":"r","Status":"Failure","IsFailed":true,"Messages":[],"AuthenticationStatus":"Failure, MFA_AuthenticationRequired","MFAAvailables":[` +
				`{"RequestId":"r","TransportMode":4,"AuthenticationMode":2,"DestinationDisplay":"d","ExpirationTime":30,"AuthenticationModeDisplay":"OTP","TransportModeDisplay":"MicrosoftAuthenticator","Id":"i"}]}`},
		{"principal", wire.Principal{Name: "a", AuthenticationType: "VGUSER", IsAuthenticated: true, UserID: "a"},
			`{"Name":"a","AuthenticationType":"VGUSER","IsAuthenticated":true,"vgUserId":"a"}`},
		{"principal with an address", wire.Principal{Email: new(string)}, `{"Name":"","AuthenticationType":"","IsAuthenticated":false,"vgUserId":"","vgEmail":""}`},
		{"no claims", wire.UserInfo(nil), `{}`},
		{"no claims in JSON", wire.UserInfoJSON(nil), `{}`},
		{"claims in JSON", wire.UserInfoJSON{{"a<", json.RawMessage(`["x"]`)}, {"b", json.RawMessage(`true`)}}, `{"a<":["x"],"b":true}`},
		{"dev app", wire.DevApp{}, `{"ApplicationId":"","ApplicationName":""}`},
		{"dev role", wire.DevRole{},
			`{"Id":"","Name":"","IsMembershipRole":false,"IsAdministrationRole":false,"IsActive":false,"IsContextual":false,` +
				`"IsSharedRole":false,"ProfileValues":[],"Description":null,"CanBeGrantedToUser":false,` +
				`"CanBeGrantedToGroup":false,"IsDefault":false,"IsAnonymous":false,"ApplicationId":""}`},
		{"dev profile value", wire.DevProfileValue{},
			`{"Name":"","Id":"","Value":"","ValueImage":null,"ProfileAttributeId":"","LastModification":""}`},
		{"dev permission", wire.DevPermission{},
			`{"Id":"","FolderId":"","Name":"","FullName":"","Description":"","Attributes":[]}`},
		{"no elements", wire.List[wire.DevApp](nil), `[]`},
		{"characters of HTML", wire.Error{Message: `<a href="x">&</a>`}, `{"Message":"<a href=\"x\">&</a>","StackTrace":""}`},
		{"characters of HTML, nested", wire.AuthenticationResponse{MFAAvailables: []wire.Option{{DestinationDisplay: "<&>"}}}.MFAAvailables,
			`[{"RequestId":"","TransportMode":0,"AuthenticationMode":0,"DestinationDisplay":"<&>",` +
				`"AuthenticationModeDisplay":"","TransportModeDisplay":"","Id":""}]`},
	}
	for _, test := range tests {
		if got := encode(t, test.doc); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, test.want)
		}
	}
}

// TestEncodeResponse shows the smallest refusal: no identity, no enrolment and
// no options, in a document that is otherwise whole.
func TestEncodeResponse(t *testing.T) {
	got := encode(t, wire.TokenError{VGResponse: &wire.Response{}})
	for _, absent := range []string{"null", `"Identity"`, `"AuthenticationEnrollmentRequest"`, "\n"} {
		if strings.Contains(got, absent) {
			t.Errorf("got %s, want it without %q", got, absent)
		}
	}
	const want = `"AuthenticationResponse":{"RequestId":"","MFAAvailables":[],"Status":0,"IsFailed":false,`
	if !strings.Contains(got, want) {
		t.Errorf("got %s, want it to hold %s", got, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tests := []struct {
		name string
		doc  any
	}{
		{"repeated claim", wire.UserInfo{{"sub", "a"}, {"sub", "a"}}},
		{"claim name not UTF-8", wire.UserInfo{{"vgUA_\xff", ""}}},
		{"repeated claim in JSON", wire.UserInfoJSON{{"sub", json.RawMessage("1")}, {"sub", json.RawMessage("1")}}},
		{"claim name in JSON not UTF-8", wire.UserInfoJSON{{"\xff", json.RawMessage("1")}}},
		{"claim that is no JSON", wire.UserInfoJSON{{"sub", json.RawMessage("{")}}},
		{"attribute that is no JSON", wire.DevPermission{Attributes: []json.RawMessage{json.RawMessage("{")}}},
		{"no document", func() {}},
	}
	for _, test := range tests {
		if got, err := wire.Encode(test.doc); err == nil {
			t.Errorf("%s: got %s, want an error", test.name, got)
		}
	}
}
