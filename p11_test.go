package sallyport_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/sealed"
)

// TestP11NothingInClear runs a login on an unsealed store and looks for every
// secret in what was stored and logged.
func TestP11NothingInClear(t *testing.T) {
	s := memstore.New()
	k := sallyporttest.New(t, sallyporttest.WithStore(s), sallyporttest.WithConfig(func(c *sallyport.Config) {
		c.Keys, c.InsecurePlainStore = sealed.Keys{}, true
	}))
	c, p := k.InProcess(), k.AddUser(t, sallyporttest.User{Name: "marie", Password: "a password to look for", Email: mail, EmailValidated: true})
	secrets := map[string]string{"password": p.Password, "client secret": "client_secret=" + sallyporttest.ClientSecret}
	a := c.Login(p.Name, p.Password)
	h := c.WaitLink(a, "Email")
	secrets["link token"] = linkToken(h.Link)
	c.Approve(h.Link)
	h.Answer().Want(t, sallyport.Success)
	a = c.Login(p.Name, p.Password)
	secrets["request id"] = a.RequestID
	a = c.Choose(a, "Email", "OTP")
	secrets["code"] = k.Outbox.LastCode(mail)
	c.Login(p.Name, "a wrong password to look for")
	secrets["wrong password"] = "a wrong password to look for"
	granted := c.Answer(a, secrets["code"]).Want(t, sallyport.Success)
	secrets["refresh token"] = granted.Tokens.RefreshToken[32:]
	secrets["access token"] = granted.Tokens.AccessToken
	secrets["vgToken"] = granted.Response.VGToken
	refreshed := c.Refresh(granted.Tokens.RefreshToken)
	secrets["second refresh token"] = refreshed.Tokens.RefreshToken[32:]

	var stored bytes.Buffer
	for r, err := range s.Scan(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		// Ids and digests are long enough to hold six digits by chance, so a
		// code is looked for as a JSON value.
		fmt.Fprintf(&stored, "%s\n%s\n", r.Key, r.Value)
	}
	secrets["code"] = `"` + secrets["code"] + `"`
	for what, secret := range secrets {
		if bytes.Contains(stored.Bytes(), []byte(secret)) {
			t.Errorf("the store holds a %s in clear", what)
		}
		if strings.Contains(k.Logs(), secret) {
			t.Errorf("the log holds a %s in clear", what)
		}
	}
}
