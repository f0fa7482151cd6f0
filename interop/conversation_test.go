package interop_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/totp"
	"github.com/sallyport-auth/sallyport/wire"
)

// TestMounts has the whole conversation through every mount.
func TestMounts(t *testing.T) {
	for _, m := range mounts {
		t.Run(m.name(), func(t *testing.T) {
			t.Parallel()
			converse(t, open(t, m), m)
		})
	}
}

// converse is the conversation. Its parts share an engine and connections, as
// the requests of real clients do.
func converse(t *testing.T, s *site, m mount) {
	t.Run("mailed code", s.mailedCode)
	t.Run("held link", func(t *testing.T) { s.heldLink(t, !m.fast) })
	t.Run("two headers", func(t *testing.T) { s.twoHeaders(t, !m.fast) })
	t.Run("enrolment by API", s.enrolByAPI)
	t.Run("enrolment by page", s.enrolByPage)
	t.Run("address by query", s.addressByQuery)
	t.Run("discovery", s.discovery)
	t.Run("wrong methods", s.wrongMethods)
	t.Run("hostile bodies", s.hostileBodies)
	t.Run("foreign host", s.foreignHost)
	if !m.leaves {
		t.Run("spellings", s.spellings)
	}
}

// user adds somebody. The name is that of the part of the conversation.
func (s *site) user(t *testing.T, u sallyporttest.User) *sallyporttest.Person {
	t.Helper()
	if u.Email != "" {
		u.EmailValidated = true
	} else {
		yes := true
		u.MFA = &yes
	}
	return s.kit.AddUser(t, u)
}

func (s *site) mailedCode(t *testing.T) {
	who := s.user(t, sallyporttest.User{Name: "marie", Email: "marie@example.com"})
	one := s.login(t, who).want(t, wanted)
	id, option := one.response().RequestID, one.option(t, "Email", "OTP")
	s.token(t, "AuthenticationRequestId", id, "MFAAvailableId", option).want(t, waiting)
	code := s.kit.Outbox.LastCode(who.Email)
	s.token(t, "AuthenticationRequestId", id, "MFAAvailableId", option, "MFASecureCode", "no"+code).want(t, wrong)
	tokens := s.token(t, "AuthenticationRequestId", id, "MFAAvailableId", option, "MFASecureCode", code).want(t, sallyport.Success).tokens

	s.knows(t, tokens.AccessToken, who.Name)
	fresh := readReply(t, s.post(t, "/connect/token", "grant_type", "refresh_token", "client_id", s.client, "client_secret", s.secret,
		"refresh_token", tokens.RefreshToken).body).tokens
	if fresh == nil {
		t.Fatal("got a refusal, want refreshed tokens")
	}
	s.knows(t, fresh.AccessToken, who.Name)

	bad := s.get(t, "/connect/userinfo", "Authorization", "Bearer "+tokens.AccessToken+"x")
	equal(t, "status of a forged token", bad.status, http.StatusUnauthorized)
	if got := bad.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
		t.Errorf("WWW-Authenticate: got %q, want invalid_token", got)
	}
}

// knows asks userinfo, by both methods, whose token it is.
func (s *site) knows(t *testing.T, token, name string) {
	t.Helper()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		a := do(t, s.http, request(t, method, s.base+"/connect/userinfo", "", "Authorization", "Bearer "+token))
		var doc struct{ Sub, VGUserID string }
		if err := json.Unmarshal([]byte(a.body), &doc); err != nil || a.status != http.StatusOK {
			t.Errorf("%s userinfo: got %d, %v", method, a.status, err)
		}
		equal(t, method+" vgUserId", doc.VGUserID, name)
		equal(t, method+" Cache-Control", a.header.Get("Cache-Control"), "no-store, no-cache, max-age=0")
	}
}

var nonceField = regexp.MustCompile(`name="nonce" value="([^"]+)"`)

// nonce reads the hidden field of a page's form.
func nonce(t *testing.T, a answer) string {
	t.Helper()
	m := nonceField.FindStringSubmatch(a.body)
	if m == nil || a.status != http.StatusOK {
		t.Fatalf("got status %d and no nonce, want a page with a form", a.status)
	}
	return m[1]
}

// twoHeaders has two Authorization headers, which the adapter refuses where it
// sees both.
func (s *site) twoHeaders(t *testing.T, seen bool) {
	who := s.kit.AddUser(t, sallyporttest.User{Name: "otto"})
	token := s.login(t, who).want(t, sallyport.Success).tokens.AccessToken
	r := request(t, http.MethodGet, s.base+"/connect/userinfo", "")
	r.Header["Authorization"] = []string{"Bearer x", "Bearer " + token}
	want := http.StatusOK // the last alone has come through
	if seen {
		want = http.StatusUnauthorized
	}
	equal(t, "two Authorization headers", do(t, s.http, r).status, want)
}

