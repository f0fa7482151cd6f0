package httpadapter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/wire"
)

const changePath = "/api/Password/Change"

// mustChange is a harness in which plain has to choose another password, and the
// request of their first call.
func mustChange(t *testing.T) (*harness, string) {
	t.Helper()
	h := newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})
	admin := h.engine.Admin(sallyport.Actor{Name: "test"})
	u, err := admin.FindUser(t.Context(), "plain")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.UpdateUser(t.Context(), u.ID, directory.UserChange{MustChangePassword: new(true)}); err != nil {
		t.Fatal(err)
	}
	a := h.token(login("Username", "plain", "Password", pass))
	wantStatus(t, a, sallyport.Failure|sallyport.MustChangePasswordAtNextLogon)
	return h, a.refusal(t).VGResponse.RequestID
}

// TestChangePassword: the login that wants another password goes on with it, by form
// or by JSON, with the client in the body or by Basic.
func TestChangePassword(t *testing.T) {
	inJSON := func(pairs ...string) string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		b, _ := json.Marshal(m)
		return string(b)
	}
	for _, tt := range []struct {
		name    string
		body    func(pairs ...string) string
		kind    string
		isBasic bool
	}{
		{"a form", form, formType, false},
		{"a form, Basic", form, formType, true},
		{"JSON", inJSON, "application/json", false},
		{"JSON, Basic", inJSON, "application/json", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, id := mustChange(t)
			change := func(pairs ...string) *answer {
				headers := []string{"Content-Type", tt.kind}
				if tt.isBasic {
					headers = append(headers, "Authorization", basic(clientID, secret))
				} else {
					pairs = append(pairs, "client_id", clientID, "client_secret", secret)
				}
				return h.do(request("POST", changePath, tt.body(pairs...), headers...))
			}
			change("requestId", id, "password", "wrong", "newPassword", "another one").
				want(t, 400, `{"RequestId":"`+id+`","Status":"OldPasswordDoesNotMatch","IsFailed":true,"Messages":[]}`)
			change("requestId", id, "password", pass, "newPassword", pass).
				want(t, 400, `{"RequestId":"`+id+`","Status":"PasswordHistoryDoesNotPassValidation","IsFailed":true,"Messages":["Choose another one: this is the old one."]}`)
			done := change("REQUESTID", strings.ToUpper(id), "Password", pass, "NEWPASSWORD", "another one")
			done.want(t, 200, `{"RequestId":"`+id+`","Status":"Success","IsFailed":false,"Messages":[]}`)
			wantJSONHeaders(t, done)
			for _, with := range [][]string{{"AuthenticationRequestId", id}, nil} {
				h.token(login(append([]string{"Username", "plain", "Password", "another one"}, with...)...)).success(t)
			}
			wantStatus(t, h.token(login("Username", "plain", "Password", pass)), sallyport.Failure|sallyport.PasswordDoesNotMatch)
		})
	}
}

// TestChangePasswordRefused: what is not asked as it must be changes nothing.
func TestChangePasswordRefused(t *testing.T) {
	h, id := mustChange(t)
	good := []string{"requestId", id, "password", pass, "newPassword", "another one", "client_id", clientID}
	form1 := func(pairs ...string) string { return form(append(append([]string{}, good...), pairs...)...) }
	for _, tt := range []struct {
		name, target, kind, body string
		status                   int
		want                     string
	}{
		{"no client", changePath, formType, form(good[:6]...), 400, `{"error":"invalid_client"}`},
		{"a wrong secret", changePath, formType, form1("client_secret", "wrong"), 400, `{"error":"invalid_client"}`},
		{"in the query", changePath + "?" + form1("client_secret", secret), "", "", 400, `{"error":"invalid_request","error_description":"Username"}`},
		{"no old password", changePath, formType, form("requestId", id, "newPassword", "x", "client_id", clientID, "client_secret", secret), 400, `{"error":"invalid_request","error_description":"password"}`},
		{"no new password", changePath, formType, form("requestId", id, "password", pass, "client_id", clientID, "client_secret", secret), 400, `{"error":"invalid_request","error_description":"newPassword"}`},
		{"nobody named", changePath, formType, form("password", pass, "newPassword", "x", "client_id", clientID, "client_secret", secret), 400, `{"error":"invalid_request","error_description":"Username"}`},
		{"a repeated field", changePath, formType, form1("client_secret", secret) + "&newPassword=x", 400, `{"error":"invalid_request","error_description":"newPassword"}`},
		{"another type", changePath, "text/plain", "x", 415, ""},
		{"another client's request", changePath, formType, form(append(good[:6:6], "client_id", appID+"_WebApp", "client_secret", secret)...), 400, `"Status":"ChangePasswordRequestNotExists"`},
	} {
		a := h.do(request("POST", tt.target, tt.body, "Content-Type", tt.kind))
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, a.status, a.body, tt.status, tt.want)
		}
		if strings.Contains(h.log.String(), "another one") {
			t.Fatalf("%s: the log holds a password", tt.name)
		}
	}
	wantStatus(t, h.token(login("Username", "plain", "Password", "another one")), sallyport.Failure|sallyport.PasswordDoesNotMatch)
	var doc wire.PasswordResult
	raw := h.do(request("POST", changePath, form1("client_secret", secret), "Content-Type", formType)).body
	if err := wire.Decode([]byte(raw), &doc); err != nil || doc.Status != "Success" {
		t.Errorf("got %s, %v, want it read and good", raw, err)
	}
}
