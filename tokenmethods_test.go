package sallyport_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// TestAMRIsReal: what was proven in a login stands in its tokens by the names of RFC 8176,
// and what a remembered device stood for does not. A published token says what it always did.
func TestAMRIsReal(t *testing.T) {
	k := newProfilesKit(t, takesPasswordless())
	day := 24 * time.Hour
	setPolicy(t, k, func(d *directory.Policy) { d.MFA.Session = &day })
	const mobile = "+491701234567"
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true, Mobile: mobile, MobileValidated: true, TOTP: true, Roles: []string{sallyporttest.RoleName}})
	k.AddUser(t, sallyporttest.User{Name: "nora", Mobile: "+491701234568", MobileValidated: true, Edit: asPasswordless, Roles: []string{sallyporttest.RoleName}})
	p := k.Person("marie")
	c := k.InProcess().WithScope("openid offline_access")
	c.Remember = true
	amr := func(a sallyporttest.Answer) string {
		t.Helper()
		text, _ := json.Marshal(members(t, a.Tokens.AccessToken)["amr"])
		return string(text)
	}
	same := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	a := c.Choose(c.Login(p.Name, p.Password), "SMS", "OTP")
	a = c.Answer(a, k.Outbox.LastCode(mobile)).Want(t, sallyport.Success)
	same("a code by text message", amr(a), `["pwd","otp","sms","mfa"]`)
	same("its refresh", amr(c.Refresh(a.Tokens.RefreshToken)), `["pwd","otp","sms","mfa"]`)
	a = c.Choose(c.Login(p.Name, p.Password), "Email", "OTP")
	a = c.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	same("a code by mail", amr(a), `["pwd","otp","mfa"]`)
	same("on a remembered device", amr(c.Call(sallyport.Login{Username: p.Name, Password: p.Password, DeviceToken: a.Tokens.DeviceToken}).Want(t, sallyport.Success)), `["pwd"]`)
	a = c.AnswerWith(c.Login(p.Name, p.Password), "MicrosoftAuthenticator", "OTP", p.Authenticator.Fresh()).Want(t, sallyport.Success)
	same("an authenticator", amr(a), `["pwd","otp","mfa"]`)
	nora := k.InProcess().WithScope("openid")
	a = nora.Call(byName("nora"))
	code := k.Outbox.Code("+491701234568", func() { a = nora.Choose(a, "SMS", "OTP").Want(t, waiting) })
	same("without a password", amr(nora.Answer(a, code).Want(t, sallyport.Success)), `["otp","sms"]`)
	web := k.InProcess().As(webAppID, sallyporttest.ClientSecret).WithScope("openid")
	a = web.Choose(web.Login(p.Name, p.Password), "Email", "OTP")
	same("published", amr(web.Answer(a, k.Outbox.LastCode(mail)).Want(t, sallyport.Success)), `["VisualGuard"]`)
}

// TestAlgorithms: a client's tokens are signed by the algorithm that it has, and all are
// taken alike; a switch acts at the next refresh.
func TestAlgorithms(t *testing.T) {
	k := newProfilesKit(t)
	p := k.Person("paul")
	c := k.InProcess().WithScope("openid offline_access")
	a := c.Login(p.Name, p.Password).Want(t, sallyport.Success)
	for _, algorithm := range []string{token.ES256, token.EdDSA, token.PS256, token.RS256} {
		if _, err := setup(k).UpdateClient(t.Context(), sallyporttest.ClientID, directory.ClientChange{TokenAlgorithm: &algorithm}); err != nil {
			t.Fatal(err)
		}
		next := c.Refresh(a.Tokens.RefreshToken)
		if !next.Granted() {
			t.Fatalf("%s: got %s", algorithm, next.Body)
		}
		a = next
		var head struct{ Alg, Typ string }
		if err := json.Unmarshal([]byte(headerOf(t, a.Tokens.AccessToken)), &head); err != nil || head.Alg != algorithm || head.Typ != "at+jwt" {
			t.Errorf("%s: got %+v, %v", algorithm, head, err)
		}
		for _, node := range []*sallyporttest.Kit{k, k.Node()} {
			if u, err := node.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil || u.Name != "paul" {
				t.Errorf("%s: got %+v, %v", algorithm, u, err)
			}
		}
		k.Clock.Advance(time.Second)
	}
}

// headerOf is the header of a token.
func headerOf(t *testing.T, raw string) string {
	t.Helper()
	head, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(head)
}
