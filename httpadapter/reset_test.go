package httpadapter_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/wire"
)

const (
	beginPath  = "/api/Password/BeginReset"
	finishPath = "/api/Password/FinishReset"
	begun      = `{"RequestId":"","Status":"Success","IsFailed":false,"Messages":[]}`
	keyOver    = `{"RequestId":"","Status":"ChangePasswordRequestKeyNotMatch","IsFailed":true,"Messages":[]}`
)

// withClient adds the client's authentication to the fields of a form.
func withClient(pairs ...string) string {
	return form(append(pairs, "client_id", clientID, "client_secret", secret)...)
}

// resetKey has a key mailed to a user, and reads it.
func (h *harness) resetKey(t *testing.T, user string) string {
	t.Helper()
	n := h.outbox.count()
	h.do(request("POST", beginPath, withClient("Username", user), "Content-Type", formType)).want(t, 200, begun)
	h.outbox.await(t, func(sallyport.Message) bool { return len(h.outbox.list) > n })
	link := h.outbox.last(t, "reset").Link
	return link[strings.LastIndexByte(link, '/')+1:]
}

func (h *harness) finishReset(pairs ...string) *answer {
	return h.do(request("POST", finishPath, withClient(pairs...), "Content-Type", formType))
}

// TestResetOverHTTP: a mailbox alone sets another password where it is all there is.
func TestResetOverHTTP(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	key := h.resetKey(t, "mail")
	h.finishReset("key", key, "newPassword", "short").
		want(t, 400, `{"RequestId":"","Status":"PasswordLengthDoesNotPassValidation","IsFailed":true,"Messages":["Use at least 8 characters."]}`)
	done := h.finishReset("KEY", key, "NewPassword", "another one")
	done.want(t, 200, begun)
	wantJSONHeaders(t, done)
	h.finishReset("key", key, "newPassword", "one more, new").want(t, 400, keyOver)
	wantStatus(t, h.token(login("Username", "mail", "Password", "another one")), sallyport.Failure|sallyport.MFAAuthenticationRequired)
	if strings.Contains(h.log.String(), key) || strings.Contains(h.log.String(), "another one") {
		t.Error("the log holds a secret")
	}
}

// TestResetByFactorOverHTTP: the options of the factor that is wanted stand in the
// answer, and what becomes of a code.
func TestResetByFactorOverHTTP(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	phone := "+33612345679"
	d := testDirectory()
	for i := range d.Users {
		if u := &d.Users[i]; u.Name == "half" {
			u.MobileValidated, u.CredentialsVersion = new(true), 2
		}
	}
	if _, err := h.engine.Apply(t.Context(), d, directory.Options{}); err != nil {
		t.Fatal(err)
	}
	key := h.resetKey(t, "half")
	read := func(a *answer, status string) (doc wire.PasswordResult) {
		t.Helper()
		if err := wire.Decode([]byte(a.body), &doc); err != nil || a.status != 400 || doc.Status != "Failure" || doc.AuthenticationStatus != status {
			t.Fatalf("got %d %s, %v, want %s", a.status, a.body, err, status)
		}
		return doc
	}
	first := read(h.finishReset("key", key, "newPassword", "another one"), "Failure, MFA_AuthenticationRequired")
	if len(first.MFAAvailables) != 1 || first.MFAAvailables[0].TransportModeDisplay != "SMS" || first.MFAAvailables[0].RequestID != first.RequestID {
		t.Fatalf("got %+v, want a code by SMS", first)
	}
	step := func(pairs ...string) *answer {
		return h.finishReset(append([]string{"key", key, "newPassword", "another one", "requestId", first.RequestID, "MFAAvailableId", first.MFAAvailables[0].ID}, pairs...)...)
	}
	read(step(), "Failure, MFA_WaitingUserAction")
	read(step("secureCode", "wrong"), "Failure, SecureCodeDoesNotMatch")
	code := h.outbox.last(t, "otp")
	if code.To != phone {
		t.Errorf("got a code to %s", code.To)
	}
	step("SECURECODE", code.Code).want(t, 200, begun)
	step("secureCode", code.Code).want(t, 400, keyOver)
}

// TestBeginResetTellsNothing: whoever is named, the answer has the same bytes.
func TestBeginResetTellsNothing(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	var first string
	for _, name := range []string{"mail", "bare", "record", "nobody", nasty, strings.Repeat("x", 1000)} {
		for _, kind := range []string{formType, "application/json"} {
			body := withClient("Username", name)
			if kind != formType {
				b, err := json.Marshal(map[string]string{"Username": name, "client_id": clientID, "client_secret": secret})
				if err != nil {
					t.Fatal(err)
				}
				body = string(b)
			}
			for range 4 {
				a := h.do(request("POST", beginPath, body, "Content-Type", kind))
				got := fmt.Sprint(a.status, a.header, a.body)
				if first == "" {
					first = got
				}
				if got != first || a.body != begun {
					t.Errorf("%.20q: got %s, want %s", name, got, first)
				}
			}
		}
	}
}

// TestResetRefused: what is not asked as it must be does nothing.
func TestResetRefused(t *testing.T) {
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	key := h.resetKey(t, "mail")
	for _, tt := range []struct {
		name, target, body, want string
		status                   int
	}{
		{"begin without a client", beginPath, form("Username", "mail"), `{"error":"invalid_client"}`, 400},
		{"begin by a wrong secret", beginPath, form("Username", "mail", "client_id", clientID, "client_secret", "wrong"), `{"error":"invalid_client"}`, 400},
		{"begin for no name", beginPath, withClient(), `{"error":"invalid_request","error_description":"Username"}`, 400},
		{"finish without a client", finishPath, form("key", key, "newPassword", "another one"), `{"error":"invalid_client"}`, 400},
		{"finish without a key", finishPath, withClient("newPassword", "another one"), `{"error":"invalid_request","error_description":"key"}`, 400},
		{"finish without a password", finishPath, withClient("key", key), `{"error":"invalid_request","error_description":"newPassword"}`, 400},
		{"finish by an option of no request", finishPath, withClient("key", key, "newPassword", "another one", "MFAAvailableId", "x"), `{"error":"invalid_request","error_description":"requestId"}`, 400},
		{"the key in the query", finishPath + "?key=" + key, withClient("newPassword", "another one"), `{"error":"invalid_request","error_description":"key"}`, 400},
		{"a repeated field", finishPath, withClient("key", key, "newPassword", "another one", "Key", key), `{"error":"invalid_request","error_description":"key"}`, 400},
		{"an unknown key", finishPath, withClient("key", strings.Repeat("0f", 32), "newPassword", "another one"), keyOver, 400},
	} {
		h.do(request("POST", tt.target, tt.body, "Content-Type", formType)).want(t, tt.status, tt.want)
	}
	for _, p := range []string{beginPath, finishPath} {
		h.do(request("GET", p, "")).want(t, http.StatusMethodNotAllowed, "")
		h.do(request("POST", p, "x", "Content-Type", "text/plain")).want(t, http.StatusUnsupportedMediaType, "")
	}
	h.finishReset("key", key, "newPassword", "another one").want(t, 200, begun)
}
