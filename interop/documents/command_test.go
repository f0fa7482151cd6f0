package documents_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport/interop/internal/contract"
	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/wire"
)

// TestMain removes the command that was built.
func TestMain(m *testing.M) {
	code := m.Run()
	served.Clean()
	os.Exit(code)
}

// caller calls the command, and holds its answers to the document.
type caller struct {
	t      *testing.T
	s      *served.Server
	client http.Client
}

// TestCommand logs somebody in at the built command, from the password to the end of the
// session, enrols a factor, and changes a password, well and badly. Each answer is one of
// the document that the command serves.
func TestCommand(t *testing.T) {
	s := served.Start(t, []served.User{served.Mailed("ada"), served.Enrolling("nora"), {Name: "otto"}})
	c := &caller{t: t, s: s}
	held := contract.Read(t, document(t, s.Issuer), s.Issuer)
	c.client.Transport = held.Transport(t, http.DefaultTransport)

	tokens := c.login("ada")
	bearer := "Bearer " + tokens.AccessToken
	for _, path := range []string{"/connect/userinfo", "/api/Principal/GetIdentity", "/api/Principal/GetCurrentRoles", "/api/Principal/IsInRoleByName?roleName=Clerk"} {
		c.want(http.StatusOK, http.MethodGet, path, bearer)
		c.want(http.StatusUnauthorized, http.MethodGet, path, "")
	}
	c.want(http.StatusForbidden, http.MethodGet, "/api/Principal/GetCurrentPermissions", bearer) // for want of a scope
	for _, path := range []string{"openid-configuration", "oauth-authorization-server", "openid-configuration/jwks"} {
		c.want(http.StatusOK, http.MethodGet, "/.well-known/"+path, "")
	}
	fresh := c.tokens("grant_type", "refresh_token", "refresh_token", tokens.RefreshToken)
	c.want(http.StatusOK, http.MethodPost, "/connect/introspect", "", "token", fresh.AccessToken)
	c.want(http.StatusOK, http.MethodPost, "/connect/revocation", "", "token", fresh.RefreshToken)
	c.want(http.StatusUnauthorized, http.MethodGet, "/connect/userinfo", "Bearer "+fresh.AccessToken)

	nora := c.call1("nora")
	id := nora.RequestID
	c.want(http.StatusOK, http.MethodGet, "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+id, "")
	c.want(http.StatusOK, http.MethodPost, "/api/MFAEnrollment/GetEnrollmentInformation", "", "requestId", id)
	c.want(http.StatusBadRequest, http.MethodPost, "/api/MFAEnrollment/ValidateMicrosoftTOTP", "", "requestId", id, "secureCode", "000000")
	c.want(http.StatusNotFound, http.MethodPost, "/api/MFAEnrollment/GetEnrollmentInformation", "", "requestId", served.ApplicationID)

	c.want(http.StatusBadRequest, http.MethodPost, "/api/Password/Change", "", "Username", "otto", "password", "wrong", "newPassword", "battery staple")
	c.want(http.StatusOK, http.MethodPost, "/api/Password/Change", "", "Username", "otto", "password", served.Password, "newPassword", "battery staple")
	if n := len(held.Seen()); n < 20 {
		t.Errorf("got %d kinds of answers, want 20 at least: %v", n, held.Seen())
	}
}

// document returns the OpenAPI document that a server tells of itself.
func document(t *testing.T, issuer string) []byte {
	t.Helper()
	answer, err := http.Get(issuer + "/documentation/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the document: got %d, %v", answer.StatusCode, err)
	}
	return raw
}

// send makes a call: a form by the client where there are fields.
func (c *caller) send(method, path, authorization string, fields ...string) (int, []byte) {
	c.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	if len(fields) > 0 {
		form.Set("client_id", served.ApplicationID+"_Native")
		form.Set("client_secret", served.Secret)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.s.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	if len(fields) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, body
}

func (c *caller) want(status int, method, path, authorization string, fields ...string) []byte {
	c.t.Helper()
	got, body := c.send(method, path, authorization, fields...)
	if got != status {
		c.t.Errorf("%s %s: got %d %s, want %d", method, path, got, body, status)
	}
	return body
}

// tokens is a call that is granted.
func (c *caller) tokens(fields ...string) *wire.TokenSuccess {
	c.t.Helper()
	tokens, _, err := wire.DecodeTokenAnswer(c.want(http.StatusOK, http.MethodPost, "/connect/token", "", fields...))
	if err != nil || tokens == nil {
		c.t.Fatalf("got no tokens, %v", err)
	}
	return tokens
}

// refused is a call of the grant VGAuthenticator that is refused.
func (c *caller) refused(fields ...string) *wire.Response {
	c.t.Helper()
	_, doc, err := wire.DecodeTokenAnswer(c.want(http.StatusBadRequest, http.MethodPost, "/connect/token", "", append(fields, "grant_type", "VGAuthenticator")...))
	if err != nil || doc == nil || doc.VGResponse == nil {
		c.t.Fatalf("got no VGResponse, %v", err)
	}
	return doc.VGResponse
}

func (c *caller) call1(user string) *wire.Response {
	c.t.Helper()
	return c.refused("Username", user, "Password", served.Password)
}

// login is all three calls, after a wrong password, and with a wrong code on the way.
func (c *caller) login(user string) *wire.TokenSuccess {
	c.t.Helper()
	c.refused("Username", user, "Password", "wrong")
	first := c.call1(user)
	login := []string{"AuthenticationRequestId", first.RequestID, "MFAAvailableId", ""}
	for _, o := range first.AuthenticationResponse.MFAAvailables {
		if o.AuthenticationModeDisplay == "OTP" {
			login[3] = o.ID
		}
	}
	c.refused(login...)
	c.refused(append(login[:4:4], "MFASecureCode", "no")...)
	return c.tokens(append(login[:4:4], "grant_type", "VGAuthenticator", "MFASecureCode", c.lastCode(user))...)
}

// lastCode is the code of the newest message to somebody.
func (c *caller) lastCode(user string) (code string) {
	c.t.Helper()
	file, err := os.Open(c.s.Outbox)
	if err != nil {
		c.t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var m struct{ To, Code string }
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			c.t.Fatal(err)
		}
		if m.To == user+"@example.com" && m.Code != "" {
			code = m.Code
		}
	}
	return code
}
