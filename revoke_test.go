package sallyport_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store/memstore"
	"github.com/sallyport-auth/sallyport/store/storetest"
	"github.com/sallyport-auth/sallyport/token"
)

// wantDead has every call that takes a token refuse those of a login, at a node.
func wantDead(t *testing.T, k *sallyporttest.Kit, c *sallyporttest.Client, tokens *sallyport.Tokens) {
	t.Helper()
	c.Refresh(tokens.RefreshToken).WantOAuth(t, "invalid_grant")
	if _, err := k.Engine.Verify(t.Context(), tokens.AccessToken); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Errorf("Verify: got %v, want it invalid", err)
	}
	if u := c.UserInfo(tokens.AccessToken); u.HTTP != 401 {
		t.Errorf("userinfo: got %d, want 401", u.HTTP)
	}
	for _, raw := range []string{tokens.AccessToken, tokens.RefreshToken} {
		if a := c.Introspect(raw); a.Token.Active {
			t.Errorf("introspection: got %s", a.Body)
		}
	}
}

// revoked counts the events of tokens that were given up.
func revoked(k *sallyporttest.Kit) (n int) {
	for _, ev := range k.Events() {
		if ev.Kind == sallyport.EventRevoked {
			n++
		}
	}
	return n
}

func tokensOf(a sallyporttest.Answer) *sallyport.Tokens {
	return &sallyport.Tokens{AccessToken: a.Tokens.AccessToken, RefreshToken: a.Tokens.RefreshToken}
}

// TestP12Revoke: each client ends its own login by each of its tokens, at once and on every
// node, other logins go on, and a second time is as the first.
func TestP12Revoke(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	nodes := []*sallyporttest.Kit{k, k.Node()}
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for _, x := range as {
			c := c.As(x.id, x.secret)
			for _, by := range []string{"access", "refresh", "spent"} {
				other := tokensOf(c.Login(p.Name, p.Password).Want(t, sallyport.Success))
				a := tokensOf(c.Login(p.Name, p.Password).Want(t, sallyport.Success))
				raw := map[string]string{"access": a.AccessToken, "refresh": a.RefreshToken, "spent": a.RefreshToken}[by]
				all := []*sallyport.Tokens{a}
				if by == "spent" {
					all = append(all, tokensOf(c.Refresh(raw)))
				}
				before := revoked(k)
				for range 2 {
					if r := c.Revoke(raw); r.HTTP != 200 || len(r.Body) > 0 {
						t.Errorf("%s by %s: got %d %s", x.id, by, r.HTTP, r.Body)
					}
				}
				if got := revoked(k) - before; got != 1 {
					t.Errorf("%s by %s: got %d events, want one", x.id, by, got)
				}
				for _, node := range nodes {
					for _, dead := range all {
						wantDead(t, node, node.InProcess().As(x.id, x.secret), dead)
					}
				}
				if _, err := k.Engine.Verify(t.Context(), other.AccessToken); err != nil || !c.Refresh(other.RefreshToken).Granted() {
					t.Errorf("%s by %s: the other login: got %v, want it to go on", x.id, by, err)
				}
			}
		}
	})
	events := k.Events()
	if last := events[len(events)-2]; last.Kind == sallyport.EventRevoked && last.Account != p.ID {
		t.Errorf("got %+v, want the account in it", last)
	}
}

// TestRevokeForeign: another client's token is left alone, and the answer tells nothing.
func TestRevokeForeign(t *testing.T) {
	k := newTokensKit(t)
	mark(t, k) // which lets the Service look, and end nothing
	tokens := everyToken(t, k)
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for _, x := range as {
			for _, tok := range tokens {
				if x.id == tok.owner {
					continue
				}
				if a := c.As(x.id, x.secret).Revoke(tok.raw); a.HTTP != 200 || len(a.Body) > 0 {
					t.Errorf("%s gives up the %s token of %s: got %d %s", x.id, tok.what, tok.owner, a.HTTP, a.Body)
				}
			}
		}
	})
	for _, tok := range tokens {
		if !k.InProcess().As(serviceID, sallyporttest.ClientSecret).Introspect(tok.raw).Token.Active {
			t.Errorf("the %s token of %s is dead, want it left alone", tok.what, tok.owner)
		}
	}
	if n := revoked(k); n != 0 {
		t.Errorf("got %d events, want none", n)
	}
}

// TestRevokeMachine: the token of a program has no session to end, which its client is
// told while the token lives; nobody else is.
func TestRevokeMachine(t *testing.T) {
	k := newTokensKit(t)
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		web, service := c.As(webAppID, sallyporttest.ClientSecret), c.As(serviceID, sallyporttest.ClientSecret)
		raw := web.ClientCredentials().Tokens.AccessToken
		if a := web.Revoke(raw); a.HTTP != 400 || string(a.Body) != `{"error":"unsupported_token_type"}` {
			t.Errorf("got %d %s", a.HTTP, a.Body)
		}
		if a := service.Revoke(raw); a.HTTP != 200 {
			t.Errorf("another's: got %d %s", a.HTTP, a.Body)
		}
		k.Clock.Advance(30 * time.Minute)
		if a := web.Revoke(raw); a.HTTP != 200 {
			t.Errorf("an expired one: got %d %s", a.HTTP, a.Body)
		}
	})
}

