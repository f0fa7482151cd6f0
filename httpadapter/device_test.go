package httpadapter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
)

// TestDeviceFields: how the form asks to be remembered, and that the token is the last key
// of the document. Names and "true" are in any case, and whatever else is sent asks for
// nothing.
func TestDeviceFields(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	d := testDirectory()
	d.Policy = &directory.Policy{MFA: directory.MFA{Session: new(time.Hour)}}
	if _, err := h.engine.Apply(t.Context(), d, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	remembered := ""
	for _, c := range []struct {
		field, value string
		want         bool
	}{
		{"VGRememberDevice", "true", true}, {"vgrememberdevice", "True", true}, {"VGRememberDevice", "false", false},
		{"VGRememberDevice", "1", false}, {"VGRememberDevice", "", false}, {"remember", "true", false},
	} {
		r := h.token(login("Username", "mail", "Password", pass)).refusal(t).VGResponse
		again := []string{"AuthenticationRequestId", r.RequestID, "MFAAvailableId", option(t, r, "Email", "OTP")}
		h.token(login(again...))
		done := h.token(login(append(again, "MFASecureCode", h.outbox.last(t, "otp").Code, c.field, c.value)...))
		s := done.success(t)
		if (s.DeviceToken != "") != c.want || strings.Contains(done.body, "device_token") != c.want {
			t.Errorf("%s=%s: got %s, want a token: %v", c.field, c.value, done.body, c.want)
		}
		if c.want && !strings.HasSuffix(done.body, `,"device_token":"`+s.DeviceToken+`"}`) {
			t.Errorf("%s=%s: got %s, want the token as the last key", c.field, c.value, done.body)
		}
		if c.want {
			remembered = s.DeviceToken
		}
		h.clock.advance(time.Minute)
	}
	by := h.token(login("Username", "mail", "Password", pass, "vgDEVICEtoken", remembered))
	if s := by.success(t); s.DeviceToken == "" || s.DeviceToken == remembered {
		t.Errorf("got %s, want the successor", by.body)
	}
	long := h.token(login("Username", "mail", "Password", pass, "VGDeviceToken", strings.Repeat("A", 1025)))
	long.want(t, 413, `{"error":"invalid_request","error_description":"VGDeviceToken"}`)
}
