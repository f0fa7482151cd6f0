package clients_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/sallyport-auth/sallyport/interop/internal/served"
	"github.com/sallyport-auth/sallyport/totp"
	"github.com/sallyport-auth/sallyport/wire"
)

// What x/oauth2 has no call for goes by net/http.

// enrol logs in as somebody who needs a second factor and has none, and adds an
// authenticator.
func (c *goClient) enrol(t *testing.T) {
	t.Helper()
	newcomer := newcomerOf(c.name)
	id := c.refused(t, "Username", newcomer, "Password", served.Password).RequestID
	api := c.s.Issuer + "/api/MFAEnrollment/"
	picture := answerOf(t, http.StatusOK)(http.Get(api + "EnrollUserToMicrosoftAuthenticatorByImage?requestId=" + id))
	code := codeOf(t, keyOf(t, picture))
	raw := answerOf(t, http.StatusOK)(http.PostForm(api+"ValidateMicrosoftTOTP", url.Values{"requestId": {id}, "secureCode": {code}}))
	var added wire.EnrollmentResult
	if err := wire.Decode(raw, &added); err != nil || added.Status != "Success" || !added.IsActive || len(added.RecoveryCodes) == 0 {
		t.Fatalf("enrolment: got %s, %v", raw, err)
	}
	if _, err := c.grant(t.Context(), "Username", newcomer, "Password", served.Password, "AuthenticationRequestId", id); err != nil {
		t.Fatalf("call 1 again: %v", err)
	}
}

// keyOf reads the key of an authenticator off its picture.
func keyOf(t *testing.T, png []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	uri, err := url.Parse(strings.TrimSpace(string(read)))
	if err != nil {
		t.Fatal(err)
	}
	return uri.Query().Get("secret")
}

// codeOf is what an authenticator of that key shows.
func codeOf(t *testing.T, key string) string {
	t.Helper()
	secret, err := totp.ParseSecret(key)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Code(totp.Step(time.Now()))
}

// answerOf reads an answer, which must have that status.
func answerOf(t *testing.T, status int) func(*http.Response, error) []byte {
	return func(r *http.Response, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != status {
			t.Fatalf("got %d, %v, %s, want %d", r.StatusCode, err, body, status)
		}
		return body
	}
}

// about asks about a token, or gives it up, as a client.
func (c *goClient) about(t *testing.T, route, client, token string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.s.Issuer+"/connect/"+route, strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(client, served.Secret)
	return answerOf(t, http.StatusOK)(http.DefaultClient.Do(r))
}

// giveUp asks what a token stands for, gives the login up, and asks again.
func (c *goClient) giveUp(t *testing.T, token *oauth2.Token) {
	t.Helper()
	const service = served.ApplicationID + "_Service"
	var told struct {
		Active bool
		Sub    string
	}
	raw := c.about(t, "introspect", service, token.AccessToken)
	if err := json.Unmarshal(raw, &told); err != nil || !told.Active || told.Sub != c.name {
		t.Fatalf("introspection: got %s, %v", raw, err)
	}
	c.about(t, "revocation", c.config.ClientID, token.RefreshToken)
	if raw := string(c.about(t, "introspect", service, token.AccessToken)); raw != `{"active":false}` {
		t.Fatalf("after the revocation: got %s", raw)
	}
}

// verifyAudience verifies a token for whom it is meant, and for somebody else.
func (c *goClient) verifyAudience(t *testing.T) {
	t.Helper()
	other := goClient{s: c.second.Server, config: configOf(c.second.Server)}
	token, err := other.grant(t.Context(), "Username", c.second.plain, "Password", served.Password)
	if err != nil {
		t.Fatal(err)
	}
	issuer := other.s.Issuer
	if subject, err := c.verify(t.Context(), issuer, audience, token.AccessToken); err != nil || subject != c.second.plain {
		t.Fatalf("verifying with an audience: got %q, %v", subject, err)
	}
	if subject, err := c.verify(t.Context(), issuer, audience+"/x", token.AccessToken); err == nil {
		t.Fatalf("a token for somebody else: got %q, want an error", subject)
	}
}