// TestRevokeExpired: an access token that has expired ends nothing any more.
func TestRevokeExpired(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	c := k.InProcess().As(sallyporttest.PublicClientID, "")
	a := tokensOf(c.Login(p.Name, p.Password).Want(t, sallyport.Success))
	k.Clock.Advance(30 * time.Minute)
	if r := c.Revoke(a.AccessToken); r.HTTP != 200 {
		t.Errorf("got %d %s", r.HTTP, r.Body)
	}
	if r := c.Refresh(a.RefreshToken); !r.Granted() {
		t.Errorf("got %s, want the login to go on", r)
	}
}

// TestRevokeOfADeletedClient: a client that is made under the id of a deleted one ends
// nothing of that one, and is told nothing of its tokens.
func TestRevokeOfADeletedClient(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	old := k.InProcess().As(webAppID, sallyporttest.ClientSecret)
	a := old.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens
	machine := old.ClientCredentials().Tokens.AccessToken
	deleteWebApp(t, k)
	_, secret, err := setup(k).CreateClient(t.Context(), directory.NewClient{
		Application: sallyporttest.ApplicationID, Platform: "WebApp", Scopes: token.KnownScopes(),
		GrantTypes: []string{token.GrantClientCredentials, token.GrantVGAuthenticator, token.GrantRefreshToken},
	})
	if err != nil {
		t.Fatal(err)
	}
	ways(t, k, func(t *testing.T, c *sallyporttest.Client) {
		for what, raw := range map[string]string{"access": a.AccessToken, "refresh": a.RefreshToken, "machine": machine} {
			c := c.As(webAppID, secret)
			if r := c.Introspect(raw); string(r.Body) != `{"active":false}` {
				t.Errorf("%s: got %s", what, r.Body)
			}
			if r := c.Revoke(raw); r.HTTP != 200 || len(r.Body) > 0 {
				t.Errorf("%s: got %d %s", what, r.HTTP, r.Body)
			}
		}
	})
	if n := revoked(k); n != 0 {
		t.Errorf("got %d events, want none", n)
	}
}

// TestRevokeRaces: a refresh at the same moment wins and its successor dies with the
// session, or it is refused. No token of the family is live afterwards.
func TestRevokeRaces(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	nodes := []*sallyporttest.Kit{k, k.Node()}
	ctx := context.Background()
	caller := &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}
	for round := range 40 {
		a := tokensOf(k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success))
		raw := a.RefreshToken
		if round%2 > 0 {
			raw = a.AccessToken
		}
		var successor atomic.Pointer[sallyport.Tokens]
		before := revoked(k)
		crowd(8, func(i int) {
			e := nodes[i%2].Engine
			if i < 4 {
				if err := e.Revoke(ctx, sallyport.Revocation{Caller: caller, Token: raw}); err != nil {
					t.Errorf("revoking: %v", err)
				}
				return
			}
			if next, err := e.Refresh(ctx, refresh(a.RefreshToken)); err == nil {
				successor.Store(next)
			} else if _, refused := errors.AsType[*sallyport.ProtocolError](err); !refused {
				t.Errorf("refreshing: %v", err)
			}
		})
		for _, node := range nodes {
			wantDead(t, node, node.InProcess(), a)
			if next := successor.Load(); next != nil {
				wantDead(t, node, node.InProcess(), next)
			}
		}
		if got := revoked(k) - before; got != 1 {
			t.Errorf("got %d events, want one", got)
		}
	}
}

// TestRevokeGone: a caller who has gone has the token ended all the same.
func TestRevokeGone(t *testing.T) {
	k := newTokensKit(t)
	p := k.Person("paul")
	a := tokensOf(k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success))
	f := func(ctx context.Context) error {
		return k.Engine.Revoke(ctx, sallyport.Revocation{Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}, Token: a.RefreshToken})
	}
	if err := f(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f(gone()); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantDead(t, k, k.InProcess(), a)
}

// TestP8RevokeFaults breaks the n-th call on the store, in every way: who is told that a
// token is ended has it ended, and who has an error may ask again.
func TestP8RevokeFaults(t *testing.T) {
	for _, by := range []string{"access", "refresh"} {
		for _, bad := range faults() {
			t.Run(by+" "+bad.name, func(t *testing.T) {
				n := 1
				for hit := true; hit; n++ {
					synctest.Test(t, func(t *testing.T) { hit = revokeFaulted(t, by, bad, n) })
				}
				if n == 2 {
					t.Error("nothing was broken")
				}
			})
		}
	}
}

func revokeFaulted(t *testing.T, by string, bad fault, n int) (hit bool) {
	t.Helper()
	f := storetest.NewFaulty(memstore.New())
	k := sallyporttest.New(t, sallyporttest.WithStore(f))
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	a := tokensOf(k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success))
	in := sallyport.Revocation{Caller: &sallyport.Caller{ClientID: sallyporttest.ClientID, ClientSecret: sallyporttest.ClientSecret}, Token: a.RefreshToken}
	if by == "access" {
		in.Token = a.AccessToken
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.Reset()
	f.At(bad.op, n, bad.make(broken{ctx, cancel, k.Clock}))
	err := k.Engine.Revoke(ctx, in)
	hit = f.Calls(bad.op) >= n
	f.Reset()
	synctest.Wait()
	switch {
	case !hit && err != nil:
		t.Errorf("untouched: %v", err)
	case hit && bad.harmless && err != nil:
		t.Errorf("fault %d: got %v, want it to do no harm", n, err)
	case err != nil:
		if err := k.Engine.Revoke(t.Context(), in); err != nil {
			t.Errorf("after fault %d, on a sound store: %v", n, err)
		}
	}
	wantDead(t, k, k.InProcess(), a)
	return hit
}
