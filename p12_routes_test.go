package sallyport_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/guard"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/token"
)

// heldTokens are those of a login of paul through the WebApp, and the handle of a session of
// the host's own.
type heldTokens struct{ access, refresh, machine, handle string }

// tokenRoutes are the ways in which what was granted is used. Each reports whether it still
// is as it was: taken, and with the role.
func tokenRoutes(t *testing.T, k *sallyporttest.Kit) map[string]func(h *heldTokens) bool {
	t.Helper()
	g, err := guard.New(k.Engine, guard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	behind := g.Require(guard.Role(sallyporttest.RoleName))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	asked := func(set func(r *http.Request)) bool {
		r := httptest.NewRequest("GET", sallyporttest.Issuer+"/", nil)
		set(r)
		w := httptest.NewRecorder()
		behind.ServeHTTP(w, r)
		return w.Code == http.StatusOK
	}
	service := k.InProcess().As(serviceID, sallyporttest.ClientSecret) // is told of all tokens
	routes := map[string]func(h *heldTokens) bool{
		"Verify": func(h *heldTokens) bool {
			a, err := k.Engine.Verify(t.Context(), h.access)
			return err == nil && len(a.Roles) == 1
		},
		"guard": func(h *heldTokens) bool {
			return asked(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+h.access) })
		},
		"guard, by cookie": func(h *heldTokens) bool {
			name, _ := k.Engine.SessionCookie()
			return asked(func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: h.handle}) })
		},
		"Session": func(h *heldTokens) bool {
			a, err := k.Engine.Session(t.Context(), h.handle)
			return err == nil && len(a.Roles) == 1
		},
		"VerifyClient": func(h *heldTokens) bool {
			_, err := k.Engine.VerifyClient(t.Context(), h.machine)
			return err == nil
		},
		"introspection":              func(h *heldTokens) bool { return service.Introspect(h.access).Token.Active },
		"introspection of a refresh": func(h *heldTokens) bool { return service.Introspect(h.refresh).Token.Active },
		"introspection of a program": func(h *heldTokens) bool { return service.Introspect(h.machine).Token.Active },
		"refresh": func(h *heldTokens) bool {
			a := k.InProcess().As(webAppID, sallyporttest.ClientSecret).Refresh(h.refresh)
			return a.Granted() && strings.Contains(claimsOf(t, a.Tokens.AccessToken), `"roles":["Auditor"]`)
		},
	}
	for name, c := range map[string]*sallyporttest.Client{"in process": k.InProcess(), "over HTTP": k.HTTP()} {
		routes["userinfo "+name] = func(h *heldTokens) bool {
			return strings.Contains(string(c.UserInfo(h.access).Body), `"vgRoles":"Auditor"`)
		}
		routes["GetCurrentRoles "+name] = func(h *heldTokens) bool { return len(c.GetCurrentRoles(h.access).Roles) == 1 }
	}
	return routes
}

// newHeldKit has a WebApp of RFC 9068 whose API is the issuer's own, so that its tokens are
// good here and say roles, and a Service that is told of all tokens.
func newHeldKit(t *testing.T) (*sallyporttest.Kit, *heldTokens) {
	t.Helper()
	rfc := token.ProfileRFC9068
	k := newTokensKit(t, sallyporttest.WithConfig(func(c *sallyport.Config) { c.Application = sallyporttest.ApplicationName }),
		sallyporttest.WithDirectory(func(d *directory.File) {
			d.Resources = []directory.Resource{{Name: "orders.read", Kind: "API", Audience: sallyporttest.Issuer, Claims: []string{"roles"}}}
		}))
	k.Apply(t, func(d *directory.File) {
		d.Clients[2].TokenProfile = &rfc
		d.Users[0].Email, d.Users[0].EmailValidated, d.Users[0].CredentialsVersion = mail, new(true), 2
	})
	mark(t, k)
	p := k.Person("paul")
	c := k.InProcess().As(webAppID, sallyporttest.ClientSecret)
	a := c.LoginWithCode(p.Name, p.Password).Want(t, sallyport.Success).Tokens
	own, err := k.Engine.Login(t.Context(), sallyport.Login{Username: p.Name, Password: p.Password})
	if err == nil && own.Outcome == sallyport.FactorWanted {
		in := sallyport.Login{RequestID: own.RequestID, OptionID: own.Options[1].ID}
		if _, err = k.Engine.Login(t.Context(), in); err == nil {
			in.Code = k.Outbox.LastCode(mail)
			own, err = k.Engine.Login(t.Context(), in)
		}
	}
	if err != nil || own.Session == nil {
		t.Fatalf("got %+v, %v, want a session", own, err)
	}
	return k, &heldTokens{a.AccessToken, a.RefreshToken, c.ClientCredentials().Tokens.AccessToken, own.Session.Handle}
}