// heldLink approves a link through the mount that holds the call, and looks
// whether the deadline of the connection was moved for it.
func (s *site) heldLink(t *testing.T, moves bool) {
	who := s.user(t, sallyporttest.User{Name: "lena", Email: "lena@example.com"})
	one := s.login(t, who).want(t, wanted)
	id, option := one.response().RequestID, one.option(t, "Email", "Link")
	held := make(chan reply, 1)
	began := time.Now()
	go func() {
		defer close(held)
		held <- s.token(t, "AuthenticationRequestId", id, "MFAAvailableId", option)
	}()
	t.Cleanup(func() { <-held }) // it must not outlive the test
	path, below := strings.CutPrefix(s.kit.Outbox.Await(who.Email, "link").Link, s.base)
	if !below {
		t.Fatal("the link is not below the issuer")
	}
	page := s.get(t, path)
	head := do(t, s.http, request(t, http.MethodHead, s.base+path, ""))
	if head.status != http.StatusOK && head.status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD: got %d, want 200, or 405 from a router that keeps it apart", head.status)
	}
	done := s.post(t, path, "nonce", nonce(t, page), "decision", "approve")
	equal(t, "approval", done.status, http.StatusSeeOther)
	(<-held).want(t, sallyport.Success)
	equal(t, "page of a spent link", strings.Contains(s.get(t, path).body, "<h1>Approved</h1>"), true)
	// A server's own time-outs are a minute here; a link lives longer.
	if moved := time.Unix(s.conns.latest.Load(), 0).Sub(began) > 4*time.Minute; moved != moves {
		t.Errorf("the deadline was moved: got %v, want %v", moved, moves)
	}
}

const api = "/api/MFAEnrollment/"

// app is the code that the authenticator of a request shows now. Reading it off
// the picture takes a camera.
func (s *site) app(t *testing.T, requestID string) string {
	t.Helper()
	key, err := s.kit.Engine.BeginTOTP(t.Context(), sallyport.EnrollmentCall{RequestID: requestID})
	if err != nil {
		t.Fatal(err)
	}
	return s.code(t, key.Secret)
}

// code is what an app shows that was given a typed key.
func (s *site) code(t *testing.T, key string) string {
	t.Helper()
	secret, err := totp.ParseSecret(key)
	if err != nil {
		t.Fatal(err)
	}
	return secret.Code(totp.Step(s.kit.Clock.Now()))
}

func (s *site) enrolByAPI(t *testing.T) {
	who := s.user(t, sallyporttest.User{Name: "nora"})
	id := s.login(t, who).response().RequestID
	byImage := s.get(t, api+"EnrollUserToMicrosoftAuthenticatorByImage?requestId="+id)
	equal(t, "type of the picture", byImage.header.Get("Content-Type"), "image/png")
	if _, err := png.Decode(strings.NewReader(byImage.body)); err != nil {
		t.Errorf("the picture: %v", err)
	}
	for _, tt := range []struct{ accept, contentType string }{
		{"application/json", "application/json; charset=UTF-8"},
		{"application/octet-stream", "application/octet-stream"},
	} {
		a := s.get(t, api+"EnrollUserToMicrosoftAuthenticatorByBytes?requestId="+id, "Accept", tt.accept)
		equal(t, "type of the bytes", a.header.Get("Content-Type"), tt.contentType)
		body := []byte(a.body)
		if tt.accept == "application/json" {
			if err := json.Unmarshal(body, &a.body); err != nil {
				t.Error(err)
			}
			body, _ = base64.StdEncoding.DecodeString(a.body)
		}
		if !bytes.Equal(body, []byte(byImage.body)) {
			t.Errorf("%s: got %d bytes, want the picture of %d", tt.accept, len(body), len(byImage.body))
		}
	}
	a := s.post(t, api+"ValidateMicrosoftTOTP", "requestId", id, "secureCode", s.app(t, id))
	var done wire.EnrollmentResult
	if err := wire.Decode([]byte(a.body), &done); err != nil || a.status != http.StatusOK {
		t.Fatalf("confirming: got %d, %v", a.status, err)
	}
	equal(t, "recovery codes", len(done.RecoveryCodes), 10)
	s.token(t, "AuthenticationRequestId", id, "Username", who.Name, "Password", who.Password).want(t, sallyport.Success)
	equal(t, "unknown request", s.get(t, api+"EnrollUserToMicrosoftAuthenticatorByImage?requestId="+sallyporttest.ApplicationID).status, http.StatusNotFound)
}

