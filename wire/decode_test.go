package wire_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/quick"

	"github.com/sallyport-auth/sallyport/wire"
)

func TestDecodeTokenAnswer(t *testing.T) {
	tests := []struct {
		name    string
		body    string
		success *wire.TokenSuccess
		refusal *wire.TokenError
	}{
		{"OAuth refusal", `{"error":"invalid_client"}`, nil, &wire.TokenError{Error: "invalid_client"}},
		{"refresh", `{"access_token":"a","expires_in":1800,"token_type":"Bearer","refresh_token":"r","scope":"openid"}`,
			&wire.TokenSuccess{AccessToken: "a", ExpiresIn: 1800, TokenType: "Bearer", RefreshToken: "r", Scope: "openid"}, nil},
		{"device", `{"access_token":"a","VGResponse":null,"device_token":"d"}`, &wire.TokenSuccess{AccessToken: "a", DeviceToken: "d"}, nil},
		{"both: a refusal", `{"access_token":"a","error":"e"}`, nil, &wire.TokenError{Error: "e"}},
		{"empty error code: a refusal", `{"access_token":"a","error":""}`, nil, &wire.TokenError{}},
		{"escaped key", `{"access_token":"a","\u0065rror":"e"}`, nil, &wire.TokenError{Error: "e"}},
		{"unknown keys", `{"id_token":null,"access_token":"a","more":[{"error":"e"},1e999]}`, &wire.TokenSuccess{AccessToken: "a"}, nil},
		{"keys in another case are unknown", `{"access_token":"a","ACCESS_TOKEN":"b","Error":"e"}`, &wire.TokenSuccess{AccessToken: "a"}, nil},
		{"null is absent", `{"error":"e","VGResponse":null}`, nil, &wire.TokenError{Error: "e"}},
		{"white space", "\t {\"error\" :\r\n \"e\" } \n", nil, &wire.TokenError{Error: "e"}},
		{"unknown bits", `{"error":"e","VGResponse":{"AuthenticationState":{"Status":1610612737,"IsNew":true}}}`, nil,
			&wire.TokenError{Error: "e", VGResponse: &wire.Response{AuthenticationState: wire.State{Status: 1610612737}}}},
		{"identity and options", `{"error":"e","VGResponse":{"AuthenticationResponse":{"Identity":null,"MFAAvailables": [ {"Id":"i"} ],"Status":3}}}`, nil,
			&wire.TokenError{Error: "e", VGResponse: &wire.Response{AuthenticationResponse: wire.AuthenticationResponse{
				MFAAvailables: []wire.Option{{ID: "i"}}, State: wire.State{Status: 3}}}}},
	}
	for _, test := range tests {
		success, refusal, err := wire.DecodeTokenAnswer([]byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if !reflect.DeepEqual(success, test.success) {
			t.Errorf("%s: got success %+v, want %+v", test.name, success, test.success)
		}
		if !reflect.DeepEqual(refusal, test.refusal) {
			t.Errorf("%s: got refusal %+v, want %+v", test.name, refusal, test.refusal)
		}
	}
}

func TestDecodeTokenAnswerRefuses(t *testing.T) {
	state := func(member string) string {
		return `{"error":"e","VGResponse":{"AuthenticationState":{` + member + `}}}`
	}
	tests := []struct{ name, body string }{
		{"nothing", ``},
		{"a page", `<html>`},
		{"cut short", `{"error":"e"`},
		{"two values", `{"error":"e"}{}`},
		{"byte order mark", "\ufeff" + `{"error":"e"}`},
		{"bad UTF-8", "{\"error\":\"\xff\"}"},
		{"an array", `[]`},
		{"null", `null`},
		{"a string", `"error"`},
		{"neither", `{}`},
		{"empty access token", `{"access_token":""}`},
		{"null error", `{"access_token":"a","error":null}`},
		{"number for a string", `{"error":1}`},
		{"null for a string", `{"access_token":"a","scope":null}`},
		{"string for a number", `{"access_token":"a","expires_in":"1800"}`},
		{"null for a number", `{"access_token":"a","expires_in":null}`},
		{"number for a boolean", state(`"IsFailed":1`)},
		{"string for a boolean", state(`"IsFailed":"true"`)},
		{"null for a boolean", state(`"IsFailed":null`)},
		{"fraction", state(`"Status":1.0`)},
		{"exponent", state(`"Status":1e3`)},
		{"status too large", state(`"Status":9223372036854775808`)},
		{"object for an array", `{"error":"e","VGResponse":{"AuthenticationResponse":{"MFAAvailables":{}}}}`},
		{"null for an array", `{"error":"e","VGResponse":{"AuthenticationResponse":{"MFAAvailables":null}}}`},
		{"null for an option", `{"error":"e","VGResponse":{"AuthenticationResponse":{"MFAAvailables":[null]}}}`},
		{"array for an object", `{"error":"e","VGResponse":[]}`},
		{"repeated key", `{"error":"e","error":"e"}`},
		{"repeated key, escaped", `{"error":"e","\u0065rror":"e"}`},
		{"repeated key, nested", state(`"Status":1,"Status":1`)},
		{"repeated key, in what is skipped", `{"error":"e","more":[{"a":1,"a":1}]}`},
		{"nested too deeply", `{"error":"e","more":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`},
		{"nested absurdly", strings.Repeat("[", 100_000)},
	}
	for _, test := range tests {
		success, refusal, err := wire.DecodeTokenAnswer([]byte(test.body))
		if err == nil || success != nil || refusal != nil {
			t.Errorf("%s: got %+v, %+v, error %v, want an error alone", test.name, success, refusal, err)
		}
	}
}

func TestDecodeDepthBound(t *testing.T) {
	body := `{"error":"e","more":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`
	if _, _, err := wire.DecodeTokenAnswer([]byte(body)); err != nil {
		t.Errorf("32 levels: got %v, want no error", err)
	}
}

// TestDecodeErrorsKeepSecrets holds the errors to: the place and the wanted
// type, never the value.
func TestDecodeErrorsKeepSecrets(t *testing.T) {
	const secret = "61C074C8435CDE9F"
	for _, body := range []string{
		`{"access_token":["` + secret + `"]}`,
		`{"access_token":"a","expires_in":"` + secret + `"}`,
		`{"access_token":"` + secret + `","scope":1}`,
		`{"access_token":"` + secret + `","a":"` + secret + `","a":1}`,
		`{"access_token":"` + secret,
		secret,
	} {
		_, _, err := wire.DecodeTokenAnswer([]byte(body))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got error %v, want one without the value", body, err)
		}
	}
}