// TestP12Routes: every change acts at the next call, on every route, at the node that made it
// and at another, and on nothing that it does not concern.
func TestP12Routes(t *testing.T) {
	const tokens, own, machine, all = "tokens", "own", "machine", "tokens own machine"
	no, yes := false, true
	admin := func(do func(a *sallyport.Admin, ctx context.Context, id string) error) func(*testing.T, *sallyporttest.Kit) {
		return func(t *testing.T, k *sallyporttest.Kit) {
			t.Helper()
			if err := do(setup(k), t.Context(), k.Person("paul").ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	user := func(by directory.UserChange) func(*testing.T, *sallyporttest.Kit) {
		return admin(func(a *sallyport.Admin, ctx context.Context, id string) error {
			_, err := a.UpdateUser(ctx, id, by)
			return err
		})
	}
	client := func(by directory.ClientChange) func(*testing.T, *sallyporttest.Kit) {
		return admin(func(a *sallyport.Admin, ctx context.Context, _ string) error {
			_, err := a.UpdateClient(ctx, webAppID, by)
			return err
		})
	}
	past := sallyporttest.Start.AddDate(-1, 0, 0)
	for name, tt := range map[string]struct {
		act  func(*testing.T, *sallyporttest.Kit)
		ends string // what is not as it was
	}{
		"nothing":      {func(*testing.T, *sallyporttest.Kit) {}, ""},
		"disabled":     {user(directory.UserChange{Disabled: &yes}), tokens + " " + own},
		"not approved": {user(directory.UserChange{Approved: &no}), tokens + " " + own},
		"expired":      {user(directory.UserChange{End: &past}), tokens + " " + own},
		"locked":       {user(directory.UserChange{Locked: &yes}), tokens + " " + own},
		"deleted":      {admin((*sallyport.Admin).DeleteUser), tokens + " " + own},
		"another password": {admin(func(a *sallyport.Admin, ctx context.Context, id string) error {
			return a.SetPassword(ctx, id, "quite another password")
		}), tokens + " " + own},
		"a factor taken away": {user(directory.UserChange{Email: new("other@example.com")}), tokens + " " + own},
		"its role": {func(t *testing.T, k *sallyporttest.Kit) {
			k.EditUser(t, "paul", func(u *directory.User) { u.Roles = nil })
		}, tokens + " " + own},
		"its sessions": {admin((*sallyport.Admin).EndSessions), tokens + " " + own},
		"all sessions": {admin(func(a *sallyport.Admin, ctx context.Context, _ string) error { return a.EndAllSessions(ctx) }), all},
		"the client's": {admin(func(a *sallyport.Admin, ctx context.Context, _ string) error {
			return a.EndClientSessions(ctx, webAppID)
		}), tokens + " " + machine},
		"another client's": {admin(func(a *sallyport.Admin, ctx context.Context, _ string) error {
			return a.EndClientSessions(ctx, sallyporttest.ClientID)
		}), ""},
		"the client is off":     {client(directory.ClientChange{Disabled: &yes}), tokens + " " + machine},
		"the client is deleted": {deleteWebApp, tokens + " " + machine},
		"its scopes":            {client(directory.ClientChange{Scopes: &[]string{"openid", "IdentityServerApi", "orders.read"}}), "scopes"},
	} {
		t.Run(name, func(t *testing.T) {
			k, held := newHeldKit(t)
			far := k.Node()
			for _, node := range []*sallyporttest.Kit{k, far} {
				for route, use := range tokenRoutes(t, node) {
					if route != "refresh" && !use(held) {
						t.Fatalf("%s before anything has changed: got it refused", route)
					}
				}
			}
			tt.act(t, k)
			for _, node := range []*sallyporttest.Kit{far, k} {
				routes := tokenRoutes(t, node)
				refresh := routes["refresh"]
				delete(routes, "refresh") // last: it spends
				for route := range maps.Keys(routes) {
					if got, want := routes[route](held), !endsRoute(tt.ends, route); got != want {
						t.Errorf("%s: got it as it was: %v, want %v", route, got, want)
					}
				}
				if node != k {
					continue
				}
				if got, want := refresh(held), !endsRoute(tt.ends, "refresh"); got != want {
					t.Errorf("refresh: got it as it was: %v, want %v", got, want)
				}
			}
		})
	}
}

// endsRoute reports whether a route is not as it was.
func endsRoute(ends, route string) bool {
	switch {
	case strings.Contains(route, "program"), route == "VerifyClient":
		return strings.Contains(ends, "machine")
	case route == "Session", strings.Contains(route, "cookie"):
		return strings.Contains(ends, "own")
	case ends == "scopes": // what is told by a scope is told no more, and without offline_access nothing is refreshed
		return strings.HasPrefix(route, "userinfo") || strings.HasPrefix(route, "GetCurrentRoles") || strings.HasSuffix(route, "refresh")
	}
	return strings.Contains(ends, "tokens")
}
