package main_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// world is a server on a store with a clock that the test turns.
type world struct {
	*client
	proc   *process
	args   []string
	outbox string
	clock  string
	offset time.Duration
}

// newWorld starts one on a bbolt file.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, "-store", "bolt:"+filepath.Join(t.TempDir(), "db"))
}

func newWorldOn(t *testing.T, store ...string) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{outbox: filepath.Join(dir, "outbox"), clock: write(t, filepath.Join(dir, "clock"), "0s\n")}
	w.args = append([]string{
		// The issuer names no port, since each start of the server has another.
		"-issuer", "http://localhost", "-directory", directoryFile(t), "-outbox", w.outbox, "-insecure-clock", w.clock,
	}, store...)
	w.start(t)
	return w
}

func (w *world) start(t *testing.T) {
	t.Helper()
	var url string
	w.proc, url = spawnServer(t, w.args...)
	w.client = newClient(t, url)
}

// crash ends the server without a warning, and starts it again.
func (w *world) crash() {
	w.t.Helper()
	w.proc.kill()
	w.start(w.t)
}

// pass lets time pass for the server. The file changes in one go.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.offset += d
	write(w.t, w.clock+".new", w.offset.String())
	if err := os.Rename(w.clock+".new", w.clock); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) now() time.Time { return time.Now().Add(w.offset) }

// code is what oathtool makes of a secret at the server's time.
func (w *world) code(secret string) string {
	w.t.Helper()
	return tool(w.t, nil, "oathtool", "--totp", "-b", secret, "-N", w.now().UTC().Format("2006-01-02 15:04:05")+" UTC")
}

// mailed is the code of the newest message of a kind.
func (w *world) mailed(kind string) line {
	w.t.Helper()
	return lastLine(w.t, w.outbox, kind)
}

// enrol gives anna an authenticator by the API. It returns its secret, the code
// that confirmed it, and the answer that completes the login.
func (w *world) enrol() (secret, code string, done answer) {
	w.t.Helper()
	r := w.want(w.password("anna", "battery staple"), enrolRequired)
	secret = w.scan(r.id())
	code = w.code(secret)
	status, body := w.post("/api/MFAEnrollment/ValidateMicrosoftTOTP", "requestId", r.id(), "secureCode", code)
	if status != http.StatusOK || !strings.Contains(body, `"IsActive":true`) {
		w.t.Fatalf("confirming the authenticator: got %d, %s", status, body)
	}
	return secret, code, w.want(w.token("AuthenticationRequestId", r.id(), "Username", "anna", "Password", "battery staple"), success)
}

// scan reads the QR picture of both routes and returns the key in it.
func (w *world) scan(request string) (secret string) {
	w.t.Helper()
	const route = "/api/MFAEnrollment/EnrollUserToMicrosoftAuthenticatorBy"
	status, picture := w.get(route + "Image?requestId=" + request)
	equal(w.t, "ByImage", status, http.StatusOK)
	status, encoded := w.get(route + "Bytes?requestId=" + request)
	equal(w.t, "ByBytes", status, http.StatusOK)
	var raw []byte // which JSON holds in base64
	if err := json.Unmarshal([]byte(encoded), &raw); err != nil || !bytes.Equal(raw, []byte(picture)) {
		w.t.Fatalf("ByBytes: got %v and %d bytes, want the %d bytes of ByImage", err, len(raw), len(picture))
	}
	var uris []string
	for _, png := range [][]byte{[]byte(picture), raw} {
		path := write(w.t, filepath.Join(w.t.TempDir(), "qr.png"), string(png))
		uris = append(uris, tool(w.t, nil, "zbarimg", "--raw", "-q", path))
	}
	equal(w.t, "what the two pictures say", uris[1], uris[0])
	u, err := url.Parse(uris[0])
	if err != nil || u.Scheme != "otpauth" || u.Query().Get("secret") == "" {
		w.t.Fatalf("the picture says %q: %v", uris[0], err)
	}
	return u.Query().Get("secret")
}

// mailedLogin is a whole login with a mailed code.
func (w *world) mailedLogin() answer {
	w.t.Helper()
	r := w.want(w.password("tt29", "correct horse"), factorWanted)
	option := r.option(w.t, "Email OTP")
	w.want(w.choose(r.id(), option), waiting)
	m := w.mailed("otp")
	equal(w.t, "addressee", m.To, "marie.sample.deals@gmail.com")
	equal(w.t, "user", m.User, "tt29")
	equal(w.t, "channel", m.Channel, "Email")
	return w.want(w.answer(r.id(), option, m.Code), success)
}

func TestE2EJourney(t *testing.T) {
	needTools(t, "zbarimg", "oathtool")
	t.Parallel()
	journey(t, newWorld(t))
}