func TestDecodeErrorNamesThePlace(t *testing.T) {
	_, _, err := wire.DecodeTokenAnswer([]byte(
		`{"error":"e","VGResponse":{"AuthenticationResponse":{"MFAAvailables":[{},{"TransportMode":"SMS"}]}}}`))
	const want = "wire: decoding document: VGResponse: AuthenticationResponse: MFAAvailables: [1]: TransportMode: want an integer"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDecodeLeavesValueOnError(t *testing.T) {
	before := wire.EnrollmentResult{RequestID: "r", IsFailed: true}
	got := before
	if err := wire.Decode([]byte(`{"RequestId":"other","IsFailed":0}`), &got); err == nil {
		t.Error("got no error, want one")
	}
	if !reflect.DeepEqual(got, before) {
		t.Errorf("got %+v, want %+v", got, before)
	}
	if err := wire.Decode([]byte(`{"RequestId":"other"}`), &got); err != nil {
		t.Error(err)
	}
	if want := (wire.EnrollmentResult{RequestID: "other"}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v, nothing left of the old value", got, want)
	}
}

func TestDecodeRefusesTarget(t *testing.T) {
	var absent *wire.TokenError
	for _, v := range []any{nil, wire.TokenError{}, absent, new(any), new(map[string]string)} {
		if err := wire.Decode([]byte(`{"error":"e"}`), v); err == nil {
			t.Errorf("Decode into %T: got no error, want one", v)
		}
	}
}

// roundTrips is a property: what is written reads back equal.
func roundTrips[T any](t *testing.T) func(T) bool {
	return func(doc T) bool {
		var got T
		data, err := wire.Encode(doc)
		if err == nil {
			err = wire.Decode(data, &got)
		}
		if err != nil || !reflect.DeepEqual(got, doc) {
			t.Errorf("%T: got %+v (%v), want %+v", doc, got, err, doc)
			return false
		}
		return true
	}
}

func TestRandomRoundTrip(t *testing.T) {
	for _, property := range []any{
		roundTrips[wire.TokenError](t),
		roundTrips[wire.TokenSuccess](t),
		roundTrips[wire.RefreshSuccess](t),
		roundTrips[wire.OAuthError](t),
		roundTrips[wire.EnrollmentResult](t),
		roundTrips[[]wire.DevApp](t),
		roundTrips[wire.DevRole](t),
	} {
		if err := quick.Check(property, &quick.Config{MaxCount: 30}); err != nil {
			t.Fatal("see above") // err would print the document again
		}
	}
}
