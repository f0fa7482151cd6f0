package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The directory of the tests: the published example, a user without any
// second factor, and one that needs none.
const (
	clientID  = "6f209594-fc04-4e96-9f9f-7daf57b0fb12_Native"
	directory = `{
  "applications": [{"id": "6f209594-fc04-4e96-9f9f-7daf57b0fb12", "name": "PB_Salesdemo", "mfa": {"mode": "Required"},
    "permissions": [{"path": "/PowerServer/Address/CanReadAddress"}],
    "roles": [{"name": "Auditor", "permissions": ["/PowerServer/Address/CanReadAddress"]},
      {"name": "Phone", "mfa": {"methods": ["MicrosoftAuthenticator"], "enrollable": ["MicrosoftAuthenticator"]}}]}],
  "clients": [{"application": "PB_Salesdemo", "platform": "Native", "grantTypes": ["VGAuthenticator", "refresh_token"],
    "scopes": ["openid", "profile", "VGActivityDate", "VGApplications", "VGDeveloper", "VGIsApproved", "VGIsLocked",
      "VGPermissions", "VGProfile", "VGRoles", "VGToken", "offline_access", "IdentityServerApi"],
    "secrets": [{"value": "secret"}]}],
  "users": [
    {"name": "tt29", "password": "correct horse", "email": "marie.sample.deals@gmail.com", "emailValidated": true,
      "attributes": ATTRIBUTES, "roles": [{"application": "PB_Salesdemo", "role": "Auditor"}]},
    {"name": "anna", "password": "battery staple", "attributes": ATTRIBUTES, "start": "2020-07-14T00:00:00Z", "end": "9999-12-31T00:00:00Z",
      "roles": [{"application": "PB_Salesdemo", "role": "Phone"}]}
  ]
}`
)

// directoryFile writes the directory with the attributes of the golden user.
func directoryFile(t *testing.T) string {
	t.Helper()
	var attributes []string
	for _, p := range goldenUserInfo(t) {
		if name, ok := strings.CutPrefix(p.name, "vgUA_"); ok {
			attributes = append(attributes, quoted(t, name)+": "+quoted(t, p.value))
		}
	}
	object := "{" + strings.Join(attributes, ", ") + "}"
	return write(t, t.TempDir()+"/directory.json", strings.ReplaceAll(directory, "ATTRIBUTES", object))
}

func quoted(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pair is one member of a JSON object.
type pair struct{ name, value string }

// members reads a JSON object of strings in its order.
func members(t *testing.T, raw string) (list []pair) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(raw))
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		t.Fatalf("no JSON object: %v in %q", err, raw)
	}
	for d.More() {
		var p pair
		for _, to := range []*string{&p.name, &p.value} {
			tok, err := d.Token()
			s, ok := tok.(string)
			if err != nil || !ok {
				t.Fatalf("no object of strings: %v in %q", err, raw)
			}
			*to = s
		}
		list = append(list, p)
	}
	return list
}

func goldenUserInfo(t *testing.T) []pair {
	t.Helper()
	raw, err := os.ReadFile("../../wire/testdata/userinfo.json")
	if err != nil {
		t.Fatal(err)
	}
	return members(t, string(raw))
}

// answer is what the tests look at in an answer of the token endpoint.
type answer struct {
	code         int // HTTP
	raw          string
	Error        string
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	VGResponse   struct {
		RequestID              string `json:"RequestId"`
		AuthenticationResponse struct {
			Status        int64
			MFAAvailables []struct {
				ID                        string `json:"Id"`
				TransportModeDisplay      string
				AuthenticationModeDisplay string
			}
			AuthenticationEnrollmentRequest struct {
				EnrollmentURL  string `json:"EnrollmentUrl"`
				TransportModes []int
			}
		}
	}
}

func (a answer) status() int64 { return a.VGResponse.AuthenticationResponse.Status }
func (a answer) id() string    { return a.VGResponse.RequestID }

// option is the id of an option, such as "Email Link".
func (a answer) option(t *testing.T, want string) string {
	t.Helper()
	for _, o := range a.VGResponse.AuthenticationResponse.MFAAvailables {
		if o.TransportModeDisplay+" "+o.AuthenticationModeDisplay == want {
			return o.ID
		}
	}
	t.Fatalf("no option %q in %s", want, a.raw)
	return ""
}

