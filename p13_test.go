package sallyport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestP13Rotation walks 200 days in steps of a few hours over two nodes: a
// token issued by either is good at both for all its life.
func TestP13Rotation(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	nodes := []*sallyporttest.Kit{k, k.Node()}
	kids := map[string]bool{}
	for step := range 200 * 3 {
		node := nodes[step%2]
		a := node.InProcess().WithScope("openid").Login(p.Name, p.Password).Want(t, sallyport.Success)
		head, _, _ := strings.Cut(a.Tokens.AccessToken, ".")
		kids[head] = true
		k.Clock.Advance(30*time.Minute - time.Second)
		if err := nodes[(step/7)%2].Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, n := range nodes {
			if _, err := n.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil {
				t.Fatalf("step %d, node %d: %v", step, i, err)
			}
		}
		k.Clock.Advance(7*time.Hour + 30*time.Minute)
	}
	if len(kids) < 3 {
		t.Errorf("got %d signing keys in 200 days, want 3 at least", len(kids))
	}
}

// TestP13UnseenKey: a node that has not met a signing key yet reads it with the
// first token that is signed by it.
func TestP13UnseenKey(t *testing.T) {
	k := sallyporttest.New(t)
	p, late := k.AddUser(t, sallyporttest.User{Name: "paul"}), k.Node()
	for range 120 {
		k.Clock.Advance(24 * time.Hour)
		if err := k.Engine.Maintain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a := k.InProcess().Login(p.Name, p.Password).Want(t, sallyport.Success)
	if got, err := late.Engine.Verify(t.Context(), a.Tokens.AccessToken); err != nil || got.AccountID != p.ID {
		t.Errorf("got %v, %v, want the token good", got, err)
	}
}