var typedKey = regexp.MustCompile(`<code class="key" translate="no">([A-Z2-7 ]+)</code>`)

func (s *site) enrolByPage(t *testing.T) {
	who := s.user(t, sallyporttest.User{Name: "paul"})
	one := s.login(t, who)
	id := one.response().RequestID
	enrol := one.response().AuthenticationResponse.AuthenticationEnrollmentRequest
	if enrol == nil || enrol.EnrollmentURL != s.base+"/mfa/enroll/"+id {
		t.Fatalf("got enrolment %+v, want a page below the issuer", enrol)
	}
	path := "/mfa/enroll/" + id
	page := s.get(t, path+"?add=app")
	cookies, err := http.ParseSetCookie(page.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "path of the cookie", cookies.Path, base.Path+path[:strings.LastIndexByte(path, '/')])
	equal(t, "HttpOnly", cookies.HttpOnly, true)
	equal(t, "SameSite", cookies.SameSite, http.SameSiteLaxMode)

	key := typedKey.FindStringSubmatch(page.body)
	if key == nil {
		t.Fatalf("got status %d and no key, want the page", page.status)
	}
	n, code := nonce(t, page), s.code(t, strings.ReplaceAll(key[1], " ", ""))
	other := request(t, http.MethodPost, s.base+path, form("action", "totp", "nonce", n, "code", code), "Content-Type", formType)
	equal(t, "another browser", do(t, newBrowser(t), other).status, http.StatusNotFound)
	equal(t, "without the nonce", s.post(t, path, "action", "totp", "code", code).status, http.StatusNotFound)
	equal(t, "a wrong code", s.post(t, path, "action", "totp", "nonce", n, "code", "no").status, http.StatusBadRequest)
	done := s.post(t, path, "action", "totp", "nonce", n, "code", code)
	equal(t, "confirmation", done.status, http.StatusSeeOther)
	equal(t, "where it leads", done.header.Get("Location"), base.Path+path)
	equal(t, "recovery codes", strings.Count(s.get(t, path).body, "<li><code>"), 10)
	s.token(t, "AuthenticationRequestId", id, "Username", who.Name, "Password", who.Password).want(t, sallyport.Success)
}

// addressByQuery sends an address in the query, as the published form does.
// Some servers write the next request over the strings of the last.
func (s *site) addressByQuery(t *testing.T) {
	who := s.user(t, sallyporttest.User{Name: "olga"})
	id := s.login(t, who).response().RequestID
	const address = "olga.by.query@example.com"
	s.post(t, api+"SendEmailVerification?requestId="+id+"&email="+address)
	for range 3 {
		s.post(t, api+"GetEnrollmentInformation?email="+strings.Repeat("X", 100))
	}
	sent := s.kit.Outbox.Messages()
	last := sent[len(sent)-1]
	equal(t, "kind of the message", last.Kind, "enrolment")
	equal(t, "its address, some requests later", last.To, address)
	equal(t, "confirmation", s.post(t, api+"ValidateEmail?requestId="+id+"&secureCode="+last.Code).status, http.StatusOK)
}

func (s *site) discovery(t *testing.T) {
	var doc struct {
		Issuer, JWKSURI, TokenEndpoint, UserinfoEndpoint string
	}
	a := s.get(t, "/.well-known/openid-configuration")
	var raw map[string]any
	if err := json.Unmarshal([]byte(a.body), &raw); err != nil || a.status != http.StatusOK {
		t.Fatalf("got %d, %v", a.status, err)
	}
	doc.Issuer, _ = raw["issuer"].(string)
	doc.JWKSURI, _ = raw["jwks_uri"].(string)
	doc.TokenEndpoint, _ = raw["token_endpoint"].(string)
	doc.UserinfoEndpoint, _ = raw["userinfo_endpoint"].(string)
	equal(t, "issuer", doc.Issuer, s.base)
	equal(t, "token_endpoint", doc.TokenEndpoint, s.base+"/connect/token")
	equal(t, "userinfo_endpoint", doc.UserinfoEndpoint, s.base+"/connect/userinfo")

	keys := do(t, s.http, request(t, http.MethodGet, doc.JWKSURI, ""))
	var set struct{ Keys []struct{ Kty, Kid string } }
	if err := json.Unmarshal([]byte(keys.body), &set); err != nil || len(set.Keys) == 0 || set.Keys[0].Kty != "RSA" {
		t.Errorf("got %d, %d keys, %v, want RSA keys", keys.status, len(set.Keys), err)
	}
}
