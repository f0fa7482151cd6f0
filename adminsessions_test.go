package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestEndedSessionsAreNotListed: what has been ended with a client, or with all, stands in
// no list, and what began since does.
func TestEndedSessionsAreNotListed(t *testing.T) {
	k := newTokensKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Application = sallyporttest.ApplicationName }))
	p := k.Person("paul")
	login := func(id, secret string) {
		t.Helper()
		k.InProcess().As(id, secret).Login(p.Name, p.Password).Want(t, sallyport.Success)
	}
	listed := func(want ...string) {
		t.Helper()
		list, err := setup(k).Sessions(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, s := range list {
			got[s.ClientID]++
		}
		for _, id := range want {
			got[id]--
		}
		for id, n := range got {
			if n != 0 {
				t.Errorf("%s: %d more than wanted of %v", id, n, want)
			}
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	login(webAppID, sallyporttest.ClientSecret)
	login(sallyporttest.PublicClientID, "")
	hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password})
	listed(webAppID, sallyporttest.PublicClientID, "host")
	do(setup(k).EndClientSessions(t.Context(), webAppID))
	listed(sallyporttest.PublicClientID, "host")
	login(webAppID, sallyporttest.ClientSecret)
	listed(webAppID, sallyporttest.PublicClientID, "host")
	do(setup(k).EndAllSessions(t.Context()))
	listed()
	login(webAppID, sallyporttest.ClientSecret)
	hostLogin(t, k, sallyport.Login{Username: p.Name, Password: p.Password})
	listed(webAppID, "host")
	do(setup(k).EndAllSessions(t.Context()))
	listed()
	for _, id := range []string{"host", "", otherServiceID} {
		if err := setup(k).EndClientSessions(t.Context(), id); !errors.Is(err, directory.ErrNoClient) {
			t.Errorf("%q: got %v, want %v", id, err, directory.ErrNoClient)
		}
	}
}

// TestEndClientSessionsEndsLogins: a login that is under way at the client cannot be
// finished, and the client logs in anew with the secret that it has.
func TestEndClientSessionsEndsLogins(t *testing.T) {
	k := newTokensKit(t)
	k.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	p := k.Person("marie")
	c := k.InProcess().As(webAppID, sallyporttest.ClientSecret)
	a := c.Choose(c.Login(p.Name, p.Password), "Email", "OTP").Want(t, waiting)
	if err := setup(k).EndClientSessions(t.Context(), webAppID); err != nil {
		t.Fatal(err)
	}
	if got := c.Answer(a, k.Outbox.LastCode(mail)); got.Granted() {
		t.Errorf("got %s, want it over", got)
	}
	c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success)
}
