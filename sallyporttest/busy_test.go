package sallyporttest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/httpadapter"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestBusy: a busy engine refuses whatever has a password to judge, right or wrong,
// charges nothing, and does the rest.
func TestBusy(t *testing.T) {
	bothWays(t, func(t *testing.T, kit *sallyporttest.Kit, c *sallyporttest.Client) {
		who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
		for range 20 { // twice what locks a name
			a := c.Login(who.Name, "wrong").WantOAuth(t, "temporarily_unavailable")
			equal(t, "HTTP status", a.HTTP, http.StatusServiceUnavailable)
			if a.Err != nil && !errors.Is(a.Err, sallyport.ErrBusy) {
				t.Errorf("got %v, want %v", a.Err, sallyport.ErrBusy)
			}
		}
		c.Login(who.Name, who.Password).WantOAuth(t, "temporarily_unavailable")
		c.Login("nobody", "x").WantOAuth(t, "temporarily_unavailable")
	}, sallyporttest.WithBusyGate())
}

// TestBusyNode: a login that began elsewhere goes on at a busy node, as long as it
// sends no password, and the kit's own engine is not busy.
func TestBusyNode(t *testing.T) {
	kit := sallyporttest.New(t)
	busy := kit.Node(sallyporttest.WithBusyGate())
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	for range 20 {
		busy.InProcess().Login(who.Name, "wrong").WantOAuth(t, "temporarily_unavailable")
	}
	a := kit.InProcess().Login(who.Name, who.Password).Want(t, wanted)
	a = busy.HTTP().Choose(a, "Email", "OTP").Want(t, waiting)
	a = busy.InProcess().Answer(a, kit.Outbox.LastCode(mail)).Want(t, sallyport.Success)
	if r := busy.HTTP().Refresh(a.Tokens.RefreshToken); !r.Granted() {
		t.Errorf("got %s, want tokens", r)
	}
}

// TestNodeOptions: what an option changes at a node stays there.
func TestNodeOptions(t *testing.T) {
	kit := sallyporttest.New(t)
	who := kit.AddUser(t, sallyporttest.User{Name: "marie", Email: mail, EmailValidated: true})
	other := kit.AddUser(t, sallyporttest.User{Name: "ann", Email: "ann@example.com", EmailValidated: true})
	c := kit.Node(sallyporttest.WithAdapter(func(o *httpadapter.Options) { o.AnswerLinksAtOnce = true })).HTTP()
	c.Choose(c.Login(who.Name, who.Password), "Email", "Link").Want(t, waiting)
	c = kit.HTTP()
	held := c.WaitLink(c.Login(other.Name, other.Password), "Email")
	c.Approve(held.Link)
	held.Answer().Want(t, sallyport.Success)
}
