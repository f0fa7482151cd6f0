package httpadapter_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/internal/forgery"
	"github.com/sallyport-auth/sallyport/store"
	"github.com/sallyport-auth/sallyport/token"
)

// forged is a site whose tokens are forged.
type forged struct {
	*harness
	guarded http.Handler
	good    string
	forms   []forgery.Form
}

// newForged logs somebody in, and makes all that might be taken for their token.
func newForged(t *testing.T) *forged {
	f := &forged{harness: newHarness(t, "http://127.0.0.1:5000", httpadapter.Options{})}
	g, err := guard.New(f.engine, guard.Options{WithoutCookies: true})
	if err != nil {
		t.Fatal(err)
	}
	f.guarded = g.Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	old, ended := f.byPassword(t, "plain", serviceID), f.byPassword(t, "plain", serviceID)
	f.clock.advance(token.MaxAccessLife)
	f.want(t, "revocation", f.about("/connect/revocation", ended.RefreshToken), 200, "")
	login, other := f.byPassword(t, "plain", serviceID), f.byPassword(t, "plain", serviceID)
	f.good = login.AccessToken
	forger := forgery.Forger{Ours: f.key(t), Theirs: strangersKey(t), Good: f.good, Other: other.AccessToken}
	ended = f.byPassword(t, "plain", serviceID)
	f.want(t, "revocation", f.about("/connect/revocation", ended.AccessToken), 200, "")
	native := f.token(login4(clientID)).success(t)
	forger.Dead = map[string]string{
		forgery.Expired:                          old.AccessToken,
		"of an ended session":                    ended.AccessToken,
		"a session of another client under ours": forger.Signed(t, "vgToken", claimOf(t, native.AccessToken, "vgToken")),
		"our session under another client":       forger.Signed(t, "client_id", `"`+clientID+`"`),
		"a session that was ended":               forger.Signed(t, "vgToken", claimOf(t, ended.AccessToken, "vgToken")),
	}
	forger.Credentials = map[string]string{
		"a refresh token": login.RefreshToken, "a VGToken": strings.Trim(claimOf(t, f.good, "vgToken"), `"`),
		"a client secret": secret, "a password": pass, "a handle": f.handle(t),
	}
	f.forms = forger.Forms(t)
	return f
}

// byPassword logs somebody in by the grant of that name.
func (f *forged) byPassword(t *testing.T, user, client string) (tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
}) {
	t.Helper()
	a := f.token(form("grant_type", "password", "client_id", client, "client_secret", secret, "username", user, "password", pass))
	if err := json.Unmarshal([]byte(a.body), &tokens); err != nil || tokens.AccessToken == "" {
		t.Fatalf("got %d %s, %v", a.status, a.body, err)
	}
	return tokens
}

func login4(client string) string {
	return form("grant_type", "VGAuthenticator", "client_id", client, "client_secret", secret, "Username", "plain", "Password", pass)
}

// handle is one of a session of the host's own.
func (f *forged) handle(t *testing.T) string {
	t.Helper()
	r, err := f.engine.Login(t.Context(), sallyport.Login{Username: "plain", Password: pass})
	if err != nil || r.Session == nil {
		t.Fatalf("got %v, %v", r, err)
	}
	return r.Session.Handle
}

