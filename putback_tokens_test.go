package sallyport_test

import (
	"errors"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/directory"
	"github.com/sallyport-auth/sallyport/sallyporttest"
	"github.com/sallyport-auth/sallyport/store"
)

// TestDroppedRound: without the record that ends all sessions at once, those of before it
// live again.
func TestDroppedRound(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	access := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	if err := v.Engine.Admin(sallyport.Actor{Name: "it"}).EndAllSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Engine.Verify(t.Context(), access); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Fatalf("after all sessions were ended: got %v, want %v", err, sallyport.ErrInvalidToken)
	}
	v.drop("round")
	if _, err := v.Engine.Verify(t.Context(), access); err != nil {
		t.Errorf("without the record: got %v, want a session that lives again", err)
	}
}

// TestPutBackClient: the record of a client from before its sessions were ended.
func TestPutBackClient(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	access := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	v.remember()
	if err := v.Engine.Admin(sallyport.Actor{Name: "it"}).EndClientSessions(t.Context(), sallyporttest.ClientID); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Engine.Verify(t.Context(), access); !errors.Is(err, sallyport.ErrInvalidToken) {
		t.Fatalf("after the client's sessions were ended: got %v, want %v", err, sallyport.ErrInvalidToken)
	}
	v.putBack("client")
	if _, err := v.Engine.Verify(t.Context(), access); err != nil {
		t.Errorf("with the older record: got %v, want a session that lives again", err)
	}
}

// TestPutBackKeys: a retired signing key comes back where two records are put back, and one
// of them alone is damage.
func TestPutBackKeys(t *testing.T) {
	v := newVandal(t)
	c, p := v.InProcess(), v.AddUser(t, sallyporttest.User{Name: "paul"})
	access := c.Login(p.Name, p.Password).Want(t, sallyport.Success).Tokens.AccessToken
	v.remember()
	keys, err := v.Engine.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Engine.RetireKeys(t.Context(), keys[0].ID); err != nil {
		t.Fatal(err)
	}
	v.putBack("keys/signing")
	if _, err := v.Engine.Keys(t.Context()); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("the keys alone: got %v, want %v", err, store.ErrDamaged)
	}
	if _, err := v.Engine.Verify(t.Context(), access); err == nil {
		t.Error("the keys alone: the token of a retired key is good")
	}
	v.putBack("ring/state")
	if _, err := v.Engine.Verify(t.Context(), access); err != nil {
		t.Errorf("both: got %v, want a key that is believed again", err)
	}
}

// TestDroppedResource: a scope whose resource belongs to another application is a client's
// again where the record of the resources is gone.
func TestDroppedResource(t *testing.T) {
	v := newVandal(t)
	admin := v.Engine.Admin(sallyport.Actor{Name: "it"})
	apps := map[string]string{}
	for _, name := range []string{"Shop", "Bank"} {
		app, err := admin.CreateApplication(t.Context(), directory.NewApplication{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		apps[name] = app.ID
	}
	client, secret, err := admin.CreateClient(t.Context(), directory.NewClient{
		Application: apps["Shop"], Platform: "Service", GrantTypes: []string{"client_credentials"}, Scopes: []string{"transfer"},
	})
	if err != nil {
		t.Fatal(err)
	}
	transfer := directory.Resource{Name: "transfer", Kind: "API", Audience: "https://bank.example.com", Application: apps["Bank"]}
	if err := admin.CreateResource(t.Context(), transfer); err != nil {
		t.Fatal(err)
	}
	c := v.InProcess().As(client.ID, secret).WithScope("transfer")
	c.ClientCredentials().WantOAuth(t, "invalid_scope")
	v.drop("resource")
	if a := c.ClientCredentials(); !a.Granted() {
		t.Errorf("without the record: got %s, want a token", a)
	}
}
