package webhooksender_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport/webhooksender"
)

// FuzzBody reads the body that a host configures: whatever is taken is posted as one JSON
// object, or as a form, with the text of the message as it is or not at all.
func FuzzBody(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, form bool) {
		c := webhooksender.Config{URL: "https://gateway.example/", Key: key, Body: text, Form: form}
		s, err := webhooksender.New(c)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "webhooksender: Config.Body: ") {
				t.Fatalf("got %v", err)
			}
			return
		}
		out, err := s.Written(`482913 "x` + "\n")
		if err != nil {
			return // a template may ask for what this message does not have
		}
		var object map[string]any
		if err := json.Unmarshal(out, &object); !form && err != nil {
			t.Fatalf("%q makes %q: %v", text, out, err)
		}
		if form && strings.ContainsAny(string(out), "\r\n \"") {
			t.Fatalf("%q makes %q", text, out)
		}
	})
}

// FuzzVerify reads the headers of a message: none passes but one that was signed.
func FuzzVerify(f *testing.F) {
	f.Fuzz(func(t *testing.T, id, at, signature string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
		if err := webhooksender.Verify(key, h, body, time.Unix(1_800_000_000, 0)); err == nil {
			t.Fatal("a message that nobody has signed passes")
		}
	})
}