// key is the one with which the engine signs: nobody else can have it.
func (f *forged) key(t *testing.T) forgery.Key {
	t.Helper()
	var ring token.Ring
	err := store.NewDB(f.store, "").Run(t.Context(), f.clock.Now(), func(tx *store.Tx) (err error) {
		ring, _, err = token.ReadRing(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	k, _ := ring.Signer(f.clock.Now(), token.RS256)
	return forgersKey(t, k)
}

// strangersKey is one that no engine knows.
func strangersKey(t *testing.T) forgery.Key {
	t.Helper()
	k, err := token.NewKey(token.RS256, token.DefaultKeyBits, start)
	if err != nil {
		t.Fatal(err)
	}
	return forgersKey(t, k)
}

func forgersKey(t *testing.T, k token.Key) forgery.Key {
	t.Helper()
	private, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
	if err != nil {
		t.Fatal(err)
	}
	return forgery.Key{ID: k.ID, Private: private.(*rsa.PrivateKey), Certificate: k.Certificate}
}

// claimOf is a claim of a token as it stands there.
func claimOf(t *testing.T, raw, name string) string {
	t.Helper()
	var claims map[string]json.RawMessage
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err == nil {
		err = json.Unmarshal(body, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(claims[name])
}

// about asks about a token, or gives it up, as its own client.
func (f *forged) about(route, raw string) *answer {
	return f.do(request("POST", route, form("client_id", serviceID, "client_secret", secret, "token", raw), "Content-Type", formType))
}

// want holds an answer to a status and a body.
func (f *forged) want(t *testing.T, what string, a *answer, status int, body string) {
	t.Helper()
	if a.status != status || a.body != body {
		t.Errorf("%s: got %d %.200q, want %d %q", what, a.status, a.body, status, body)
	}
}

// bearers are the places at which a bearer token lets somebody in, with the body and the
// challenge of their refusals.
func (f *forged) bearers() []bearer {
	const body, challenge = `{"error":"invalid_token"}`, `Bearer realm="IdentityServer",error="invalid_token"`
	list := []bearer{{"guard", "/", f.guarded, "Unauthorized\n", `Bearer error="invalid_token"`}}
	for _, path := range []string{
		"/connect/userinfo", "/api/Principal/GetIdentity", "/api/Principal/GetCurrentRoles", "/api/Principal/GetCurrentPermissions",
		"/api/Principal/IsInRoleByName?roleName=Clerk", "/Security/HasPermissionById/55fb7f63-2ffc-4025-a238-265d20013d82",
	} {
		list = append(list, bearer{path, path, f.adapter, body, challenge})
	}
	return list
}

type bearer struct {
	name, path      string
	handler         http.Handler
	body, challenge string
}

// refuses shows a token where a bearer may come in, and wants it refused.
func (b *bearer) refuses(t *testing.T, form forgery.Form) {
	t.Helper()
	r := request("GET", b.path, "")
	r.Header["Authorization"] = []string{"Bearer " + form.Token} // as it is: no server would let all of them through
	a, challenge := serve(b.handler, r), b.challenge
	if form.Expired && b.name != "guard" {
		challenge += `,error_description="The access token expired"`
	}
	if got := a.header.Get("WWW-Authenticate"); a.status != 401 || a.body != b.body || got != challenge {
		t.Errorf("%s: got %d %.200q, challenge %q, want 401 %q, %q", b.name, a.status, a.body, got, b.body, challenge)
	}
}

// noFields are forms that no field of a form may have, with the status of such a form. All
// the others are tokens that are not active.
var noFields = map[string]int{"NUL behind": 400, "bad UTF-8": 400, "longer than 8 KiB": 413, "header of a thousand members": 413}

// TestForgedTokens shows each forgery at every place that takes a token. None of them is
// good for anything, and none does any harm to the good one.
func TestForgedTokens(t *testing.T) {
	f := newForged(t)
	if n := len(f.forms); n < 150 {
		t.Errorf("got %d forms, want 150 and more", n)
	}
	for _, form := range f.forms {
		t.Run(form.Name, func(t *testing.T) {
			for _, b := range f.bearers() {
				b.refuses(t, form)
			}
			status, told, ended := 200, `{"active":false}`, ""
			if s := noFields[form.Name]; s != 0 {
				status, told = s, `{"error":"invalid_request","error_description":"token"}`
				ended = told
			}
			if form.Name != "a refresh token in its place" { // whose client may ask about it, and give it up
				f.want(t, "introspection", f.about("/connect/introspect", form.Token), status, told)
				f.want(t, "revocation", f.about("/connect/revocation", form.Token), status, ended)
			}
			if a := f.about("/connect/introspect", f.good); !strings.HasPrefix(a.body, `{"active":true`) {
				t.Errorf("introspection of the good token afterwards: got %d %s", a.status, a.body)
			}
		})
	}
	for _, b := range f.bearers() {
		r := request("GET", b.path, "", "Authorization", "Bearer "+f.good)
		if a := serve(b.handler, r); a.status == 401 {
			t.Errorf("%s: the good token was refused, so the refusals prove nothing", b.name)
		}
	}
}

// TestForgedTokensUnread: what is wrong by its form alone is refused before anything is
// read, so also where there is no store.
func TestForgedTokensUnread(t *testing.T) {
	f := newForged(t)
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, form := range f.forms {
		if !form.Shape {
			continue
		}
		t.Run(form.Name, func(t *testing.T) {
			for _, b := range f.bearers() {
				b.refuses(t, form)
			}
		})
	}
	for _, b := range f.bearers() {
		r := request("GET", b.path, "", "Authorization", "Bearer "+f.good)
		if a := serve(b.handler, r); a.status < 500 {
			t.Errorf("%s: got %d without a store, want a fault, or the refusals prove nothing", b.name, a.status)
		}
	}
}
