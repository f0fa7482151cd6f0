package sallyport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sallyport-auth/sallyport"
	"github.com/sallyport-auth/sallyport/sallyporttest"
)

// TestThrottledClient: a client that fails to authenticate is turned away after
// twenty times a minute from one public address, and others are not.
func TestThrottledClient(t *testing.T) {
	k := sallyporttest.New(t)
	p := k.AddUser(t, sallyporttest.User{Name: "paul"})
	call := func(secret, address string) error {
		_, err := k.Engine.Login(t.Context(), sallyport.Login{ClientID: sallyporttest.ClientID, ClientSecret: secret, Username: p.Name, Password: p.Password, Address: address})
		return err
	}
	for i := range 20 {
		if p, ok := errors.AsType[*sallyport.ProtocolError](call("wrong", "192.0.2.1")); !ok || p.Code != "invalid_client" {
			t.Fatalf("call %d: got %v, want invalid_client", i+1, p)
		}
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); !errors.Is(err, sallyport.ErrBusy) {
		t.Errorf("got %v, want busy", err)
	}
	if err := call(sallyporttest.ClientSecret, "192.0.2.2"); err != nil {
		t.Errorf("another address: got %v", err)
	}
	k.Clock.Advance(time.Minute)
	if err := call(sallyporttest.ClientSecret, "192.0.2.1"); err != nil {
		t.Errorf("a minute later: got %v", err)
	}
}
