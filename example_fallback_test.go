package sallyport_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/wire"
)

// original is a Visual Guard Identity Server from which people move as they log in. It is
// asked by the published call, as a client that it knows.
type original struct {
	url, clientID, secret string
	http                  *http.Client
}

var _ sallyport.Fallback = original{}

// Check asks whether the password is right. That a second factor is wanted says that it is,
// and then one is wanted here.
func (o original) Check(ctx context.Context, name, password string) (*directory.NewUser, bool, error) {
	form := url.Values{
		"grant_type": {"VGAuthenticator"}, "VGAuthenticationModule": {"VGUser"}, "scope": {"openid"},
		"client_id": {o.clientID}, "client_secret": {o.secret}, "Username": {name}, "Password": {password},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+"/connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, false, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := o.http.Do(req)
	if err != nil {
		return nil, false, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, false, err
	}
	granted, refused, err := wire.DecodeTokenAnswer(body)
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("the original answered %d", res.StatusCode)
	case granted != nil:
		return &directory.NewUser{Name: name}, true, nil
	}
	status, known := wire.ParseStatus(refused.VGAuthenticationStatus)
	if !known {
		return nil, false, fmt.Errorf("the original refused the client: %s", refused.Error)
	}
	asked := sallyport.Status(status) & (sallyport.MFAAuthenticationRequired | sallyport.MFAEnrollmentRequired)
	return &directory.NewUser{Name: name, MFA: new(true)}, asked != 0, nil
}

// TestOriginal: people move in with their passwords from another server that speaks the
// published API.
func TestOriginal(t *testing.T) {
	old := sallyporttest.New(t)
	for _, u := range []sallyporttest.User{{Name: "ada"}, {Name: "max", TOTP: true}, {Name: "eve", Disabled: true}} {
		old.AddUser(t, u)
	}
	with := func(secret string) *sallyporttest.Kit {
		from := original{old.Server().URL, sallyporttest.ClientID, secret, old.Server().Client()}
		return sallyporttest.New(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Fallback = from }))
	}
	k := with(sallyporttest.ClientSecret)
	for range 2 { // the second time they are here
		for name, want := range map[string]sallyport.Outcome{"ada": sallyport.Granted, "max": sallyport.EnrollmentWanted, "eve": sallyport.Denied, "nobody": sallyport.Denied} {
			if r := hostLogin(t, k, sallyport.Login{Username: name, Password: sallyporttest.Password}); r.Outcome != want {
				t.Errorf("%s: got %s, %s, want %s", name, r.Outcome, r.Reason, want)
			}
		}
	}
	if r := hostLogin(t, k, sallyport.Login{Username: "ADA", Password: "wrong"}); r.Reason != sallyport.ReasonWrongPassword {
		t.Errorf("a wrong password: got %s", r.Reason)
	}
	if _, err := with("no such secret").Engine.Login(t.Context(), sallyport.Login{Username: "ada", Password: sallyporttest.Password}); err == nil {
		t.Error("a client that the original does not know: got no error")
	}
}
