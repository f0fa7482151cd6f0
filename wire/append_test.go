package wire_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"testing/quick"

	"github.com/sallyport-auth/sallyport/wire"
)

// library is what encoding/json makes of a document.
func library(t *testing.T, doc any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// TestEncodeIsWhatTheLibraryWrites holds the documents that write themselves to
// encoding/json, over documents of random content.
func TestEncodeIsWhatTheLibraryWrites(t *testing.T) {
	same := func(doc any) bool {
		got, err := wire.Encode(doc)
		if want := library(t, doc); err != nil || string(got) != want {
			t.Errorf("error %v\ngot  %s\nwant %s", err, got, want)
			return false
		}
		return true
	}
	for _, check := range []any{
		func(d wire.TokenSuccess) bool { return same(d) },
		func(d wire.TokenError) bool { return same(d) },
		func(d wire.RefreshSuccess) bool { return same(d) },
	} {
		if err := quick.Check(check, &quick.Config{MaxCount: 300}); err != nil {
			t.Error(err)
		}
	}
	claims := func(u wire.UserInfo) bool {
		var want []string
		for i := range u {
			u[i].Name = strings.ToValidUTF8(strconv.Itoa(i)+u[i].Name, "")
			want = append(want, library(t, u[i].Name)+":"+library(t, u[i].Value))
		}
		got, err := wire.Encode(u)
		if want := "{" + strings.Join(want, ",") + "}"; err != nil || string(got) != want {
			t.Errorf("error %v\ngot  %s\nwant %s", err, got, want)
			return false
		}
		return same(u)
	}
	if err := quick.Check(claims, nil); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"", "plain", `"`, `\`, "<&>", "\x00", "\x1f", "\x7f", "ä", "\u2028", "\xff", "😀", "\n"} {
		claims(wire.UserInfo{{Name: text, Value: text}, {Value: "<>"}})
		same(wire.TokenSuccess{Scope: text, DeviceToken: text, VGResponse: &wire.Response{RequestID: text}})
		same(wire.TokenError{Error: text, VGResponse: &wire.Response{
			AuthenticationResponse: wire.AuthenticationResponse{
				Identity:                        &wire.Identity{Name: text},
				AuthenticationEnrollmentRequest: &wire.Enrollment{DisplayTransportModes: []string{text, text}, ResumeSecret: text},
				MFAAvailables:                   []wire.Option{{DestinationDisplay: text}, {MatchNumber: text}},
			},
		}})
	}
	for bit := range 64 { // each boolean alone
		state, auth := wire.NewState(1<<bit), wire.NewAuthorization(1<<bit)
		same(wire.TokenSuccess{VGResponse: &wire.Response{AuthenticationState: state, AuthorizationState: auth,
			AuthenticationResponse: wire.AuthenticationResponse{State: state}}})
	}
}
