package sallyport_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// looker is a client that is told of all tokens.
func looker(t *testing.T, k *sallyporttest.Kit) *sallyporttest.Client {
	t.Helper()
	c, secret, err := setup(k).CreateClient(t.Context(), directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: "Service", GrantTypes: []string{token.GrantClientCredentials}, Introspect: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return k.InProcess().As(c.ID, secret)
}

// TestIntrospectAccounts: of an account that the host owns its table is asked, as for a look
// at the token. While it does not answer there is no verdict, and a token can be given up
// all the same.
func TestIntrospectAccounts(t *testing.T) {
	u := ann(t)
	k := owned(t, u)
	c := looker(t, k)
	a := k.InProcess().Login("ann", annPassword).Want(t, sallyport.Success).Tokens
	both := func(what string, want bool) {
		t.Helper()
		for _, raw := range []string{a.AccessToken, a.RefreshToken} {
			if got := c.Introspect(raw); got.HTTP != 200 || got.Token.Active != want {
				t.Errorf("%s: got %d %s, want it active: %v", what, got.HTTP, got.Body, want)
			}
		}
	}
	both("at first", true)
	u.edit(annID, func(a *sallyport.Account) { a.Disabled = true })
	k.Clock.Advance(time.Minute)
	both("disabled", false)
	u.edit(annID, func(a *sallyport.Account) { a.Disabled = false })
	k.Clock.Advance(time.Minute)
	a = k.InProcess().Login("ann", annPassword).Want(t, sallyport.Success).Tokens
	both("again", true)
	u.mu.Lock()
	u.before = func(context.Context, string) error { return errors.New("the table is gone") }
	u.mu.Unlock()
	k.Clock.Advance(time.Minute)
	if got := c.Introspect(a.AccessToken); got.HTTP != 503 || got.Token.Active {
		t.Errorf("without an answer: got %d %s", got.HTTP, got.Body)
	}
	if got := k.InProcess().Revoke(a.RefreshToken); got.HTTP != 200 {
		t.Errorf("given up without an answer: got %d %s", got.HTTP, got.Body)
	}
	u.mu.Lock()
	u.before = nil
	u.mu.Unlock()
	both("given up", false)
	events := k.Events()
	if last := events[len(events)-1]; last.Kind != sallyport.EventRevoked || last.Account != annID {
		t.Errorf("got %+v, want the host's id of the account", last)
	}
}

// TestIntrospectUnseenKey: a node that has not met a signing key yet reads it with the
// token, and tells of it as any other.
func TestIntrospectUnseenKey(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	nodes := []*sallyporttest.Kit{k.Node(), k.Node()}
	for range 120 {
		k.Clock.Advance(24 * time.Hour)
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a := k.InProcess().As(webAppID, sallyporttest.ClientSecret).Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
	if got := nodes[0].InProcess().As(webAppID, sallyporttest.ClientSecret).Introspect(a.AccessToken); !got.Token.Active {
		t.Errorf("got %d %s, want it active", got.HTTP, got.Body)
	}
	if got := nodes[1].InProcess().As(webAppID, sallyporttest.ClientSecret).Revoke(a.AccessToken); got.HTTP != 200 {
		t.Errorf("got %d %s, want it ended", got.HTTP, got.Body)
	}
	if _, err := k.Engine.Verify(t.Context(), a.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("got %v, want it ended", err)
	}
}