// journey is a login with a mailed code, an enrolment, and logins with what was
// enrolled.
func journey(t *testing.T, w *world) {
	t.Helper()
	done := w.mailedLogin()
	w.verify(done.AccessToken, "tt29")

	secret, code, done := w.enrol()
	claims := w.verify(done.AccessToken, "anna")
	status, body := w.get("/connect/userinfo", "Authorization", "Bearer "+done.AccessToken)
	equal(t, "userinfo", status, http.StatusOK)
	w.compareUserInfo(body, claims)

	r := w.want(w.password("anna", "battery staple"), factorWanted)
	option := r.option(t, "MicrosoftAuthenticator OTP")
	w.want(w.answer(r.id(), option, code), codeWrong) // it enrolled: spent
	w.pass(time.Minute)
	code = w.code(secret)
	w.want(w.answer(r.id(), option, code), success)
	r = w.want(w.password("anna", "battery staple"), factorWanted)
	w.want(w.answer(r.id(), r.option(t, "MicrosoftAuthenticator OTP"), code), codeWrong) // spent once is spent
}

func TestE2EExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.want(w.password("tt29", "correct horse"), factorWanted)
	option := r.option(t, "Email OTP")
	w.want(w.choose(r.id(), option), waiting)
	w.pass(61 * time.Second)
	w.want(w.answer(r.id(), option, w.mailed("otp").Code), codeWrong)
	w.pass(10 * time.Minute)
	w.want(w.choose(r.id(), option), requestDead)
}

// verify holds an access token against the published keys, with a library that
// has no part in making it.
func (w *world) verify(token, subject string) jwt.MapClaims {
	w.t.Helper()
	_, raw := w.get("/.well-known/openid-configuration/jwks")
	var set struct {
		Keys []struct{ Kid, Kty, Alg, Use, X5t, N, E string }
	}
	if err := json.Unmarshal([]byte(raw), &set); err != nil {
		w.t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		for _, k := range set.Keys {
			n, err1 := base64.RawURLEncoding.DecodeString(k.N)
			e, err2 := base64.RawURLEncoding.DecodeString(k.E)
			if k.Kid == t.Header["kid"] && k.Kty == "RSA" {
				key := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
				return key, errors.Join(err1, err2)
			}
		}
		return nil, errors.New("no key of that id")
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("http://localhost"), jwt.WithSubject(subject),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(func() time.Time { return w.now().Add(time.Second) }))
	if err != nil {
		w.t.Fatalf("the access token: %v; keys %s", err, raw)
	}
	kid, _ := parsed.Header["kid"].(string)
	print, err := hex.DecodeString(strings.TrimSuffix(kid, "RS256"))
	if err != nil || len(print) != 20 || kid != strings.ToUpper(kid) || !strings.HasSuffix(kid, "RS256") {
		w.t.Errorf("kid: got %q, want 40 upper hex digits and RS256", kid)
	}
	equal(w.t, "x5t", parsed.Header["x5t"], any(base64.RawURLEncoding.EncodeToString(print)))
	equal(w.t, "typ", parsed.Header["typ"], any("at+jwt"))
	equal(w.t, "client_id", claims["client_id"], any(clientID))
	equal(w.t, "vgUserId", claims["vgUserId"], any(subject))
	scopes, _ := claims["scope"].([]any)
	if len(scopes) != 13 || scopes[12] != "offline_access" {
		w.t.Errorf("scope: got %v, want 13 with offline_access last", scopes)
	}
	return claims
}

// compareUserInfo holds the answer against the published one: the same keys in
// the same order.
func (w *world) compareUserInfo(body string, claims jwt.MapClaims) {
	w.t.Helper()
	golden := goldenUserInfo(w.t)
	var got, want []string
	values := map[string]string{}
	for _, p := range members(w.t, body) {
		got, values[p.name] = append(got, p.name), p.value
	}
	for _, p := range golden {
		want = append(want, p.name)
		if strings.HasPrefix(p.name, "vgUA_") {
			equal(w.t, p.name, values[p.name], p.value)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("keys of userinfo:\n got %q\nwant %q", got, want)
	}
	for name, value := range map[string]string{
		"vgUserId": "anna", "sub": "anna", "vgApplications": "PB_Salesdemo", "vgRoles": "Phone", "vgIsApproved": "True", "vgIsLocked": "False",
		"vgStartDate": "7/14/2020 12:00:00 AM", "vgEndDate": "12/31/9999 12:00:00 AM",
	} {
		equal(w.t, name, values[name], value)
	}
	equal(w.t, "vgToken", any(values["vgToken"]), claims["vgToken"])
}

func TestE2ERefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.mailedLogin()
	userInfo := func(token string) int {
		code, _ := w.get("/connect/userinfo", "Authorization", "Bearer "+token)
		return code
	}

	second := w.refresh(first.RefreshToken)
	equal(t, "refreshing", second.code, http.StatusOK)
	equal(t, "userinfo with the new token", userInfo(second.AccessToken), http.StatusOK)
	again := w.refresh(first.RefreshToken) // an answer that got lost
	equal(t, "the successor, asked for twice", again.RefreshToken, second.RefreshToken)
	third := w.refresh(second.RefreshToken)
	equal(t, "refreshing again", third.code, http.StatusOK)

	stolen := w.refresh(first.RefreshToken)
	equal(t, "a spent token", stolen.code, http.StatusBadRequest)
	equal(t, "a spent token", stolen.Error, "invalid_grant")
	equal(t, "its successors", w.refresh(third.RefreshToken).Error, "invalid_grant")
	equal(t, "userinfo after that", userInfo(third.AccessToken), http.StatusUnauthorized)
}
