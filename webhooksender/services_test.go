package webhooksender_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/webhooksender"
)

// exampleServer is a gateway on this machine.
func exampleServer(h http.HandlerFunc) *httptest.Server { return httptest.NewServer(h) }

// twilio answers as the Messages resource of Twilio's API of 2010-04-01 is documented to:
// 201 for a form with To, From and Body behind HTTP Basic, else 4xx with an error.
func twilio(sent chan<- url.Values) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, pass, ok := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method != http.MethodPost || r.URL.Path != "/2010-04-01/Accounts/AC0123/Messages.json":
			w.WriteHeader(http.StatusNotFound)
		case !ok || user != "AC0123" || pass != "hidden token":
			w.WriteHeader(http.StatusUnauthorized)
		case r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil ||
			!strings.HasPrefix(r.PostForm.Get("To"), "+") || r.PostForm.Get("From") == "" || r.PostForm.Get("Body") == "":
			w.WriteHeader(http.StatusBadRequest)
			w.Write([]byte(`{"code": 21604, "message": "A 'To' phone number is required.", "status": 400}`))
		default:
			sent <- r.PostForm
			w.WriteHeader(http.StatusCreated)
			w.Write([]byte(`{"sid": "SM0123", "status": "queued", "error_code": null}`))
		}
	}
}

// vonage answers as the Messages API of Vonage is documented to: 202 with an id for a JSON
// document, with a number that has no plus.
func vonage(sent chan<- url.Values) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, pass, ok := r.BasicAuth()
		var in struct {
			Channel     string `json:"channel"`
			MessageType string `json:"message_type"`
			To          string `json:"to"`
			From        string `json:"from"`
			Text        string `json:"text"`
		}
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		err := d.Decode(&in)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method != http.MethodPost || r.URL.Path != "/v1/messages":
			w.WriteHeader(http.StatusNotFound)
		case !ok || user != "AC0123" || pass != "hidden token":
			w.WriteHeader(http.StatusUnauthorized)
		case err != nil || r.Header.Get("Content-Type") != "application/json" || in.Channel != "sms" || in.MessageType != "text" ||
			in.From == "" || in.Text == "" || strings.Trim(in.To, "0123456789") != "" || in.To == "":
			w.WriteHeader(http.StatusUnprocessableEntity)
			w.Write([]byte(`{"type": "https://developer.vonage.com/api-errors/messages#1150", "title": "Invalid params"}`))
		default:
			sent <- url.Values{"To": {"+" + in.To}, "Body": {in.Text}}
			w.WriteHeader(http.StatusAccepted)
			w.Write([]byte(`{"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}`))
		}
	}
}

// TestServices: the configurations of the examples are taken by services that answer as
// Twilio and Vonage say they do; a wrong password or body has failed.
func TestServices(t *testing.T) {
	const form = `{"To": "{{.To}}", "From": "+15005550006", "Body": "{{.Text}}"}`
	const document = `{"channel": "sms", "message_type": "text", "to": "{{.Digits}}", "from": "Acme", "text": "{{.Text}}"}`
	for name, c := range map[string]struct {
		serve func(chan<- url.Values) http.HandlerFunc
		path  string
		form  bool
		body  string
		other string // as it would be wrong
	}{
		"Twilio": {twilio, "/2010-04-01/Accounts/AC0123/Messages.json", true, form, `{"From": "+15005550006", "Body": "{{.Text}}"}`},
		"Vonage": {vonage, "/v1/messages", false, document, strings.Replace(document, "{{.Digits}}", "{{.To}}", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan url.Values, 1)
			service := exampleServer(c.serve(sent))
			t.Cleanup(service.Close)
			cfg := webhooksender.Config{URL: service.URL + c.path, Username: "AC0123", Password: "hidden token", Form: c.form, Body: c.body}
			if err := newSender(t, cfg).Send(t.Context(), text); err != nil {
				t.Fatal(err)
			}
			if got := <-sent; got.Get("To") != text.To || got.Get("Body") != text.Text {
				t.Errorf("got %v", got)
			}
			wrong := cfg
			wrong.Password = "another"
			if err := newSender(t, wrong).Send(t.Context(), text); err == nil || err.Error() != "webhooksender: the gateway answered 401" {
				t.Errorf("a wrong password: got %v", err)
			}
			wrong = cfg
			wrong.Body = c.other
			if err := newSender(t, wrong).Send(t.Context(), text); err == nil || !strings.Contains(err.Error(), "the gateway answered 4") {
				t.Errorf("a wrong body: got %v", err)
			}
		})
	}
}