// Statuses that the tests meet.
const (
	success       = 2048
	wrongPassword = 9
	codeWrong     = 524289
	waiting       = 1048577
	requestDead   = 16777217
	factorWanted  = 134217729
	mustChange    = 513
	enrolRequired = 268435457
)

// client speaks to one server.
type client struct {
	t    *testing.T
	base string
	http *http.Client
}

func newClient(t *testing.T, base string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t, base, &http.Client{Jar: jar, Timeout: 2 * patience}}
}

// send makes one request. An answer that does not come is an error.
func (c *client) send(method, path string, form url.Values, header ...string) (code int, body string, err error) {
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

func (c *client) get(path string, header ...string) (int, string) {
	c.t.Helper()
	code, body, err := c.send(http.MethodGet, path, nil, header...)
	if err != nil {
		c.t.Fatal(err)
	}
	return code, body
}

func (c *client) post(path string, fields ...string) (int, string) {
	c.t.Helper()
	code, body, err := c.send(http.MethodPost, path, formOf(fields))
	if err != nil {
		c.t.Fatal(err)
	}
	return code, body
}

func formOf(fields []string) url.Values {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// tokenForm completes the fields of a token request.
func tokenForm(grant string, fields []string) url.Values {
	return formOf(append([]string{"grant_type", grant, "client_id", clientID, "client_secret", "secret"}, fields...))
}

// token makes one call of the login conversation.
func (c *client) token(fields ...string) answer {
	c.t.Helper()
	a, err := c.tryToken("VGAuthenticator", fields...)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *client) tryToken(grant string, fields ...string) (a answer, err error) {
	code, body, err := c.send(http.MethodPost, "/connect/token", tokenForm(grant, fields))
	if err == nil {
		err = json.Unmarshal([]byte(body), &a)
	}
	a.code, a.raw = code, body
	return a, err
}

func (c *client) refresh(token string) answer {
	c.t.Helper()
	a, err := c.tryToken("refresh_token", "refresh_token", token)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// want ends the test unless the answer has that status.
func (c *client) want(a answer, status int64) answer {
	c.t.Helper()
	if a.status() != status || (status == success) != (a.AccessToken != "") || (a.code == http.StatusOK) != (status == success) {
		c.t.Fatalf("got status %d (HTTP %d), want %d: %s", a.status(), a.code, status, a.raw)
	}
	return a
}

func (c *client) password(name, password string) answer {
	c.t.Helper()
	return c.token("VGAuthenticationModule", "VGUser", "Username", name, "Password", password)
}

func (c *client) choose(request, option string) answer {
	c.t.Helper()
	return c.token("AuthenticationRequestId", request, "MFAAvailableId", option)
}

func (c *client) answer(request, option, code string) answer {
	c.t.Helper()
	return c.token("AuthenticationRequestId", request, "MFAAvailableId", option, "MFASecureCode", code)
}

var nonceField = regexp.MustCompile(`name="nonce" value="([^"]*)"`)

// approve opens the page of a link, wherever the mail says that it is, on this
// server, and presses the button.
func (c *client) approve(link string) {
	c.t.Helper()
	path := link[strings.Index(link, "/mfa/link/"):]
	code, page := c.get(path)
	nonce := nonceField.FindStringSubmatch(page)
	if code != http.StatusOK || nonce == nil {
		c.t.Fatalf("the page of the link: got %d, %s", code, page)
	}
	if code, page := c.post(path, "nonce", nonce[1], "decision", "approve"); code != http.StatusOK {
		c.t.Fatalf("approving: got %d, %s", code, page)
	}
}

// line is one line of an outbox.
type line struct {
	Time                                               time.Time
	Channel, Kind, To, User, Code, Link, Subject, Text string
}

// outboxLines reads an outbox file.
func outboxLines(t *testing.T, path string) (list []line) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for s := range strings.Lines(string(raw)) {
		var l line
		if err := json.Unmarshal([]byte(s), &l); err != nil || !strings.HasSuffix(s, "\n") {
			t.Fatalf("no line of an outbox: %v: %q", err, s)
		}
		list = append(list, l)
	}
	return list
}

// lastLine is the newest message of a kind, "" if there is none.
func lastLine(t *testing.T, path, kind string) (last line) {
	t.Helper()
	for _, l := range outboxLines(t, path) {
		if l.Kind == kind {
			last = l
		}
	}
	return last
}
